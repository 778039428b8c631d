"""Log entries: written in bulk, read in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tiercel.model.job import LogEntry
from tiercel.model.task import LogLevel
from tiercel.store.codec import storable_text
from tiercel.store.database import Database
from tiercel.store.packets import EntryTable
from tiercel.store.queries import queries
from tiercel.store.search import Field, SearchTable, Sort

_SQL = queries("logs")
_COLUMNS = (
    "execution_id",
    "timestamp",
    "sequence",
    "task_run_id",
    "namespace",
    "flow_id",
    "task_id",
    "attempt_number",
    "trigger_id",
    "level",
    "thread",
    "message",
)
_LEVELS = tuple(LogLevel)

LOG_SEARCH = SearchTable(
    search=_SQL["search_logs"],
    count=_SQL["count_logs"],
    fields={
        "execution_id": Field("execution_id"),
        "namespace": Field("namespace"),
        "flow_id": Field("flow_id"),
        "task_id": Field("task_id"),
        "trigger_id": Field("trigger_id"),
        "level": Field("level"),
        "timestamp": Field('"timestamp"', "date"),
        "q": Field("", "any", ("message", "namespace", "flow_id", "task_id", "execution_id")),
    },
    key=("sequence",),
    default=(Sort("timestamp"),),
)


class LogPlace(NamedTuple):
    """Where an entry stands in the log of an execution."""

    timestamp: datetime
    sequence: int
    task_run_id: str | None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries of an execution are wanted; all of them by default.

    Attributes:
        task_run_id: Empty for what is of the execution itself.
        attempt: Number of the attempt, from 0.
        text: Stands somewhere in the message; upper and lower case are the same.
    """

    min_level: LogLevel | None = None
    task_run_id: str | None = None
    task_id: str | None = None
    text: str | None = None
    attempt: int | None = None

    def fits(self, entry: LogEntry) -> bool:
        """Whether an entry is wanted."""
        return (
            (self.min_level is None or entry.level.rank >= self.min_level.rank)
            and self.task_run_id in (None, entry.task_run_id or "")
            and self.task_id in (None, entry.task_id)
            and self.attempt in (None, entry.attempt_number)
            and (self.text is None or self.text.lower() in entry.message.lower())
        )


ALL_LOGS = LogFilter()
"""Every entry of an execution."""


@dataclass(frozen=True, slots=True)
class LogPages:
    """How the log of an execution is cut into pages.

    Attributes:
        total: Number of entries.
        ends: Places of the last entries of all pages; the last is that of the log.
        warnings: Number of entries of level WARN up to each of these places.
        errors: The same for ERROR.
    """

    total: int
    ends: Sequence[LogPlace]
    warnings: Sequence[int]
    errors: Sequence[int]


@dataclass(frozen=True, slots=True)
class LogShare:
    """What of the log of an execution is of one task run.

    Attributes:
        task_run_id: None for what is of the execution itself.
        total: Number of entries, of which some are warnings and errors.
    """

    task_run_id: str | None
    task_id: str | None
    total: int
    warnings: int
    errors: int


class Logs(EntryTable[LogEntry]):
    """The log entries of all executions."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, LOG_SEARCH, _entry, "logs", _COLUMNS, log_row)

    async def pages(self, execution_id: str, wanted: LogFilter, size: int) -> LogPages:
        """Return where pages of ``size`` entries end, so that any can be read by its place."""
        rows = await self._database.fetch(
            _SQL["pages_of_logs"], *_narrowed(execution_id, wanted), size
        )
        ends = [
            LogPlace(row["timestamp"], row["sequence"], row["task_run_id"] or None) for row in rows
        ]
        return LogPages(
            rows[-1]["number"] if rows else 0,
            ends,
            [row["warnings"] for row in rows],
            [row["errors"] for row in rows],
        )

    async def task_runs(self, execution_id: str, wanted: LogFilter) -> Sequence[LogShare]:
        """Return the shares of task runs that have entries, by their first entry."""
        rows = await self._database.fetch(
            _SQL["task_runs_of_logs"], *_narrowed(execution_id, wanted)
        )
        return [
            LogShare(
                row["task_run_id"] or None,
                row["task_id"],
                row["total"],
                row["warnings"],
                row["errors"],
            )
            for row in rows
        ]

    async def list(
        self,
        execution_id: str,
        wanted: LogFilter = ALL_LOGS,
        *,
        after: LogEntry | LogPlace | None = None,
        limit: int | None = None,
    ) -> list[LogEntry]:
        """Return an execution's entries by time, then sequence.

        Args:
            after: The last entry of the page before, or its place.
            limit: Most entries returned; None for all.
        """
        rows = await self._database.fetch(
            _SQL["list_logs"],
            *_narrowed(execution_id, wanted),
            after.timestamp if after else None,
            after.sequence if after else None,
            (after.task_run_id or "") if after else None,
            limit,
        )
        return [_entry(row) for row in rows]

    async def delete(self, execution_id: str, wanted: LogFilter = ALL_LOGS) -> int:
        """Remove the entries of an execution that fit; return how many."""
        return await self._database.execute(_SQL["delete_logs"], *_narrowed(execution_id, wanted))

    async def delete_of_flow(
        self, namespace: str, flow_id: str, trigger_id: str | None = None
    ) -> int:
        """Remove the entries of a flow, or of one of its triggers; return how many."""
        return await self._database.execute(
            _SQL["delete_flow_logs"], namespace, flow_id, trigger_id
        )


def log_row(entry: LogEntry) -> tuple[Any, ...]:
    """Return an entry as a row of ``logs``."""
    return (
        entry.execution_id,
        entry.timestamp,
        entry.sequence,
        entry.task_run_id or "",
        entry.namespace,
        entry.flow_id,
        entry.task_id,
        entry.attempt_number,
        entry.trigger_id,
        entry.level.value,
        storable_text(entry.thread),
        storable_text(entry.message),
    )


def _entry(row: Any) -> LogEntry:
    return LogEntry(
        execution_id=row["execution_id"],
        namespace=row["namespace"],
        flow_id=row["flow_id"],
        timestamp=row["timestamp"],
        level=LogLevel(row["level"]),
        message=row["message"],
        sequence=row["sequence"],
        task_id=row["task_id"],
        task_run_id=row["task_run_id"] or None,
        attempt_number=row["attempt_number"],
        trigger_id=row["trigger_id"],
        thread=row["thread"],
    )


def _narrowed(execution_id: str, wanted: LogFilter) -> tuple[Any, ...]:
    rank = wanted.min_level.rank if wanted.min_level else 0
    return (
        execution_id,
        [level.value for level in _LEVELS if level.rank >= rank],
        wanted.task_run_id,
        wanted.task_id,
        wanted.attempt,
        storable_text(wanted.text) if wanted.text else None,
    )
