"""Requests that are answered before their body was read to its end.

A connection that is closed while its client still sends is reset, and with it goes the answer. So
the answer says that the connection ends with it, and what still comes is thrown away for a while.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SMALL_BYTES = 1 << 20
"""What is left of a body is read to its end, and the connection kept, up to this size."""
_MOST_BYTES = 256 << 20
_MOST_SECONDS = 30.0
_SILENCE_SECONDS = 2.0


class UnreadBodies:
    """Ends connections whose requests were answered early, without losing the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; see to what is left of its body when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length == "0" and "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        announced = int(length) if length.isdecimal() else 0
        body = _Body(receive, announced or None, waits="expect" in headers)
        await self._app(scope, body.receive, _Answer(body, send).send)


class _Body:
    """A body as it comes.

    Args:
        announced: Its bytes; None when it comes in chunks.
        waits: The client asked whether to send it.
    """

    def __init__(self, receive: Receive, announced: int | None, *, waits: bool) -> None:
        self._receive = receive
        self._announced = announced
        self._waits = waits
        self._read = 0
        self._is_over = False

    @property
    def is_long(self) -> bool:
        """Whether too much is left to wait for it."""
        if self._is_over:
            return False
        return self._announced is None or self._announced - self._read > _SMALL_BYTES

    async def receive(self) -> Message:
        """Return the next part for the application."""
        self._waits = False
        message = await self._receive()
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            self._is_over = not message.get("more_body", False)
        else:
            self._is_over = True
        return message

    async def throw_away(self) -> None:
        """Read what still comes; not for long, not endlessly much, not after a silence."""
        most = self._read + _MOST_BYTES
        if self._waits:
            # it is told not to send
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_MOST_SECONDS):
                while not self._is_over and self._read < most:
                    async with asyncio.timeout(_SILENCE_SECONDS):
                        await self.receive()


class _Answer:
    """An answer on its way; its last message, which ends the connection, comes after the body."""

    def __init__(self, body: _Body, send: Send) -> None:
        self._body = body
        self._send = send
        self._lingers = False

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            # without a length the client does not know that the answer is whole before the end
            self._lingers = self._body.is_long and any(
                name.lower() == b"content-length" for name, _ in headers
            )
            if self._lingers:
                message = {**message, "headers": [*headers, (b"connection", b"close")]}
        elif self._lingers and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._body.throw_away()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)
