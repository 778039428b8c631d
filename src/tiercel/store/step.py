"""The executor's transaction: claim executions, then write what their steps decided, all in one.

A step of executions that were claimed is a transaction of four round trips: begin, claim, write,
commit. A step of executions that are known from the step before, and that needs to read nothing, is
one statement: it writes only if all of them are still at the versions that are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import ConflictError
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.job import LogEntry
from tiercel.model.news import News
from tiercel.store.children import Relations
from tiercel.store.codec import decode_news, encode, encode_labels
from tiercel.store.errors import translated
from tiercel.store.executions import loaded
from tiercel.store.ignoring import condition, shifted
from tiercel.store.logs import log_row
from tiercel.store.metrics import metric_row
from tiercel.store.queries import queries
from tiercel.store.values import Claim, Ignored, StepResult, StoredNews

if TYPE_CHECKING:
    from tiercel.store.database import Database

_SQL = queries("step")
_ADD_NEWS = queries("inbox")["add_news"]
_LOAD = queries("executions")["load_executions"]
_INSERT_METRICS = queries("metrics")["insert_metrics"]
_REFUSED = "TC001"

_Part = tuple[str, Sequence[Sequence[Any]], Sequence[Any]]
"""A part of the statement: its name, its rows, and what comes after their columns."""


class StaleClaimError(ConflictError):
    """A known execution is not at the version that was known, or somebody else holds it."""

    code = "stale_claim"


class Session:
    """The connection of one step: lent, and its transaction begun, when it is first needed.

    Args:
        known: Claims that were not read but are known; the transaction begins by taking them.
    """

    def __init__(self, database: Database, known: Sequence[Claim]) -> None:
        self._database = database
        self._known = known
        self._connection: Any = None
        self.is_open = False

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run a statement in the transaction and return its rows.

        Raises:
            StaleClaimError: A known claim can't be taken.
        """
        if not self.is_open:
            await self._begin()
        with translated():
            rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def only(self, query: str, *args: object) -> list[Any]:
        """Run the one statement that is the whole transaction, unless that has begun."""
        if self.is_open:
            return await self.fetch(query, *args)
        await self._lend()
        with translated():
            rows: list[Any] = await self._connection.fetch(query, *args)
        self._keep()
        return rows

    async def commit(self) -> None:
        """Commit what was begun."""
        if self.is_open:
            with translated():
                await self._connection.execute("COMMIT")
            self.is_open = False
            self._keep()

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._database.give_back(connection)

    def _keep(self) -> None:
        """Give the connection back as it is: nothing is under way on it."""
        connection, self._connection = self._connection, None
        self._database.keep(connection)

    async def _lend(self) -> None:
        if self._connection is None:
            self._connection = await self._database.lend()

    async def _begin(self) -> None:
        await self._lend()
        with translated():
            await self._connection.execute(_SQL["begin_step"])
        self.is_open = True
        if self._known:
            ids = [claim.execution_id for claim in self._known]
            rows = await self.fetch(_SQL["hold"], ids, [claim.version for claim in self._known])
            if rows[0]["count"] != len(ids):
                raise StaleClaimError("An execution was changed by another executor")


