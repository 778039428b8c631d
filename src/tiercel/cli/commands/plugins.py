"""``tiercel plugins``: what types there are."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Output
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

group = Group()


@group.command("list", examples=["tiercel plugins list --core", "tiercel plugins list -o json"])
def list_plugins(
    *,
    core: Annotated[bool, Option("Also what ships with Tiercel.", negative=True)] = False,
    output: Output = "table",
    wiring: Wiring,
) -> int:
    """List the types of tasks, triggers, conditions and task runners, a package a line."""
    from tiercel.cli import plugins

    return plugins.show_packages(wiring.registry(), core=core, output=output)


@group.command(
    examples=[
        "tiercel plugins doc docs/ --core",
        "tiercel plugins doc io.kestra.plugin.core.log.Log",
    ]
)
def doc(
    target: Annotated[
        str, Option("Folder for a page of each type, or one type to print.", metavar="FOLDER|TYPE")
    ],
    /,
    *,
    core: Annotated[bool, Option("Also what ships with Tiercel.", negative=True)] = False,
    icons: Annotated[bool, Option("Write icons too.", negative=True)] = False,
    schema: Annotated[bool, Option("Write JSON schemas too.", negative=True)] = False,
    wiring: Wiring,
) -> int:
    """Write the documentation of plugin types as Markdown, or print that of one type."""
    from tiercel.cli import plugins

    return plugins.show_docs(wiring.registry(), target, core=core, icons=icons, schema=schema)


@group.command(examples=["tiercel plugins search postgres", "tiercel plugins search log -o json"])
def search(
    words: Annotated[list[str], Option("Words that the name or text must hold.")],
    /,
    *,
    output: Output = "table",
    wiring: Wiring,
) -> int:
    """Find types by words of their names and titles."""
    from tiercel.cli import plugins

    return plugins.search(wiring.registry(), words, output)


@group.command(
    examples=["tiercel plugins install tiercel-plugin-weather", "tiercel plugins install ./mine"]
)
def install(
    packages: Annotated[
        list[str], Option("Python packages with plugin types: names, versions, folders, wheels.")
    ],
    /,
    *,
    repositories: Annotated[
        list[str] | None,
        Option("Package index to look in besides; may be repeated.", metavar="URL"),
    ] = None,
    common: Common,
) -> int:
    """Install plugin packages beside Tiercel, or into the folder that --plugins names."""
    from tiercel.cli import plugin_packages

    return plugin_packages.install(packages, repositories or (), common.plugins)


@group.command(examples=["tiercel plugins uninstall tiercel-plugin-weather"])
def uninstall(
    packages: Annotated[list[str], Option("Names of packages.")],
    /,
    *,
    common: Common,
) -> int:
    """Remove plugin packages from where Tiercel is, or from the folder that --plugins names."""
    from tiercel.cli import plugin_packages

    return plugin_packages.uninstall(packages, common.plugins)
