"""Taking messages from a consumer with credit: the server sends no more than was asked for."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from tiercel.bus.answers import answered
from tiercel.bus.client import Msg
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from nats.aio.subscription import Subscription

    from tiercel.bus.connection import Connection

logger = logging.getLogger(__name__)

_NANOSECONDS = 1_000_000_000
_EXPIRES_SECONDS = 30
_HEARTBEAT_SECONDS = 5
_SILENCE_SECONDS = 12.0
_PAUSE_SECONDS = 0.2
_STATUS, _UNFILLED = "Status", "Nats-Pending-Messages"
_HEARTBEAT = "100"
_REFUSED = "409"
_GONE = frozenset({"503", "404"})


class Puller:
    """Keeps one request for messages open at a consumer, topped up as they are taken.

    Unlike a fetch of N messages it never waits for the N-th: what has arrived can be taken at once.

    Args:
        stream: Name of the stream.
        ensure: Makes the consumer where it is missing and returns its name.
    """

    def __init__(
        self, connection: Connection, stream: str, ensure: Callable[[], Awaitable[str]]
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._ensure = ensure
        self._arrived: deque[Msg] = deque()
        self._credit = 0
        self._changed = asyncio.Event()
        self._must_ensure = True
        self._must_pause = False
        self._consumer = ""
        self._inbox = ""
        self._subscription: Subscription | None = None
        self._forget: Callable[[], None] = lambda: None
        self.is_closed = False

    async def open(self) -> None:
        """Listen for messages; ask for none yet."""
        client = self._connection.client
        self._inbox = client.new_inbox()
        self._subscription = await client.subscribe(
            self._inbox, cb=self._on_message, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        self._forget = self._connection.after_reconnect(self._on_reconnect)
        await self._await_consumer()

    async def close(self) -> None:
        """Stop listening. What was sent and not taken comes again, to another reader."""
        if self.is_closed:
            return
        self.is_closed = True
        self._changed.set()
        self._forget()
        if self._subscription is not None and self._connection.is_connected:
            await self._subscription.unsubscribe()

    def notify(self) -> None:
        """Wake whoever waits in :meth:`wait`."""
        self._changed.set()

    @property
    def count(self) -> int:
        """Messages that have arrived and were not taken."""
        return len(self._arrived)

    def replies(self) -> list[str]:
        """Return where messages are acknowledged that have arrived and were not taken."""
        return [message.reply for message in self._arrived]

    def take(self, limit: int) -> list[Msg]:
        """Return up to ``limit`` messages that have arrived, oldest first; never waits."""
        count = min(limit, len(self._arrived))
        return [self._arrived.popleft() for _ in range(count)]

    async def want(self, count: int) -> None:
        """Make sure that messages arrive until ``count`` are here and not taken."""
        if self._must_ensure and not await self._repair():
            return
        if self._must_pause:
            self._must_pause = False
            await asyncio.sleep(_PAUSE_SECONDS)
        missing = count - len(self._arrived) - self._credit
        # Topped up by halves: one request for many messages instead of one for each.
        if missing <= 0 or self._credit > count // 2:
            return
        self._credit += missing
        request = {
            "batch": missing,
            "expires": _EXPIRES_SECONDS * _NANOSECONDS,
            "idle_heartbeat": _HEARTBEAT_SECONDS * _NANOSECONDS,
        }
        await self._connection.send_or_drop(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
            msgspec.json.encode(request),
            self._inbox,
        )

    async def wait(self, seconds: float = _SILENCE_SECONDS) -> bool:
        """Wait until something arrived, expired or was notified since the last call.

        Returns:
            Whether it did within ``seconds``.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            if seconds >= _SILENCE_SECONDS:
                # Not even a heartbeat: the request got lost, so make another.
                self._credit = 0
            return False
        self._changed.clear()
        return True

    async def _repair(self) -> bool:
        """Make the consumer anew; return False, after a pause, when that has to be tried again."""
        try:
            await self._ensure_consumer()
        except ServerUnavailableError as error:
            logger.warning("consumer can't be made", extra={"reason": str(error)})
            await asyncio.sleep(_PAUSE_SECONDS)
            self._changed.set()
            return False
        return True

    async def _await_consumer(self) -> None:
        """Make the consumer; the servers of a cluster may be about to agree on who leads it."""
        connection, loop = self._connection, asyncio.get_running_loop()
        deadline = loop.time() + (connection.wait_seconds if connection.is_clustered else 0.0)
        while True:
            try:
                return await self._ensure_consumer()
            except ServerUnavailableError as error:
                if loop.time() >= deadline:
                    raise
                extra = {"reason": str(error)}
                logger.warning("consumer can't be made yet, trying again", extra=extra)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _ensure_consumer(self) -> None:
        with answered(f"The consumer of stream {self._stream} can't be made"):
            self._consumer = await self._ensure()
        self._must_ensure = False

    async def _on_message(self, message: Msg) -> None:
        status = message.headers.get(_STATUS) if message.headers else None
        if status is None:
            self._credit = max(self._credit - 1, 0)
            self._arrived.append(message)
        elif status != _HEARTBEAT:
            self._on_status(status, message)
        self._changed.set()

    def _on_status(self, status: str, message: Msg) -> None:
        headers = message.headers or {}
        unfilled = headers.get(_UNFILLED)
        self._credit = max(self._credit - int(unfilled), 0) if unfilled else 0
        if status in _GONE or "Consumer Deleted" in headers.get("Description", ""):
            self._must_ensure = True
        # A refused request would be refused again at once.
        self._must_pause = status == _REFUSED

    def _on_reconnect(self) -> None:
        self._credit = 0
        self._must_ensure = True
        self._changed.set()
