"""Executions, task runs, flows, logs and metrics as the API shows them.

Null properties are left out, with the exceptions that clients rely on. Moments are UTC with
milliseconds, durations ISO-8601.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tiercel.model.durations import format_duration
from tiercel.model.execution import CORRELATION_LABEL

if TYPE_CHECKING:
    from tiercel.model.execution import Attempt, Breakpoint, Execution, Label, TaskRun
    from tiercel.model.job import LogEntry, MetricEntry
    from tiercel.model.state import State
    from tiercel.services.executions import Snapshot
    from tiercel.store import StoredFlow

_MILLISECOND = timedelta(milliseconds=1)
_REMEMBERED = 1 << 14
"""Texts of moments: task runs that are made or ended in one step have the same."""
_NOT_SHOWN = frozenset({"revision", "deleted", "disabled", "tenantId", "source"})


@lru_cache(_REMEMBERED)
def moment(value: datetime) -> str:
    """Return a moment in UTC, in milliseconds unless they are zero."""
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    text = utc.isoformat(timespec="milliseconds")[:23]
    return f"{text.removesuffix('.000')}Z"


@lru_cache(_REMEMBERED)
def length(value: timedelta) -> str:
    """Return a duration, in milliseconds."""
    return format_duration(value // _MILLISECOND * _MILLISECOND)


def state_json(state: State, now: datetime) -> dict[str, Any]:
    """Return a state with its histories; ``now`` counts for one that has only begun."""
    # plain texts: a map of such is nothing that the collector of garbage looks through
    histories = [
        {"state": str(entry.state), "date": moment(entry.date)} for entry in state.histories
    ]
    shown = {
        "current": histories[-1]["state"],
        "histories": histories,
        "duration": length(state.duration(now)),
        # told already: executions with many task runs are mostly moments
        "startDate": histories[0]["date"],
    }
    if state.end_date is not None:
        shown["endDate"] = histories[-1]["date"]
    return shown


def labels_json(labels: Iterable[Label]) -> list[dict[str, str]]:
    """Return labels as a list of keys and values."""
    return [{"key": label.key, "value": label.value} for label in labels]


def attempt_json(attempt: Attempt, now: datetime) -> dict[str, Any]:
    """Return one attempt of a task run."""
    shown: dict[str, Any] = {"state": state_json(attempt.state, now)}
    if attempt.log_file is not None:
        shown["logFile"] = attempt.log_file
    return shown


def task_run_json(task_run: TaskRun, execution: Execution, now: datetime) -> dict[str, Any]:
    """Return one task run; ``outputs`` is always there."""
    shown: dict[str, Any] = {
        "id": task_run.id,
        "executionId": task_run.execution_id,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "taskId": task_run.task_id,
    }
    if task_run.parent_id is not None:
        shown["parentTaskRunId"] = task_run.parent_id
    if task_run.value is not None:
        shown["value"] = task_run.value
    attempts = [attempt_json(item, now) for item in task_run.attempts if not item.inner]
    if attempts:
        shown["attempts"] = attempts
    shown["outputs"] = task_run.outputs
    shown["state"] = state_json(task_run.state, now)
    if task_run.iteration is not None:
        shown["iteration"] = task_run.iteration
    if task_run.items is not None:
        shown["items"] = task_run.items
    if task_run.dynamic:
        shown["dynamic"] = True
    return shown


def execution_json(
    execution: Execution, task_runs: Sequence[TaskRun], now: datetime
) -> dict[str, Any]:
    """Return an execution with its task runs; empty maps and lists of runs are left out."""
    shown: dict[str, Any] = {
        "id": execution.id,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "flowRevision": execution.flow_revision,
        "taskRunList": [task_run_json(task_run, execution, now) for task_run in task_runs],
        "inputs": execution.inputs,
        "outputs": execution.outputs,
        "labels": labels_json(sorted(execution.labels, key=_is_correlation)),
        "variables": execution.variables,
        "state": state_json(execution.state, now),
        "parentId": execution.parent_id,
        "originalId": execution.original_id,
        "trigger": _trigger_json(execution),
        "deleted": False,
        "metadata": _metadata_json(execution),
        "scheduleDate": execution.schedule_date and moment(execution.schedule_date),
        "kind": execution.kind,
        "breakpoints": [_breakpoint_json(item) for item in execution.breakpoints],
        "traceParent": execution.metadata.trace_parent,
    }
    may_be_empty = {"labels", "metadata", "deleted"}
    return {name: value for name, value in shown.items() if value or name in may_be_empty}


def _breakpoint_json(item: Breakpoint) -> dict[str, str]:
    return {"id": item.id} if item.value is None else {"id": item.id, "value": item.value}


def _is_correlation(label: Label) -> bool:
    return label.key == CORRELATION_LABEL


def snapshot_json(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """Return an execution as it was read."""
    return execution_json(snapshot.execution, snapshot.task_runs, now)


def _trigger_json(execution: Execution) -> dict[str, Any] | None:
    trigger = execution.trigger
    if trigger is None:
        return None
    shown: dict[str, Any] = {"id": trigger.id, "type": trigger.type, "variables": trigger.variables}
    return {**shown, "logFile": trigger.log_file} if trigger.log_file else shown


def _metadata_json(execution: Execution) -> dict[str, Any]:
    metadata = execution.metadata
    created = metadata.original_created_date or execution.state.start_date
    return {
        "attemptNumber": metadata.attempt_number,
        "originalCreatedDate": moment(created),
    }


def flow_json(flow: StoredFlow, *, source: bool = False) -> dict[str, Any]:
    """Return a flow as it is written, labels as a list and inputs with what they imply."""
    written = flow.definition
    shown: dict[str, Any] = {
        "id": flow.id,
        "namespace": flow.namespace,
        "revision": flow.revision,
    }
    if written.get("inputs"):
        shown["inputs"] = [input_json(item) for item in written["inputs"]]
    shown |= {"disabled": flow.disabled, "deleted": flow.deleted}
    if flow.description is not None:
        shown["description"] = flow.description
    if flow.labels:
        shown["labels"] = labels_json(flow.labels)
    for name, value in written.items():
        if name not in shown and name not in _NOT_SHOWN and name != "labels" and value is not None:
            shown[name] = value
    if source:
        shown["source"] = flow.source
    return shown


def input_json(item: Any) -> Any:
    """Return an input as it is written, with what it implies."""
    if not isinstance(item, Mapping):
        return item
    shown = {"required": True, **item}
    kind = item.get("type")
    if kind == "SELECT":
        shown = {"allowCustomValue": False, "isRadio": False, **shown}
    if kind == "FILE":
        shown = {"extension": ".upl", **shown}
    return shown


def log_json(entry: LogEntry) -> dict[str, Any]:
    """Return one log entry; ``attemptNumber`` is always there."""
    shown: dict[str, Any] = {"namespace": entry.namespace, "flowId": entry.flow_id}
    if entry.task_id is not None:
        shown["taskId"] = entry.task_id
    if entry.execution_id:
        shown["executionId"] = entry.execution_id
    if entry.task_run_id is not None:
        shown["taskRunId"] = entry.task_run_id
    shown["attemptNumber"] = entry.attempt_number
    if entry.trigger_id is not None:
        shown["triggerId"] = entry.trigger_id
    return shown | {
        "timestamp": moment(entry.timestamp),
        "level": entry.level.value,
        "thread": entry.thread,
        "message": entry.message,
        "deleted": False,
    }


def log_line(entry: LogEntry) -> str:
    """Return one log entry as text, without a line end."""
    return f"{moment(entry.timestamp)} {entry.level} {entry.message}"


def metric_json(entry: MetricEntry) -> dict[str, Any]:
    """Return one metric; timers are in milliseconds."""
    shown: dict[str, Any] = {
        "namespace": entry.namespace,
        "flowId": entry.flow_id,
        "taskId": entry.task_id,
        "executionId": entry.execution_id,
        "taskRunId": entry.task_run_id,
        "type": entry.type,
        "name": entry.name,
        "value": float(entry.value),
        "timestamp": moment(entry.timestamp),
    }
    if entry.tags is not None:
        shown["tags"] = entry.tags
    return {**shown, "deleted": False}
