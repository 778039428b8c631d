"""``tiercel namespace``: files and key-value pairs of a namespace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.commands.kv import set_value
from tiercel.cli.options import Output, Remote
from tiercel.cli.parameters import Option

group = Group()
Namespace = Annotated[str, Option("Namespace.")]

files = group.below("files", "Files of a namespace.")


@files.command(
    examples=[
        "tiercel namespace files update company.team scripts/ /scripts",
        "tiercel namespace files update company.team project/ --delete",
    ]
)
def update(
    namespace: Namespace,
    source: Annotated[Path, Option("Folder, or one file.", metavar="FROM")],
    target: Annotated[str, Option("Folder of the namespace.", metavar="TO")] = "/",
    /,
    *,
    delete: Annotated[
        bool, Option("Delete the folder of the namespace first.", negative=True)
    ] = False,
    remote: Remote,
) -> int:
    """Upload a folder; what its .kestraignore names is left out."""
    from tiercel.cli import namespace_files

    return namespace_files.upload(remote, namespace, source, target, delete=delete)


@files.command(examples=["tiercel namespace files download company.team backup/ --path /scripts"])
def download(
    namespace: Namespace,
    folder: Annotated[Path, Option("Where the files are written; made when missing.")],
    /,
    *,
    path: Annotated[str, Option("File or folder of the namespace.")] = "/",
    remote: Remote,
) -> int:
    """Download the files of a namespace."""
    from tiercel.cli import namespace_files

    return namespace_files.download(remote, namespace, path, folder)


@files.command("list", examples=["tiercel namespace files list company.team -o json"])
def list_files(
    namespace: Namespace,
    /,
    *,
    query: Annotated[str, Option("Only paths that hold this text.", ("-q", "--query"))] = "",
    output: Output = "table",
    remote: Remote,
) -> int:
    """List the files of a namespace."""
    from tiercel.cli import namespace_files

    return namespace_files.show_files(remote, namespace, query, output)


@group.command("list", examples=["tiercel namespace list"])
def list_namespaces(*, output: Output = "table", remote: Remote) -> int:
    """List the namespaces that have flows, and their parents."""
    from tiercel.cli.client import Api
    from tiercel.cli.tables import show_list

    with Api(remote) as api:
        found = list(api.pages("/namespaces/search", 100_000))
    show_list(found, (("namespace", "id"),), output, nothing="no namespace found")
    return 0


kv = group.below("kv", "Key-value pairs of a namespace.")
kv.command("update", examples=["tiercel namespace kv update company.team limit 12 --type NUMBER"])(
    set_value
)
