"""Many who follow one execution: one subscription, each state read and written once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from tiercel.model.errors import NotFoundError
from tiercel.services.followers import Followers
from tiercel.web.streams import SharedEvents


@dataclass(frozen=True, weakref_slot=True, slots=True)
class State:
    number: int
    settled: bool = False


class Reader:
    """Reads the next of some states at each call."""

    def __init__(self, last: int) -> None:
        self.reads = 0
        self.heard: list[bytes | None] = []
        self._last = last

    async def read(self, execution_id: str, before: State | None, heard: list) -> State:
        assert before is None or before.number == self.reads
        self.heard += heard
        if execution_id == "unknown":
            raise NotFoundError("no such execution")
        self.reads += 1
        number = self.reads
        await asyncio.sleep(0.01)
        return State(number, settled=number >= self._last)


async def seen(followers: Followers, execution_id: str) -> list[int]:
    return [state.number async for state in followers.follow(execution_id)]


@pytest.fixture
async def bus(servers):
    from tiercel.bus import Bus

    bus = await Bus.connect(servers.bus_url, prefix="following")
    yield bus
    await bus.close()


async def test_all_see_the_same_readings_in_their_order(bus):
    reader = Reader(last=6)
    followers = Followers(bus, reader.read)
    everybody = [asyncio.create_task(seen(followers, "one")) for _ in range(50)]
    while not all(task.done() for task in everybody):
        await bus.changed("one", b"")
        await asyncio.sleep(0.005)
    for task in everybody:
        numbers = task.result()
        assert numbers == sorted(set(numbers))
        assert numbers[-1] >= 6
    assert reader.reads <= 8
    assert not followers._feeds


async def test_who_comes_later_begins_with_a_reading_of_their_own(bus):
    reader = Reader(last=100)
    followers = Followers(bus, reader.read)
    first = followers.follow("one")
    begin = (await anext(first)).number
    second = followers.follow("one")
    assert (await anext(second)).number > begin
    assert (await anext(first)).number > begin
    await first.aclose()
    await second.aclose()
    assert not followers._feeds


async def test_every_signal_reaches_the_reader_in_its_order(bus):
    reader = Reader(last=1000)
    followers = Followers(bus, reader.read)
    following = followers.follow("one")
    await anext(following)
    signals = [str(number).encode() for number in range(20)]
    for signal in signals:
        await bus.changed("one", signal)
    assert reader.heard == [None]
    while (told := [item for item in reader.heard if item is not None]) != signals:
        assert told == signals[: len(told)]
        await anext(following)
    await following.aclose()


async def test_what_does_not_exist_is_told_to_everybody(bus):
    followers = Followers(bus, Reader(last=1).read)
    for task in [asyncio.create_task(seen(followers, "unknown")) for _ in range(3)]:
        with pytest.raises(NotFoundError):
            await task
    assert not followers._feeds


def test_an_event_is_written_once_and_goes_with_its_value():
    shown = []

    def shape(state: State) -> dict:
        shown.append(state.number)
        return {"number": state.number}

    events = SharedEvents("progress", shape)
    state = State(1)
    assert events.of(state) == events.of(state) == b'id: progress\ndata: {"number":1}\n\n'
    assert shown == [1]
    del state
    assert not events._written
