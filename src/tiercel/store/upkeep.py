"""Counting and deleting by time: what tasks that tidy up ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tiercel.model.state import TERMINATED
from tiercel.store.database import Database
from tiercel.store.queries import queries

_SQL = queries("upkeep")
_OVER = frozenset(state.value for state in TERMINATED)


@dataclass(frozen=True, slots=True)
class Span:
    """Whose records are meant, and of which time.

    Attributes:
        namespace: Of this namespace, and without a flow of those below it; None for all.
        start: None for the beginning.
    """

    end: datetime
    start: datetime | None = None
    namespace: str | None = None
    flow_id: str | None = None

    @property
    def below(self) -> str | None:
        """The pattern of the namespaces below."""
        if self.namespace is None:
            return None
        escaped = self.namespace.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        return f"{escaped}.%"


class Upkeep:
    """Executions, logs and metrics by time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(
        self,
        flows: Sequence[tuple[str, str]],
        namespaces: Sequence[str],
        states: Sequence[str] | None,
        start: datetime,
        end: datetime,
    ) -> dict[tuple[str, str], int]:
        """Return how many executions of flows, and of all flows of namespaces, began in a time."""
        rows = await self._database.fetch(
            _SQL["count_by_flow"],
            [namespace for namespace, _ in flows],
            [flow_id for _, flow_id in flows],
            list(namespaces),
            None if states is None else list(states),
            start,
            end,
        )
        return {(row["namespace"], row["flow_id"]): row["count"] for row in rows}

    async def over(
        self, span: Span, states: Sequence[str] | None, limit: int
    ) -> list[tuple[str, str, str]]:
        """Return id, namespace and flow of executions that are over, the oldest first.

        Args:
            states: Final states; None for all of them. Others find nothing.
        """
        wanted = _OVER if states is None else _OVER.intersection(states)
        rows = await self._database.fetch(
            _SQL["over_in"],
            span.namespace,
            span.flow_id,
            sorted(wanted),
            span.start,
            span.end,
            limit,
            span.below,
        )
        return [(row["id"], row["namespace"], row["flow_id"]) for row in rows]

    async def records(self, execution_ids: Sequence[str]) -> tuple[int, int]:
        """Return how many log entries and metrics executions have."""
        rows = await self._database.fetch(_SQL["count_records"], list(execution_ids))
        return rows[0]["logs"], rows[0]["metrics"]

    async def purge_logs(
        self, span: Span, *, execution_id: str | None = None, levels: Sequence[str] | None = None
    ) -> int:
        """Delete log entries of a time; return how many."""
        return await self._database.execute(
            _SQL["purge_logs"],
            span.namespace,
            span.flow_id,
            execution_id,
            None if levels is None else list(levels),
            span.start,
            span.end,
            span.below,
        )
