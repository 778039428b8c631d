"""``tiercel backfill``: run past dates of a schedule once more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from tiercel.cli.console import err, out, show_error
from tiercel.cli.progress import counting, reach
from tiercel.cli.reading import split_pairs
from tiercel.cli.tables import show_data
from tiercel.model.errors import IllegalArgumentError, NotFoundError, TiercelError
from tiercel.model.execution import Label
from tiercel.services.backfills import BackfillRequest, Only

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring
    from tiercel.services.node import Node, NodeOptions
    from tiercel.store import Backfill

INTERRUPTED = 130
_LOOK_SECONDS = 0.1

Key = tuple[str, str, str]
"""Namespace, flow and trigger."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of a new backfill; dates without a time begin at midnight UTC."""

    start: str
    end: str | None = None
    inputs: Sequence[str] = ()
    labels: Sequence[str] = ()
    only: str = "all"
    newest_first: bool = False
    parallel: int = 1

    def request(self) -> BackfillRequest:
        """Return it as the use case takes it.

        Raises:
            IllegalArgumentError: A date, a pair or the choice of dates can't be read.
        """
        known = {item.value.lower().replace("_", "-"): item for item in Only}
        if self.only not in known:
            raise IllegalArgumentError(
                f"--only {self.only} is not known", hint=f"use one of {', '.join(known)}"
            )
        return BackfillRequest(
            start=_moment(self.start),
            end=_moment(self.end) if self.end else None,
            inputs=split_pairs(self.inputs, "--input"),
            labels=[Label(*pair) for pair in split_pairs(self.labels, "--label").items()],
            only=known[self.only],
            newest_first=self.newest_first,
            parallel=self.parallel,
        )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise IllegalArgumentError(
            f"'{text}' is no date", hint="write it like 2019-01-31 or 2019-01-31T09:00:00Z"
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


async def create(
    wiring: Wiring, options: NodeOptions, key: Key, given: Given, *, dry_run: bool, follow: bool
) -> int:
    """Create a backfill, or print the dates it would run; return the exit code."""

    async def work(node: Node) -> int:
        request = given.request()
        if dry_run:
            dates = await node.backfills.plan(*key, request)
            for date in dates:
                out.print(date)
            err.print(f"[dim]{len(dates)} dates, nothing was started[/]")
            return 0
        made = await node.backfills.create(*key, request)
        err.print(f"[dim]backfill {made.id}[/]")
        return await _follow(node, made) if follow else _shown(made)

    return await _with_node(wiring, options, work)


async def change(wiring: Wiring, options: NodeOptions, key: Key, action: str) -> int:
    """Pause, unpause or cancel the backfill of a trigger; return the exit code."""

    async def work(node: Node) -> int:
        backfills = node.backfills
        actions: dict[str, Callable[[str, str, str], Awaitable[Backfill]]] = {
            "pause": backfills.pause,
            "unpause": backfills.unpause,
            "cancel": backfills.cancel,
        }
        return _shown(await actions[action](*key))

    return await _with_node(wiring, options, work)


async def progress(
    wiring: Wiring, options: NodeOptions, key: Key | None, *, follow: bool, output: str
) -> int:
    """Print how far backfills are: the last ones of a trigger, or all that are not over."""

    async def work(node: Node) -> int:
        if key is None:
            found = await node.backfills.all_open()
        else:
            found = await node.backfills.of_trigger(*key)
            if not found:
                raise NotFoundError("No backfill found")
        if follow and found and found[0].ended_at is None:
            return await _follow(node, found[0])
        if output != "table":
            show_data([_data(item) for item in found], output)
            return 0
        for item in found:
            _shown(item)
        return 0

    return await _with_node(wiring, options, work)


async def _with_node(
    wiring: Wiring, options: NodeOptions, work: Callable[[Node], Awaitable[int]]
) -> int:
    try:
        async with wiring.open_node(options) as node:
            return await work(node)
    except TiercelError as error:
        show_error(error)
        return 1


async def _follow(node: Node, item: Backfill) -> int:
    """Show a bar that moves until the backfill is over; return 1 when dates failed."""
    told = ""
    try:
        with counting(_line(item), item.total) as progress:
            while item.ended_at is None:
                line = _line(item)
                reach(progress, item.succeeded + item.failed, line)
                if not err.is_terminal and line != told:
                    out.print(line)
                told = line
                await asyncio.sleep(_LOOK_SECONDS)
                item = await node.backfills.get(item.id)
    except asyncio.CancelledError:
        err.print("[yellow]left; the backfill goes on where a server runs[/]")
        return INTERRUPTED
    _shown(item)
    return 1 if item.failed or item.cancelled else 0


def _shown(item: Backfill) -> int:
    out.print(_line(item))
    return 0


def _data(item: Backfill) -> dict[str, Any]:
    return {
        "id": item.id,
        "namespace": item.namespace,
        "flowId": item.flow_id,
        "triggerId": item.trigger_id,
        "start": item.start.isoformat(),
        "end": item.end.isoformat(),
        "state": _state(item),
        "total": item.total,
        "running": item.running,
        "succeeded": item.succeeded,
        "failed": item.failed,
        "progress": round(item.progress, 4),
    }


def _state(item: Backfill) -> str:
    if item.cancelled:
        return "cancelled"
    if item.ended_at is not None:
        return "over"
    return "paused" if item.paused else "running"


def _line(item: Backfill) -> str:
    state = _state(item)
    failed = f", [red]{item.failed} failed[/]" if item.failed else ""
    name = escape(f"{item.namespace}.{item.flow_id}.{item.trigger_id}")
    done = item.succeeded + item.failed
    return (
        f"{name}  {item.start:%Y-%m-%d} … {item.end:%Y-%m-%d}  [bold]{item.progress:.0%}[/]  "
        f"{done} of {item.total}{failed}  {state}"
    )
