"""``tiercel flow``: flows as files and on a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Output, Remote
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

group = Group()
File = Annotated[Path, Option("File with one flow.")]
Folder = Annotated[Path, Option("Folder; all .yml and .yaml files below it are taken.")]
Namespace = Annotated[str, Option("Namespace of the flow.")]
FlowId = Annotated[str, Option("Id of the flow.")]
Delete = Annotated[
    bool, Option("Delete what the namespaces hold besides on the server.", negative=True)
]


@group.command(
    examples=[
        "tiercel flow validate flows/ --local",
        "tiercel flow validate flows/ --server http://kestra.example.org:8080 --user ops:secret",
    ]
)
def validate(
    paths: Annotated[list[Path], Option("Flow files, and folders of them.")],
    /,
    *,
    local: Annotated[bool, Option("Check here, though a server is named.")] = False,
    remote: Remote,
    wiring: Wiring,
) -> int:
    """Check flow files, or all those below a folder.

    They are checked here, with the place of every problem, or by the server that --server names.
    The exit code is 1 when one is refused.
    """
    from tiercel.cli.flow import validate_here, validate_remote

    if remote.is_named and not local:
        return validate_remote(remote, paths)
    return validate_here(wiring.registry(), paths)


@group.command(
    "list", examples=["tiercel flow list", "tiercel flow list --namespace company -o json"]
)
def list_flows(
    *,
    namespace: Annotated[str, Option("Only of this namespace and those below it.")] = "",
    query: Annotated[str, Option("Only those that hold this text.", ("-q", "--query"))] = "",
    limit: Annotated[int, Option("Most that are listed.")] = 100,
    output: Output = "table",
    remote: Remote,
) -> int:
    """List the flows of a server."""
    from tiercel.cli.flow_lists import show_flows

    return show_flows(remote, namespace, query, limit, output)


@group.command("get", examples=["tiercel flow get company.team nightly > nightly.yaml"])
def get_flow(
    namespace: Namespace,
    flow_id: FlowId,
    /,
    *,
    revision: Annotated[int, Option("Revision, by default the latest.")] = 0,
    remote: Remote,
) -> int:
    """Print the source of a flow."""
    from tiercel.cli.flow_lists import show_source

    return show_source(remote, namespace, flow_id, revision)


@group.command(examples=["tiercel flow create nightly.yaml"])
def create(file: File, /, *, remote: Remote) -> int:
    """Save a new flow on the server."""
    from tiercel.cli import flow_server

    return flow_server.create(remote, file)


@group.command(examples=["tiercel flow update nightly.yaml company.team nightly"])
def update(file: File, namespace: Namespace, flow_id: FlowId, /, *, remote: Remote) -> int:
    """Save the next revision of a flow on the server."""
    from tiercel.cli import flow_server

    return flow_server.update(remote, file, namespace, flow_id)


@group.command(
    examples=["tiercel flow updates flows/", "tiercel flow updates flows/ --delete --user a:b"]
)
def updates(
    folder: Folder,
    /,
    *,
    delete: Delete = False,
    namespace: Annotated[str, Option("Take only flows of this namespace and those below.")] = "",
    remote: Remote,
) -> int:
    """Create or update all flows of a folder, in one transaction: all of them, or none.

    A line `[[> file ]]` in a flow is replaced by the content of that file.
    """
    from tiercel.cli import flow_server

    return flow_server.update_all(remote, folder, delete=delete, namespace=namespace)


@group.command(examples=["tiercel flow delete company.team nightly"])
def delete(namespace: Namespace, flow_id: FlowId, /, *, remote: Remote) -> int:
    """Delete a flow of the server; its executions stay."""
    from tiercel.cli import flow_server

    return flow_server.delete(remote, namespace, flow_id)


@group.command(examples=["tiercel flow export . --namespace company.team"])
def export(
    folder: Annotated[Path, Option("Where flows.zip is written.")],
    /,
    *,
    namespace: Annotated[str, Option("Only flows of this namespace and those below it.")] = "",
    remote: Remote,
) -> int:
    """Write the sources of the server's flows into a zip archive."""
    from tiercel.cli import flow_server

    return flow_server.export(remote, folder, namespace)


@group.command(
    "test", examples=["tiercel flow test nightly.yaml day 2024-12-20 data /tmp/orders.csv"]
)
def try_flow(
    file: File,
    inputs: Annotated[
        list[str] | None, Option("Names and values of inputs, in turn.", metavar="KEY VALUE")
    ] = None,
    /,
    *,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run a flow once on servers of its own, that are gone afterwards, with its log on the console.

    A FILE input is given by its absolute path. It may take an hour.
    """
    from tiercel.cli import flow_trial

    return wiring.run(flow_trial.try_flow(wiring, common, file, inputs or ()))


@group.command(examples=["tiercel flow dot nightly.yaml | dot -Tsvg > nightly.svg"])
def dot(file: File, /, *, wiring: Wiring) -> int:
    """Print the graph of a flow for Graphviz."""
    from tiercel.cli.dot import show_dot

    return show_dot(wiring.registry(), file)


@group.command(examples=["tiercel flow expand nightly.yaml"])
def expand(file: File, /) -> int:
    """Print a flow with the content of other files in the place of `[[> file ]]`."""
    from tiercel.cli.console import write
    from tiercel.cli.reading import read_source
    from tiercel.cli.sources import expand as expanded

    write(expanded(read_source(file), file.parent).rstrip("\n"))
    return 0


namespace_group = group.below("namespace", "The flows of one namespace.")


@namespace_group.command(
    "update",
    examples=[
        "tiercel flow namespace update company.team flows/ --delete",
        "tiercel flow namespace update company.dev flows/ --override-namespaces",
    ],
)
def update_namespace(
    namespace: Annotated[str, Option("Namespace of all the flows.")],
    folder: Folder,
    /,
    *,
    delete: Delete = False,
    override_namespaces: Annotated[
        bool, Option("Write this namespace into every flow.", negative=True)
    ] = False,
    remote: Remote,
) -> int:
    """Create or update all flows of a namespace from a folder, in one transaction."""
    from tiercel.cli import flow_server

    return flow_server.update_namespace(
        remote, namespace, folder, delete=delete, override=override_namespaces
    )
