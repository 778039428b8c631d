"""A configuration to look at, without its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr

from tiercel.config.keys import ANY, Key, all_keys
from tiercel.config.values import duration_text

if TYPE_CHECKING:
    from tiercel.config.loading import Configuration
    from tiercel.config.sections import Settings
    from tiercel.config.sources import Layer

MASK = "*****"
_OPEN_MAPS = ("logger",)


def property_sources(configuration: Configuration) -> list[dict[str, Any]]:
    """Return what each source sets: ``name``, ``order`` and ``properties``, every value masked.

    The source that counts least comes first: the built-in defaults, called ``application``.
    """
    defaults = {key.name: MASK for key in all_keys() if ANY not in key.name}
    found: list[dict[str, Any]] = [{"name": "application", "order": 0, "properties": defaults}]
    for order, layer in enumerate(configuration.layers, 1):
        found.append({"name": layer.name, "order": order, "properties": _masked(layer)})
    return found


def _masked(layer: Layer) -> dict[str, str]:
    paths = [slot.path for slot in layer.values]
    paths += [f"{slot.path}.{name}" for slot, names in layer.entries.items() for name in names]
    return dict.fromkeys(sorted(paths), MASK)


def shown_settings(settings: Settings) -> dict[str, str]:
    """Return every setting by key, as text; secrets that are set are ``*****``.

    Of maps and lists that plugins and flows get, every value is masked: any may be a secret.
    """
    found: dict[str, str] = {}
    for key in all_keys():
        section = getattr(settings, key.section)
        named = section if isinstance(section, dict) else {"": section}
        for name, values in named.items():
            path = key.name.replace(ANY, name)
            found |= dict(_lines(key, path, getattr(values, key.field)))
    return found


def _lines(key: Key, path: str, value: Any) -> Iterator[tuple[str, str]]:
    if key.kind not in ("map", "tree"):
        yield path, shown_value(value)
    elif not value:
        yield path, ""
    else:
        yield from _leaves(path, value, is_open=key.section in _OPEN_MAPS)


def _leaves(path: str, value: Any, *, is_open: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        for name, inner in value.items():
            is_type = name in ("type", "forced")
            yield from _leaves(f"{path}.{name}", inner, is_open=is_open or is_type)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner, is_open=is_open)
    else:
        yield path, shown_value(value) if is_open else MASK


def shown_value(value: Any) -> str:
    """Return one value as it is written in a configuration; secrets masked, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (tuple, list)):
        return ", ".join(shown_value(item) for item in value)
    return str(value) if isinstance(value, (str, int, float, Path)) else MASK
