"""``tiercel configs``: the configuration as commands and servers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.cli.settings import load, show_remarks
from tiercel.cli.tables import show_data

if TYPE_CHECKING:
    from pathlib import Path

MASK = "*****"


def show_properties(config: Path | None, output: str) -> int:
    """Print the keys of each source, every value masked."""
    sources: list[dict[str, Any]] = []
    for order, layer in enumerate(load(config).layers):
        keys = [slot.path for slot in layer.values]
        keys += [f"{slot.path}.{name}" for slot, names in layer.entries.items() for name in names]
        properties = dict.fromkeys(sorted(keys), MASK)
        sources.append({"name": layer.name, "order": order, "properties": properties})
    show_data({"activeEnvironments": [], "packages": [], "propertySources": sources}, output)
    return 0


def show_settings(config: Path | None, output: str) -> int:
    """Print every setting with its value; secrets are masked."""
    configuration = load(config)
    show_remarks(configuration.remarks)
    show_data(configuration.settings.model_dump(mode="json"), output)
    return 0
