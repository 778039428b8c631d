from __future__ import annotations

import asyncio

from bus_samples import job

from tiercel.bus import Bus


async def test_a_published_job_reaches_a_worker_of_its_group_unchanged(bus: Bus) -> None:
    sent = job("a1", variables={"inputs": {"n": 1}})
    await bus.publish_jobs([sent, job("b1", group="other")])
    async with bus.jobs("default", limit=5) as jobs:
        delivery = await anext(aiter(jobs))
        assert delivery.job == sent
        assert delivery.deliveries == 1
        await delivery.ack()


async def test_a_job_published_again_while_it_is_open_is_delivered_once(bus: Bus) -> None:
    await bus.publish_jobs([job("a1")])
    await bus.publish_jobs([job("a1"), job("a2")])
    async with bus.jobs("default", limit=5) as jobs:
        deliveries = aiter(jobs)
        first, second = await anext(deliveries), await anext(deliveries)
        assert [first.job.attempt_id, second.job.attempt_id] == ["a1", "a2"]
        await first.ack()
        await second.ack()
        await bus.publish_jobs([job("a1"), job("a3")])
        assert (await anext(deliveries)).job.attempt_id == "a3"


async def test_no_more_jobs_are_in_hand_than_the_limit(bus: Bus) -> None:
    await bus.publish_jobs([job(f"a{n}") for n in range(5)])
    async with bus.jobs("default", limit=2) as jobs:
        deliveries = aiter(jobs)
        first, second = await anext(deliveries), await anext(deliveries)
        third = asyncio.ensure_future(anext(deliveries))
        await asyncio.sleep(0.1)
        assert not third.done()
        await first.ack()
        assert (await third).job.attempt_id == "a2"
        assert jobs.in_hand == 2
        await second.ack()


async def test_a_released_job_comes_again_with_a_higher_token(bus: Bus) -> None:
    await bus.publish_jobs([job("a1")])
    async with bus.jobs("default", limit=2) as jobs:
        deliveries = aiter(jobs)
        first = await anext(deliveries)
        await first.release()
        second = await anext(deliveries)
        assert second.job == first.job
        assert second.deliveries == 2
        assert second.token > first.token
        await second.ack()


async def test_a_stopped_attempt_is_announced_and_its_job_withdrawn(bus: Bus) -> None:
    await bus.publish_jobs([job("a1"), job("a2")])
    async with bus.on_stop_attempt() as stops, bus.jobs("default", limit=3) as jobs:
        deliveries = aiter(jobs)
        first, second = await anext(deliveries), await anext(deliveries)
        await bus.stop_attempt("e1", "a1")
        assert await stops.next() == ("e1", "a1")
        async with asyncio.timeout(60):
            while not await bus.is_withdrawn(first):
                await asyncio.sleep(0.01)
        assert not await bus.is_withdrawn(second)


async def test_a_stopped_attempt_that_waits_is_not_delivered(bus: Bus, bus_url: str) -> None:
    await bus.publish_jobs([job("a1"), job("a2")])
    stopping = await Bus.connect(bus_url, prefix=bus.prefix)
    await stopping.stop_attempt("e1", "a1")
    await stopping.close()
    async with bus.jobs("default", limit=2) as jobs:
        assert (await anext(aiter(jobs))).job.attempt_id == "a2"
