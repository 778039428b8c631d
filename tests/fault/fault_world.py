"""Nodes of any roles on servers of the test's own, with wires between them that can break."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from signal import SIGKILL
from typing import Any, ClassVar

import asyncpg
from fault_proxy import Wire

from tiercel.config import Settings
from tiercel.config.sections import NodeSettings
from tiercel.embedded import EmbeddedServers, Endpoints
from tiercel.main import open_node
from tiercel.model.errors import ServerUnavailableError
from tiercel.plugin.context import TaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import Output, RunnableTask
from tiercel.services.clock import utc_now
from tiercel.services.executions import Snapshot
from tiercel.services.node import ALL_ROLES, Node, NodeOptions, Role

PATIENCE_SECONDS = float(os.environ.get("TIERCEL_FAULT_PATIENCE", "90"))
LEASE_SECONDS = 3.0
"""Lease of nodes in tests that wait until one runs out: long enough for a busy machine."""


class Mark(RunnableTask):
    """Notes that it begins, takes its time, and notes that it has ended.

    Attributes:
        first: More seconds, the first time that a task run begins.
    """

    type_name: ClassVar[str] = "fault.Mark"
    begun: ClassVar[list[tuple[str, str]]] = []
    ended: ClassVar[dict[str, datetime]] = {}
    seconds: float = 0.0
    first: float = 0.0
    value: Any = None

    async def run(self, context: TaskContext) -> Output:
        info = context.info
        begin = (info.execution_id, info.task_run_id)
        more = 0.0 if begin in self.begun else self.first
        self.begun.append(begin)
        await asyncio.sleep(self.seconds + more)
        self.ended[info.execution_id] = utc_now()
        return Output({"value": self.value})


def registry_of_tests() -> Registry:
    """Return all types that ship, and :class:`Mark`."""
    registry = Registry.builtin(use_entry_points=False)
    registry.register(Mark)
    return registry


def marking(flow_id: str, *, seconds: float = 0.0, first: float = 0.0, tasks: int = 1) -> str:
    """Return a flow with tasks in a row that a worker runs."""
    lines = [f"id: {flow_id}", "namespace: tests.fault", "tasks:"]
    lines += [
        f"  - {{id: t{number}, type: fault.Mark, seconds: {seconds}, first: {first},"
        f" value: {number}}}"
        for number in range(tasks)
    ]
    return "\n".join(lines)


class World:
    """Servers of a test, and what nodes need to use them over wires.

    Attributes:
        database, bus: The wires.
    """

    def __init__(self, data_dir: Path, endpoints: Endpoints, database: Wire, bus: Wire) -> None:
        self._data_dir = data_dir
        self._endpoints = endpoints
        self._numbers = itertools.count()
        self.database = database
        self.bus = bus

    @asynccontextmanager
    async def node(
        self,
        *roles: Role,
        group: str = "default",
        lease: float = 10.0,
        tags: Mapping[str, tuple[str, ...]] | None = None,
    ) -> AsyncIterator[Node]:
        """Run a node; all of them share internal storage and nothing else on disk.

        Args:
            tags: Of worker groups, as its executor knows them.
        """
        data_dir = self._data_dir / f"node-{next(self._numbers)}"
        data_dir.mkdir(parents=True)
        storage = self._data_dir / "storage"
        storage.mkdir(exist_ok=True)
        (data_dir / "storage").symlink_to(storage)
        options = NodeOptions(
            data_dir=data_dir,
            database_url=self.database.url,
            bus_url=self.bus.url,
            roles=frozenset(roles) or ALL_ROLES - {Role.SCHEDULER},
            worker_group=group,
            slots=16,
            grace=1.0,
            lease=lease,
            settings=Settings(node=NodeSettings(worker_groups=dict(tags or {}))),
        )
        async with open_node(options) as node:
            yield node

    async def rows(self, query: str, *args: object) -> list[Any]:
        """Ask the database itself, not over the wire."""
        connection = await asyncpg.connect(
            self._endpoints.tcp_url, server_settings={"search_path": "tiercel"}
        )
        try:
            found: list[Any] = await connection.fetch(query, *args)
        finally:
            await connection.close()
        return found

    async def accounts(self, node: Node, execution_ids: Sequence[str]) -> list[Snapshot]:
        """Check that everything about these executions is over and accounted for."""
        found = [await node.executions.get(item) for item in execution_ids]
        for snapshot in found:
            check_ended(snapshot)
        await eventually(self._left, lambda left: left == [])
        again = [await node.executions.get(item) for item in execution_ids]
        assert list(map(_facts, again)) == list(map(_facts, found)), "it changed after the end"
        return found

    async def _left(self) -> list[Any]:
        return await self.rows(
            "SELECT 'job' AS what, execution_id FROM jobs UNION ALL"
            " SELECT 'news', execution_id FROM inbox"
        )


def _facts(snapshot: Snapshot) -> tuple[Any, ...]:
    """Return what must stay; how often it was looked at counts too, and may grow."""
    return snapshot.execution, snapshot.task_runs


def check_ended(snapshot: Snapshot) -> None:
    """Check that an execution has one final state, and nothing in it is open."""
    execution = snapshot.execution
    finals = [entry for entry in execution.state.histories if entry.state.is_terminal]
    assert len(finals) == 1, f"{execution.id}: {execution.state.histories}"
    assert execution.state.histories[-1] is finals[0]
    for task_run in snapshot.task_runs:
        assert task_run.state.is_terminal, f"{task_run.task_id} is open"
        for attempt in task_run.attempts:
            assert attempt.state.is_terminal, f"an attempt of {task_run.task_id} is open"
    written = Mark.ended.get(execution.id)
    assert written is None or written <= finals[0].date, "a task worked after the end"


def begins(execution_ids: Sequence[str]) -> dict[str, int]:
    """Return how often tasks of each execution began."""
    wanted = dict.fromkeys(execution_ids, 0)
    for execution_id, _ in Mark.begun:
        if execution_id in wanted:
            wanted[execution_id] += 1
    return wanted


@asynccontextmanager
async def wired(data_dir: Path, endpoints: Endpoints) -> AsyncIterator[World]:
    """Put wires before both servers."""
    async with Wire(endpoints.tcp_url) as database, Wire(endpoints.bus_url) as bus:
        yield World(data_dir, endpoints, database, bus)


async def eventually(read: Callable[[], Awaitable[Any]], until: Callable[[Any], bool]) -> Any:
    """Return what is read once it is as wanted."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not until(found := await read()):
            await asyncio.sleep(0.05)
    return found


