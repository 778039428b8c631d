"""Counts over executions, logs and metrics, by buckets of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tiercel.model.state import TERMINATED
from tiercel.store.database import Database
from tiercel.store.executions import EXECUTION_SEARCH
from tiercel.store.logs import LOG_SEARCH
from tiercel.store.queries import queries
from tiercel.store.search import Condition, Where

_SQL = queries("stats")


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time cut into buckets, counted from its start.

    Attributes:
        step: Length of a bucket; the last one may be shorter.
    """

    start: datetime
    end: datetime
    step: timedelta

    @property
    def seconds(self) -> float:
        """Length of a bucket in seconds."""
        return self.step.total_seconds()


class StatsQueries:
    """Statistics; rows come as the queries in ``stats.sql`` name their columns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def executions(
        self, window: Window, conditions: Sequence[Condition] = (), *, by_flow: bool = False
    ) -> list[Any]:
        """Return ``bucket, state, count, shortest, longest, total`` (seconds), by flow if asked."""
        name = "execution_buckets_by_flow" if by_flow else "execution_buckets"
        return await self._fetch(name, window, conditions, EXECUTION_SEARCH.fields)

    async def slowest(
        self, start: datetime, end: datetime, conditions: Sequence[Condition], limit: int
    ) -> list[Any]:
        """Return ``namespace, flow_id, count, shortest, longest, total`` (seconds) of the flows
        whose ended executions took longest on average, the slowest first.
        """
        where = Where(EXECUTION_SEARCH.fields)
        where.args += [start, end, [state.value for state in TERMINATED], limit]
        for condition in conditions:
            where.add(condition)
        text = _SQL["slowest_flows"].format(where=where.sql)
        return await self._database.fetch(text, *where.args)

    async def by_namespace(
        self, start: datetime, end: datetime, conditions: Sequence[Condition] = ()
    ) -> list[Any]:
        """Return ``namespace, state, count``."""
        where = Where(EXECUTION_SEARCH.fields)
        where.args += [start, end]
        for condition in conditions:
            where.add(condition)
        text = _SQL["execution_states_by_namespace"].format(where=where.sql)
        return await self._database.fetch(text, *where.args)

    async def states(self, states: Sequence[str]) -> dict[str, int]:
        """Return how many executions are in each of some states."""
        rows = await self._database.fetch(_SQL["execution_states"], list(states))
        return {row["state"]: row["count"] for row in rows}

    async def distinct(self, field: str, conditions: Sequence[Condition] = ()) -> list[str]:
        """Return the values of a field in the last ten thousand executions that fit, sorted."""
        where = Where(EXECUTION_SEARCH.fields)
        for condition in conditions:
            where.add(condition)
        column = EXECUTION_SEARCH.fields[field].column
        text = _SQL["distinct_values"].format(column=column, where=where.sql)
        return [row["value"] for row in await self._database.fetch(text, *where.args)]

    async def slots(self, flows: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return how many executions of some flows hold a slot; those with none are left out."""
        spaces, names = [flow[0] for flow in flows], [flow[1] for flow in flows]
        rows = await self._database.fetch(_SQL["slots_of_flows"], spaces, names)
        return {(row["namespace"], row["flow_id"]): row["count"] for row in rows}

    async def latest(self, flows: Sequence[tuple[str, str]]) -> list[str]:
        """Return the id of the last execution of each flow that has one."""
        spaces, names = [flow[0] for flow in flows], [flow[1] for flow in flows]
        rows = await self._database.fetch(_SQL["latest_executions"], spaces, names)
        return [row["id"] for row in rows]

    async def average_duration(self, namespace: str, flow_id: str) -> tuple[timedelta, int]:
        """Return the mean duration of a flow's last hundred successes, and how many there are."""
        [row] = await self._database.fetch(_SQL["average_duration"], namespace, flow_id)
        return timedelta(seconds=row["seconds"] or 0), row["count"]

    async def logs(self, window: Window, conditions: Sequence[Condition] = ()) -> list[Any]:
        """Return ``bucket, level, count``."""
        return await self._fetch("log_buckets", window, conditions, LOG_SEARCH.fields)

    async def metrics(
        self, window: Window, namespace: str, flow_id: str, name: str, task_id: str | None
    ) -> list[Any]:
        """Return ``bucket, sum, avg, min, max``."""
        return await self._database.fetch(
            _SQL["metric_buckets"],
            window.start,
            window.end,
            window.seconds,
            namespace,
            flow_id,
            name,
            task_id,
        )

    async def totals(self, namespace: str | None) -> tuple[int, int]:
        """Return how many flows and how many triggers with a state there are.

        Args:
            namespace: Only in it and its children.
        """
        below = None if namespace is None else f"{_escaped(namespace)}.%"
        row = await self._database.fetch_row(_SQL["count_all"], namespace, below)
        return row["flows"], row["triggers"]

    async def _fetch(
        self, name: str, window: Window, conditions: Sequence[Condition], fields: Any
    ) -> list[Any]:
        where = Where(fields)
        where.args += [window.start, window.end, window.seconds]
        for condition in conditions:
            where.add(condition)
        return await self._database.fetch(_SQL[name].format(where=where.sql), *where.args)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
