from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tiercel.model.job import LogEntry, MetricEntry
from tiercel.model.task import LogLevel
from tiercel.services.indexer import Indexer
from tiercel.services.meters import Meters
from tiercel.store import Packet, Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tiercel.bus import Batch, Bus

NOW = datetime.now(UTC).replace(microsecond=0)


def entry(message: str, **changes: Any) -> LogEntry:
    facts: dict[str, Any] = {"sequence": 0, "task_id": "t", "task_run_id": "r", **changes}
    return LogEntry("e1", "company.team", "f", NOW, LogLevel.INFO, message, **facts)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store of the test's own."""
    store = await Store.connect(database_url, pool_size=2)
    await store.migrate()
    yield store
    await store.close()


@pytest.fixture
async def indexer(bus: Bus, store: Store) -> AsyncIterator[Indexer]:
    """A running indexer."""
    indexer = Indexer(bus, store)
    running = asyncio.create_task(indexer.run())
    yield indexer
    await indexer.stop()
    await running


def packets_of(batch: Batch[Any]) -> list[Packet[Any]]:
    return [Packet(item.id, item.stored_at, item.items) for item in batch.parcels]


async def messages(store: Store) -> list[str]:
    return [found.message for found in await store.logs.list("e1")]


async def test_what_is_published_before_a_flush_can_be_read_after_it(
    bus: Bus, store: Store, indexer: Indexer
) -> None:
    metric = MetricEntry("e1", "company.team", "f", "t", "r", "counter", "rows", 3.0, NOW)
    await bus.publish_logs([entry("one"), entry("two", sequence=1)])
    await bus.publish_metrics([metric])
    await indexer.flushed()
    assert await messages(store) == ["one", "two"]
    found, total = await store.metrics.list("e1")
    assert (list(found), total) == ([metric], 1)


async def test_what_comes_in_and_out_and_what_is_dropped_is_counted(bus: Bus, store: Store) -> None:
    meters = Meters()
    indexer = Indexer(bus, store, meters)
    running = asyncio.create_task(indexer.run())
    await bus.publish_logs([entry("one"), entry("bad", sequence=2**40), entry("two", sequence=1)])
    await indexer.stop()
    await running
    logs = (("class_name", "LogEntry"),)
    counted = {series.name: series.count for series in meters if series.tags == logs}
    assert counted["indexer.message.in.count"] == 3
    assert counted["indexer.message.out.count"] == 2
    assert counted["indexer.message.failed.count"] == 1
    assert counted["indexer.request.count"] == counted["indexer.request.duration"] == 1
    assert counted["indexer.server.duration"] > 1


async def test_an_entry_that_can_not_be_written_costs_no_other(
    bus: Bus, store: Store, indexer: Indexer, caplog: pytest.LogCaptureFixture
) -> None:
    await bus.publish_logs([entry("one"), entry("bad", sequence=2**40), entry("two", sequence=1)])
    await indexer.flushed()
    assert await messages(store) == ["one", "two"]
    assert "entry can't be written, dropped" in caplog.messages


async def test_stopping_writes_what_waits(bus: Bus, store: Store) -> None:
    indexer = Indexer(bus, store)
    running = asyncio.create_task(indexer.run())
    await bus.publish_logs([entry("last")])
    await indexer.stop()
    await running
    assert await messages(store) == ["last"]


async def test_what_was_written_before_its_acknowledgement_got_lost_is_written_once(
    bus: Bus, store: Store
) -> None:
    """The first indexer is lost between its commit and its acknowledgement."""
    metric = MetricEntry("e1", "company.team", "f", "t", "r", "counter", "rows", 3.0, NOW)
    await bus.publish_logs([entry("one"), entry("two", sequence=1)])
    await bus.publish_metrics([metric])
    async with bus.log_batches() as logs, bus.metric_batches() as metrics:
        written = packets_of(await anext(aiter(logs)))
        await store.logs.copy_once(written)
        counted = packets_of(await anext(aiter(metrics)))
        await store.metrics.copy_once(counted)
    more = Packet("more", NOW, [entry("three", sequence=2)])
    await store.logs.copy_once([*written, more])
    await store.metrics.copy_once(counted)
    assert await messages(store) == ["one", "two", "three"]
    assert (await store.metrics.list("e1"))[1] == 1


async def test_a_packet_with_an_entry_that_can_not_be_written_comes_twice(
    bus: Bus, store: Store
) -> None:
    bad = [entry("one"), entry("bad", sequence=2**40), entry("two", sequence=1)]
    packets = [Packet("a", NOW, bad), Packet("b", NOW, [entry("three", sequence=2)])]
    indexer = Indexer(bus, store)
    for _ in range(2):
        await indexer._write(packets, store.logs.copy_once)
    assert await messages(store) == ["one", "two", "three"]


async def test_what_can_not_come_again_is_forgotten(bus: Bus, store: Store) -> None:
    long_ago = NOW - timedelta(hours=1)
    await store.logs.copy_once([Packet("old", long_ago, [entry("one")]), Packet("new", NOW, [])])
    assert await Indexer(bus, store).forget() == 1
    await store.logs.copy_once([Packet("new", NOW, [entry("two")])])
    assert await messages(store) == ["one"]
