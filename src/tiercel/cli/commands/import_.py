"""``tiercel import``: moving over from a server, a folder or an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Remote
from tiercel.cli.parameters import Option

commands = Group()


@commands.command(
    "import",
    examples=[
        "tiercel import --from http://kestra:8080 --dry-run",
        "tiercel import --from https://kestra.example.org --from-user ops:secret --revisions",
        "tiercel import --from http://kestra:8080 --namespace company.team --triggers-off",
        "tiercel import flows.zip",
        "tiercel import repository/flows/",
    ],
)
def import_(
    path: Annotated[Path | None, Option("Folder of flow files, or an exported archive.")] = None,
    /,
    *,
    source: Annotated[
        str, Option("Server to import from: Kestra or Tiercel.", ("--from",), metavar="URL")
    ] = "",
    from_user: Annotated[
        str, Option("user:password of that server.", env="TIERCEL_IMPORT_USER")
    ] = "",
    from_token: Annotated[
        str, Option("Token of that server's API.", env="TIERCEL_IMPORT_TOKEN")
    ] = "",
    from_headers: Annotated[
        list[str] | None, Option("Header name=value for that server; may be repeated.")
    ] = None,
    from_tenant: Annotated[
        str, Option("Tenant of that server; found out when it is not given.")
    ] = "",
    namespace: Annotated[
        str, Option("Only this namespace and those below.", ("-n", "--namespace"))
    ] = "",
    revisions: Annotated[bool, Option("Import all revisions of the flows.")] = False,
    triggers_off: Annotated[
        bool, Option("Leave every trigger disabled here, so that nothing runs twice.")
    ] = False,
    overwrite: Annotated[
        bool, Option("Replace what is here already and differs; else it is kept.")
    ] = False,
    dry_run: Annotated[bool, Option("Check everything and write nothing.")] = False,
    remote: Remote,
) -> int:
    """Import flows, namespace files, keys and the states of triggers into a server.

    Each flow is checked by the server first; what it refuses is told with file, line and remedy,
    and the exit code is 1. All that is valid is imported. Doing it again changes nothing.
    """
    from tiercel.cli import import_ as work

    wanted = work.Wanted(
        namespace,
        revisions=revisions,
        triggers_off=triggers_off,
        overwrite=overwrite,
        dry_run=dry_run,
    )
    there = Remote(source, from_user, from_token, from_headers, from_tenant) if source else None
    return work.run_import(remote, path, there, wanted)
