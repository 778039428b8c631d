"""Latency and throughput of the bus alone, on a NATS server of its own.

    python bench/bus.py [--jobs 5000] [--slots 64]

Prints the round trip of one job at a time (publish, take, report, news heard), the time from
publish to delivery, and jobs per second with many in flight, jobs published in rounds as an
executor does.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tiercel.bus import Bus, Delivery
from tiercel.embedded import EmbeddedServers
from tiercel.model.job import Job
from tiercel.model.news import AttemptEnded, AttemptStarted, ExecutionNews
from tiercel.model.state import StateType

ROUND = 100
SINGLE_JOBS = 300


def make_job(number: int) -> Job:
    """A job of about 1 KB."""
    return Job(
        attempt_id=f"attempt{number:015}",
        task_run_id=f"taskrun{number:015}",
        execution_id="execution",
        namespace="company.team",
        flow_id="flow",
        flow_revision=1,
        task_id="task",
        attempt_number=0,
        type="io.kestra.plugin.core.debug.Return",
        properties={"format": "{{ inputs.value }}"},
        variables={"inputs": {"value": "x" * 600}},
    )


async def work(delivery: Delivery, bus: Bus, delivered: dict[str, float]) -> None:
    """Do what a worker does with a job, without a task."""
    job = delivery.job
    delivered[job.attempt_id] = time.perf_counter()
    now = datetime.now(UTC)
    ids = (job.task_run_id, job.attempt_id, delivery.token, "worker")
    await bus.publish_news(
        ExecutionNews(job.execution_id, AttemptStarted(*ids, now)),
        ExecutionNews(job.execution_id, AttemptEnded(*ids, StateType.SUCCESS, now, now)),
    )
    await delivery.ack()


async def run_worker(bus: Bus, slots: int, delivered: dict[str, float]) -> None:
    """Take jobs until cancelled."""
    tasks: set[asyncio.Task[None]] = set()
    async with bus.jobs("default", limit=slots) as jobs:
        async for delivery in jobs:
            task = asyncio.create_task(work(delivery, bus, delivered))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


class Ends:
    """Counts attempts that ended."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.count = 0
        self.batches = 0
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        """Take news until cancelled."""
        async for batch in self._bus.news_batches():
            self.batches += 1
            self.count += sum(isinstance(item.news, AttemptEnded) for item in batch.items)
            self._changed.set()
            await batch.ack()

    async def wait_for(self, count: int) -> None:
        """Wait until that many ended."""
        while self.count < count:
            self._changed.clear()
            await self._changed.wait()


def show(name: str, seconds: list[float]) -> None:
    """Print percentiles in milliseconds."""
    milliseconds = sorted(value * 1000 for value in seconds)
    p50 = statistics.median(milliseconds)
    p99 = milliseconds[int(len(milliseconds) * 0.99) - 1]
    print(f"{name:28} p50 {p50:7.2f} ms   p99 {p99:7.2f} ms")


async def measure(url: str, jobs: int, slots: int) -> None:
    """Run both measurements against one server."""
    executor_bus = await Bus.connect(url)
    worker_bus = await Bus.connect(url)
    delivered: dict[str, float] = {}
    ends = Ends(executor_bus)
    background = [
        asyncio.create_task(run_worker(worker_bus, slots, delivered)),
        asyncio.create_task(ends.listen()),
    ]
    round_trips = []
    to_worker = []
    for number in range(SINGLE_JOBS):
        job = make_job(number)
        began = time.perf_counter()
        await executor_bus.publish_jobs([job])
        await ends.wait_for(number + 1)
        round_trips.append(time.perf_counter() - began)
        to_worker.append(delivered[job.attempt_id] - began)
    show("publish to delivery", to_worker)
    show("publish to end heard", round_trips)

    began = time.perf_counter()
    ends.batches = 0
    for start in range(0, jobs, ROUND):
        numbers = range(SINGLE_JOBS + start, SINGLE_JOBS + min(start + ROUND, jobs))
        await executor_bus.publish_jobs([make_job(number) for number in numbers])
    await ends.wait_for(SINGLE_JOBS + jobs)
    seconds = time.perf_counter() - began
    print(f"{jobs} jobs, {slots} slots: {jobs / seconds:,.0f} jobs/s, {ends.batches} news batches")

    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    await executor_bus.close()
    await worker_bus.close()


def main() -> None:
    """Start a server, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5_000)
    parser.add_argument("--slots", type=int, default=64)
    options = parser.parse_args()
    import uvloop

    with tempfile.TemporaryDirectory() as folder:
        servers = EmbeddedServers(Path(folder))
        url = servers.start_blocking(postgres=False).bus_url
        try:
            uvloop.run(measure(url, options.jobs, options.slots))
        finally:
            servers.stop_blocking()


if __name__ == "__main__":
    main()
