"""An executor makes good for jobs that the bus lost."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from worker_kit import TYPES

from tiercel.expressions import LocalServices
from tiercel.plugin.registry import Registry
from tiercel.services.catalog import FlowCatalog
from tiercel.services.children import Children
from tiercel.services.clock import new_id, utc_now
from tiercel.services.executions import Executions
from tiercel.services.executor import Executor
from tiercel.services.flows import Flows
from tiercel.services.live import Live
from tiercel.services.new_executions import ExecutionMaker
from tiercel.services.step import Environment
from tiercel.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tiercel.bus import Bus
    from tiercel.storage import LocalStorage

FLOW = """
id: one_task
namespace: company.team
tasks:
  - id: my_task
    type: test.Echo
"""


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store of the test's own."""
    store = await Store.connect(database_url, pool_size=4)
    await store.migrate()
    yield store
    await store.close()


def make_executor(store: Store, bus: Bus, registry: Registry, storage: LocalStorage) -> Executor:
    environment = Environment(registry, LocalServices(), utc_now, new_id)
    catalog = FlowCatalog(store, registry)
    maker = ExecutionMaker(LocalServices(), {})
    children = Children(store, catalog, maker, storage, environment)
    return Executor(store, bus, catalog, environment, Live(bus), children)


@asynccontextmanager
async def executor(
    store: Store, bus: Bus, registry: Registry, storage: LocalStorage
) -> AsyncIterator[None]:
    """A running executor."""
    executor = make_executor(store, bus, registry, storage)
    running = asyncio.create_task(executor.run())
    try:
        yield
    finally:
        await executor.stop()
        await running


async def first_attempt(bus: Bus) -> str:
    async with asyncio.timeout(60), bus.jobs("default", limit=1) as jobs:
        delivery = await anext(aiter(jobs))
        return delivery.job.attempt_id


async def test_an_executor_publishes_open_jobs_again_at_its_start(
    bus: Bus, store: Store, storage: LocalStorage
) -> None:
    registry = Registry({})
    registry.register(*TYPES)
    flows = Flows(store, registry)
    catalog = FlowCatalog(store, registry)
    maker = ExecutionMaker(LocalServices(), {})
    executions = Executions(store, bus, flows, catalog, storage, maker)
    await flows.save(FLOW)
    async with executor(store, bus, registry, storage):
        await executions.start("company.team", "one_task")
        published = await first_attempt(bus)
    await bus.delete_streams()
    async with executor(store, bus, registry, storage):
        assert await first_attempt(bus) == published


@pytest.mark.parametrize("loop", ["news_batches", "on_wake", "news_lag"])
async def test_an_executor_ends_with_the_loop_that_failed(
    bus: Bus, store: Store, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    def broken() -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(bus, loop, broken)
    executor = make_executor(store, bus, Registry({}), storage)
    with pytest.raises(LookupError, match="a bug"):
        async with asyncio.timeout(60):
            await executor.run()


async def test_an_executor_ends_with_a_loop_that_has_no_more_to_do(
    bus: Bus, store: Store, storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing() -> AsyncIterator[bool]:
        for item in ():
            yield item

    monkeypatch.setattr(bus, "on_wake", nothing)
    with pytest.raises(RuntimeError, match="executor-wake has ended"):
        async with asyncio.timeout(60):
            await make_executor(store, bus, Registry({}), storage).run()
