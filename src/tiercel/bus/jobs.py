"""Jobs on their way to workers: taken with a limit, kept by beats, given back, or given up."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import msgspec

from tiercel.bus.beats import Beats
from tiercel.model.errors import ServerUnavailableError
from tiercel.model.job import Job

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from tiercel.bus.connection import Connection
    from tiercel.bus.pull import Puller

logger = logging.getLogger(__name__)

MAX_DELIVERIES = 10
"""A job is given up when this many workers took it and none of them finished it."""

_DELIVERIES_PER_SECOND = 1000
_NANOSECONDS = 1_000_000_000
_EXPECTED_SECONDS = 1.0
_HELD_SECONDS = 0.05
_RELEASED, _WITHDRAWN = b"-NAK", b"+TERM"


class Burial(Protocol):
    """Ends an attempt whose job can't be run, so that its execution goes on."""

    async def __call__(self, job: Job | None, data: bytes, token: int, reason: str) -> None:
        """Tell the executors, and keep the job for inspection; ``job`` is None if unreadable."""


class Delivery:
    """One job in the hands of this process. It counts against the limit until it is done with.

    Attributes:
        job: The job.
        token: Fencing token. It grows with every delivery of an attempt's job, also when the stream
            was lost in between: when the job was stored (Unix seconds), then its delivery count.
        stored_at: When the job was stored, Unix seconds.
        deliveries: How many times this job was handed out, this one included.
    """

    def __init__(
        self, jobs: Jobs, message: Msg, job: Job, stored_at: float, deliveries: int
    ) -> None:
        self._jobs = jobs
        self._message = message
        self.job = job
        self.token = _token(stored_at, deliveries)
        self.stored_at = stored_at
        self.deliveries = deliveries

    async def ack(self) -> None:
        """The job is finished: delete it. Returns when the server knows.

        It may still come again when the server was killed right after it delivered the job.

        Raises:
            ServerUnavailableError: The server is away for too long; the job may be delivered again.
        """
        await self._jobs.finish(self._message, b"")

    async def release(self, delay: float = 0.0) -> None:
        """Give the job back, to be delivered to any worker after ``delay`` seconds.

        Raises:
            ServerUnavailableError: The server is away; the job comes again when its wait lapses.
        """
        nanoseconds = int(delay * _NANOSECONDS)
        data = b'-NAK {"delay": %d}' % nanoseconds if nanoseconds else _RELEASED
        await self._jobs.finish(self._message, data)


