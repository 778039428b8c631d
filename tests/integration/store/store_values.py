"""Builders of executions, task runs, jobs and entries for tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tiercel.model.execution import Attempt, Execution, TaskRun
from tiercel.model.job import Job, LogEntry, MetricEntry
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel
from tiercel.store import Claim, StepResult

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=1)
SOON = timedelta(seconds=1)


def execution(key: str, *states: StateType, at: datetime = NOW, **fields: Any) -> Execution:
    """An execution that went through CREATED and ``states``, one second each."""
    steps = [(state, at + index * SOON) for index, state in enumerate((StateType.CREATED, *states))]
    values = {"namespace": "company.team", "flow_id": "load", "flow_revision": 1, **fields}
    return Execution(id=key, original_id=key, state=State.of(*steps), **values)


def task_run(execution_id: str, key: str, sequence: int = 0, **fields: Any) -> TaskRun:
    state = State.of((StateType.CREATED, NOW), (StateType.RUNNING, NOW + SOON))
    attempts = (Attempt(id=f"{key}-attempt", state=state),)
    return TaskRun(
        id=key,
        execution_id=execution_id,
        task_id="extract",
        sequence=sequence,
        state=state,
        attempts=attempts,
        **fields,
    )


def job(execution_id: str, attempt_id: str) -> Job:
    return Job(
        attempt_id=attempt_id,
        task_run_id="run",
        execution_id=execution_id,
        namespace="company.team",
        flow_id="load",
        flow_revision=1,
        task_id="extract",
        attempt_number=0,
        type="io.kestra.plugin.scripts.shell.Commands",
        properties={"commands": ["echo"]},
        variables={"zebra": 1, "ant": 2},
    )


def log(execution_id: str, message: str, sequence: int = 0, **fields: Any) -> LogEntry:
    values = {"timestamp": NOW, "level": LogLevel.INFO, **fields}
    return LogEntry(
        execution_id=execution_id,
        namespace="company.team",
        flow_id="load",
        message=message,
        sequence=sequence,
        **values,
    )


def metric(execution_id: str, name: str, value: float, **fields: Any) -> MetricEntry:
    values = {"task_id": "extract", "task_run_id": "run", "timestamp": NOW, **fields}
    return MetricEntry(
        execution_id=execution_id,
        namespace="company.team",
        flow_id="load",
        type="counter",
        name=name,
        value=value,
        **values,
    )


def result(claim: Claim, **fields: Any) -> StepResult:
    """A result that consumes the claim's news."""
    return StepResult(
        execution_id=claim.execution_id,
        version=claim.version,
        consumed=[item.id for item in claim.news],
        **fields,
    )
