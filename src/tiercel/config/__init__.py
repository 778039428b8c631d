"""Configuration: what the operator sets, from files and the environment, typed and checked."""

from tiercel.config.cors import CorsRule
from tiercel.config.database import database_url, key_remarks, pool_size
from tiercel.config.errors import InvalidConfigurationError, Origin, Remark
from tiercel.config.loading import Configuration, is_configuration_variable, load
from tiercel.config.plugins import plugin_remarks, plugin_switches, server_defaults
from tiercel.config.sections import (
    DataSource,
    EncryptionSettings,
    LoginSettings,
    PluginSettings,
    PreviewSettings,
    Settings,
    VariableSettings,
    WebSettings,
    WorkerSettings,
)
from tiercel.config.shown import property_sources, shown_settings
from tiercel.config.storage import bucket_values
from tiercel.config.variables import base_variables

__all__ = [
    "Configuration",
    "CorsRule",
    "DataSource",
    "EncryptionSettings",
    "InvalidConfigurationError",
    "LoginSettings",
    "Origin",
    "PluginSettings",
    "PreviewSettings",
    "Remark",
    "Settings",
    "VariableSettings",
    "WebSettings",
    "WorkerSettings",
    "base_variables",
    "bucket_values",
    "database_url",
    "is_configuration_variable",
    "key_remarks",
    "load",
    "plugin_remarks",
    "plugin_switches",
    "pool_size",
    "property_sources",
    "server_defaults",
    "shown_settings",
]
