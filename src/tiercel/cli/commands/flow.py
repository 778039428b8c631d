"""``tiercel flow``: flows as files and on a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group, Option
from tiercel.cli.wiring import Wiring

group = Group()


@group.command(examples=["tiercel flow validate flows/ --local"])
def validate(
    paths: Annotated[list[Path], Option("Flow files, and folders of them.")],
    /,
    *,
    local: Annotated[bool, Option("Check here, without a server.")] = False,
    wiring: Wiring,
) -> int:
    """Check flow files, or all those below a folder; every problem with its line and column."""
    from tiercel.cli.flow import validate as validate_files

    return validate_files(wiring.registry(), paths)
