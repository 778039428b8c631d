"""What expressions see of the configuration: ``envs``, ``globals`` and ``kestra``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.config.keys import hyphenated
from tiercel.config.loading import is_configuration_variable

if TYPE_CHECKING:
    from tiercel.config.sections import Settings


def base_variables(
    settings: Settings, environment: Mapping[str, str], more: Mapping[str, str]
) -> dict[str, Any]:
    """Return the variables that every template sees.

    Variables that configure the server are never among ``envs``, nor are those that the settings
    redact.

    Args:
        more: Further ``envs``.
    """
    instance = settings.instance
    named = {"name": instance.environment_name} if instance.environment_name else {}
    return {
        "envs": {**_envs(settings, environment), **more},
        "globals": _both_spellings(settings.variables.globals),
        "kestra": {"environment": named, "url": instance.url},
    }


def _envs(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    redacted = {name.upper() for name in settings.variables.redacted_env_vars}
    found: dict[str, str] = {}
    # of two variables with the same name behind their prefixes, that of the first prefix counts
    for prefix in reversed(settings.variables.env_vars_prefix):
        for name, value in environment.items():
            is_shown = name.upper() not in redacted and not is_configuration_variable(name)
            if name.startswith(prefix) and is_shown:
                found[name.removeprefix(prefix).lower()] = value
    return found


def _both_spellings(value: Any) -> Any:
    """Return maps with each key as it was written, and in words with hyphens."""
    if isinstance(value, dict):
        own = {key: _both_spellings(inner) for key, inner in value.items()}
        return {**{hyphenated(key): inner for key, inner in own.items()}, **own}
    if isinstance(value, list):
        return [_both_spellings(inner) for inner in value]
    return value
