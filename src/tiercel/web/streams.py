"""Server-sent events."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Generic, TypeVar

import anyio
from starlette.responses import StreamingResponse

from tiercel.web.replies import encode_json

T = TypeVar("T")

PING = b": ping\n\n"
PING_EVERY_SECONDS = 15.0


def event(kind: str, value: Any, *, name: str = "") -> bytes:
    """Return one event: clients tell ``progress`` from ``end`` by its id.

    Args:
        name: Its ``event`` field; clients that do not know the name pass over it.
    """
    named = b"event: %s\n" % name.encode() if name else b""
    return b"%sid: %s\ndata: %s\n\n" % (named, kind.encode(), encode_json(value))


class SharedEvents(Generic[T]):
    """Events of one kind, each written once for all to whom the same value is sent.

    Args:
        shape: Gives what is shown of a value.
        name: The ``event`` field of each.
    """

    def __init__(self, kind: str, shape: Callable[[T], Any], *, name: str = "") -> None:
        self._kind = kind
        self._shape = shape
        self._name = name
        self._written: dict[int, bytes] = {}

    def of(self, value: T) -> bytes:
        """Return the event of a value; it is kept as long as somebody has the value."""
        key = id(value)
        data = self._written.get(key)
        if data is None:
            data = self._written[key] = event(self._kind, self._shape(value), name=self._name)
            weakref.finalize(value, self._written.pop, key, None)
        return data


async def event_stream(
    source: AsyncGenerator[T, None],
    to_events: Callable[[T], bytes],
    closing: asyncio.Event,
    *,
    stays_open: bool = False,
) -> StreamingResponse:
    """Return a reply that sends what ``source`` yields, with comments through long silences.

    The first value is waited for, so that what it raises becomes an ordinary error reply.

    Args:
        to_events: Gives the bytes for a value, often one event; empty for none.
        closing: Ends the stream when it is set: the server stops.
        stays_open: Do not close when the source ends; the client does.
    """
    first = await anext(source, None)

    async def body() -> AsyncIterator[bytes]:
        # what waits for the next value ends before the source is closed: it is at work until then
        async with aclosing(source), aclosing(_with_pings(source, closing)) as values:
            if first is not None and (data := to_events(first)):
                yield data
            async for value in values:
                data = PING if value is None else to_events(value)
                if data:
                    yield data
            while stays_open and not await _is_set(closing, PING_EVERY_SECONDS):
                yield PING

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)


async def _is_set(closing: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, but no longer than ``seconds``."""
    try:
        await asyncio.wait_for(closing.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _with_pings(
    source: AsyncGenerator[T, None], closing: asyncio.Event
) -> AsyncGenerator[T | None, None]:
    """Yield the values of ``source``, and None for each long silence, until ``closing`` is set."""
    pending: asyncio.Future[T] | None = None
    closed = asyncio.ensure_future(closing.wait())
    try:
        while not closed.done():
            pending = pending or asyncio.ensure_future(anext(source))
            either: set[asyncio.Future[Any]] = {pending, closed}
            await asyncio.wait(
                either,
                timeout=PING_EVERY_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if pending.done():
                try:
                    value = pending.result()
                except StopAsyncIteration:
                    return
                pending = None
                yield value
            elif not closed.done():
                yield None
    finally:
        closed.cancel()
        if pending is not None:
            pending.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait({pending})
