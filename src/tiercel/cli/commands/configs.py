"""``tiercel configs``: what is configured, and where."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common
from tiercel.cli.parameters import Option

group = Group()
Format = Annotated[str, Option("How to print it.", ("-o", "--output"), ("yaml", "json"))]


@group.command(examples=["tiercel configs properties", "tiercel configs properties -c kestra.yml"])
def properties(*, output: Format = "yaml", common: Common) -> int:
    """Print what is set in each source, the least important first, with every value masked."""
    from tiercel.cli.configs import show_properties

    return show_properties(common.config, output)


@group.command(examples=["tiercel configs show", "tiercel configs show -c kestra.yml -o json"])
def show(*, output: Format = "yaml", common: Common) -> int:
    """Print the settings that count, defaults included; passwords and keys are masked.

    Keys that are unknown or have no effect are named on standard error.
    """
    from tiercel.cli.configs import show_settings

    return show_settings(common.config, output)
