"""What tests of a whole node read of its executions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import Condition, LogFilter, Operation


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
    async with asyncio.timeout(60):
        while True:
            found = await node.executions.get(execution_id)
            if found.execution.state.current is state:
                return found
            await asyncio.sleep(0.01)


async def children(node: Node, execution_id: str) -> list[Snapshot]:
    """Return the executions that an execution has started."""
    found, _ = await node.executions.search(
        [Condition("trigger_execution_id", Operation.EQUALS, execution_id)], size=100
    )
    return list(found)


async def paused_children(node: Node, execution_id: str, count: int = 1) -> list[Snapshot]:
    """Return the executions that an execution has started, once so many of them are PAUSED."""
    async with asyncio.timeout(60):
        while True:
            found = await children(node, execution_id)
            states = [item.execution.state.current for item in found]
            if states == [StateType.PAUSED] * count:
                return found
            await asyncio.sleep(0.01)


def gated(path: Path, task_id: str = "s") -> str:
    """Return a task, as YAML in one line, that is at work until there is a file at the path."""
    runner = "{type: io.kestra.plugin.core.runner.Process}"
    wait = f"until [ -e '{path}' ]; do sleep 0.05; done"
    return (
        f"{{id: {task_id}, type: io.kestra.plugin.scripts.shell.Commands, taskRunner: {runner},"
        f' commands: ["{wait}"]}}'
    )


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