class Jobs:
    """Jobs of one worker group, as an async iterator that ends when it is closed.

    Use it as a context manager. Deliveries in hand are kept alive by a thread of its own.

    Args:
        limit: Deliveries that may be in hand at once; more are not asked for.
    """

    def __init__(
        self,
        connection: Connection,
        puller: Puller,
        *,
        limit: int,
        beat_seconds: float,
        bury: Burial,
    ) -> None:
        self.connection = connection
        self._puller = puller
        self._limit = limit
        self._beats = Beats(connection, beat_seconds)
        self._bury = bury
        self._in_hand: set[str] = set()
        self._elsewhere = 0
        self.on_free: Callable[[], None] = lambda: None
        """Called when a place of the limit has become free."""
        self.is_crowded = False
        """More wait for places than there are: one that comes over the bus is to get its turn."""
        self._expected = 0
        self._expected_until = 0.0
        self._decoder = msgspec.msgpack.Decoder(Job)

    async def __aenter__(self) -> Jobs:
        """Begin to listen. Raises ServerUnavailableError when the consumer can't be made."""
        await self._puller.open()
        self._beats.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take no more, and stop the beats: what is still in hand lapses after the wait."""
        await self.drain()
        await self._beats.close()

    @property
    def in_hand(self) -> int:
        """Deliveries that are neither acknowledged nor released."""
        return len(self._in_hand)

    # Jobs from elsewhere that share the limit

    def reserve(self) -> bool:
        """Keep a place for a job that does not come over the bus.

        False when none is free, and as long as jobs wait that do come over the bus.
        """
        if self._puller.is_closed or self.is_expecting:
            return False
        if len(self._in_hand) + self._elsewhere + self._puller.count >= self._limit:
            return False
        self._elsewhere += 1
        return True

    def unreserve(self) -> None:
        """Let a place go that was kept."""
        self._elsewhere -= 1
        self._puller.notify()

    def expect(self) -> None:
        """Jobs are on their way over the bus."""
        self._expected = max(self._expected, 1)
        self._expected_until = time.monotonic() + _EXPECTED_SECONDS

    @property
    def is_closed(self) -> bool:
        """Whether no more jobs are taken."""
        return self._puller.is_closed

    @property
    def is_expecting(self) -> bool:
        """Whether jobs wait that come over the bus."""
        return self._expected > 0 and time.monotonic() < self._expected_until

    async def drain(self) -> None:
        """Take no more jobs: the iterator ends. Deliveries in hand go on to be kept alive."""
        await self._puller.close()
        await self.give_back()

    async def give_back(self) -> None:
        """Let others have the jobs that have come and found no place."""
        for message in self._puller.take(self._limit):
            await self._finish_or_lapse(message, _RELEASED)

    def __aiter__(self) -> AsyncGenerator[Delivery, None]:
        """Yield deliveries as they come, as long as fewer than the limit are in hand."""
        return self._deliveries()

    async def _deliveries(self) -> AsyncGenerator[Delivery, None]:
        puller = self._puller
        while not puller.is_closed:
            free = self._limit - len(self._in_hand) - self._elsewhere
            arrived = puller.take(free) if free > 0 else []
            # Places were asked for that are taken by others now: what came for them waits here.
            for reply in puller.replies():
                self._beats.add(reply)
            # Taken together, so all of them count before the first is handed out.
            for message in arrived:
                self._in_hand.add(message.reply)
                self._beats.add(message.reply)
            for message in arrived:
                delivery = await self._open(message)
                if delivery is not None:
                    yield delivery
            if not arrived:
                wanted = max(free, int(self.is_crowded))
                if wanted > 0:
                    await puller.want(wanted)
                if not puller.count:
                    await puller.wait()
                elif not await puller.wait(_HELD_SECONDS):
                    await self.give_back()

    async def finish(self, message: Msg, data: bytes) -> None:
        """Answer for a message and let its place in the limit go."""
        self._beats.remove(message.reply)
        try:
            await self.connection.confirm(message.reply, data)
        finally:
            self._in_hand.discard(message.reply)
            self._puller.notify()
            self.on_free()

    async def _open(self, message: Msg) -> Delivery | None:
        stored_at, deliveries, self._expected = _facts(message)
        self._expected_until = time.monotonic() + _EXPECTED_SECONDS
        job: Job | None = None
        try:
            job = self._decoder.decode(message.data)
        except msgspec.MsgspecError as error:
            reason = f"The job can't be read by this version of the worker: {error}"
        else:
            if deliveries <= MAX_DELIVERIES:
                return Delivery(self, message, job, stored_at, deliveries)
            reason = (
                f"Given up: {MAX_DELIVERIES} workers in a row took this task and were lost "
                "before it ended. It may use more memory than a worker has."
            )
        logger.error("job given up", extra={"subject": message.subject, "reason": reason})
        try:
            await self._bury(job, message.data, _token(stored_at, deliveries), reason)
        except ServerUnavailableError as error:
            logger.warning("job not given up yet", extra={"reason": str(error)})
            await self._finish_or_lapse(message, _RELEASED)
        else:
            await self._finish_or_lapse(message, _WITHDRAWN)
        return None

    async def _finish_or_lapse(self, message: Msg, data: bytes) -> None:
        try:
            await self.finish(message, data)
        except ServerUnavailableError as error:
            logger.warning("job comes again when its wait lapses", extra={"reason": str(error)})


def _token(stored_at: float, deliveries: int) -> int:
    return int(stored_at) * _DELIVERIES_PER_SECOND + deliveries


def _facts(message: Msg) -> tuple[float, int, int]:
    """Return when the message was stored (Unix seconds), how often it was delivered, and how many
    are behind it.
    """
    metadata = message.metadata
    return metadata.timestamp.timestamp(), metadata.num_delivered, metadata.num_pending
