"""States of triggers, as the scheduler keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tiercel.store.codec import encode
from tiercel.store.database import Database
from tiercel.store.queries import queries
from tiercel.store.search import Condition, Field, SearchTable, Sort, run_search
from tiercel.store.values import Backfill, TriggerState

_SQL = queries("triggers")
_decode_backfill = msgspec.json.Decoder(Backfill).decode

TRIGGER_SEARCH = SearchTable(
    search=_SQL["search_triggers"],
    count=_SQL["count_triggers"],
    fields={
        "namespace": Field("namespace"),
        "flow_id": Field("flow_id"),
        "trigger_id": Field("trigger_id"),
        "execution_id": Field("execution_id"),
        "worker_id": Field("worker_id"),
        "next_date": Field("next_date", "date"),
        "q": Field("", "any", ("namespace", "flow_id", "trigger_id")),
    },
    key=("namespace", "flow_id", "trigger_id"),
    default=(Sort("namespace"), Sort("flow_id"), Sort("trigger_id")),
)


class Triggers:
    """One row per trigger that has a state (schedules, polling and realtime triggers)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState | None:
        """Return a trigger's state."""
        row = await self._database.fetch_row(_SQL["get_trigger"], namespace, flow_id, trigger_id)
        return None if row is None else _state(row)

    async def save(self, state: TriggerState) -> None:
        """Store a trigger's state over the one before."""
        await self._database.execute(
            _SQL["save_trigger"],
            state.namespace,
            state.flow_id,
            state.trigger_id,
            state.evaluated_at,
            state.next_date,
            None if state.backfill is None else encode(state.backfill),
            list(state.stop_after),
            state.disabled,
            state.execution_id,
            state.evaluating_since,
            state.worker_id,
            state.updated_at,
        )

    async def delete(self, namespace: str, flow_id: str, trigger_id: str) -> bool:
        """Forget a trigger's state; return whether there was one."""
        found = await self._database.fetch_value(
            _SQL["delete_trigger"], namespace, flow_id, trigger_id
        )
        return found is not None

    async def due(self, now: datetime, limit: int) -> list[TriggerState]:
        """Return enabled triggers whose next date is reached or not computed yet, oldest date
        first.
        """
        rows = await self._database.fetch(_SQL["due_triggers"], now, limit)
        return [_state(row) for row in rows]

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[list[TriggerState], int]:
        """Return one page of states and the total, by namespace, flow and trigger unless sorted."""
        rows, total = await run_search(
            self._database, TRIGGER_SEARCH, conditions, page=page, size=size, sort=sort
        )
        return [_state(row) for row in rows], total


def _state(row: Any) -> TriggerState:
    return TriggerState(
        namespace=row["namespace"],
        flow_id=row["flow_id"],
        trigger_id=row["trigger_id"],
        evaluated_at=row["evaluated_at"],
        next_date=row["next_date"],
        backfill=None if row["backfill"] is None else _decode_backfill(row["backfill"]),
        stop_after=tuple(row["stop_after"]),
        disabled=row["disabled"],
        execution_id=row["execution_id"],
        evaluating_since=row["evaluating_since"],
        worker_id=row["worker_id"],
        updated_at=row["updated_at"],
    )
