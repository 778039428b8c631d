"""Switches of plugins that only whoever runs the server sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tiercel.model.errors import IllegalArgumentError

VARIABLE = "TIERCEL_PLUGIN_SETTINGS"
"""Environment variable: a JSON map from type name to a map of settings."""


def plugin_settings_of(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the settings by type name; none when the variable is not set.

    Raises:
        IllegalArgumentError: The variable holds something else.
    """
    text = environment.get(VARIABLE, "")
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise IllegalArgumentError(f"{VARIABLE} is no JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(item, dict) for item in found.values()):
        raise IllegalArgumentError(
            f"{VARIABLE} must be a map of maps",
            hint='For example {"io.kestra.plugin.scripts": {"default-runner": "process"}}',
        )
    return found
