"""``tiercel configs``: the configuration as commands and servers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiercel.cli.settings import load, show_remarks
from tiercel.cli.tables import show_data

if TYPE_CHECKING:
    from pathlib import Path


def show_properties(config: Path | None, output: str) -> int:
    """Print the keys of each source, every value masked."""
    from tiercel.config import property_sources

    sources = property_sources(load(config))
    show_data({"activeEnvironments": [], "packages": [], "propertySources": sources}, output)
    return 0


def show_settings(config: Path | None, output: str) -> int:
    """Print every setting by its key; what is or may be secret is masked."""
    from tiercel.config import shown_settings

    configuration = load(config)
    show_remarks(configuration.remarks)
    show_data(shown_settings(configuration.settings), output)
    return 0
