"""Use cases of logs and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.engine.dates import instant_text
from tiercel.store import ALL_LOGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tiercel.model.job import LogEntry, MetricEntry
    from tiercel.store import Condition, LogFilter, LogPages, LogPlace, LogShare, Sort, Store


def entry_values(entry: LogEntry) -> dict[str, Any]:
    """Return an entry as tasks are told of it."""
    return {
        "namespace": entry.namespace,
        "flowId": entry.flow_id,
        "taskId": entry.task_id,
        "executionId": entry.execution_id,
        "taskRunId": entry.task_run_id,
        "attemptNumber": entry.attempt_number,
        "triggerId": entry.trigger_id,
        "timestamp": instant_text(entry.timestamp),
        "level": entry.level.value,
        "thread": entry.thread,
        "message": entry.message,
    }


class Logs:
    """What clients read of logs and metrics."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(
        self,
        execution_id: str,
        wanted: LogFilter = ALL_LOGS,
        *,
        after: LogPlace | None = None,
        size: int | None = None,
    ) -> Sequence[LogEntry]:
        """Return the entries of an execution in order of time.

        Args:
            after: Where the page before ends; None for the first.
            size: Of the page; None for all.
        """
        return await self._store.logs.list(execution_id, wanted, after=after, limit=size)

    async def pages(self, execution_id: str, wanted: LogFilter, size: int) -> LogPages:
        """Return how the log of an execution is cut into pages of ``size`` entries."""
        return await self._store.logs.pages(execution_id, wanted, size)

    async def task_runs(self, execution_id: str, wanted: LogFilter) -> Sequence[LogShare]:
        """Return how the log of an execution is shared among its task runs."""
        return await self._store.logs.task_runs(execution_id, wanted)

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        *,
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[LogEntry], int]:
        """Return one page of the entries of all executions, and how many there are in all."""
        return await self._store.logs.search(conditions, page, size, sort)

    async def delete(self, execution_id: str, wanted: LogFilter = ALL_LOGS) -> int:
        """Delete the entries of an execution that fit; return how many."""
        return await self._store.logs.delete(execution_id, wanted)

    async def metrics(
        self,
        execution_id: str,
        *,
        task_run_id: str | None = None,
        task_id: str | None = None,
        page: int = 1,
        size: int = 100,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[MetricEntry], int]:
        """Return one page of the metrics of an execution, and how many there are in all."""
        return await self._store.metrics.list(
            execution_id,
            task_run_id=task_run_id,
            task_id=task_id,
            page=page,
            size=size,
            sort=sort,
        )

    async def delete_of_flow(
        self, namespace: str, flow_id: str, *, trigger_id: str | None = None
    ) -> int:
        """Delete the entries of a flow, or those of one of its triggers; return how many."""
        return await self._store.logs.delete_of_flow(namespace, flow_id, trigger_id)

    async def metric_names(
        self, namespace: str, flow_id: str, task_id: str | None = None
    ) -> Sequence[str]:
        """Return the names of a flow's metrics, or of one task's, sorted."""
        return await self._store.metrics.names(namespace, flow_id, task_id)

    async def metric_tasks(self, namespace: str, flow_id: str) -> Sequence[str]:
        """Return the ids of a flow's tasks that have metrics, sorted."""
        return await self._store.metrics.tasks(namespace, flow_id)
