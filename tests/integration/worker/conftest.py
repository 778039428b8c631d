"""A bus of each test's own, with a worker on it."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from worker_kit import TYPES, Gate, Heard

from tiercel.bus import Bus
from tiercel.expressions import LocalServices
from tiercel.plugin.registry import Registry
from tiercel.services.worker import Worker
from tiercel.storage import LocalStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    """A connected bus with a fresh prefix; its streams are deleted afterwards."""
    bus = await Bus.connect(bus_url, prefix=f"w{uuid.uuid4().hex[:12]}")
    yield bus
    await bus.delete_streams()
    await bus.close()


@pytest.fixture
async def heard(bus: Bus) -> AsyncIterator[Heard]:
    """What workers report."""
    heard = Heard(bus)
    listening = asyncio.create_task(heard.listen())
    yield heard
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    """Internal storage of the test's own."""
    return LocalStorage(tmp_path / "storage")


@pytest.fixture
async def start_worker(
    bus: Bus, storage: LocalStorage, tmp_path: Path
) -> AsyncIterator[Callable[..., Worker]]:
    """Start a worker; all are stopped after the test."""
    registry = Registry({})
    registry.register(*TYPES)
    Gate.gate = asyncio.Event()
    Gate.runs.clear()
    async with AsyncExitStack() as stack:

        def start(**options: Any) -> Worker:
            options = {"slots": 4, "grace": 0.1, **options}
            worker = Worker(
                options.pop("bus", bus),
                registry,
                storage,
                LocalServices(),
                work_dir=tmp_path / "work",
                cache_dir=tmp_path / "cache",
                **options,
            )
            task = asyncio.create_task(worker.run())

            async def stop() -> None:
                await worker.stop()
                await task

            stack.push_async_callback(stop)
            return worker

        yield start


@pytest.fixture
async def worker(start_worker: Callable[..., Worker]) -> Worker:
    """A running worker of four slots."""
    return start_worker()
