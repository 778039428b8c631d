"""The command line: what ``tiercel`` understands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from tiercel.cli.wiring import Wiring, default_data_dir

if TYPE_CHECKING:
    from tiercel.services.node import NodeOptions

EXAMPLE_DATABASE = "host.docker.internal:5432"

DataDir = Annotated[
    Path | None,
    Parameter(name="--data-dir", help="Folder of servers, files and caches; made when missing."),
]
DatabaseUrl = Annotated[
    str,
    Parameter(
        name="--database-url",
        env_var="TIERCEL_DATABASE_URL",
        help="PostgreSQL to use; by default an embedded one.",
    ),
]
BusUrl = Annotated[
    str,
    Parameter(
        name="--bus-url",
        env_var="TIERCEL_BUS_URL",
        help="NATS to use; by default an embedded one.",
    ),
]
Host = Annotated[str, Parameter(help="Address to listen on.")]
Port = Annotated[int, Parameter(help="Port of the API; 0 takes any.")]


def build_app(wiring: Wiring) -> App:
    """Return the command line over the parts that ``wiring`` gives."""
    app = App(
        name="tiercel",
        version=version("tiercel"),
        help="Run workflows written as Kestra-format flows.",
    )
    app.command(_flow_group(wiring))
    app.command(_server_group(wiring))
    app.command(_backfill_group(wiring))

    @app.command
    def run(
        file: Path,
        *,
        inputs: Annotated[
            list[str] | None,
            Parameter(name=["--input", "-i"], help="name=value, or name=@path for a FILE input."),
        ] = None,
        labels: Annotated[
            list[str] | None, Parameter(name=["--label", "-l"], help="key=value.")
        ] = None,
        follow: Annotated[bool, Parameter(help="Show tasks, progress and log live.")] = True,
        verbose: Annotated[
            bool, Parameter(name=["--verbose", "-v"], negative="", help="Show the whole log.")
        ] = False,
        data_dir: DataDir = None,
        database_url: DatabaseUrl = "",
        bus_url: BusUrl = "",
    ) -> int:
        """Run a flow file once, without a server, and show it live.

        The exit code is 0 when the execution ends in SUCCESS or WARNING, else 1.
        """
        from tiercel.cli.run import run_flow
        from tiercel.model.task import LogLevel

        options = _options(data_dir, database_url, bus_url)
        return wiring.run(
            run_flow(
                wiring,
                options,
                file,
                inputs=inputs or (),
                labels=labels or (),
                follow=follow,
                least=LogLevel.TRACE if verbose else LogLevel.INFO,
            )
        )

    @app.command
    def demo(
        *,
        leave: Annotated[
            bool, Parameter(name="--exit", negative="", help="Leave when the run is over.")
        ] = False,
        data_dir: DataDir = None,
        host: Host = "127.0.0.1",
        port: Port = 8080,
    ) -> int:
        """Load a month of NYC taxi trips into the embedded PostgreSQL, and show it live."""
        from tiercel.cli.demo import run_demo

        options = replace(_options(data_dir, "", ""), postgres_alias=EXAMPLE_DATABASE)
        return wiring.run(run_demo(wiring, options, host, port, leave=leave))

    return app


def _flow_group(wiring: Wiring) -> App:
    group = App(name="flow", help="Work with flow files.")

    @group.command
    def validate(files: list[Path], /) -> int:
        """Check flow files, or all those below a folder; every problem with its line and column."""
        from tiercel.cli.flow import validate as validate_files

        return validate_files(wiring.registry(), files)

    return group


def _server_group(wiring: Wiring) -> App:
    group = App(name="server", help="Run servers.")

    @group.command
    def local(
        *,
        data_dir: DataDir = None,
        host: Host = "127.0.0.1",
        port: Port = 8080,
        database_url: DatabaseUrl = "",
        bus_url: BusUrl = "",
    ) -> int:
        """Run API, executor and worker in one process, on embedded servers by default."""
        from tiercel.cli.server import serve_local

        options = _options(data_dir, database_url, bus_url)
        return wiring.run(serve_local(wiring, options, host, port))

    return group


def _backfill_group(wiring: Wiring) -> App:
    group = App(name="backfill", help="Run past dates of a schedule.")

    @group.command
    def create(
        namespace: str,
        flow: str,
        trigger: str,
        /,
        *,
        start: Annotated[str, Parameter(help="First date, such as 2019-01-01.")],
        end: Annotated[str | None, Parameter(help="Last date; by default now.")] = None,
        inputs: Annotated[
            list[str] | None, Parameter(name=["--input", "-i"], help="name=value.")
        ] = None,
        labels: Annotated[
            list[str] | None, Parameter(name=["--label", "-l"], help="key=value.")
        ] = None,
        only: Annotated[
            str, Parameter(help="all dates, or those missing, failed or missing-or-failed.")
        ] = "all",
        newest_first: Annotated[bool, Parameter(negative="")] = False,
        parallel: Annotated[int, Parameter(help="Most executions at one time.")] = 1,
        dry_run: Annotated[
            bool, Parameter(negative="", help="List the dates, start nothing.")
        ] = False,
        follow: Annotated[bool, Parameter(help="Show progress until it is over.")] = True,
        data_dir: DataDir = None,
        database_url: DatabaseUrl = "",
        bus_url: BusUrl = "",
    ) -> int:
        """Run the dates of a schedule between two days, one after the other by default.

        The exit code is 0 when no date failed, else 1.
        """
        from tiercel.cli import backfill

        given = backfill.Given(start, end, inputs or (), labels or (), only, newest_first, parallel)
        options = _options(data_dir, database_url, bus_url)
        key = (namespace, flow, trigger)
        work = backfill.create(wiring, options, key, given, dry_run=dry_run, follow=follow)
        return wiring.run(work)

    @group.command
    def progress(
        namespace: str | None = None,
        flow: str | None = None,
        trigger: str | None = None,
        /,
        *,
        follow: Annotated[bool, Parameter(negative="", help="Until it is over.")] = False,
        data_dir: DataDir = None,
        database_url: DatabaseUrl = "",
        bus_url: BusUrl = "",
    ) -> int:
        """Show how far the backfills of a trigger are, or all that are not over."""
        from tiercel.cli import backfill

        options = _options(data_dir, database_url, bus_url)
        key = (namespace, flow, trigger) if namespace and flow and trigger else None
        return wiring.run(backfill.progress(wiring, options, key, follow=follow))

    for action, does in (
        ("pause", "Start no further dates until it is let go on."),
        ("unpause", "Let a paused backfill go on."),
        ("cancel", "End a backfill where it is; what runs goes on."),
    ):
        group.command(_backfill_change(wiring, action), name=action, help=does)
    return group


def _backfill_change(wiring: Wiring, action: str) -> Callable[..., int]:
    def change(
        namespace: str,
        flow: str,
        trigger: str,
        /,
        *,
        data_dir: DataDir = None,
        database_url: DatabaseUrl = "",
        bus_url: BusUrl = "",
    ) -> int:
        from tiercel.cli import backfill

        options = _options(data_dir, database_url, bus_url)
        return wiring.run(backfill.change(wiring, options, (namespace, flow, trigger), action))

    return change


def _options(data_dir: Path | None, database_url: str, bus_url: str) -> NodeOptions:
    from tiercel.services.node import NodeOptions

    return NodeOptions(
        data_dir=(data_dir or default_data_dir()).expanduser().absolute(),
        database_url=database_url,
        bus_url=bus_url,
    )
