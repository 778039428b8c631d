"""Live signals: plain NATS messages, heard by whoever listens at that moment and kept by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

from tiercel.bus.answers import answered

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

    from tiercel.bus.connection import Connection

T = TypeVar("T")

_PENDING_LIMIT = 10_000


class Signals(Generic[T]):
    """What is said on some subjects, as an endless async iterator.

    Used as a context manager, nothing that is sent after entering is missed; iterated without one,
    it starts to listen at the first step. A listener that lags by more than 10,000 messages loses
    some. Signals sent while the connection is broken are lost.

    Args:
        decode: Makes the value of a message; None drops it.
        merge: Give one value for all messages that wait, the last one.
    """

    def __init__(
        self,
        connection: Connection,
        *subjects: str,
        decode: Callable[[Msg], T | None],
        merge: bool = False,
    ) -> None:
        self._connection = connection
        self._subjects = subjects
        self._decode = decode
        self._merge = merge
        self._waiting: asyncio.Queue[T] = asyncio.Queue(maxsize=_PENDING_LIMIT)
        self._subscriptions: list[Subscription] = []

    async def __aenter__(self) -> Signals[T]:
        """Listen; return when the server knows it.

        Raises:
            ServerUnavailableError: The server is away for too long.
        """
        await self._connection.ready()
        client = self._connection.client
        try:
            with answered("NATS can't be listened to"):
                for subject in self._subjects:
                    subscription = await client.subscribe(subject, cb=self._on_message)
                    self._subscriptions.append(subscription)
                await self._connection.flush()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Listen no more."""
        subscriptions, self._subscriptions = self._subscriptions, []
        if self._connection.client.is_closed:
            return
        for subscription in subscriptions:
            await subscription.unsubscribe()

    def __aiter__(self) -> AsyncGenerator[T, None]:
        """Yield what comes, in the order it was sent by each sender; never ends by itself."""
        return self._values()

    async def next(self, timeout: float | None = None) -> T | None:
        """Wait for the next signal; None when ``timeout`` seconds have passed without one."""
        try:
            async with asyncio.timeout(timeout):
                return await self._next()
        except TimeoutError:
            return None

    async def _next(self) -> T:
        value = await self._waiting.get()
        while self._merge and not self._waiting.empty():
            value = self._waiting.get_nowait()
        return value

    @property
    def is_waiting(self) -> bool:
        """Whether :meth:`next` has something to give at once."""
        return not self._waiting.empty()

    def put(self, value: T) -> None:
        """Let a value come as if it had been sent."""
        if self._waiting.full():
            self._waiting.get_nowait()
        self._waiting.put_nowait(value)

    async def _values(self) -> AsyncGenerator[T, None]:
        if self._subscriptions:
            while True:
                yield await self._next()
        async with self:
            while True:
                yield await self._next()

    async def _on_message(self, message: Msg) -> None:
        value = self._decode(message)
        if value is not None:
            self.put(value)
