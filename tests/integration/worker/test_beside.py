"""Jobs of the executor beside: they share the slots of those that come over the bus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from worker_kit import job

from tiercel.bus import LocalDelivery
from tiercel.services import beside as module
from tiercel.services.beside import Beside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tiercel.bus import Bus, Delivery, Jobs
    from tiercel.model.job import Job


class Runner:
    """Keeps what it is given to run until the test ends it."""

    group = "default"

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.prepared: list[str] = []
        self.running: dict[str, Delivery | LocalDelivery] = {}

    def prepare(self, item: Job) -> None:
        self.prepared.append(item.attempt_id)

    def forget(self, item: Job) -> None:
        self.prepared.remove(item.attempt_id)

    def start(self, delivery: LocalDelivery) -> None:
        self.running[delivery.job.attempt_id] = delivery

    def kill(self, attempt_id: str) -> None:
        raise AssertionError(attempt_id)

    async def publish(self, items: Sequence[Job]) -> None:
        await self._bus.publish_jobs(items)

    async def end(self, attempt_id: str) -> None:
        await self.running.pop(attempt_id).ack()

    async def until(self, *attempt_ids: str) -> None:
        async with asyncio.timeout(60):
            while set(self.running) != set(attempt_ids):
                await asyncio.sleep(0.005)


@pytest.fixture
async def jobs(bus: Bus) -> AsyncIterator[Jobs]:
    async with bus.jobs("default", limit=2) as jobs:
        yield jobs


@pytest.fixture
async def runner(bus: Bus, jobs: Jobs) -> AsyncIterator[Runner]:
    """A runner that also takes jobs from the bus."""
    runner = Runner(bus)

    async def take() -> None:
        async for delivery in jobs:
            runner.running[delivery.job.attempt_id] = delivery

    task = asyncio.create_task(take())
    yield runner
    task.cancel()


def hand(beside: Beside, *attempt_ids: str) -> list[bool]:
    items = [job("test.Echo", attempt_id) for attempt_id in attempt_ids]
    taken = [beside.reserve(item) for item in items]
    for item, is_taken in zip(items, taken, strict=True):
        if is_taken:
            beside.start(item)
    return taken


async def test_what_finds_no_slot_waits_for_one(jobs: Jobs, runner: Runner) -> None:
    beside = Beside(runner, jobs)
    assert all(hand(beside, "a", "b", "c", "d"))
    assert set(runner.running) == {"a", "b"}
    await runner.end("a")
    assert set(runner.running) == {"b", "c"}
    await runner.end("b")
    await runner.end("c")
    assert set(runner.running) == {"d"}


async def test_what_does_not_move_goes_over_the_bus(
    bus: Bus, jobs: Jobs, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STUCK_SECONDS", 0.01)
    beside = Beside(runner, jobs)
    hand(beside, "a", "b", "c")
    async with asyncio.timeout(60), bus.jobs("default", limit=1) as others:
        delivery = await anext(aiter(others))
        assert delivery.job.attempt_id == "c"
        await delivery.ack()
    assert hand(beside, "d") == [False]
    await runner.end("a")
    assert hand(beside, "e", "f") == [True, True]
    assert set(runner.running) == {"b", "e"}


async def test_a_job_that_was_not_written_leaves_its_slot(jobs: Jobs, runner: Runner) -> None:
    beside = Beside(runner, jobs)
    items = [job("test.Echo", key) for key in ("a", "b", "c")]
    assert [beside.reserve(item) for item in items] == [True, True, True]
    await asyncio.sleep(0)
    assert runner.prepared == ["a", "b"]
    for item in items:
        beside.drop(item)
    assert runner.prepared == []
    assert all(hand(beside, "d", "e"))
    assert set(runner.running) == {"d", "e"}


async def test_jobs_of_the_bus_get_their_turn(bus: Bus, jobs: Jobs, runner: Runner) -> None:
    beside = Beside(runner, jobs)
    hand(beside, "a", "b", "c", "d", "e")
    await bus.publish_jobs([job("test.Echo", "far")])
    for key in ("a", "b"):
        jobs.expect()
        await runner.end(key)
    async with asyncio.timeout(60):
        while "far" not in runner.running:
            await asyncio.sleep(0.005)
            for key in set(runner.running) - {"far", "e"}:
                await runner.end(key)


async def test_at_the_end_what_waits_goes_over_the_bus(
    bus: Bus, jobs: Jobs, runner: Runner
) -> None:
    beside = Beside(runner, jobs)
    hand(beside, "a", "b", "c")
    await jobs.drain()
    await beside.close()
    async with asyncio.timeout(60), bus.jobs("default", limit=1) as others:
        delivery = await anext(aiter(others))
        assert delivery.job.attempt_id == "c"
