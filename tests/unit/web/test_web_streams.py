"""Event streams: pings through silence, ends, and clean-up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable

import anyio
import pytest

from tiercel.model.errors import NotFoundError
from tiercel.web import streams
from tiercel.web.streams import PING, event, event_stream


class Source:
    """Yields what it is told to, and says when it was closed."""

    def __init__(self) -> None:
        self.values: asyncio.Queue[int | None] = asyncio.Queue()
        self.closed = False

    async def run(self) -> AsyncGenerator[int, None]:
        try:
            while (value := await self.values.get()) is not None:
                yield value
        finally:
            self.closed = True


def to_event(value: int) -> bytes:
    return event("progress", value)


def test_an_event_has_an_id_and_its_data() -> None:
    assert event("end", {"a": "é\n"}) == 'id: end\ndata: {"a":"é\\n"}\n\n'.encode()


async def test_values_are_sent_until_the_source_ends() -> None:
    source = Source()
    for value in (1, 2, None):
        source.values.put_nowait(value)
    reply = await event_stream(source.run(), to_event, asyncio.Event())
    assert [chunk async for chunk in reply.body_iterator] == [to_event(1), to_event(2)]
    assert reply.media_type == "text/event-stream"
    assert source.closed


async def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PING_EVERY_SECONDS", 0.001)
    source = Source()
    source.values.put_nowait(1)
    reply = await event_stream(source.run(), to_event, asyncio.Event())
    chunks = aiter(reply.body_iterator)
    assert [await anext(chunks), await anext(chunks)] == [to_event(1), PING]
    source.values.put_nowait(2)
    async for chunk in chunks:
        if chunk != PING:
            assert chunk == to_event(2)
            source.values.put_nowait(None)


@pytest.mark.parametrize("stays_open", [False, True])
async def test_a_stopping_server_ends_the_stream(stays_open: bool) -> None:
    source, closing = Source(), asyncio.Event()
    source.values.put_nowait(1)
    if stays_open:
        source.values.put_nowait(None)
    reply = await event_stream(source.run(), to_event, closing, stays_open=stays_open)
    chunks = aiter(reply.body_iterator)
    assert await anext(chunks) == to_event(1)
    closing.set()
    assert [chunk async for chunk in chunks] == []
    assert source.closed


async def test_what_the_source_raises_first_is_an_ordinary_error() -> None:
    async def missing() -> AsyncGenerator[int, None]:
        raise NotFoundError("gone")
        yield 0

    with pytest.raises(NotFoundError):
        await event_stream(missing(), to_event, asyncio.Event())


async def test_a_client_that_leaves_in_a_silence_closes_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "PING_EVERY_SECONDS", 0.001)
    source = Source()
    source.values.put_nowait(1)
    reply = await event_stream(source.run(), to_event, asyncio.Event())
    chunks = reply.body_iterator
    assert isinstance(chunks, AsyncGenerator)
    assert [await anext(chunks), await anext(chunks)] == [to_event(1), PING]
    await chunks.aclose()
    assert source.closed


async def test_a_request_that_is_cancelled_over_and_over_closes_the_source() -> None:
    source = Source()
    source.values.put_nowait(1)
    reply = await event_stream(source.run(), to_event, asyncio.Event())
    async with anyio.create_task_group() as group:
        group.start_soon(_read, reply.body_iterator)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    assert source.closed


async def _read(chunks: AsyncIterable[object]) -> None:
    async for _ in chunks:
        pass
