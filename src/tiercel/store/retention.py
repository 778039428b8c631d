"""Deleting what is old, a small batch at a time, without getting into the way of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tiercel.store.database import Database
from tiercel.store.queries import queries

_SQL = queries("retention")
_LOCK = 7_227_415_093
BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), "")
"""Before the first execution of a flow."""

Place = tuple[datetime, str]
"""Start date and id of an execution: where a batch ends and the next goes on."""


@dataclass(frozen=True, slots=True)
class PurgedBatch:
    """What one batch did.

    Attributes:
        deleted: How many executions went.
        last: Where to go on; None when all old ones were seen.
    """

    deleted: int
    last: Place | None


class Retention:
    """Old executions and what belongs to them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_flow(self, after: tuple[str, str]) -> tuple[str, str] | None:
        """Return the flow after another one, by namespace and id, that ever ran."""
        found = [
            (row["namespace"], row["flow_id"])
            for name in ("next_flow", "next_fired_flow")
            if (row := await self._database.fetch_row(_SQL[name], *after)) is not None
        ]
        return min(found, default=None)

    async def purge(
        self,
        flow: tuple[str, str],
        before: datetime,
        after: Place,
        *,
        limit: int,
        folder_of: Callable[[str], str],
    ) -> PurgedBatch | None:
        """Delete the next executions of a flow that ended before a date; None: another process
        is at it.

        Their folders are noted in the same transaction, see :meth:`stale_folders`.

        Args:
            after: Where the batch before ended, at first ``BEGINNING``.
            limit: Most executions looked at.
            folder_of: Folder of an execution in internal storage.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchval(_SQL["retention_lock"], _LOCK):
                return None
            rows = await connection.fetch(
                _SQL["old_executions"], *flow, *after, before, limit, timeout=30
            )
            ids = [row["id"] for row in rows if row["may_go"]]
            gone: Sequence[Any] = ()
            if ids:
                folders = [folder_of(execution_id) for execution_id in ids]
                gone = await connection.fetch(_SQL["delete_ended"], ids, folders)
        is_last = len(rows) < limit
        last = None if is_last else (rows[-1]["start_date"], rows[-1]["id"])
        return PurgedBatch(len(gone), last)

    async def purge_schedules(self, flow: tuple[str, str], before: datetime, limit: int) -> int:
        """Delete the fires and the backfills of a flow from before a date; return how many."""
        fires = await self._database.execute(_SQL["delete_fires"], *flow, before, limit)
        return fires + await self._database.execute(_SQL["delete_backfills"], *flow, before, limit)

    async def stale_folders(self, limit: int) -> list[str]:
        """Return folders of internal storage whose executions are gone."""
        rows = await self._database.fetch(_SQL["stale_folders"], limit)
        return [row["uri"] for row in rows]

    async def folders_deleted(self, uris: Sequence[str]) -> None:
        """Forget folders that are gone too."""
        await self._database.execute(_SQL["folders_deleted"], list(uris))

    async def still_there(self, before: datetime, limit: int) -> list[str]:
        """Return executions that began before a date, oldest first."""
        rows = await self._database.fetch(_SQL["still_there"], before, limit)
        return [row["id"] for row in rows]