class StepTransaction:
    """One round of an executor. Made by :meth:`Store.step`; nothing is sent before the block ends.

    Attributes:
        claims: Executions this transaction owns, those with the oldest news first.
        busy_ids: Those asked for by name that another transaction holds, or that are ignored.
        relations: Slots of flows, and executions that others started.
    """

    def __init__(
        self,
        database: Database,
        now: datetime,
        known: Sequence[Claim] = (),
        ignored: Ignored | None = None,
    ) -> None:
        self._ignored = ignored
        self._session = Session(database, known)
        self._now = now
        self._results: list[StepResult] = []
        self._posts: list[tuple[str, News]] = []
        self._logs: list[LogEntry] = []
        self._held: Collection[str] = ()
        self._holder: str | None = None
        self.relations = Relations(self._session)
        self.claims: list[Claim] = list(known)
        self.busy_ids: list[str] = []

    async def load(
        self, execution_ids: Sequence[str]
    ) -> dict[str, tuple[Execution, list[TaskRun]]]:
        """Return claimed executions with their task runs in order of creation."""
        return loaded(await self._session.fetch(_LOAD, list(execution_ids)))

    def write(self, result: StepResult) -> None:
        """Write one step's result at the end of the block; at most one per claim."""
        self._results.append(result)

    def post(self, execution_id: str, news: News) -> None:
        """Put news into an execution's inbox, due now; an unknown execution gets nothing."""
        self._posts.append((execution_id, news))

    def log(self, entries: Sequence[LogEntry]) -> None:
        """Write log entries with the rest, whatever executions they are of."""
        self._logs.extend(entries)

    def hold_jobs(self, holder: str, attempt_ids: Collection[str]) -> None:
        """Note with the jobs of these attempts that ``holder`` has them; nobody publishes them."""
        self._holder, self._held = holder, attempt_ids

    @property
    def wrote_others(self) -> bool:
        """Whether executions were created, or given news, that are not claimed."""
        return bool(self._posts) or self.relations.is_written

    async def claim(self, limit: int, also: Sequence[str]) -> None:
        """Take executions with due news, and those named in ``also``, that nobody else holds."""
        unless, more = condition(self._ignored, after=3) if self._ignored else ("", [])
        query = _SQL["claim"].replace("{and_not_ignored}", unless and f" AND NOT ({unless})")
        rows = await self._session.fetch(query, self._now, limit, list(also), *more)
        found: dict[str, Any] = {}
        news: dict[str, list[StoredNews]] = {}
        for row in rows:
            found.setdefault(row["id"], row)
            items = news.setdefault(row["id"], [])
            if row["news_id"] is not None:
                items.append(StoredNews(row["news_id"], decode_news(row["news"])))
        missing = [execution_id for execution_id in also if execution_id not in found]
        if missing:
            existing = await self._session.fetch(_SQL["existing"], missing)
            self.busy_ids = [row["id"] for row in existing]
        moved = [key for key, row in found.items() if row["version"] != row["seen_version"]]
        if moved:
            # another owner wrote between the look and the lock: its news may be consumed
            news.update({execution_id: [] for execution_id in moved})
            for row in await self._session.fetch(_SQL["due_news"], moved, self._now):
                item = StoredNews(row["id"], decode_news(row["news"]))
                news[row["execution_id"]].append(item)
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
            for row in found.values()
            if news[row["id"]] or row["id"] in named
        ]

    async def finish(self) -> None:
        """Send everything that was written and posted, and commit it."""
        removed = [(r.execution_id, run_id) for r in self._results for run_id in r.removed]
        metrics = [metric_row(entry) for result in self._results for entry in result.metrics]
        more = [(_INSERT_METRICS, _columns(metrics))] if metrics else []
        if removed:
            more.append((_SQL["remove_task_runs"], _columns(removed)))
        if self._posts:
            posts = [(key, self._now, encode(news)) for key, news in self._posts]
            more.append((_ADD_NEWS, _columns(posts)))
        logs = [log_row(entry) for result in self._results for entry in result.logs]
        logs += map(log_row, self._logs)
        send = self._session.fetch if more or self.relations.is_written else self._session.only
        if self._results or logs:
            await self._write_step(send, logs)
        await self.relations.flush()
        for query, columns in more:
            await self._session.fetch(query, *columns)
        await self._session.commit()

    async def close(self) -> None:
        """Give up what was not committed."""
        await self._session.close()

    async def _write_step(self, send: Any, logs: Sequence[tuple[Any, ...]]) -> None:
        import asyncpg

        results = self._results
        ids, versions = _columns(((r.execution_id, r.version) for r in results), 2)
        parts: list[tuple[str, Sequence[Any]]] = []
        for name, rows, more in (
            *self._state_parts(),
            *self._outbox_parts(),
            ("part_logs", logs, ()),
        ):
            if rows:
                parts.append((name, [*_columns(rows), *more]))
        if not any(name == "part_headers" for name, _ in parts):
            parts.append(("part_versions", ()))
        columns = [column for _, own in parts for column in own]
        try:
            query = _statement(tuple((name, len(own)) for name, own in parts))
            await send(query, ids, versions, *columns)
        except asyncpg.PostgresError as error:
            if error.sqlstate != _REFUSED:
                raise
            text = "A step was written to an execution that it does not own"
            raise StaleClaimError(text) from None

    def _state_parts(self) -> Iterator[_Part]:
        """Yield what is written of executions, task runs and the inbox."""
        results = self._results
        if any(result.execution is not None for result in results):
            yield "part_headers", [_header_row(result) for result in results], ()
        yield "part_runs", [_run_row(run) for result in results for run in result.task_runs], ()
        yield "part_ended", [(result.execution_id,) for result in results if result.ended], ()
        going_on = [result for result in results if not result.ended]
        consumed = [
            (result.execution_id, news_id) for result in going_on for news_id in result.consumed
        ]
        yield "part_consumed", consumed, ()
        timers = [
            (result.execution_id, due_at, encode(news))
            for result in going_on
            for due_at, news in result.timers
        ]
        yield "part_timers", timers, ()

    def _outbox_parts(self) -> Iterator[_Part]:
        """Yield what is written of jobs."""
        jobs, started, withdrawn = [], [], []
        for result in self._results:
            if result.ended:
                continue
            gone = frozenset(result.withdrawn)
            withdrawn += [(result.execution_id, attempt_id) for attempt_id in gone]
            jobs += [
                (result.execution_id, job.attempt_id, encode(job), self._holder_of(job.attempt_id))
                for job in result.jobs
                if job.attempt_id not in gone
            ]
            started += [
                (result.execution_id, attempt_id)
                for attempt_id in result.started
                if attempt_id not in gone
            ]
        yield "part_withdrawn", withdrawn, ()
        yield "part_started", started, (self._now,)
        yield "part_jobs", jobs, (self._now,)

    def _holder_of(self, attempt_id: str) -> str | None:
        return self._holder if attempt_id in self._held else None


@lru_cache(maxsize=512)
def _statement(parts: tuple[tuple[str, int], ...]) -> str:
    """Return the statement that writes these parts, each with its number of parameters.

    A part numbers its parameters from one; the first two are those of the frame.
    """
    texts, place = [], 2
    for name, count in parts:
        texts.append(shifted(_SQL[name], place))
        place += count
    return _SQL["write_step"].replace("{parts}", "".join(f", {text}" for text in texts))


def _header_row(result: StepResult) -> tuple[Any, ...]:
    execution = result.execution
    if execution is None:
        return (result.execution_id, None, None, None, None, None, None)
    state = execution.state
    return (
        result.execution_id,
        state.current.value,
        state.start_date,
        state.end_date,
        state.last_date,
        encode_labels(execution.labels),
        encode(execution),
    )


def _run_row(run: TaskRun) -> tuple[Any, ...]:
    state = run.state.current.value
    return (run.execution_id, run.id, run.sequence, run.task_id, state, encode(run))


def _columns(rows: Iterable[Sequence[Any]], count: int = 0) -> list[list[Any]]:
    """Turn rows into columns, as ``unnest`` takes them; into ``count`` empty ones without rows."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(count)]
