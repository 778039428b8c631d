"""Why an execution is not done yet, in one sentence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tiercel.engine.dates import instant_text
from tiercel.engine.ending import is_over
from tiercel.engine.plan import BATCHES, PAUSE, SUBFLOW, FlowPlan, plan_of
from tiercel.engine.retries import next_attempt_date
from tiercel.engine.subflows import UNDER_WAY
from tiercel.model.state import StateType
from tiercel.model.task import TaskKind

if TYPE_CHECKING:
    from datetime import datetime

    from tiercel.engine.state import ExecutionState
    from tiercel.model.execution import TaskRun
    from tiercel.model.flow import Flow


_AFTER = "Over but for what runs after it: "
_PREFIXES = {
    StateType.KILLING: "Being killed: ",
    **dict.fromkeys((state for state in StateType if state.is_terminal), _AFTER),
}


def waiting_reason(flow: Flow, state: ExecutionState) -> str | None:
    """Return in one sentence what the execution waits for; None when it is over.

    Who reads it knows more than the engine (which workers there are, who holds a slot) and may add
    it.
    """
    execution, plan = state.execution, plan_of(flow)
    current = execution.state.current
    if is_over(plan, state):
        return None
    if current is StateType.QUEUED:
        return f"Waits for {_slot(flow)} of flow {flow.namespace}.{flow.id}."
    if current is StateType.CREATED and execution.schedule_date is not None:
        return f"Waits for its scheduled start at {instant_text(execution.schedule_date)}."
    if current is StateType.CREATED:
        return "Waits for an executor to begin it."
    runs = [run for run in state.open_task_runs() if not _has_open(state, run)]
    # what makes the execution stand still comes before what runs beside it
    runs.sort(key=lambda run: run.state.current is not current)
    if current is StateType.PAUSED and (not runs or runs[0].state.current is not current):
        return "Paused by hand; waits for someone to resume it."
    known = [reason for reason in (_reason(plan, run) for run in runs) if reason]
    if not known:
        return "Waits for an executor to go on with it."
    more = f" ({len(known) - 1} more)" if len(known) > 1 else ""
    prefix = _PREFIXES.get(current, "")
    if execution.metadata.exit is not None and not prefix:
        prefix = f"Ends in {execution.metadata.exit}, but for what is at work: "
    return f"{prefix}{known[0]}{more}."


def _slot(flow: Flow) -> str:
    if flow.concurrency is None:
        return "a slot"
    limit = flow.concurrency.limit
    return "the slot" if limit == 1 else f"one of the {limit} slots"


def _has_open(state: ExecutionState, task_run: TaskRun) -> bool:
    return bool(state.children(task_run.id).open)


def _reason(plan: FlowPlan, task_run: TaskRun) -> str | None:
    task = plan.tasks.get(task_run.task_id)
    if task is None:
        return None
    name = task.id if task_run.value is None else f"{task.id}[{task_run.value}]"
    current = task_run.state.current
    if current is StateType.RETRYING:
        retry = plan.retry(task.id)
        due = next_attempt_date(retry, task_run) if retry is not None else None
        return f"Task {name} is tried again{_at(due)}"
    if current is StateType.BREAKPOINT:
        return f"Stands at the breakpoint before task {name}; waits for someone to resume it"
    if current is StateType.PAUSED:
        return f"Task {name} {_pause(task.behavior, task_run)}"
    if task.behavior == SUBFLOW:
        return f"Task {name} waits for execution {(task_run.outputs or {}).get('executionId')}"
    if task.behavior == BATCHES:
        return f"Task {name} waits for {_batches(task_run)}"
    if not task_run.attempts:
        return f"Task {name} has not begun" if task.kind is not TaskKind.FLOWABLE else None
    attempt = task_run.attempts[-1]
    if task.kind is TaskKind.INLINE and task.id not in plan.jobs:
        return f"Task {name} waits for its time to pass"
    if attempt.state.current is StateType.CREATED:
        group = f" of {task.worker_group.shown}" if task.worker_group else ""
        return f"Task {name} waits for a free worker{group}"
    return f"Task {name} runs on worker {attempt.worker_id}"


def _batches(task_run: TaskRun) -> str:
    iterations = (task_run.outputs or {}).get("iterations", {})
    left = sum(count for state, count in iterations.items() if state in UNDER_WAY)
    return f"{left} of the {task_run.iteration} executions it started" if left else "executions"


def _pause(behavior: str, task_run: TaskRun) -> str:
    remembered = task_run.resolved or {}
    since = task_run.state.last_date
    if behavior != PAUSE:
        return f"begins its next round{_at(since + timedelta(seconds=remembered['interval']))}"
    if "delay" in remembered:
        return f"goes on{_at(since + timedelta(seconds=remembered['delay']))}"
    until = ""
    if "timeout" in remembered:
        until = f", until {instant_text(since + timedelta(seconds=remembered['timeout']))}"
    return f"waits for someone to resume it{until}"


def _at(date: datetime | None) -> str:
    return f" at {instant_text(date)}" if date is not None else ""
