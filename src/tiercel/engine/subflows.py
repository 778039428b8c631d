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
    from tiercel.model.news import ExecutionEnded, ExecutionRefused, ExecutionStarted

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
        finish_attempt(turn, task_run, StateType.FAILED, turn.now, {})


def execution_ended(turn: Turn, news: ExecutionEnded) -> None:
    """The other execution is over: its state and outputs become those of the attempt."""
    task_run = open_attempt(turn, news.task_run_id, news.attempt_id)
    if task_run is None:
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
