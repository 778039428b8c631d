from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from bus_samples import entry
from msgspec.structs import replace

from tiercel.bus import Bus, Process
from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError
from tiercel.model.job import Progress
from tiercel.services.presence import Presence


async def test_a_follower_hears_its_execution_and_no_other(bus: Bus) -> None:
    async with bus.follow("e1") as signals:
        await bus.changed("e2", b"not mine")
        await bus.changed("e1", b"one")
        assert await signals.next() == b"one"
        assert not signals.is_waiting


async def test_a_follower_that_lags_hears_the_last_change_only(bus: Bus) -> None:
    async with bus.follow("e1") as signals, bus.watch("e1") as all_signals:
        await bus.changed("e1", b"one")
        await bus.changed("e1", b"two")
        assert [await all_signals.next(), await all_signals.next()] == [b"one", b"two"]
        assert await signals.next() == b"two"


async def test_a_listener_that_gives_up_at_any_moment_leaves_the_connection_whole(bus: Bus) -> None:
    for moment in range(20):
        listening = asyncio.create_task(bus.on_wake().__aenter__())
        for _ in range(moment):
            await asyncio.sleep(0)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        async with asyncio.timeout(30), bus.follow("e1") as signals:
            await bus.changed("e1", b"still there")
            assert await signals.next() == b"still there"


async def test_calls_to_wake_that_come_together_are_one(bus: Bus) -> None:
    async with bus.on_wake() as wakes:
        for _ in range(5):
            await bus.wake()
        async with bus.follow("e1") as other:
            await bus.changed("e1", b"after the wakes")
            await other.next()
        assert await wakes.next()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wakes.next(), 0.05)


async def test_iterating_without_a_context_manager_listens_too(bus: Bus) -> None:
    async def first_wake() -> bool:
        async for signal in bus.on_wake():
            return signal
        return False

    heard = asyncio.create_task(first_wake())
    while not heard.done():
        await bus.wake()
        await asyncio.sleep(0.01)
    assert heard.result()


async def test_the_tail_shows_entries_of_workers_and_executors(bus: Bus) -> None:
    async with bus.tail("e1") as tail:
        await bus.publish_logs([entry("e1", "from a worker"), entry("e2", "other")])
        await bus.tail_entries([entry("e1", "from an executor")])
        shown = [(await tail.next())[0].message, (await tail.next())[0].message]
        assert shown == ["from a worker", "from an executor"]
    assert await bus.unindexed() == 2


async def test_one_subscription_watches_all_of_an_execution(bus: Bus) -> None:
    progress = Progress("e1", "r", "copied", 3, 10, "rows")
    async with bus.watch("e1") as signals:
        await bus.changed("e1", b"state")
        await bus.publish_logs([entry("e1", "line")])
        await bus.progress(progress)
        got = [await signals.next() for _ in range(3)]
        assert got == [b"state", [entry("e1", "line")], progress]


async def test_a_server_that_is_not_there_is_reported_without_the_password() -> None:
    with pytest.raises(ServerUnavailableError, match=r"NATS at 127\.0\.0\.1:1 ") as refused:
        await Bus.connect("nats://user:hunter2@127.0.0.1:1", wait_seconds=0.1)
    assert "Connect call failed" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_a_prefix_that_does_not_fit_into_a_subject_is_refused() -> None:
    with pytest.raises(IllegalArgumentError, match="prefix"):
        await Bus.connect("nats://127.0.0.1:1", prefix="a.b")


async def test_a_closed_bus_says_so(bus_url: str, prefix: str) -> None:
    bus = await Bus.connect(bus_url, prefix=prefix)
    await bus.delete_streams()
    await bus.close()
    with pytest.raises(ServerUnavailableError, match="was closed"):
        await bus.stop_attempt("e1", "a1")


async def test_processes_tell_that_they_are_there_when_asked(bus: Bus) -> None:
    process = Process("p1", ("worker",), "host", 7, "1.0", datetime(2026, 1, 1, tzinfo=UTC))
    presence = Presence(bus, process, lambda: 3)
    async with bus.on_presence() as told:
        running = asyncio.create_task(presence.run())
        first = await told.next()
        await bus.ask_presence()
        second = await told.next()
        await presence.stop()
        while not (last := await told.next()).has_ended:
            assert last == first  # it tells every few seconds
        await running
    assert first == second == replace(process, running=3)
    assert last == replace(process, has_ended=True)


async def test_the_server_tells_of_itself(bus: Bus) -> None:
    facts = await bus.facts()
    assert facts.version[0].isdigit()
    assert facts.place.count(":") == 1
