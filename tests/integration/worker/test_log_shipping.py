from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from worker_kit import job, logs

from tiercel.model.task import LogLevel
from tiercel.services import task_log
from tiercel.services.task_log import MESSAGE_LIMIT, AttemptLog, Shipper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tiercel.bus import Bus


@pytest.fixture
async def shipper(bus: Bus) -> AsyncIterator[Shipper]:
    """A shipper on the test's bus."""
    shipper = Shipper(bus)
    shipper.start()
    yield shipper
    await shipper.close()


async def test_followers_see_an_entry_without_a_flush(bus: Bus, shipper: Shipper) -> None:
    async with bus.tail("e1") as tail:
        AttemptLog(shipper, job("test.Echo")).log(LogLevel.INFO, "now")
        assert [entry.message for entry in await tail.next()] == ["now"]


async def test_entries_from_many_threads_all_arrive(bus: Bus, shipper: Shipper) -> None:
    task = AttemptLog(shipper, job("test.Echo"))

    def chat(name: int) -> None:
        for n in range(200):
            task.log(LogLevel.INFO, f"{name} {n}")

    await asyncio.gather(*(asyncio.to_thread(chat, name) for name in range(4)))
    await shipper.flush()
    entries = await logs(bus, 800)
    assert len({entry.message for entry in entries}) == 800
    assert len({entry.sequence for entry in entries}) == 800


async def test_long_messages_keep_their_order(bus: Bus, shipper: Shipper) -> None:
    task = AttemptLog(shipper, job("test.Echo"))
    task.log(LogLevel.INFO, "a" * MESSAGE_LIMIT + "b\0")
    await shipper.flush()
    entries = await logs(bus, 2)
    assert [(e.sequence, e.message[-1], len(e.message)) for e in entries] == [
        (0, "a", MESSAGE_LIMIT),
        (1, "b", 1),
    ]


async def test_a_flood_is_cut_and_says_so(
    bus: Bus, shipper: Shipper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_log, "_WAITING_LIMIT", 3)
    task = AttemptLog(shipper, job("test.Echo"))
    for n in range(5):
        task.log(LogLevel.INFO, str(n))
    await shipper.flush()
    task.log(LogLevel.INFO, "after")
    await shipper.flush()
    messages = [entry.message for entry in await logs(bus, 5)]
    assert messages[:3] == ["0", "1", "2"]
    assert messages[3].startswith("2 entries dropped")
    assert messages[4] == "after"
