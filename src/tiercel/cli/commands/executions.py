"""``tiercel executions``: list, read and control."""

from __future__ import annotations

from typing import Annotated

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Inputs, Labels, Output, Remote
from tiercel.cli.parameters import Option

group = Group()
Id = Annotated[str, Option("Id of the execution.", metavar="EXECUTION")]
Ids = Annotated[list[str], Option("Ids of executions.", metavar="EXECUTION")]
STATES = (
    *("CREATED", "QUEUED", "RUNNING", "PAUSED", "RESTARTED", "RETRYING", "KILLING"),
    *("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED"),
)


@group.command(
    "list",
    examples=[
        "tiercel executions list --state RUNNING --state PAUSED --why",
        "tiercel executions list --namespace company.team --flow nightly --limit 5 -o json",
    ],
)
def list_executions(
    *,
    namespace: Annotated[str, Option("Only of this namespace and those below it.")] = "",
    flow: Annotated[str, Option("Only of the flow with this id.")] = "",
    state: Annotated[
        list[str] | None, Option("Only in this state; may be repeated.", choices=STATES)
    ] = None,
    labels: Labels = None,
    limit: Annotated[int, Option("Most that are listed.")] = 25,
    why: Annotated[bool, Option("Tell what each one that is not over waits for.")] = False,
    output: Output = "table",
    remote: Remote,
) -> int:
    """List executions, the latest first."""
    from tiercel.cli import executions

    search = executions.Search(namespace, flow, state or (), labels or ())
    return executions.show_all(remote, search, limit, output, reasons=why)


@group.command("get", examples=["tiercel executions get 2sVbQ0mrWz7dPq4oJr6x1B"])
def get_execution(execution: Id, /, *, output: Output = "table", remote: Remote) -> int:
    """Show an execution with its task runs, and why it waits when it does."""
    from tiercel.cli import executions

    return executions.show_one(remote, execution, output)


@group.command(
    examples=[
        "tiercel executions start company.team nightly --input day=2024-12-20 --follow",
        "tiercel executions start company.team load --input data=@orders.csv",
    ]
)
def start(
    namespace: Annotated[str, Option("Namespace of the flow.")],
    flow: Annotated[str, Option("Id of the flow.")],
    /,
    *,
    inputs: Inputs = None,
    labels: Labels = None,
    revision: Annotated[int, Option("Revision, by default the latest.")] = 0,
    follow: Annotated[
        bool, Option("Show its log until it is over; the exit code tells how it ended.")
    ] = False,
    remote: Remote,
    common: Common,
) -> int:
    """Start a flow of the server and print the id of the execution."""
    from tiercel.cli import executions

    return executions.start(
        remote,
        namespace,
        flow,
        inputs or (),
        labels or (),
        revision,
        follow=common.level if follow else "",
    )


@group.command(examples=["tiercel executions kill 2sVbQ0mrWz7dPq4oJr6x1B"])
def kill(executions: Ids, /, *, remote: Remote) -> int:
    """End executions and what they started; of several all or none."""
    return _act(remote, "kill", executions)


@group.command(examples=["tiercel executions pause 2sVbQ0mrWz7dPq4oJr6x1B"])
def pause(executions: Ids, /, *, remote: Remote) -> int:
    """Start nothing new in executions until they are resumed."""
    return _act(remote, "pause", executions)


@group.command(
    examples=[
        "tiercel executions resume 2sVbQ0mrWz7dPq4oJr6x1B",
        "tiercel executions resume 2sVbQ0mrWz7dPq4oJr6x1B --input approved=true",
    ]
)
def resume(executions: Ids, /, *, inputs: Inputs = None, remote: Remote) -> int:
    """Go on with paused executions; a Pause task may ask for inputs."""
    return _act(remote, "resume", executions, inputs)


@group.command(examples=["tiercel executions restart 2sVbQ0mrWz7dPq4oJr6x1B"])
def restart(executions: Ids, /, *, remote: Remote) -> int:
    """Run what failed again, in the same executions."""
    return _act(remote, "restart", executions)


@group.command(
    examples=[
        "tiercel executions replay 2sVbQ0mrWz7dPq4oJr6x1B",
        "tiercel executions replay 2sVbQ0mrWz7dPq4oJr6x1B --task-run 4KdXl5VqgZr2ch5OYiGBcT",
    ]
)
def replay(
    execution: Id,
    /,
    *,
    task_run: Annotated[
        str, Option("Id of the task run to begin with; by default the start.")
    ] = "",
    revision: Annotated[int, Option("Revision, by default the one it ran with.")] = 0,
    inputs: Inputs = None,
    remote: Remote,
) -> int:
    """Run an execution once more as a new one, and print its id."""
    from tiercel.cli import executions

    return executions.replay(remote, execution, task_run, revision, inputs or ())


@group.command(examples=["tiercel executions delete 2sVbQ0mrWz7dPq4oJr6x1B"])
def delete(
    executions: Ids,
    /,
    *,
    storage: Annotated[bool, Option("Delete their files too.")] = True,
    remote: Remote,
) -> int:
    """Delete executions with their logs, metrics and files."""
    from tiercel.cli.executions import delete as delete_all

    return delete_all(remote, executions, files=storage)


def _act(
    remote: Remote, action: str, executions: list[str], inputs: list[str] | None = None
) -> int:
    from tiercel.cli.executions import act

    return act(remote, action, executions, inputs or ())
