"""Words for tests of the flow format: tasks as short calls, histories as letters."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tiercel.model.execution import TaskRun
from tiercel.model.state import State, StateType
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import Condition, Operation

CORE = "io.kestra.plugin.core."
LETTERS = {
    "CREATED": "C",
    "RUNNING": "R",
    "SUCCESS": "S",
    "WARNING": "W",
    "FAILED": "F",
    "PAUSED": "P",
    "RESTARTED": "T",
    "RETRYING": "Y",
    "RETRIED": "D",
    "KILLING": "G",
    "KILLED": "K",
    "QUEUED": "Q",
    "CANCELLED": "X",
    "SKIPPED": "N",
}

Task = dict[str, Any]


def task(kind: str, task_id: str, **more: Any) -> Task:
    """Return a task of the core, by the end of its type."""
    return {"id": task_id, "type": CORE + kind, **more}


def ret(task_id: str, text: str = "x", **more: Any) -> Task:
    """Return a task that renders a text."""
    return task("debug.Return", task_id, format=text, **more)


def log(task_id: str, message: Any = "x", **more: Any) -> Task:
    """Return a task that logs."""
    return task("log.Log", task_id, message=message, **more)


def fail(task_id: str, condition: str | None = None, **more: Any) -> Task:
    """Return a task that fails, always or on a condition."""
    own = {} if condition is None else {"condition": condition}
    return task("execution.Fail", task_id, **own, **more)


def sleep(task_id: str, duration: str = "PT0.1S", **more: Any) -> Task:
    """Return a task that sleeps."""
    return task("flow.Sleep", task_id, duration=duration, **more)


def seq(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return tasks one after the other."""
    return task("flow.Sequential", task_id, tasks=list(tasks), **more)


def par(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return tasks at the same time."""
    return task("flow.Parallel", task_id, tasks=list(tasks), **more)


def each(task_id: str, values: Any, *tasks: Task, limit: int = 1, **more: Any) -> Task:
    """Return tasks for each value."""
    own = {"values": values, "concurrencyLimit": limit, "tasks": list(tasks)}
    return task("flow.ForEach", task_id, **own, **more)


def retry(attempts: int | None = None, kind: str = "constant", **more: Any) -> dict[str, Any]:
    """Return a quick retry."""
    rules = {
        "constant": {"interval": "PT0.05S"},
        "exponential": {"interval": "PT0.02S", "maxInterval": "PT0.1S"},
        "random": {"minInterval": "PT0.02S", "maxInterval": "PT0.05S"},
    }
    limit = {} if attempts is None else {"maxAttempt": attempts}
    return {"type": kind, **rules[kind], **limit, **more}


def shown(state: State) -> str:
    """Return a history in letters."""
    return "".join(LETTERS[entry.state] for entry in state.histories)


def run_of(found: Snapshot, task_id: str, value: str | None = None) -> TaskRun:
    """Return the task run of a task, of one value when there are several."""
    return next(
        run
        for run in found.task_runs
        if run.task_id == task_id and (value is None or run.value == value)
    )


def states(found: Snapshot) -> list[tuple[str, str]]:
    """Return task ids with their states, in order of creation."""
    return [(run.task_id, run.state.current.value) for run in found.task_runs]


def ids(found: Snapshot) -> list[str]:
    """Return the tasks that ran, in order of creation; with their values in brackets."""
    return [
        run.task_id if run.value is None else f"{run.task_id}[{run.value}]"
        for run in found.task_runs
    ]


def state_of(found: Snapshot) -> str:
    """Return the state of an execution."""
    return found.execution.state.current.value


@dataclass(frozen=True)
class Gate:
    """Holds tasks at work until the test opens it, however long the test takes before.

    Attributes:
        path: The file for which the tasks wait.
    """

    path: Path

    def task(self, task_id: str = "s", **more: Any) -> Task:
        """Return a task that ends well once the gate is open."""
        return {
            "id": task_id,
            "type": "io.kestra.plugin.scripts.shell.Commands",
            "taskRunner": {"type": f"{CORE}runner.Process"},
            "commands": [f"until [ -e '{self.path}' ]; do sleep 0.05; done"],
            **more,
        }

    def open(self) -> None:
        """Let the tasks end."""
        self.path.touch()


@dataclass
class Runner:
    """Saves and runs flows made of tasks."""

    node: Node
    name: str
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def save(
        self, tasks: Sequence[Task], flow_id: str | None = None, **more: Any
    ) -> tuple[str, str]:
        """Save a flow; return its namespace and id."""
        own = re.sub(r"\W+", "-", self.name).strip("-")[:80]
        flow = {
            "id": flow_id or f"{own}-{next(self._numbers)}",
            "namespace": "tests.format",
            **more,
            "tasks": list(tasks),
        }
        await self.node.flows.save(json.dumps(flow))
        return flow["namespace"], flow["id"]

    async def __call__(
        self, *tasks: Task, inputs: Mapping[str, Any] | None = None, **more: Any
    ) -> Snapshot:
        """Run a flow to its end."""
        return await self.wait(await self.start(*tasks, inputs=inputs, **more))

    async def start(
        self, *tasks: Task, inputs: Mapping[str, Any] | None = None, **more: Any
    ) -> str:
        """Start a flow; return the id of its execution."""
        namespace, flow_id = await self.save(tasks, **more)
        return (await self.node.executions.start(namespace, flow_id, inputs=inputs)).id

    async def wait(self, execution_id: str) -> Snapshot:
        """Return an execution when it is over."""
        async with asyncio.timeout(60):
            return await self.node.executions.wait(execution_id)

    async def until(self, execution_id: str, state: StateType) -> Snapshot:
        """Return an execution once it is in a state."""
        async with asyncio.timeout(60):
            while True:
                found = await self.node.executions.get(execution_id)
                if found.execution.state.current is state:
                    return found
                await asyncio.sleep(0.01)

    async def messages(self, found: Snapshot) -> list[str]:
        """Return the log of an execution, its level before each message."""
        async for _ in self.node.executions.watch(found.execution.id):
            pass
        entries = await self.node.logs.list(found.execution.id)
        return [f"{entry.level} {entry.message}" for entry in entries]

    async def of_flow(self, flow_id: str) -> list[Snapshot]:
        """Return all executions of a flow, by attempt."""
        found, _ = await self.node.executions.search(
            [Condition("flow_id", Operation.EQUALS, flow_id)], size=100
        )
        return sorted(found, key=lambda item: item.execution.metadata.attempt_number)

    async def children(self, execution_id: str) -> list[Snapshot]:
        """Return the executions that an execution started."""
        found, _ = await self.node.executions.search(
            [Condition("trigger_execution_id", Operation.EQUALS, execution_id)], size=100
        )
        return list(found)
