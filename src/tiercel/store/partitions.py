"""Daily partitions of the tables that grow for ever: made when they are needed, dropped by age."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tiercel.store.database import Database
from tiercel.store.queries import queries

logger = logging.getLogger(__name__)

_LOCK = 7_227_415_092
_PAST = timedelta(days=7)
_AHEAD = timedelta(days=1)
_DROP_PATIENCE = 300
_ORPHANS = queries("retention")["delete_orphans"]


class Partitions:
    """The partitions of one table. What lies outside of them goes to the default partition.

    Args:
        table: Name of a table that is partitioned by ``timestamp``.
    """

    def __init__(self, database: Database, table: str) -> None:
        self._database = database
        self._table = table
        self._sql = queries("partitions")
        self._known: set[date] = set()

    async def ensure(self, moments: Iterable[datetime]) -> None:
        """See that the days of ``moments``, and the day after each, have partitions.

        Days long past or to come (a worker's clock is wrong) get none. Costs nothing for days seen
        before.
        """
        days = {moment.astimezone(UTC).date() for moment in moments}
        if days <= self._known:
            return
        today = datetime.now(UTC).date()
        wanted = days | {day + _AHEAD for day in days}
        near = {day for day in wanted if today - _PAST <= day <= today + 2 * _AHEAD}
        made = {day for day in sorted(near - self._known) if await self._make(day)}
        self._known |= made | days

    async def days(self) -> list[date]:
        """Return the days that have partitions, oldest first."""
        rows = await self._database.fetch(self._sql["partition_list"], self._table)
        names = (row["relname"].removeprefix(f"{self._table}_") for row in rows)
        return sorted(
            datetime.strptime(name, "%Y%m%d").replace(tzinfo=UTC).date()
            for name in names
            if name.isdigit()
        )

    async def drop(self, day: date, keep: Sequence[str] = ()) -> bool:
        """Drop the partition of a day; False when others are at the table, try again later.

        Nobody waits longer than a moment for it.

        Args:
            keep: Executions whose rows stay; they go to the default partition.
        """
        import asyncpg

        names = {"table": self._table, "partition": self._name(day)}
        try:
            async with self._database.transaction() as connection:
                await connection.execute(f"SET LOCAL lock_timeout = {_DROP_PATIENCE}")
                await connection.execute(self._sql["partition_lock"], _LOCK)
                if not await connection.fetchval(self._sql["partition_exists"], self._name(day)):
                    return True
                await connection.execute(self._sql["partition_detach"].format(**names))
                if keep:
                    await connection.execute(self._sql["partition_keep"].format(**names), keep)
                await connection.execute(self._sql["partition_drop"].format(**names))
        except asyncpg.LockNotAvailableError:
            logger.info("partition not dropped yet", extra=names)
            return False
        self._known.discard(day)
        return True

    async def is_empty(self, day: date) -> bool:
        """Tell whether the partition of a day holds nothing."""
        sql = self._sql["partition_is_empty"].format(partition=self._name(day))
        return bool(await self._database.fetch_value(sql))

    async def delete_orphans(
        self, day: date | None, before: datetime, kept: Sequence[str], limit: int
    ) -> int:
        """Delete rows from before a date whose execution is gone; return how many.

        Args:
            day: Whose partition; None for the default one.
            kept: Namespaces that keep, with those below them, rows that belong to no execution.
        """
        partition = f"{self._table}_default" if day is None else self._name(day)
        sql = _ORPHANS.format(partition=partition)
        return await self._database.execute(sql, before, list(kept), limit)

    async def _make(self, day: date) -> bool:
        import asyncpg

        try:
            async with self._database.transaction() as connection:
                await self._make_in(connection, day)
                return True
        except (asyncpg.CheckViolationError, asyncpg.LockNotAvailableError) as error:
            # rows of that day are in the default partition, or it is in long use: they are stored
            # there
            logger.warning(
                "partition not made", extra={"partition": self._name(day), "reason": str(error)}
            )
            return False

    async def _make_in(self, connection: Any, day: date) -> None:
        await connection.execute("SET LOCAL lock_timeout = '3s'")
        await connection.execute(self._sql["partition_lock"], _LOCK)
        if await connection.fetchval(self._sql["partition_exists"], self._name(day)):
            return
        first, last = _midnight(day), _midnight(day + timedelta(days=1))
        holds = self._sql["partition_default_holds"].format(table=self._table)
        if await connection.fetchval(holds, first, last):
            return
        await connection.execute(
            self._sql["partition_create"].format(
                table=self._table,
                partition=self._name(day),
                first=first.isoformat(),
                last=last.isoformat(),
            )
        )

    def _name(self, day: date) -> str:
        return f"{self._table}_{day:%Y%m%d}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
