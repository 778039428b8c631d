"""Metrics of task runs: written in bulk, read by execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tiercel.model.job import MetricEntry
from tiercel.store.codec import decode_any, encode, storable_text
from tiercel.store.database import Database
from tiercel.store.packets import EntryTable
from tiercel.store.queries import queries
from tiercel.store.search import Condition, Field, Operation, SearchTable, Sort

_SQL = queries("metrics")
_COLUMNS = (
    "execution_id",
    "timestamp",
    "task_run_id",
    "namespace",
    "flow_id",
    "task_id",
    "type",
    "name",
    "value",
    "tags",
)

METRIC_SEARCH = SearchTable(
    search=_SQL["search_metrics"],
    count=_SQL["count_metrics"],
    fields={
        "execution_id": Field("execution_id"),
        "namespace": Field("namespace"),
        "flow_id": Field("flow_id"),
        "task_id": Field("task_id"),
        "task_run_id": Field("task_run_id"),
        "name": Field("name"),
        "value": Field("value", "number"),
        "timestamp": Field('"timestamp"', "date"),
    },
    key=("name", "task_run_id"),
    default=(Sort("timestamp"),),
)


class Metrics(EntryTable[MetricEntry]):
    """The metrics of all executions."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, METRIC_SEARCH, _entry, "metrics", _COLUMNS, metric_row)

    async def list(
        self,
        execution_id: str,
        *,
        task_run_id: str | None = None,
        task_id: str | None = None,
        page: int = 1,
        size: int = 100,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[MetricEntry], int]:
        """Return one page of an execution's metrics and the total, oldest first unless sorted."""
        conditions = [Condition("execution_id", Operation.EQUALS, execution_id)]
        if task_run_id is not None:
            conditions.append(Condition("task_run_id", Operation.EQUALS, task_run_id))
        if task_id is not None:
            conditions.append(Condition("task_id", Operation.EQUALS, task_id))
        return await self.search(conditions, page, size, sort)

    async def names(
        self, namespace: str, flow_id: str, task_id: str | None = None
    ) -> Sequence[str]:
        """Return the names of a flow's metrics, or of one task's, sorted."""
        rows = await self._database.fetch(_SQL["metric_names"], namespace, flow_id, task_id)
        return [row["name"] for row in rows]

    async def tasks(self, namespace: str, flow_id: str) -> Sequence[str]:
        """Return the ids of a flow's tasks that have metrics, sorted."""
        rows = await self._database.fetch(_SQL["metric_tasks"], namespace, flow_id)
        return [row["task_id"] for row in rows]

    async def delete(self, execution_id: str) -> int:
        """Remove an execution's metrics; return how many."""
        return await self._database.execute(_SQL["delete_metrics"], execution_id)


def metric_row(entry: MetricEntry) -> tuple[Any, ...]:
    """Return a metric as a row of ``metrics``."""
    return (
        entry.execution_id,
        entry.timestamp,
        entry.task_run_id,
        entry.namespace,
        entry.flow_id,
        entry.task_id,
        entry.type,
        storable_text(entry.name),
        entry.value,
        None if entry.tags is None else encode(entry.tags),
    )


def _entry(row: Any) -> MetricEntry:
    return MetricEntry(
        execution_id=row["execution_id"],
        namespace=row["namespace"],
        flow_id=row["flow_id"],
        task_id=row["task_id"],
        task_run_id=row["task_run_id"],
        type=row["type"],
        name=row["name"],
        value=row["value"],
        timestamp=row["timestamp"],
        tags=None if row["tags"] is None else decode_any(row["tags"]),
    )
