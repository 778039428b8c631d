"""Backfills and their dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tiercel.model.execution import Label
from tiercel.store.codec import decode_any, encode, encode_labels
from tiercel.store.database import Database
from tiercel.store.queries import queries
from tiercel.store.values import Backfill

_SQL = queries("backfills")
_decode_labels = msgspec.json.Decoder(tuple[Label, ...]).decode


@dataclass(frozen=True, slots=True)
class BackfillDate:
    """One date of a backfill.

    Attributes:
        state: ``WAITING``, ``RUNNING``, the final state of its execution, or ``DELETED``.
    """

    date: datetime
    state: str
    execution_id: str | None


class Backfills:
    """At most one open backfill per trigger; those that are over stay readable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, item: Backfill, dates: Sequence[datetime]) -> bool:
        """Store a backfill with its dates in the order they run; False when another is open."""
        async with self._database.transaction() as connection:
            made = await connection.fetchval(
                _SQL["create_backfill"],
                item.id,
                item.namespace,
                item.flow_id,
                item.trigger_id,
                item.start,
                item.end,
                item.only,
                item.newest_first,
                item.parallel,
                encode(item.inputs),
                encode_labels(item.labels),
                len(dates),
                item.created_at,
                None if dates else item.created_at,
            )
            if made is None:
                return False
            await connection.execute(_SQL["add_backfill_dates"], item.id, list(dates))
        return True

    async def get(self, backfill_id: str) -> Backfill | None:
        """Return one backfill."""
        row = await self._database.fetch_row(_SQL["get_backfill"], backfill_id)
        return None if row is None else backfill(row)

    async def open(self, namespace: str, flow_id: str, trigger_id: str) -> Backfill | None:
        """Return the backfill of a trigger that is not over."""
        row = await self._database.fetch_row(_SQL["open_backfill"], namespace, flow_id, trigger_id)
        return None if row is None else backfill(row)

    async def all_open(self) -> list[Backfill]:
        """Return all backfills that are not over, oldest first."""
        return [backfill(row) for row in await self._database.fetch(_SQL["open_backfills"])]

    async def of_trigger(
        self, namespace: str, flow_id: str, trigger_id: str, limit: int = 20
    ) -> list[Backfill]:
        """Return a trigger's backfills, newest first."""
        rows = await self._database.fetch(
            _SQL["backfills_of_trigger"], namespace, flow_id, trigger_id, limit
        )
        return [backfill(row) for row in rows]

    async def dates(
        self, backfill_id: str, limit: int = 1_000, offset: int = 0
    ) -> list[BackfillDate]:
        """Return dates of a backfill in the order they run."""
        rows = await self._database.fetch(_SQL["backfill_dates"], backfill_id, limit, offset)
        return [BackfillDate(row["date"], row["state"], row["execution_id"]) for row in rows]

    async def pause(
        self, namespace: str, flow_id: str, trigger_id: str, *, paused: bool
    ) -> Backfill | None:
        """Pause the open backfill or let it go on; None when there is none."""
        row = await self._database.fetch_row(
            _SQL["pause_backfill"], namespace, flow_id, trigger_id, paused
        )
        return None if row is None else backfill(row)

    async def cancel(
        self, namespace: str, flow_id: str, trigger_id: str, now: datetime
    ) -> Backfill | None:
        """End the open backfill where it is; what runs goes on. None when there is none."""
        row = await self._database.fetch_row(
            _SQL["cancel_backfill"], namespace, flow_id, trigger_id, now
        )
        return None if row is None else backfill(row)


def backfill(row: Any) -> Backfill:
    """Return a row of ``backfills``."""
    return Backfill(
        id=row["id"],
        namespace=row["namespace"],
        flow_id=row["flow_id"],
        trigger_id=row["trigger_id"],
        start=row["start_date"],
        end=row["end_date"],
        reached=row["reached"],
        created_at=row["created_at"],
        only=row["selection"],
        newest_first=row["newest_first"],
        parallel=row["parallel"],
        inputs=decode_any(row["inputs"]),
        labels=_decode_labels(row["labels"]),
        paused=row["paused"],
        cancelled=row["cancelled"],
        total=row["total"],
        started=row["started"],
        running=row["running"],
        succeeded=row["succeeded"],
        failed=row["failed"],
        ended_at=row["ended_at"],
    )
