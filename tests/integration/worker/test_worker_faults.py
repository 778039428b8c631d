"""A worker whose connection breaks: what it did is reported, what it missed is made good."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from signal import SIGKILL
from typing import TYPE_CHECKING

import pytest
from worker_kit import Gate, Heard, Wait, job

from left_sockets import LEFT_SOCKETS, collected
from tiercel.bus import Bus, streams
from tiercel.embedded import EmbeddedServers
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tiercel.services.worker import Worker

__all__ = ["collected"]

pytestmark = pytest.mark.filterwarnings(LEFT_SOCKETS)


@pytest.fixture
async def other_bus(bus: Bus, bus_url: str) -> AsyncIterator[Bus]:
    """Another connection to the same streams."""
    other = await Bus.connect(bus_url, prefix=bus.prefix)
    yield other
    await other.close()


@pytest.fixture
async def mortal(tmp_path: Path) -> AsyncIterator[tuple[Bus, Path]]:
    """A bus on a server that may be killed, and comes back; and the server's folder."""
    folder = tmp_path / "data"
    servers = EmbeddedServers(folder, postgres_port=0)
    bus = await Bus.connect((await servers.start(postgres=False)).bus_url)
    watching = asyncio.create_task(servers.keep_running(every=timedelta(milliseconds=100)))
    yield bus, folder
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await bus.close()
    await servers.stop()


async def test_a_stop_that_was_missed_is_made_good_after_the_reconnect(
    bus: Bus, other_bus: Bus, heard: Heard, start_worker: Callable[..., Worker]
) -> None:
    start_worker(bus=other_bus)
    await bus.publish_jobs([job("test.Wait", "k1"), job("test.Gate", "g1")])
    await heard.started("k1")
    await heard.started("g1")
    # the job is withdrawn, and nobody says so
    await streams.withdraw(bus._jetstream, bus._names, "k1")
    await other_bus._connection.client.force_reconnect()
    assert (await heard.ended("k1")).state is StateType.KILLED
    assert "run-k1" in Wait.cleaned
    Gate.gate.set()
    assert (await heard.ended("g1")).state is StateType.SUCCESS


async def test_an_attempt_that_ends_while_the_server_is_dead_is_reported_later(
    mortal: tuple[Bus, Path], start_worker: Callable[..., Worker]
) -> None:
    bus, folder = mortal
    heard = Heard(bus)
    listening = asyncio.create_task(heard.listen())
    start_worker(bus=bus)
    await bus.publish_jobs([job("test.Gate", "g1")])
    await heard.started("g1")
    (pid_file,) = folder.rglob("nats.pid")
    os.kill(int(pid_file.read_text()), SIGKILL)
    async with asyncio.timeout(60):
        while bus.is_connected:
            await asyncio.sleep(0.005)
    Gate.gate.set()
    assert (await heard.ended("g1")).state is StateType.SUCCESS
    assert Gate.runs == ["run-g1"]
    await bus.publish_jobs([job("test.Echo", "a2")])
    assert (await heard.ended("a2")).state is StateType.SUCCESS
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
