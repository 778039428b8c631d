"""What workers report, in batches: news for executors, log entries and metrics for the indexer."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from tiercel.model.news import ExecutionNews

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from tiercel.bus.connection import Connection
    from tiercel.bus.pull import Puller

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Items that waited together, oldest first."""

    items: list[T]
    connection: Connection
    acknowledge: Sequence[str]

    async def ack(self) -> None:
        """Delete them from the stream, once they are written. If this gets lost they come again."""
        for subject in self.acknowledge:
            await self.connection.send_or_drop(subject)


NewsBatch = Batch[ExecutionNews]


class Batches(Generic[T]):
    """Batches from one consumer, as an endless async iterator.

    A batch holds whatever has arrived, without waiting for more. What is not acknowledged within
    30 seconds comes again. Readers in several processes share the items. It may be used as a
    context manager; iterated without one, it starts to listen at the first step.

    Args:
        decode: Gives the items of a message. A message it can't read is logged and dropped.
        limit: Messages in a batch, at most.
    """

    def __init__(
        self,
        connection: Connection,
        puller: Puller,
        decode: Callable[[Msg], Sequence[T]],
        *,
        limit: int,
    ) -> None:
        self._connection = connection
        self._puller = puller
        self._decode = decode
        self._limit = limit
        self._is_open = False

    async def __aenter__(self) -> Batches[T]:
        """Begin to listen. Raises ServerUnavailableError when the consumer can't be made."""
        await self._puller.open()
        self._is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening; the iterator ends."""
        await self._puller.close()

    def __aiter__(self) -> AsyncGenerator[Batch[T], None]:
        """Yield batches; ends when the context manager is left."""
        return self._batches()

    async def _batches(self) -> AsyncGenerator[Batch[T], None]:
        if not self._is_open:
            await self.__aenter__()
        try:
            while not self._puller.is_closed:
                await self._puller.want(self._limit)
                messages = self._puller.take(self._limit)
                if messages:
                    yield self._batch(messages)
                else:
                    await self._puller.wait()
        finally:
            await self._puller.close()

    def _batch(self, messages: Sequence[Msg]) -> Batch[T]:
        items: list[T] = []
        for message in messages:
            try:
                items.extend(self._decode(message))
            except msgspec.MsgspecError as error:
                logger.error(
                    "unreadable message dropped",
                    extra={"subject": message.subject, "reason": str(error)},
                )
        return Batch(items, self._connection, [message.reply for message in messages])
