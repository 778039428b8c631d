"""``tiercel template``: templates, which are deprecated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.commands.flow import Delete, Folder
from tiercel.cli.options import Remote
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

group = Group()


@group.command(examples=["tiercel template validate templates/ --local"])
def validate(
    paths: Annotated[list[Path], Option("Files, and folders of them.")],
    /,
    *,
    local: Annotated[bool, Option("Check here, though a server is named.")] = False,
    remote: Remote,
    wiring: Wiring,
) -> int:
    """Check templates, here or by the server that --server names."""
    from tiercel.cli.flow import validate_here, validate_remote

    if remote.is_named and not local:
        return validate_remote(remote, paths, word="template")
    return validate_here(wiring.registry(), paths, word="template")


@group.command(examples=["tiercel template export . --namespace company.team"])
def export(
    folder: Annotated[Path, Option("Where templates.zip is written.")],
    /,
    *,
    namespace: Annotated[str, Option("Only those of this namespace and those below it.")] = "",
    remote: Remote,
) -> int:
    """Write the server's templates into a zip archive."""
    from tiercel.cli import flow_server

    return flow_server.export(remote, folder, namespace, word="template")


namespace_group = group.below("namespace", "The templates of one namespace.")


@namespace_group.command(examples=["tiercel template namespace update company.team templates/"])
def update(
    namespace: Annotated[str, Option("Namespace of all the templates.")],
    folder: Folder,
    /,
    *,
    delete: Delete = False,
    remote: Remote,
) -> int:
    """Create or update all templates of a namespace from a folder, in one transaction."""
    from tiercel.cli import flow_server

    return flow_server.update_namespace(remote, namespace, folder, delete=delete, word="template")
