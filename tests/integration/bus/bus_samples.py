"""Small values for tests of the bus."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tiercel.model.job import Job, LogEntry
from tiercel.model.news import AttemptStarted, ExecutionNews
from tiercel.model.task import LogLevel

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def job(attempt_id: str, *, group: str = "default", **changes: Any) -> Job:
    """A job of attempt ``attempt_id``."""
    facts: dict[str, Any] = {
        "attempt_id": attempt_id,
        "task_run_id": f"run-{attempt_id}",
        "execution_id": "e1",
        "namespace": "company.team",
        "flow_id": "flow",
        "flow_revision": 1,
        "task_id": "task",
        "attempt_number": 0,
        "type": "test.Nothing",
        "properties": {},
        "variables": {},
        "worker_group": group,
    }
    return Job(**{**facts, **changes})


def started(execution_id: str, attempt_id: str = "a1") -> ExecutionNews:
    """News that an attempt started."""
    news = AttemptStarted(f"run-{attempt_id}", attempt_id, token=1, worker_id="w1", date=NOW)
    return ExecutionNews(execution_id, news)


def entry(execution_id: str, message: str, sequence: int = 0) -> LogEntry:
    """A log entry."""
    return LogEntry(
        execution_id=execution_id,
        namespace="company.team",
        flow_id="flow",
        timestamp=NOW,
        level=LogLevel.INFO,
        message=message,
        sequence=sequence,
        task_id="task",
        task_run_id="run-a1",
        attempt_number=0,
    )
