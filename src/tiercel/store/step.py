"""The executor's transaction: claim executions, then write what their steps decided, all in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tiercel.model.errors import ConflictError
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.news import News
from tiercel.store.children import Relations
from tiercel.store.codec import decode_news, encode, encode_labels
from tiercel.store.errors import translated
from tiercel.store.executions import loaded, task_run_columns
from tiercel.store.logs import log_row
from tiercel.store.metrics import metric_row
from tiercel.store.queries import queries
from tiercel.store.values import Claim, StepResult, StoredNews

_SQL = queries("step")
_ADD_NEWS = queries("inbox")["add_news"]
_LOAD = queries("executions")["load_executions"]
_INSERT_LOGS = queries("logs")["insert_logs"]
_INSERT_METRICS = queries("metrics")["insert_metrics"]
_HEADER_COLUMNS = 8
_LOG_COLUMNS = 12
_METRIC_COLUMNS = 10


class StepTransaction:
    """One round of an executor. Made by :meth:`Store.step`; nothing is sent before the block ends.

    Attributes:
        claims: Executions this transaction owns, those with the oldest news first.
        busy_ids: Those asked for by name that another transaction holds.
        relations: Slots of flows, and executions that others started.
    """

    def __init__(self, connection: Any, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._results: list[StepResult] = []
        self._posts: list[tuple[str, News]] = []
        self.relations = Relations(connection)
        self.claims: list[Claim] = []
        self.busy_ids: list[str] = []

    async def load(
        self, execution_ids: Sequence[str]
    ) -> dict[str, tuple[Execution, list[TaskRun]]]:
        """Return claimed executions with their task runs in order of creation."""
        return loaded(await self._fetch(_LOAD, list(execution_ids)))

    def write(self, result: StepResult) -> None:
        """Write one step's result at the end of the block; at most one per claim."""
        self._results.append(result)

    def post(self, execution_id: str, news: News) -> None:
        """Put news into an execution's inbox, due now; an unknown execution gets nothing."""
        self._posts.append((execution_id, news))

    async def claim(self, limit: int, also: Sequence[str]) -> None:
        """Take executions with due news, and those named in ``also``, that nobody else holds."""
        rows = {
            row["id"]: row for row in await self._fetch(_SQL["claim"], self._now, limit, list(also))
        }
        missing = [execution_id for execution_id in also if execution_id not in rows]
        if missing:
            existing = await self._fetch(_SQL["existing"], missing)
            self.busy_ids = [row["id"] for row in existing]
        if not rows:
            return
        news: dict[str, list[StoredNews]] = {execution_id: [] for execution_id in rows}
        for row in await self._fetch(_SQL["due_news"], list(rows), self._now):
            news[row["execution_id"]].append(StoredNews(row["id"], decode_news(row["news"])))
        named = frozenset(also)
        self.claims = [
            Claim(
                execution_id=row["id"],
                version=row["version"],
                namespace=row["namespace"],
                flow_id=row["flow_id"],
                flow_revision=row["flow_revision"],
                news=news[row["id"]],
            )
            for row in rows.values()
            # its news may have been consumed between the look at the inbox and the lock
            if news[row["id"]] or row["id"] in named
        ]

    async def flush(self) -> None:
        """Send everything that was written and posted."""
        if self._results:
            await self._write_state()
            await self._write_outbox()
            await self._write_records()
        await self.relations.flush()
        if self._posts:
            await self._execute(
                _ADD_NEWS,
                [execution_id for execution_id, _ in self._posts],
                [self._now] * len(self._posts),
                [encode(news) for _, news in self._posts],
            )

    async def _write_state(self) -> None:
        results = self._results
        ended = [result.execution_id for result in results if result.ended]
        timers = [
            (result.execution_id, due_at, encode(news))
            for result in results
            if not result.ended
            for due_at, news in result.timers
        ]
        consumed = [
            (result.execution_id, news_id)
            for result in results
            if not result.ended
            for news_id in result.consumed
        ]
        runs = [run for result in results for run in result.task_runs]
        rows = await self._fetch(
            _SQL["write_state"],
            *_columns(map(_header_row, results), _HEADER_COLUMNS),
            *task_run_columns(runs),
            *_columns(consumed, 2),
            *_columns(timers, 3),
            ended,
        )
        if rows[0]["count"] != len(results):
            raise ConflictError("A step was written to an execution that it does not own")
        removed = [(r.execution_id, run_id) for r in results for run_id in r.removed]
        if removed:
            await self._execute(_SQL["remove_task_runs"], *_columns(removed, 2))

    async def _write_outbox(self) -> None:
        jobs, started, withdrawn = [], [], []
        for result in self._results:
            if result.ended:
                continue
            gone = frozenset(result.withdrawn)
            withdrawn += [(result.execution_id, attempt_id) for attempt_id in gone]
            jobs += [
                (result.execution_id, job.attempt_id, encode(job))
                for job in result.jobs
                if job.attempt_id not in gone
            ]
            started += [
                (result.execution_id, attempt_id)
                for attempt_id in result.started
                if attempt_id not in gone
            ]
        if jobs or started or withdrawn:
            await self._execute(
                _SQL["write_jobs"],
                *_columns(jobs, 3),
                self._now,
                *_columns(started, 2),
                *_columns(withdrawn, 2),
            )

    async def _write_records(self) -> None:
        logs = [log_row(entry) for result in self._results for entry in result.logs]
        if logs:
            await self._execute(_INSERT_LOGS, *_columns(logs, _LOG_COLUMNS))
        metrics = [metric_row(entry) for result in self._results for entry in result.metrics]
        if metrics:
            await self._execute(_INSERT_METRICS, *_columns(metrics, _METRIC_COLUMNS))

    async def _fetch(self, query: str, *args: object) -> list[Any]:
        with translated():
            rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def _execute(self, query: str, *args: object) -> None:
        with translated():
            await self._connection.execute(query, *args)


def _header_row(result: StepResult) -> tuple[Any, ...]:
    execution = result.execution
    if execution is None:
        return (result.execution_id, result.version, None, None, None, None, None, None)
    state = execution.state
    return (
        result.execution_id,
        result.version,
        state.current.value,
        state.start_date,
        state.end_date,
        state.last_date,
        encode_labels(execution.labels),
        encode(execution),
    )


def _columns(rows: Iterable[Sequence[Any]], count: int) -> list[list[Any]]:
    """Turn rows into ``count`` columns, as ``unnest`` takes them."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(count)]
