from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from worker_kit import Gate, Heard, Wait, job

from tiercel.model.state import StateType

if TYPE_CHECKING:
    from collections.abc import Callable

    from tiercel.bus import Bus
    from tiercel.services.worker import Worker


async def test_a_killed_attempt_is_cancelled_and_reported(
    bus: Bus, heard: Heard, worker: Worker
) -> None:
    await bus.publish_jobs([job("test.Wait", "k1")])
    await heard.started("k1")
    await bus.stop_attempt("e1", "k1")
    assert (await heard.ended("k1")).state is StateType.KILLED
    assert "run-k1" in Wait.cleaned


async def test_an_attempt_killed_before_it_is_delivered_does_not_run(
    bus: Bus, heard: Heard, worker: Worker
) -> None:
    await bus.publish_jobs([job("test.Echo", "a1")])
    await heard.ended("a1")
    await bus.stop_attempt("e1", "g1")
    # Otherwise the withdrawal may find the job in the stream, and nobody ever hears of it.
    await asyncio.gather(*bus._withdrawals)
    await bus.publish_jobs([job("test.Gate", "g1")])
    assert (await heard.ended("g1")).state is StateType.KILLED
    assert Gate.runs == []


async def test_a_stopped_worker_gives_running_jobs_to_another(
    bus: Bus, heard: Heard, start_worker: Callable[..., Worker]
) -> None:
    first = start_worker(worker_id="first")
    await bus.publish_jobs([job("test.Gate", "g1")])
    began = await heard.started("g1")
    await first.stop(0.0)
    second = start_worker(worker_id="second")
    again = await heard.started("g1", count=2)
    assert (began.worker_id, again.worker_id) == (first.worker_id, second.worker_id)
    assert again.token > began.token
    Gate.gate.set()
    ended = await heard.ended("g1")
    assert (ended.worker_id, ended.token) == ("second", again.token)
    assert Gate.runs == ["run-g1", "run-g1"]


async def test_an_attempt_that_had_ended_is_not_run_again(
    bus: Bus, heard: Heard, start_worker: Callable[..., Worker]
) -> None:
    first = start_worker()
    await bus.publish_jobs([job("test.Gate", "g1")])
    await heard.started("g1")
    heard.closed.add("g1")
    await first.stop(0.0)
    start_worker()
    assert (await heard.started("g1", count=2)).asks
    await bus.publish_jobs([job("test.Echo", "a2")])
    await heard.ended("a2")
    assert Gate.runs == ["run-g1"]


async def test_a_stopped_worker_lets_short_attempts_finish(
    bus: Bus, heard: Heard, start_worker: Callable[..., Worker]
) -> None:
    worker = start_worker(grace=10.0)
    await bus.publish_jobs([job("test.Gate", "g1")])
    await heard.started("g1")
    await worker.stop()
    await bus.publish_jobs([job("test.Gate", "g2")])
    Gate.gate.set()
    assert (await heard.ended("g1")).state is StateType.SUCCESS
    assert Gate.runs == ["run-g1"]


async def test_no_more_attempts_run_than_there_are_slots(
    bus: Bus, heard: Heard, start_worker: Callable[..., Worker]
) -> None:
    start_worker(slots=2)
    await bus.publish_jobs([job("test.Gate", f"g{n}") for n in range(4)])
    for n in range(2):
        await heard.started(f"g{n}")
    await asyncio.sleep(0.1)
    assert len(Gate.runs) == 2
    Gate.gate.set()
    for n in range(4):
        await heard.ended(f"g{n}")
    assert sorted(Gate.runs) == [f"run-g{n}" for n in range(4)]


async def test_a_job_that_comes_again_while_it_runs_here_is_run_once(
    bus: Bus, heard: Heard, worker: Worker
) -> None:
    await bus.publish_jobs([job("test.Gate", "g1")])
    began = await heard.started("g1")
    await worker._running["g1"].deliveries[0].release()
    again = await heard.started("g1", count=2)
    assert again.token > began.token
    Gate.gate.set()
    ended = await heard.ended("g1")
    assert ended.token == again.token
    assert Gate.runs == ["run-g1"]


async def test_a_job_whose_acknowledgement_got_lost_is_not_run_again(
    bus: Bus, heard: Heard, worker: Worker
) -> None:
    worker._finished["g1"] = None
    await bus.publish_jobs([job("test.Gate", "g1"), job("test.Echo", "a2")])
    await heard.ended("a2")
    assert Gate.runs == []


async def test_workers_take_the_jobs_of_their_group_only(
    bus: Bus, heard: Heard, start_worker: Callable[..., Worker]
) -> None:
    start_worker(group="gpu / big")
    await bus.publish_jobs([job("test.Gate", "g1"), job("test.Echo", worker_group="gpu / big")])
    assert (await heard.ended("a1")).state is StateType.SUCCESS
    assert Gate.runs == []
