"""Lost workers, lost connections, a killed server: what must not get lost comes through."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest
from bus_samples import entry, job, started

from left_sockets import LEFT_SOCKETS, collected
from tiercel.bus import Bus
from tiercel.embedded import EmbeddedServers
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

__all__ = ["collected"]

pytestmark = pytest.mark.filterwarnings(LEFT_SOCKETS)
ACK_WAIT = 2.0


@pytest.fixture
async def hasty(bus_url: str, prefix: str) -> AsyncIterator[Bus]:
    """A bus that takes jobs from lost workers very soon."""
    bus = await Bus.connect(bus_url, prefix=prefix, lease_seconds=ACK_WAIT)
    yield bus
    await bus.delete_streams()
    await bus.close()


async def test_the_job_of_a_lost_worker_goes_to_another(hasty: Bus, bus_url: str) -> None:
    lost = await Bus.connect(bus_url, prefix=hasty.prefix, lease_seconds=ACK_WAIT)
    await hasty.publish_jobs([job("a1")])
    async with lost.jobs("default", limit=1) as jobs:
        first = await anext(aiter(jobs))
    await lost.close()
    async with hasty.jobs("default", limit=1) as jobs:
        second = await anext(aiter(jobs))
        assert second.job == first.job
        assert second.token == first.token + 1
        await second.ack()


async def test_a_blocked_loop_does_not_lose_its_job(hasty: Bus) -> None:
    await hasty.publish_jobs([job("a1")])
    async with hasty.jobs("default", limit=2) as jobs:
        deliveries = aiter(jobs)
        await anext(deliveries)
        for _ in range(16):
            time.sleep(ACK_WAIT / 8)
        again = asyncio.ensure_future(anext(deliveries))
        await asyncio.sleep(0.1)
        assert not again.done()
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


@pytest.fixture
def servers_of_its_own(tmp_path: Path) -> Iterator[tuple[EmbeddedServers, Path]]:
    """A NATS server that may be killed."""
    servers = EmbeddedServers(tmp_path / "data", postgres_port=0)
    yield servers, tmp_path / "data"
    servers.stop_blocking()


def kill_nats(folder: Path) -> None:
    """Kill the NATS server in a data folder, as a crash does."""
    (pid_file,) = folder.rglob("nats.pid")
    os.kill(int(pid_file.read_text()), SIGKILL)


@asynccontextmanager
async def revived(servers: EmbeddedServers) -> AsyncIterator[None]:
    """Start the server again when it dies."""
    watching = asyncio.create_task(servers.keep_running(every=timedelta(milliseconds=100)))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_everything_goes_on_after_the_server_was_killed(
    servers_of_its_own: tuple[EmbeddedServers, Path],
) -> None:
    servers, folder = servers_of_its_own
    bus = await Bus.connect((await servers.start(postgres=False)).bus_url)
    mended = asyncio.Event()
    bus.after_reconnect(mended.set)
    async with (
        bus.jobs("default", limit=2) as jobs,
        bus.news_batches() as batches,
        bus.watch("e1") as signals,
    ):
        deliveries = aiter(jobs)
        await bus.publish_jobs([job("a1")])
        first = await anext(deliveries)
        async with revived(servers):
            kill_nats(folder)
            await bus.publish_news(started("e1"))
            await bus.publish_jobs([job("a1"), job("a2")])
            await mended.wait()
            await first.ack()
            # a server killed right after a delivery may not know of it, and repeats it
            async for delivery in deliveries:
                if delivery.job.attempt_id == "a2":
                    break
                assert delivery.job == first.job
                await delivery.ack()
            assert (await anext(aiter(batches))).items == [started("e1")]
            await bus.publish_logs([entry("e1", "again")])
            assert await signals.next() == [entry("e1", "again")]
    await bus.close()


async def test_what_must_be_stored_waits_for_a_limited_time(
    servers_of_its_own: tuple[EmbeddedServers, Path],
) -> None:
    servers, _ = servers_of_its_own
    bus = await Bus.connect((await servers.start(postgres=False)).bus_url)
    bus._connection.wait_seconds = 0.1
    await servers.stop()
    with pytest.raises(ServerUnavailableError, match="NATS at 127"):
        await bus.publish_news(started("e1"))
    await bus.wake()
    await bus.changed("e1", b"nobody hears this")
    await bus.close()
