"""What workers report, in batches: news for executors, log entries and metrics for the indexer."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from tiercel.model.news import ExecutionNews

if TYPE_CHECKING:
    from datetime import datetime

    from nats.aio.msg import Msg

    from tiercel.bus.connection import Connection
    from tiercel.bus.pull import Puller

logger = logging.getLogger(__name__)

T = TypeVar("T")

_REMEMBERED = 20_000
_ID = "Nats-Msg-Id"


@dataclass(frozen=True, slots=True)
class Parcel(Generic[T]):
    """The items of one message.

    Attributes:
        id: Given by the sender, or by its place in the stream: the same whenever it comes.
        stored_at: When the stream took it.
    """

    id: str
    stored_at: datetime
    items: Sequence[T]


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Messages that waited together, oldest first."""

    parcels: list[Parcel[T]]
    _messages: Sequence[Msg]
    _source: Batches[T]

    @property
    def items(self) -> list[T]:
        """What all of them hold."""
        return [item for parcel in self.parcels for item in parcel.items]

    async def ack(self) -> None:
        """Delete them from the stream, once they are written. If this gets lost they come again."""
        await self._source.acknowledge(self._messages)


NewsBatch = Batch[ExecutionNews]


class Batches(Generic[T]):
    """Batches from one consumer, as an endless async iterator.

    A batch holds whatever has arrived, without waiting for more. What is not acknowledged within
    three leases comes again, to any reader; what was acknowledged here does not come here again,
    also when the acknowledgement got lost. Readers in several processes share the items. It may be
    used as a context manager; iterated without one, it starts to listen at the first step.

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
        self._acknowledged: OrderedDict[tuple[int, datetime], None] = OrderedDict()

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
                if not messages:
                    await self._puller.wait()
                elif batch := await self._batch(messages):
                    yield batch
        finally:
            await self._puller.close()

    async def acknowledge(self, messages: Sequence[Msg]) -> None:
        """Delete messages from the stream, and remember them."""
        for message in messages:
            self._acknowledged[_identity(message)] = None
            await self._connection.send_or_drop(message.reply)
        while len(self._acknowledged) > _REMEMBERED:
            self._acknowledged.popitem(last=False)

    async def _batch(self, messages: Sequence[Msg]) -> Batch[T] | None:
        known: list[Msg] = []
        fresh: list[Msg] = []
        for message in messages:
            (known if _identity(message) in self._acknowledged else fresh).append(message)
        await self.acknowledge(known)
        parcels: list[Parcel[T]] = []
        for message in fresh:
            try:
                parcels.append(_parcel(message, self._decode(message)))
            except msgspec.MsgspecError as error:
                logger.error(
                    "unreadable message dropped",
                    extra={"subject": message.subject, "reason": str(error)},
                )
        return Batch(parcels, fresh, self) if fresh else None


def _parcel(message: Msg, items: Sequence[T]) -> Parcel[T]:
    sequence, stored_at = _identity(message)
    given = message.headers.get(_ID) if message.headers else None
    return Parcel(given or f"{stored_at.isoformat()} {sequence}", stored_at, items)


def _identity(message: Msg) -> tuple[int, datetime]:
    """Name a message in its stream, also one that is made anew and counts from the start."""
    metadata = message.metadata
    return metadata.sequence.stream, metadata.timestamp
