"""Retention: what ended long ago is deleted, in the background and in small batches.

Executions go first, each with its task runs; then their files; then the days of logs and metrics.
What has not ended is never touched, however old it is. Any number of processes may run this: one at
a time does a batch.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from functools import partial
from typing import TYPE_CHECKING

from tiercel.model.errors import IllegalArgumentError, TiercelError
from tiercel.services.clock import utc_now
from tiercel.services.namespaces import lineage
from tiercel.storage.paths import execution_folder
from tiercel.store.retention import BEGINNING, Place

if TYPE_CHECKING:
    from tiercel.services.kv import KeyValues
    from tiercel.storage import Storage
    from tiercel.store import Store
    from tiercel.store.partitions import Partitions

logger = logging.getLogger(__name__)

_FIRST_SECONDS = 60.0
_AHEAD = timedelta(days=1)
_MOST_KEPT = 1_000
_EXPIRED_STAY = timedelta(days=1)
_LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class RetentionOptions:
    """How long what has ended is kept.

    Attributes:
        days: After its end; 0 keeps it for ever.
        namespaces: Other numbers of days, for namespaces and those below them; the nearest counts.
        batch: Executions and folders handled at once.
        every: How often is looked for what is too old.
    """

    days: int = 30
    namespaces: Mapping[str, int] = field(default_factory=dict)
    batch: int = 250
    every: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        """Refuse what is no number of days. Raises IllegalArgumentError."""
        for days in (self.days, *self.namespaces.values()):
            if not 0 <= days <= _LONGEST_DAYS:
                raise IllegalArgumentError(
                    f"Retention of {days} days", hint=f"0 (for ever) to {_LONGEST_DAYS} days"
                )

    def days_of(self, namespace: str) -> int:
        """Return how many days a namespace keeps; 0 for ever."""
        for name in reversed(lineage(namespace)):
            if name in self.namespaces:
                return self.namespaces[name]
        return self.days

    @property
    def longest(self) -> int:
        """The most days that any namespace keeps; 0 when one keeps for ever."""
        every = (self.days, *self.namespaces.values())
        return 0 if 0 in every else max(every)

    @property
    def shortest(self) -> int:
        """The fewest days that any namespace keeps; 0 when all keep for ever."""
        return min((days for days in (self.days, *self.namespaces.values()) if days), default=0)


@dataclass(slots=True)
class Swept:
    """What one sweep deleted."""

    executions: int = 0
    folders: int = 0
    partitions: list[str] = field(default_factory=list)
    rows: int = 0
    entries: int = 0

    def __bool__(self) -> bool:
        """Whether there was anything."""
        return bool(self.executions or self.folders or self.partitions or self.rows or self.entries)

    def __str__(self) -> str:
        return (
            f"{self.executions} executions, {self.folders} folders of files,"
            f" {len(self.partitions)} days of logs and metrics, {self.rows} rows of other days,"
            f" {self.entries} expired keys"
        )


class Retention:
    """Sweeps now and then until stopped.

    Args:
        clock: Gives the current moment, aware UTC.
        pause: Rests between batches: how many times as long as the batch took.
    """

    def __init__(
        self,
        store: Store,
        storage: Storage,
        kv: KeyValues,
        options: RetentionOptions,
        *,
        clock: Callable[[], datetime] = utc_now,
        pause: float = 1.0,
    ) -> None:
        self._store = store
        self._storage = storage
        self._kv = kv
        self._options = options
        self._clock = clock
        self._pause = pause
        self._stopping = asyncio.Event()
        self._looked_at: dict[tuple[str, date | None], date] = {}

    async def run(self) -> None:
        """Sweep soon after the start, then as often as the options say, until :meth:`stop`."""
        wait = _FIRST_SECONDS
        while not await self._stopped_within(wait):
            try:
                swept = await self.sweep()
                if swept:
                    logger.info("old data deleted: %s", swept)
            except (TiercelError, OSError) as error:
                logger.warning("sweep broken off, trying later", extra={"reason": str(error)})
            except Exception:  # the database may refuse in ways nobody foresaw; the node goes on
                logger.exception("sweep broken off, trying later")
            wait = self._options.every.total_seconds()

    async def stop(self) -> None:
        """Ask :meth:`run` to end; a batch at hand is finished."""
        self._stopping.set()

    async def sweep(self) -> Swept:
        """Delete everything that is too old now; the partitions of the next days are made too."""
        swept, now = Swept(), self._clock()
        tables = {"logs": self._store.logs.partitions, "metrics": self._store.metrics.partitions}
        for partitions in tables.values():
            await partitions.ensure([now, now + _AHEAD])
        await self._sweep_executions(now, swept)
        await self._sweep_folders(swept)
        for name, partitions in tables.items():
            await self._sweep_partitions(name, partitions, now, swept)
        swept.entries = await self._kv.delete_expired(now - _EXPIRED_STAY)
        return swept

    # Executions

    async def _sweep_executions(self, now: datetime, swept: Swept) -> None:
        flow = await self._store.retention.next_flow(("", ""))
        while flow is not None and not self._stopping.is_set():
            days = self._options.days_of(flow[0])
            if days:
                await self._sweep_flow(flow, now - timedelta(days=days), swept)
            flow = await self._store.retention.next_flow(flow)

    async def _sweep_flow(self, flow: tuple[str, str], before: datetime, swept: Swept) -> None:
        place: Place | None = BEGINNING
        while place is not None and not self._stopping.is_set():
            began = time.perf_counter()
            batch = await self._store.retention.purge(
                flow,
                before,
                place,
                limit=self._options.batch,
                folder_of=partial(execution_folder, *flow),
            )
            if batch is None:
                # another process is at the same
                return
            swept.executions += batch.deleted
            place = batch.last
            await self._rest(began)
        began = time.perf_counter()
        while await self._store.retention.purge_schedules(flow, before, self._options.batch):
            if self._stopping.is_set():
                return
            await self._rest(began)
            began = time.perf_counter()

    async def _sweep_folders(self, swept: Swept) -> None:
        while not self._stopping.is_set():
            began = time.perf_counter()
            uris = await self._store.retention.stale_folders(self._options.batch)
            if not uris:
                return
            for uri in uris:
                await self._storage.delete_prefix(uri)
            await self._store.retention.folders_deleted(uris)
            swept.folders += len(uris)
            await self._rest(began)

    # Logs and metrics

    async def _sweep_partitions(
        self, name: str, partitions: Partitions, now: datetime, swept: Swept
    ) -> None:
        """Drop the days that nobody keeps; of the others delete what belongs to nothing any more.

        A day that some namespaces still keep is looked at once a day.
        """
        options = self._options
        if not options.shortest:
            return
        newest = (now - timedelta(days=options.shortest)).date()
        oldest_kept = (now - timedelta(days=options.longest)).date() if options.longest else None
        for day in [day for day in await partitions.days() if day < newest]:
            if self._stopping.is_set():
                return
            may_drop = oldest_kept is not None and day < oldest_kept
            if may_drop and await self._drop(partitions, day):
                swept.partitions.append(f"{name} {day}")
            elif self._looked_at.get((name, day)) != now.date():
                await self._delete_orphans(name, partitions, day, now, swept)
        if self._looked_at.get((name, None)) != now.date():
            await self._delete_orphans(name, partitions, None, now, swept)

    async def _drop(self, partitions: Partitions, day: date) -> bool:
        """Drop a day, but for the rows of executions that are still there; they must be few."""
        end = datetime.combine(day + timedelta(days=1), clock_time(), UTC)
        kept = await self._store.retention.still_there(end, _MOST_KEPT + 1)
        return len(kept) <= _MOST_KEPT and await partitions.drop(day, kept)

    async def _delete_orphans(
        self, name: str, partitions: Partitions, day: date | None, now: datetime, swept: Swept
    ) -> None:
        options = self._options
        before = now - timedelta(days=options.shortest)
        kept = [
            space for space, days in options.namespaces.items() if not 0 < days <= options.shortest
        ]
        if not 0 < options.days <= options.shortest:
            # what belongs to no execution is kept as long as the default says
            kept.append("")
        deleted = limit = options.batch * 20
        while deleted == limit and not self._stopping.is_set():
            began = time.perf_counter()
            deleted = await partitions.delete_orphans(day, before, kept, limit)
            swept.rows += deleted
            await self._rest(began)
        if day is not None and await partitions.is_empty(day):
            await partitions.drop(day)
        self._looked_at[name, day] = now.date()

    # Waiting

    async def _rest(self, began: float) -> None:
        """Leave the servers to others, for as long as the batch took."""
        await asyncio.sleep((time.perf_counter() - began) * self._pause)

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True
