"""The indexer: moves log entries and metrics of workers from the bus into the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.services.clock import utc_now
from tiercel.services.meters import Meters, Tags
from tiercel.store import Dated, Packet

if TYPE_CHECKING:
    from tiercel.bus import Batches, Bus
    from tiercel.store import Store

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=Dated)
_Copy = Callable[[Sequence[Packet[T]]], Awaitable[None]]

_PAUSE_SECONDS = 0.5
_POLL_SECONDS = 0.02
_GATHER_SECONDS = 0.05
_FORGET_SECONDS = 60.0
_REMEMBERED = timedelta(minutes=10)
_LOGS: Tags = (("class_name", "LogEntry"),)
_METRICS: Tags = (("class_name", "MetricEntry"),)
_COUNTERS = (
    "indexer.request.count",
    "indexer.request.retry.count",
    "indexer.message.in.count",
    "indexer.message.out.count",
    "indexer.message.failed.count",
)
_TIMERS = ("indexer.request.duration", "indexer.server.duration")


class Indexer:
    """Writes what waits on the bus in batches, and acknowledges each batch when it is written.

    Several may run; they share the work. A batch whose acknowledgement is lost with the process
    that wrote it comes again, to any of them: the store knows which messages it was written from,
    and passes over those.

    Args:
        meters: Told of messages in and out, of requests to the store (one a batch; its duration
            has the waiting in it, that of the server has not) and of those that were tried again.
    """

    def __init__(self, bus: Bus, store: Store, meters: Meters | None = None) -> None:
        self._bus = bus
        self._store = store
        self._meters = Meters() if meters is None else meters
        for tags in (_LOGS, _METRICS):
            self._meters.declare(_COUNTERS, _TIMERS, tags)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Write batches until :meth:`stop`; a store or a bus that is away is waited for.

        Raises:
            ServerUnavailableError: The bus can't be listened to at the start.
        """
        async with self._bus.log_batches() as logs, self._bus.metric_batches() as metrics:
            loops = [
                asyncio.create_task(
                    self._move(logs, self._store.logs.copy_once, _LOGS), name="index-logs"
                ),
                asyncio.create_task(
                    self._move(metrics, self._store.metrics.copy_once, _METRICS),
                    name="index-metrics",
                ),
                asyncio.create_task(self._forget_on(), name="index-forget"),
            ]
            stopping = asyncio.create_task(self._stopping.wait(), name="index-stopping")
            try:
                done, _ = await asyncio.wait(
                    [*loops, stopping], return_when=asyncio.FIRST_COMPLETED
                )
                for ended in done - {stopping}:
                    ended.result()
            finally:
                for task in [*loops, stopping]:
                    task.cancel()
                await asyncio.gather(*loops, stopping, return_exceptions=True)

    async def stop(self) -> None:
        """Ask :meth:`run` to end, once everything that waits is written."""
        with suppress(TimeoutError, ServerUnavailableError):
            await self.flushed(timeout=2.0)
        self._stopping.set()

    async def flushed(self, timeout: float = 5.0) -> None:
        """Return when everything published before this call is in the store.

        Raises:
            TimeoutError: It takes longer than ``timeout`` seconds.
            ServerUnavailableError: The bus does not answer.
        """
        async with asyncio.timeout(timeout):
            while await self._bus.unindexed():  # noqa: ASYNC110  the server has no event for it
                await asyncio.sleep(_POLL_SECONDS)

    async def _move(self, batches: Batches[T], copy: _Copy[T], tags: Tags) -> None:
        meters = self._meters
        async for batch in batches:
            packets = [Packet(item.id, item.stored_at, item.items) for item in batch.parcels]
            meters.count("indexer.message.in.count", tags, sum(len(p.entries) for p in packets))
            meters.count("indexer.request.count", tags)
            with meters.timed("indexer.request.duration", tags):
                await self._write(packets, copy, tags)
            await batch.ack()
            # Followers hear log lines at once: the store may take them in fewer, larger batches.
            await asyncio.sleep(_GATHER_SECONDS)

    async def _write(self, packets: Sequence[Packet[T]], copy: _Copy[T], tags: Tags = ()) -> None:
        """Write packets; an entry that can't be written at all is dropped, and blocks no others."""
        meters = self._meters
        waiting = [packets] if packets else []
        while waiting:
            part = waiting.pop()
            try:
                with meters.timed("indexer.server.duration", tags):
                    await copy(part)
                meters.count("indexer.message.out.count", tags, sum(len(p.entries) for p in part))
            except (ServerUnavailableError, OSError) as error:
                logger.warning("entries wait for the store", extra={"reason": str(error)})
                meters.count("indexer.request.retry.count", tags)
                await asyncio.sleep(_PAUSE_SECONDS)
                waiting.append(part)
            except Exception:  # whatever is wrong with an entry must not stop the others
                parts = _smaller(part)
                if not parts:
                    logger.exception("entry can't be written, dropped")
                    meters.count("indexer.message.failed.count", tags)
                waiting += parts

    async def _forget_on(self) -> None:
        """Forget now and then which messages were written that can't come again."""
        while True:
            await asyncio.sleep(_FORGET_SECONDS)
            try:
                await self.forget()
            except (TiercelError, OSError) as error:
                logger.warning("written messages not forgotten", extra={"reason": str(error)})

    async def forget(self) -> int:
        """Forget which messages were written that are gone from the bus; return how many.

        Raises:
            ServerUnavailableError: The bus or the store does not answer.
        """
        before = utc_now() - _REMEMBERED
        since = await self._bus.unindexed_since()
        return await self._store.packets.forget(min(before, since or before))


def _smaller(packets: Sequence[Packet[T]]) -> Sequence[Sequence[Packet[T]]]:
    """Return packets, one of which has an entry that can't be written, in parts to try again.

    The last to be tried comes first. Entries of one packet get ids of their own. One entry has no
    parts.
    """
    if len(packets) > 1:
        middle = len(packets) // 2
        return [packets[middle:], packets[:middle]]
    packet = packets[0]
    if len(packet.entries) <= 1:
        return []
    numbered = enumerate(packet.entries)
    alone = [replace(packet, id=f"{packet.id} {n}", entries=[entry]) for n, entry in numbered]
    return [[item] for item in reversed(alone)]
