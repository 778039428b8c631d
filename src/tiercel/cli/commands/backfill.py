"""``tiercel backfill``: past dates of schedules."""

from __future__ import annotations

from typing import Annotated

import click

from tiercel.cli.command import Group
from tiercel.cli.options import Common, Inputs, Labels, Local, Output
from tiercel.cli.parameters import Option
from tiercel.cli.wiring import Wiring

group = Group()
Namespace = Annotated[str, Option("Namespace of the flow.")]
Flow = Annotated[str, Option("Id of the flow.")]
Trigger = Annotated[str, Option("Id of the schedule.")]


@group.command(
    examples=[
        "tiercel backfill create company.team taxi monthly --start 2019-01-01 --end 2019-12-31",
        "tiercel backfill create company.team taxi monthly --start 2019-01-01 --only failed",
    ]
)
def create(
    namespace: Namespace,
    flow: Flow,
    trigger: Trigger,
    /,
    *,
    start: Annotated[str, Option("First date, such as 2019-01-01.")],
    end: Annotated[str, Option("Last date; by default now.")] = "",
    inputs: Inputs = None,
    labels: Labels = None,
    only: Annotated[
        str,
        Option("Which dates.", choices=("all", "missing", "failed", "missing-or-failed")),
    ] = "all",
    newest_first: Annotated[bool, Option("Begin with the last date.")] = False,
    parallel: Annotated[int, Option("Most executions at one time.")] = 1,
    dry_run: Annotated[bool, Option("List the dates, start nothing.")] = False,
    follow: Annotated[bool, Option("Show progress until it is over.")] = True,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Run the dates of a schedule between two days, one after the other by default.

    The exit code is 0 when no date failed, else 1.
    """
    from tiercel.cli import backfill

    given = backfill.Given(
        start, end or None, inputs or (), labels or (), only, newest_first, parallel
    )
    key = (namespace, flow, trigger)
    work = backfill.create(
        wiring, local.options(common), key, given, dry_run=dry_run, follow=follow
    )
    return wiring.run(work)


@group.command(
    examples=[
        "tiercel backfill progress",
        "tiercel backfill progress company.team taxi monthly",
        "tiercel backfill progress -o json",
    ]
)
def progress(
    namespace: Namespace = "",
    flow: Flow = "",
    trigger: Trigger = "",
    /,
    *,
    follow: Annotated[bool, Option("Until it is over.", ("-f", "--follow"))] = False,
    output: Output = "table",
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Show how far the backfills of a trigger are, or all that are not over."""
    from tiercel.cli import backfill

    if namespace and not trigger:
        raise click.UsageError("name namespace, flow and trigger, or none of them")
    if follow and output != "table":
        raise click.UsageError("--follow shows lines: leave out --output")
    key = (namespace, flow, trigger) if trigger else None
    work = backfill.progress(wiring, local.options(common), key, follow=follow, output=output)
    return wiring.run(work)


@group.command(examples=["tiercel backfill pause company.team taxi monthly"])
def pause(
    namespace: Namespace,
    flow: Flow,
    trigger: Trigger,
    /,
    *,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Start no further dates until it is let go on."""
    return _change("pause", (namespace, flow, trigger), local, common, wiring)


@group.command(examples=["tiercel backfill unpause company.team taxi monthly"])
def unpause(
    namespace: Namespace,
    flow: Flow,
    trigger: Trigger,
    /,
    *,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """Let a paused backfill go on."""
    return _change("unpause", (namespace, flow, trigger), local, common, wiring)


@group.command(examples=["tiercel backfill cancel company.team taxi monthly"])
def cancel(
    namespace: Namespace,
    flow: Flow,
    trigger: Trigger,
    /,
    *,
    local: Local,
    common: Common,
    wiring: Wiring,
) -> int:
    """End a backfill where it is; what runs goes on."""
    return _change("cancel", (namespace, flow, trigger), local, common, wiring)


def _change(
    action: str, key: tuple[str, str, str], local: Local, common: Common, wiring: Wiring
) -> int:
    from tiercel.cli import backfill

    return wiring.run(backfill.change(wiring, local.options(common), key, action))