async def start(node: Node, flow_id: str, count: int = 1) -> list[str]:
    """Start executions of a flow; return their ids."""
    begun = await asyncio.gather(
        *(node.executions.start("tests.fault", flow_id) for _ in range(count))
    )
    return [item.id for item in begun]


async def wait_all(node: Node, execution_ids: Sequence[str]) -> list[Snapshot]:
    """Wait until executions are over, whatever happens to the servers meanwhile."""

    left = list(execution_ids)

    async def unfinished() -> list[str]:
        with suppress(ServerUnavailableError):
            while left and (await node.executions.get(left[-1])).execution.state.is_terminal:
                left.pop()
        return left

    await eventually(unfinished, lambda found: not found)
    return [await node.executions.get(item) for item in execution_ids]


def kill_server(folder: Path, pid_file: str) -> None:
    """Kill an embedded server as a crash does."""
    (found,) = folder.rglob(pid_file)
    os.kill(int(found.read_text().split()[0]), SIGKILL)


@asynccontextmanager
async def own_servers(data_dir: Path) -> AsyncIterator[tuple[EmbeddedServers, Endpoints]]:
    """Run servers that a test may kill."""
    servers = EmbeddedServers(data_dir, postgres_port=0)
    try:
        yield servers, await servers.start()
    finally:
        await servers.stop()
