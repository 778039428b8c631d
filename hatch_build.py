"""Puts the built pages into the wheel; a checkout builds them by ``make ui`` when it wants them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the pages before a wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless the package is only linked into an environment."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root) / "ui"))
        from build import build

        build()
        build_data["artifacts"].append("src/tiercel/web/static/**")
