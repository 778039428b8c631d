"""Daily partitions of the tables that grow for ever: made when they are needed, dropped by age."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tiercel.store.database import Database
from tiercel.store.queries import queries

logger = logging.getLogger(__name__)

_LOCK = 7_227_415_092
_PAST = timedelta(days=7)
_AHEAD = timedelta(days=1)


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

    async def drop_before(self, day: date) -> list[str]:
        """Drop the partitions of days before ``day``, and older rows of the default one; return
        their names.
        """
        dropped = []
        last = self._name(day)
        async with self._database.transaction() as connection:
            await connection.execute(self._sql["partition_lock"], _LOCK)
            for row in await connection.fetch(self._sql["partition_list"], self._table):
                name = row["relname"]
                if name.startswith(f"{self._table}_2") and name < last:
                    await connection.execute(self._sql["partition_drop"].format(partition=name))
                    dropped.append(name)
            await connection.execute(
                self._sql["partition_default_purge"].format(table=self._table), _midnight(day)
            )
        self._known = {known for known in self._known if known >= day}
        return dropped

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
