"""The indexer: moves log entries and metrics of workers from the bus into the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus import Batches, Bus
    from tiercel.store import Store

logger = logging.getLogger(__name__)

T = TypeVar("T")

_PAUSE_SECONDS = 0.5
_POLL_SECONDS = 0.02
_GATHER_SECONDS = 0.05


class Indexer:
    """Writes what waits on the bus in batches, and acknowledges each batch when it is written.

    Several may run; they share the work. A batch whose acknowledgement is lost with the process
    that wrote it is written again by another: entries may then be there twice.
    """

    def __init__(self, bus: Bus, store: Store) -> None:
        self._bus = bus
        self._store = store
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Write batches until :meth:`stop`; a store or a bus that is away is waited for.

        Raises:
            ServerUnavailableError: The bus can't be listened to at the start.
        """
        async with self._bus.log_batches() as logs, self._bus.metric_batches() as metrics:
            loops = [
                asyncio.create_task(self._move(logs, self._store.logs.copy), name="index-logs"),
                asyncio.create_task(
                    self._move(metrics, self._store.metrics.copy), name="index-metrics"
                ),
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

    async def _move(
        self, batches: Batches[T], copy: Callable[[Sequence[T]], Awaitable[Any]]
    ) -> None:
        async for batch in batches:
            await self._write(batch.items, copy)
            await batch.ack()
            # Followers hear log lines at once: the store may take them in fewer, larger batches.
            await asyncio.sleep(_GATHER_SECONDS)

    async def _write(
        self, entries: Sequence[T], copy: Callable[[Sequence[T]], Awaitable[Any]]
    ) -> None:
        """Write entries; one that can't be written at all is dropped, and blocks no others."""
        waiting = [entries] if entries else []
        while waiting:
            part = waiting.pop()
            try:
                await copy(part)
            except (ServerUnavailableError, OSError) as error:
                logger.warning("entries wait for the store", extra={"reason": str(error)})
                await asyncio.sleep(_PAUSE_SECONDS)
                waiting.append(part)
            except Exception:  # whatever is wrong with an entry must not stop the others
                if len(part) == 1:
                    logger.exception("entry can't be written, dropped")
                    continue
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
