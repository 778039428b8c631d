"""News of executions that task runs of this one started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.attempts import finish_attempt, open_attempt
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import (
        ExecutionEnded,
        ExecutionRefused,
        ExecutionsStarted,
        ExecutionStarted,
    )

UNDER_WAY = ("CREATED", "RUNNING")
"""What the count of a ForEachItem's executions shows of those that are not over."""

_WORST_FIRST = (StateType.FAILED, StateType.KILLED, StateType.WARNING)
_TRANSMITTED = frozenset({StateType.FAILED, StateType.PAUSED, StateType.KILLED, StateType.WARNING})


def execution_started(turn: Turn, news: ExecutionStarted) -> None:
    """The other execution is there; who does not wait for it is done."""
    task_run = open_attempt(turn, news.task_run_id, news.attempt_id)
    if task_run is None:
        return
    task_run = _running(turn, task_run, news.execution_id)
    if not (task_run.resolved or {}).get("wait", True):
        outputs = {**(task_run.outputs or {}), "state": news.state.value}
        finish_attempt(turn, task_run, StateType.SUCCESS, turn.now, outputs)


def _running(turn: Turn, task_run: TaskRun, execution_id: str) -> TaskRun:
    """Show that the other execution is there: it may be another one than was asked for, if
    restarted."""
    attempt = task_run.attempts[-1]
    state = attempt.state.to(StateType.RUNNING, turn.fitting(attempt.state))
    outputs = {"executionId": execution_id}
    if attempt.state is state and task_run.outputs == outputs:
        return task_run
    attempts = (*task_run.attempts[:-1], replace(attempt, state=state))
    return turn.put(replace(task_run, attempts=attempts, outputs=outputs))


def execution_refused(turn: Turn, news: ExecutionRefused) -> None:
    """The other execution could not be created."""
    task_run = open_attempt(turn, news.task_run_id, news.attempt_id)
    if task_run is not None:
        turn.log(LogLevel.ERROR, news.message, task_run)
        finish_attempt(turn, task_run, StateType.FAILED, turn.now, {}, error=news.message)


def execution_ended(turn: Turn, news: ExecutionEnded) -> None:
    """The other execution is over: its state and outputs become those of the attempt."""
    task_run = open_attempt(turn, news.task_run_id, news.attempt_id)
    if task_run is None:
        return
    if news.batch is not None:
        _batch_ended(turn, task_run, news.batch, news.state)
        return
    task_run = _running(turn, task_run, news.execution_id)
    outputs: dict[str, object] = {"executionId": news.execution_id, "state": news.state.value}
    state = StateType.SUCCESS
    if news.error is not None:
        message = f"Failed to extract outputs with the error: '{news.error}'"
        turn.log(LogLevel.WARN, message, task_run)
        state = StateType.FAILED
    elif news.outputs is not None:
        outputs["outputs"] = news.outputs
    if news.state in _TRANSMITTED and (task_run.resolved or {}).get("transmitFailed", True):
        state = news.state
    finish_attempt(turn, task_run, state, turn.now, outputs)


def executions_started(turn: Turn, news: ExecutionsStarted) -> None:
    """The executions of all batches are there; who does not wait for them is done."""
    task_run = open_attempt(turn, news.task_run_id, news.attempt_id)
    if task_run is None:
        return
    outputs: dict[str, object] = {"numberOfBatches": news.count}
    if not (task_run.resolved or {}).get("wait", True):
        outputs["iterations"] = {"SUCCESS": news.count, "RUNNING": 0}
        finish_attempt(turn, task_run, StateType.SUCCESS, turn.now, outputs)
        return
    if news.outputs_uri is not None:
        outputs["subflowOutputsBaseUri"] = news.outputs_uri
    ended = (task_run.outputs or {}).get("iterations", {})
    created = news.count - sum(ended.values())
    outputs["iterations"] = {"CREATED": created, "RUNNING": 0, **ended}
    resolved = {**(task_run.resolved or {}), "count": news.count}
    task_run = replace(task_run, iteration=news.count, outputs=outputs, resolved=resolved)
    _finish_batches(turn, turn.put(task_run))


def _batch_ended(turn: Turn, task_run: TaskRun, batch: int, state: StateType) -> None:
    remembered = task_run.resolved or {}
    ended = int(remembered.get("ended", "0"), 16)
    if ended >> batch & 1:
        return
    outputs = task_run.outputs or {}
    iterations = dict(outputs.get("iterations", {}))
    iterations[state.value] = iterations.get(state.value, 0) + 1
    if "CREATED" in iterations:
        iterations["CREATED"] -= 1
    resolved = {**remembered, "ended": f"{ended | 1 << batch:x}"}
    changed = replace(task_run, outputs={**outputs, "iterations": iterations}, resolved=resolved)
    _finish_batches(turn, turn.put(changed))


def _finish_batches(turn: Turn, task_run: TaskRun) -> None:
    """End the task run once all its executions are over: the worst of their states counts."""
    remembered, outputs = task_run.resolved or {}, task_run.outputs or {}
    iterations = outputs.get("iterations", {})
    ended = {state: number for state, number in iterations.items() if state not in UNDER_WAY}
    if "count" not in remembered or sum(ended.values()) < remembered["count"]:
        return
    state = StateType.SUCCESS
    if remembered.get("transmitFailed", True):
        state = next((worst for worst in _WORST_FIRST if ended.get(worst.value)), state)
    finish_attempt(turn, task_run, state, turn.now, outputs)
