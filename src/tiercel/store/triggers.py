"""States of triggers, as the scheduler keeps them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from tiercel.store.database import Database
from tiercel.store.firing import FlowTrigger, TriggerTransaction, state_columns, trigger_state
from tiercel.store.queries import queries
from tiercel.store.search import Field, Searched, SearchTable, Sort
from tiercel.store.values import TriggerState

_SQL = queries("triggers")

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
        "state": Field("CASE WHEN disabled THEN 'DISABLED' ELSE 'ENABLED' END"),
        "q": Field("", "any", ("namespace", "flow_id", "trigger_id")),
    },
    key=("namespace", "flow_id", "trigger_id"),
    default=(Sort("namespace"), Sort("flow_id"), Sort("trigger_id")),
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What waits for a scheduler.

    Attributes:
        next_date: Of all triggers that may fire; None when there is none.
    """

    next_date: datetime | None
    has_transitions: bool
    has_changed_flows: bool
    has_backfills: bool


class Triggers(Searched[TriggerState]):
    """One row per trigger that has a state (schedules and polling triggers)."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TRIGGER_SEARCH, trigger_state)

    async def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState | None:
        """Return a trigger's state."""
        row = await self._database.fetch_row(_SQL["get_trigger"], namespace, flow_id, trigger_id)
        return None if row is None else trigger_state(row)

    async def of_flow(self, namespace: str, flow_id: str) -> list[TriggerState]:
        """Return the states of a flow's triggers, by id."""
        rows = await self._database.fetch(_SQL["triggers_of_flow"], namespace, flow_id)
        return [trigger_state(row) for row in rows]

    async def save(self, state: TriggerState) -> None:
        """Store a trigger's state over the one before."""
        await self._database.execute(_SQL["save_triggers"], *state_columns([state]))

    async def delete(self, namespace: str, flow_id: str, trigger_id: str) -> bool:
        """Forget a trigger's state; return whether there was one."""
        found = await self._database.fetch_value(
            _SQL["delete_trigger"], namespace, flow_id, trigger_id
        )
        return found is not None

    async def look(self, kinds: Sequence[str] = ("SCHEDULE", "POLLING")) -> Outlook:
        """Return what there is to do for a scheduler that fires triggers of these kinds."""
        row = await self._database.fetch_row(_SQL["look"], list(kinds))
        return Outlook(*row.values())

    async def flow_triggers(self) -> list[FlowTrigger]:
        """Return the triggers that wait for other flows, with their flows' latest revisions."""
        rows = await self._database.fetch(_SQL["flow_triggers"])
        return [FlowTrigger(*row.values()) for row in rows]

    async def fired_dates(
        self, namespace: str, flow_id: str, trigger_id: str, start: datetime, end: datetime
    ) -> dict[datetime, str]:
        """Return how the dates of a range went: ``SUCCESS``, ``RUNNING`` or ``FAILED``.

        Dates without an execution, and those whose executions were deleted, are not in it.
        """
        rows = await self._database.fetch(
            _SQL["fired_dates"], namespace, flow_id, trigger_id, start, end
        )
        return {row["date"]: row["state"] for row in rows}

    async def changed_flows(self, limit: int) -> list[tuple[str, str]]:
        """Return flows (namespace and id) whose triggers were not looked at since they changed."""
        rows = await self._database.fetch(_SQL["changed_flows"], limit)
        return [(row["namespace"], row["flow_id"]) for row in rows]

    async def release_lost(self, now: datetime) -> list[datetime]:
        """Clear locks whose execution is over or gone; return when their triggers had fired."""
        rows = await self._database.fetch(_SQL["release_lost"], now)
        return [row["fired_at"] or now for row in rows]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[TriggerTransaction]:
        """Lend a transaction; all the block wrote is committed at its end, or nothing of it."""
        async with self._database.transaction() as connection:
            yield TriggerTransaction(connection)
