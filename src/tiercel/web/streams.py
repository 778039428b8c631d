"""Server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.responses import StreamingResponse

from tiercel.web.replies import encode_json

T = TypeVar("T")

PING = b": ping\n\n"
PING_EVERY_SECONDS = 15.0


def event(kind: str, value: Any) -> bytes:
    """Return one event: clients tell ``progress`` from ``end`` by its id."""
    return b"id: %s\ndata: %s\n\n" % (kind.encode(), encode_json(value))


async def event_stream(
    source: AsyncGenerator[T, None],
    to_events: Callable[[T], bytes],
    *,
    stays_open: bool = False,
) -> StreamingResponse:
    """Return a reply that sends what ``source`` yields, with comments through long silences.

    The first value is waited for, so that what it raises becomes an ordinary error reply.

    Args:
        to_events: Gives the bytes for a value, often one event; empty for none.
        stays_open: Do not close when the source ends; the client does.
    """
    first = await anext(source, None)

    async def body() -> AsyncIterator[bytes]:
        async with aclosing(source):
            if first is not None and (data := to_events(first)):
                yield data
            async for value in _with_pings(source):
                data = PING if value is None else to_events(value)
                if data:
                    yield data
            while stays_open:
                await asyncio.sleep(PING_EVERY_SECONDS)
                yield PING

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)


async def _with_pings(source: AsyncGenerator[T, None]) -> AsyncIterator[T | None]:
    """Yield the values of ``source``, and None for each long silence."""
    pending: asyncio.Future[T] | None = None
    try:
        while True:
            if pending is None:
                pending = asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait({pending}, timeout=PING_EVERY_SECONDS)
            if not done:
                yield None
                continue
            try:
                value = pending.result()
            except StopAsyncIteration:
                return
            pending = None
            yield value
    finally:
        if pending is not None:
            pending.cancel()
            await asyncio.wait({pending})
