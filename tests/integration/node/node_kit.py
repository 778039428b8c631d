"""What tests of a whole node read of its executions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import LogFilter


def history(snapshot: Snapshot) -> list[str]:
    """Return the states of an execution, oldest first."""
    return [entry.state.value for entry in snapshot.execution.state.histories]


def outputs(snapshot: Snapshot, task_id: str) -> dict[str, Any]:
    """Return the outputs of a task's first run."""
    return next(run.outputs for run in snapshot.task_runs if run.task_id == task_id) or {}


async def messages(node: Node, snapshot: Snapshot, level: LogLevel | None = None) -> list[str]:
    """Return what an execution logged, once all of it is stored."""
    async for _ in node.executions.watch(snapshot.execution.id):
        pass
    entries = await node.logs.list(snapshot.execution.id, LogFilter(level))
    return [entry.message for entry in entries]


async def until(node: Node, execution_id: str, state: StateType) -> Snapshot:
    """Wait until an execution is in a state."""
    for _ in range(500):
        found = await node.executions.get(execution_id)
        if found.execution.state.current is state:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"{history(found)} does not end in {state}")


def most_at_once(done: Iterable[Snapshot]) -> int:
    """Return how many executions ran at the same time at the most."""
    events = []
    for item in done:
        entries = item.execution.state.histories
        began = next(entry.date for entry in entries if entry.state is StateType.RUNNING)
        events += [(began, 1), (entries[-1].date, -1)]
    running, most = 0, 0
    for _, change in sorted(events):
        running += change
        most = max(most, running)
    return most
