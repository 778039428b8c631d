"""``tiercel server``: long-running processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Local
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

if TYPE_CHECKING:
    from tiercel.cli.server import ServerCall

group = Group()

_THREAD = Option(
    "Attempts that run at once; by default as configured, else 8.",
    ("-t", "--thread", "--worker-thread"),
)
_GROUP = Option("Worker group whose tasks are run.", ("-g", "--worker-group"), metavar="KEY")


@dataclass(frozen=True, slots=True)
class Address:
    """Where API and pages are served."""

    host: Annotated[
        str, Option("Address to listen on; by default as configured, else loopback.")
    ] = ""
    port: Annotated[
        int | None, Option("Port of the API, 0 takes any; by default as configured, else 8080.")
    ] = None


ProbePort = Annotated[
    int | None,
    Option("Port of /health and /prometheus, 0 takes any; by default as configured, else none."),
]


@dataclass(frozen=True, slots=True)
class Loading:
    """What is loaded at the start."""

    flow_path: Annotated[
        Path | None, Option("Folder of flows that are saved at the start.", ("-f", "--flow-path"))
    ] = None
    tenant: Annotated[str, Option("Tenant of these flows; there is one, main.")] = ""
    no_tutorials: Annotated[
        bool, Option("Taken for compatibility: no flows are loaded unasked.")
    ] = False
    no_indexer: Annotated[bool, Option("Run no indexer here.")] = False


@dataclass(frozen=True, slots=True)
class Skipping:
    """What the executor leaves as it is, to find or get around trouble."""

    skip_executions: Annotated[
        list[str] | None,
        Option(
            "Executions that are left as they are; several with commas or repeated.",
            metavar="ID",
        ),
    ] = None
    skip_flows: Annotated[
        list[str] | None,
        Option(
            "Flows whose executions are left as they are: namespace|flow or main|namespace|flow.",
            metavar="FLOW",
        ),
    ] = None
    skip_namespaces: Annotated[
        list[str] | None,
        Option(
            "Namespaces, without those below, whose executions are left as they are.",
            metavar="NAMESPACE",
        ),
    ] = None
    skip_tenants: Annotated[
        list[str] | None,
        Option("Tenants that are left as they are; there is one, main.", metavar="TENANT"),
    ] = None
    start_executors: Annotated[
        list[str] | None,
        Option("Taken for compatibility: parts of a Kafka executor; here it is one part."),
    ] = None
    not_start_executors: Annotated[
        list[str] | None,
        Option("Taken for compatibility: parts of a Kafka executor; here it is one part."),
    ] = None


@group.command(examples=["tiercel server local", "tiercel server local --port 9090"])
def local(
    *,
    address: Address,
    loading: Loading,
    thread: Annotated[int | None, _THREAD] = None,
    skipping: Skipping,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run everything in one process, on embedded servers by default."""
    from tiercel.cli.server import LOCAL

    call = _call(common, local, address, loading, thread=thread, skipping=skipping)
    return call.serve(wiring, LOCAL)


@group.command(examples=["tiercel server standalone -c kestra.yml"])
def standalone(
    *,
    address: Address,
    loading: Loading,
    thread: Annotated[int | None, _THREAD] = None,
    worker_group: Annotated[str, _GROUP] = "",
    skipping: Skipping,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run everything in one process.

    When it is told to stop, running tasks get the time that is configured, 5 minutes by default.
    """
    from tiercel.cli.server import STANDALONE

    call = _call(
        common,
        local,
        address,
        loading,
        thread=thread,
        worker_group=worker_group,
        skipping=skipping,
    )
    return call.serve(wiring, STANDALONE)


@group.command(examples=["tiercel server webserver --database-url … --bus-url …"])
def webserver(
    *, address: Address, loading: Loading, local: Local, common: Common, wiring: Wiring
) -> int:
    """Serve API and pages, and store logs and metrics."""
    from tiercel.cli.server import WEBSERVER

    return _call(common, local, address, loading).serve(wiring, WEBSERVER)


@group.command(examples=["tiercel server executor --database-url … --bus-url …"])
def executor(
    *,
    port: ProbePort = None,
    skipping: Skipping,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Decide what happens next in executions."""
    from tiercel.cli.server import EXECUTOR

    call = _call(common, local, Address(port=port), skipping=skipping)
    return call.serve(wiring, EXECUTOR)


@group.command(examples=["tiercel server scheduler --database-url … --bus-url …"])
def scheduler(*, port: ProbePort = None, local: Local, common: Common, wiring: Wiring) -> int:
    """Start executions at their time: schedules, triggers, backfills."""
    from tiercel.cli.server import SCHEDULER

    return _call(common, local, Address(port=port)).serve(wiring, SCHEDULER)


@group.command(examples=["tiercel server indexer --database-url … --bus-url …"])
def indexer(*, port: ProbePort = None, local: Local, common: Common, wiring: Wiring) -> int:
    """Store logs and metrics as workers send them."""
    from tiercel.cli.server import INDEXER

    return _call(common, local, Address(port=port)).serve(wiring, INDEXER)


@group.command(examples=["tiercel server worker --thread 8 --worker-group gpu --bus-url …"])
def worker(
    *,
    thread: Annotated[int | None, _THREAD] = None,
    worker_group: Annotated[str, _GROUP] = "",
    port: ProbePort = None,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run tasks. A worker needs NATS and internal storage, and no database."""
    from tiercel.cli.server import WORKER

    call = _call(common, local, Address(port=port), thread=thread, worker_group=worker_group)
    return call.serve(wiring, WORKER)


def _call(
    common: Common,
    local: Local,
    address: Address | None = None,
    loading: Loading | None = None,
    *,
    thread: int | None = None,
    worker_group: str = "",
    skipping: Skipping | None = None,
) -> ServerCall:
    from tiercel.cli.server import ServerCall

    return ServerCall(
        common,
        local,
        address or Address(),
        loading or Loading(),
        threads=thread,
        worker_group=worker_group,
        skipping=skipping or Skipping(),
    )
