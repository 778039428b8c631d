from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bus_samples import NOW, entry, job, started

from tiercel.bus import Bus, MessageRefusedError
from tiercel.bus.jobs import MAX_DELIVERIES
from tiercel.model.job import MetricEntry
from tiercel.model.news import AttemptEnded, ExecutionNews
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.bus import Batches


async def test_news_arrives_in_order_and_in_one_batch(bus: Bus) -> None:
    sent = [started("e1"), started("e2"), started("e1", "a2")]
    await bus.publish_news(*sent)
    async with bus.news_batches() as batches:
        items = []
        async for batch in batches:
            items += batch.items
            await batch.ack()
            if len(items) == len(sent):
                break
        assert items == sent


async def test_acknowledged_news_does_not_come_again(bus: Bus) -> None:
    await bus.publish_news(started("e1"))
    async with bus.news_batches() as batches:
        await (await anext(aiter(batches))).ack()
    await bus.publish_news(started("e2"))
    async with bus.news_batches() as batches:
        assert [item.execution_id for item in (await anext(aiter(batches))).items] == ["e2"]


async def test_news_too_big_for_a_message_is_refused(bus: Bus) -> None:
    ended = AttemptEnded(
        "r", "a", 1, "w", StateType.SUCCESS, NOW, NOW, outputs={"x": "y" * bus.message_limit}
    )
    with pytest.raises(MessageRefusedError, match="a message may hold"):
        await bus.publish_news(ExecutionNews("e1", ended))


async def _ended(batches: Batches[ExecutionNews]) -> AttemptEnded:
    batch = await anext(aiter(batches))
    await batch.ack()
    news = batch.items[0].news
    assert isinstance(news, AttemptEnded)
    return news


async def test_a_job_too_big_for_a_message_ends_its_attempt(bus: Bus) -> None:
    await bus.publish_jobs([job("big", variables={"x": "y" * bus.message_limit}), job("a1")])
    async with bus.news_batches() as batches:
        news = await _ended(batches)
    assert (news.attempt_id, news.state) == ("big", StateType.FAILED)
    async with bus.jobs("default", limit=1) as jobs:
        assert (await anext(aiter(jobs))).job.attempt_id == "a1"


async def test_a_job_that_no_worker_survives_is_given_up(bus: Bus) -> None:
    await bus.publish_jobs([job("a1")])
    async with bus.jobs("default", limit=1) as jobs, bus.news_batches() as batches:
        deliveries = aiter(jobs)
        for _ in range(MAX_DELIVERIES):
            last = await anext(deliveries)
            await last.release()
        await bus.publish_jobs([job("a2")])
        assert (await anext(deliveries)).job.attempt_id == "a2"
        news = await _ended(batches)
    assert (news.attempt_id, news.state) == ("a1", StateType.FAILED)
    assert news.token > last.token
    async with bus.log_batches() as logs:
        (told,) = (await anext(aiter(logs))).items
    assert told.message.startswith("Given up: 10 workers in a row")


async def test_log_entries_and_metrics_reach_the_indexer(bus: Bus) -> None:
    entries = [entry("e1", "one"), entry("e2", "two"), entry("e1", "three", 1)]
    metric = MetricEntry("e1", "company.team", "flow", "task", "r", "counter", "rows", 3.0, NOW)
    await bus.publish_logs(entries)
    await bus.publish_metrics([metric])
    assert await bus.unindexed() == 3
    async with bus.log_batches() as logs, bus.metric_batches() as metrics:
        got = []
        async for batch in logs:
            got += batch.items
            await batch.ack()
            if len(got) == len(entries):
                break
        batch_of_metrics = await anext(aiter(metrics))
        await batch_of_metrics.ack()
    assert sorted(got, key=lambda item: item.message) == sorted(entries, key=lambda e: e.message)
    assert batch_of_metrics.items == [metric]


async def test_long_lists_of_entries_are_split_into_messages(bus: Bus) -> None:
    entries = [entry("e1", "x" * 10_000, n) for n in range(100)]
    await bus.publish_logs(entries)
    assert await bus.unindexed() > 3
    async with bus.log_batches() as logs:
        got = []
        async for batch in logs:
            got += batch.items
            if len(got) == len(entries):
                break
    assert got == entries


async def test_only_the_first_to_connect_finds_the_jobs_missing(bus: Bus, bus_url: str) -> None:
    assert bus.jobs_were_lost
    again = await Bus.connect(bus_url, prefix=bus.prefix)
    assert not again.jobs_were_lost
    await again.close()


async def test_a_stream_that_is_lost_is_made_again(bus: Bus) -> None:
    await bus.publish_jobs([job("a1")])
    async with bus.jobs("default", limit=1) as jobs:
        lost = await anext(aiter(jobs))
        bus.jobs_were_lost = False
        await bus.delete_streams()
        await bus.publish_jobs([job("a2")])
        assert bus.jobs_were_lost
        assert not await bus.is_withdrawn(lost)
        await lost.ack()
        assert (await anext(aiter(jobs))).job.attempt_id == "a2"


async def test_the_age_of_unread_news_is_known(bus: Bus) -> None:
    assert await bus.news_lag() == 0.0
    await bus.publish_news(started("e1"))
    assert 0.0 < await bus.news_lag() < 60.0
    async with bus.news_batches() as batches:
        await (await anext(aiter(batches))).ack()
        async with asyncio.timeout(60):
            while await bus.news_lag():
                await asyncio.sleep(0.01)
