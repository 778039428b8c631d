"""Configuration: what the operator sets, from files and the environment, typed and checked."""

from tiercel.config.errors import InvalidConfigurationError, Origin, Remark
from tiercel.config.loading import Configuration, is_configuration_variable, load
from tiercel.config.sections import (
    DataSource,
    EncryptionSettings,
    LoginSettings,
    PluginSettings,
    Settings,
    VariableSettings,
    WebSettings,
    WorkerSettings,
)

__all__ = [
    "Configuration",
    "DataSource",
    "EncryptionSettings",
    "InvalidConfigurationError",
    "LoginSettings",
    "Origin",
    "PluginSettings",
    "Remark",
    "Settings",
    "VariableSettings",
    "WebSettings",
    "WorkerSettings",
    "is_configuration_variable",
    "load",
]
