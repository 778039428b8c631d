"""A node: the services of one process, started and stopped together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tiercel.config import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.bus import Bus
    from tiercel.embedded import Endpoints
    from tiercel.plugin.registry import Registry
    from tiercel.services.backfills import Backfills
    from tiercel.services.bulk import BulkOperations
    from tiercel.services.executions import Executions
    from tiercel.services.flows import Flows
    from tiercel.services.logs import Logs
    from tiercel.services.meters import Meters
    from tiercel.services.operations import Operations
    from tiercel.services.replays import Replays
    from tiercel.services.triggers import Triggers
    from tiercel.services.views import Views
    from tiercel.services.webhooks import Webhooks
    from tiercel.storage import Storage
    from tiercel.store import Ignored, Store

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Role(StrEnum):
    """What a process does; any number of processes may do the same."""

    EXECUTOR = "executor"
    WORKER = "worker"
    SCHEDULER = "scheduler"
    INDEXER = "indexer"
    WEBSERVER = "webserver"


ALL_ROLES = frozenset(Role)


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """What a node is made of.

    Attributes:
        data_dir: Folder of everything this node keeps: servers, internal storage, caches.
        database_url: PostgreSQL of the user's own; empty starts the embedded one.
        bus_url: NATS of the user's own; empty starts the embedded one.
        bus_credentials: File to log in to that NATS with.
        lease: Seconds after the last sign of life of a worker after which its jobs go to others;
            the same for all processes.
        postgres_alias: ``host:port`` under which tasks reach the embedded PostgreSQL, whatever its
            real port is.
        envs: More of what templates see as ``envs``, besides the environment's own.
        slots: Attempts that the node's worker runs at once; 0 for no worker.
        grace: Seconds that running attempts get when the node stops.
        roles: What the node does.
        worker_group: Whose jobs the node's worker runs.
        settings: Everything else that the operator sets.
        ignored: Executions that the node's executor leaves as they are.
    """

    data_dir: Path
    database_url: str = ""
    bus_url: str = ""
    bus_credentials: Path | None = None
    lease: float = 10.0
    postgres_alias: str = ""
    envs: Mapping[str, str] = field(default_factory=dict)
    slots: int = 8
    grace: float = 5.0
    roles: frozenset[Role] = ALL_ROLES
    worker_group: str = "default"
    settings: Settings = field(default_factory=Settings)
    ignored: Ignored | None = None

    @property
    def storage_dir(self) -> Path:
        """Folder of internal storage."""
        return self.settings.storage.base_path or self.data_dir / "storage"

    @property
    def work_dir(self) -> Path:
        """Parent of the tasks' working directories."""
        return self.settings.tasks.tmp_dir or self.data_dir / "work"

    @property
    def cache_dir(self) -> Path:
        """Folder that all tasks share."""
        return self.data_dir / "cache"


class Service(Protocol):
    """A loop of a node: runs until it is told to stop."""

    async def run(self) -> None:
        """Work until stopped; an exception ends the node."""

    async def stop(self) -> None:
        """Ask :meth:`run` to end; a repeat asks for haste."""


class Loops:
    """The services of one process while they run."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[None], Service] = {}

    @asynccontextmanager
    async def running(self, *services: Service) -> AsyncIterator[None]:
        """Run services, in this order, and stop them in the reverse one; more may run within."""
        begun: dict[asyncio.Task[None], Service] = {}
        for service in services:
            task = asyncio.create_task(service.run(), name=type(service).__name__.lower())
            begun[task] = service
        self._running |= begun
        try:
            yield
        finally:
            for task, service in reversed(begun.items()):
                await _stopped(task, service)
                if not task.cancelled() and (error := task.exception()):
                    logger.error("%s ended with an error", task.get_name(), exc_info=error)
                self._running.pop(task)

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what ``work`` gives; a service that fails meanwhile raises its error instead."""
        main = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait(
                [main, *self._running], return_when=asyncio.FIRST_COMPLETED
            )
        except asyncio.CancelledError:
            main.cancel()
            await asyncio.wait([main])
            raise
        for task in done:
            if task is not main:
                main.cancel()
                await asyncio.wait([main])
                task.result()
        return main.result()


async def _stopped(task: asyncio.Task[None], service: Service) -> None:
    """Stop a service and wait for its end; who is cancelled meanwhile has no patience any more."""
    while not task.done():
        try:
            await service.stop()
            await asyncio.wait([task])
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None:
                current.uncancel()


@dataclass(slots=True)
class WorkerNode:
    """A running worker and nothing else: it has no database.

    Attributes:
        meters: What it counted.
        running: Tells how many attempts it has in hand.
    """

    options: NodeOptions
    endpoints: Endpoints
    bus: Bus
    meters: Meters
    running: Callable[[], int]
    loops: Loops = field(default_factory=Loops)


@dataclass(slots=True)
class Node:
    """A running node, with what its commands and its API need.

    Attributes:
        api: The ASGI application, once it is served.
    """

    options: NodeOptions
    endpoints: Endpoints
    registry: Registry
    store: Store
    bus: Bus
    storage: Storage
    flows: Flows
    executions: Executions
    operations: Operations
    bulk: BulkOperations
    replays: Replays
    logs: Logs
    views: Views
    triggers: Triggers
    backfills: Backfills
    webhooks: Webhooks
    loops: Loops = field(default_factory=Loops)
    api: Any = None

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what ``work`` gives; a service that fails meanwhile raises its error instead."""
        return await self.loops.guard(work)
