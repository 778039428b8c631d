"""Processes: a node with the services of its roles, or a worker and nothing else."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tiercel.main.parts import node_parts, worker_parts
from tiercel.main.roles import make_presence, make_worker, services_of
from tiercel.main.use_cases import make_node

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tiercel.embedded import Endpoints
    from tiercel.plugin.registry import Registry
    from tiercel.services.node import Node, NodeOptions, WorkerNode


_WATCH_EVERY = timedelta(seconds=2)
_SLOW_PARTS = ("tiercel.services.worker", "tiercel.services.scheduler", "asyncpg")


@cache
def plugin_registry() -> Registry:
    """Return the registry of every built-in and installed plugin type."""
    from tiercel.plugin.registry import Registry

    return Registry.builtin()


async def _start_servers(
    options: NodeOptions, stack: AsyncExitStack, *, postgres: bool = True
) -> Endpoints:
    import asyncio

    from tiercel.embedded import EmbeddedServers, Endpoints

    postgres, nats = postgres and not options.database_url, not options.bus_url
    if not postgres and not nats:
        return Endpoints(database_url=options.database_url, bus_url=options.bus_url)
    servers = EmbeddedServers(options.data_dir)
    stack.push_async_callback(servers.stop)
    started = await servers.start(postgres=postgres, nats=nats)
    watching = asyncio.create_task(servers.keep_running(every=_WATCH_EVERY), name="servers")
    stack.callback(watching.cancel)
    return Endpoints(
        database_url=options.database_url or started.database_url,
        tcp_url=started.tcp_url,
        postgres_port=started.postgres_port,
        bus_url=options.bus_url or started.bus_url,
        psql=started.psql,
    )


def _bus_options(options: NodeOptions) -> dict[str, Any]:
    """Return how the bus is used; credentials are for a NATS of the user's own."""
    found: dict[str, Any] = {"lease_seconds": options.lease}
    if options.bus_url and options.bus_credentials is not None:
        found["credentials"] = options.bus_credentials
    return found


def _import_parts() -> None:
    for part in _SLOW_PARTS:
        import_module(part)


@asynccontextmanager
async def open_node(options: NodeOptions) -> AsyncIterator[Node]:
    """Run the services of one process; they and the servers they started stop with the block.

    Raises:
        ServerUnavailableError: PostgreSQL or NATS can't be reached or started.
    """
    import asyncio

    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(_start_servers(options, stack))
        # It goes on in other processes meanwhile: importing takes as long as they do.
        await asyncio.sleep(0)
        _import_parts()
        endpoints = await starting
        from tiercel.bus import Bus
        from tiercel.config import pool_size
        from tiercel.services.meters import Meters
        from tiercel.store import Store

        meters = Meters(options.settings.metrics.labels)
        sizes = {} if (size := pool_size(options.settings)) is None else {"pool_size": size}
        store = await Store.connect(
            endpoints.database_url, ignored=options.ignored, on_query=meters.queried, **sizes
        )
        stack.push_async_callback(store.close)
        await store.migrate()
        bus = await Bus.connect(endpoints.bus_url, **_bus_options(options))
        stack.push_async_callback(bus.close)
        parts = node_parts(options, endpoints, plugin_registry(), store, bus, meters)
        if parts.tracer is not None:
            stack.push_async_callback(parts.tracer.close)
        node = make_node(parts)
        await node.views.login.start()
        await node.views.secrets.start()
        async with node.loops.running(*services_of(parts, node)):
            yield node


@asynccontextmanager
async def open_worker(options: NodeOptions) -> AsyncIterator[WorkerNode]:
    """Run a worker and nothing else; it needs NATS and internal storage, and no database.

    Raises:
        ServerUnavailableError: NATS can't be reached or started.
    """
    from tiercel.bus import Bus
    from tiercel.services.meters import Meters
    from tiercel.services.node import Role, WorkerNode
    from tiercel.services.secret_book import SecretBook
    from tiercel.services.secrets import follower_of_workers

    async with AsyncExitStack() as stack:
        endpoints = await _start_servers(options, stack, postgres=False)
        bus = await Bus.connect(
            endpoints.bus_url, worker_group=options.worker_group, **_bus_options(options)
        )
        stack.push_async_callback(bus.close)
        book, meters = SecretBook(), Meters()
        parts = worker_parts(options, endpoints, plugin_registry(), bus, book, meters)
        worker = make_worker(parts)
        presence = make_presence(replace(options, roles=frozenset({Role.WORKER})), bus, worker)
        node = WorkerNode(options, endpoints, bus, meters, lambda: worker.running)
        async with node.loops.running(follower_of_workers(bus, book), presence, worker):
            yield node
