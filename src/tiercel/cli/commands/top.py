"""Commands that are called by one word: run, check, demo, logs, doctor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Inputs, Labels, Local, Output, Remote
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

EXAMPLE_DATABASE = "host.docker.internal:5432"
commands = Group()


@commands.command(
    examples=[
        "tiercel run flow.yaml",
        "tiercel run flow.yaml --input day=2024-12-20 --input data=@orders.csv --label team=web",
    ]
)
def run(
    file: Annotated[Path, Option("The flow.")],
    /,
    *,
    inputs: Inputs = None,
    labels: Labels = None,
    follow: Annotated[bool, Option("Show tasks, progress and log live.")] = True,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run a flow file once, without a server, and show it live.

    The exit code is 0 when the execution ends in SUCCESS or WARNING, else 1; Ctrl-C kills the
    execution and is 130.
    """
    from tiercel.cli.run import run_flow
    from tiercel.model.task import LogLevel

    work = run_flow(
        wiring,
        local.options(common),
        file,
        inputs=inputs or (),
        labels=labels or (),
        follow=follow,
        least=LogLevel[common.level],
    )
    return wiring.run(work)


@commands.command(examples=["tiercel check flows/", "tiercel check nightly.yaml"])
def check(
    paths: Annotated[list[Path], Option("Flow files, and folders of them.")],
    /,
    *,
    wiring: Wiring,
) -> int:
    """Check flow files here, without a server: every problem with its line and column.

    The exit code is 1 when one is refused; warnings are shown and accepted.
    """
    from tiercel.cli.flow import validate_here

    return validate_here(wiring.registry(), paths)


@commands.command(
    examples=[
        "tiercel logs 2sVbQ0mrWz7dPq4oJr6x1B",
        "tiercel logs 2sVbQ0mrWz7dPq4oJr6x1B --follow --log-level WARN",
    ]
)
def logs(
    execution: Annotated[str, Option("Id of the execution.")],
    /,
    *,
    follow: Annotated[
        bool, Option("Go on until the execution is over.", ("-f", "--follow"))
    ] = False,
    output: Output = "table",
    remote: Remote,
    common: Common,
) -> int:
    """Show the log of an execution of a server.

    With --follow the exit code is 0 when it ends in SUCCESS or WARNING, else 1.
    """
    from tiercel.cli.logs import show_logs

    return show_logs(remote, execution, common.level, follow=follow, output=output)


@commands.command(examples=["tiercel doctor", "tiercel doctor -o json"])
def doctor(
    *,
    port: Annotated[int, Option("Port that a server would take.")] = 8080,
    output: Output = "table",
    local: Local,
    common: Common,
) -> int:
    """Look for what Tiercel needs and tell how to mend what is missing.

    The exit code is 1 when something that is needed is missing.
    """
    from tiercel.cli.doctor import examine, show

    return show(examine(local.options(common), port), output)


@commands.command(examples=["tiercel demo", "tiercel demo --exit"])
def demo(
    *,
    leave: Annotated[bool, Option("Leave when the run is over.", ("--exit",))] = False,
    data_dir: Annotated[
        Path | None, Option("Folder of servers, files and caches; made when missing.")
    ] = None,
    host: Annotated[str, Option("Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Option("Port of the API; 0 takes any.")] = 8080,
    common: Common,
    wiring: Wiring,
) -> int:
    """Load a month of NYC taxi trips into the embedded PostgreSQL, and show it live."""
    from tiercel.cli.demo import run_demo

    options = Local(data_dir=data_dir).options(common)
    options = replace(options, postgres_alias=EXAMPLE_DATABASE)
    return wiring.run(run_demo(wiring, options, host, port, leave=leave))
