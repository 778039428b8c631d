"""Breakpoints: the execution stops before a task until someone lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiercel.engine.pausing import first_paused, resume_all
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import BreakpointResumed


def stopped_at(turn: Turn, task_run: TaskRun) -> bool:
    """Stop before a created task run if a breakpoint is set there; once for each task run."""
    execution = turn.state.execution
    if not execution.breakpoints or execution.state.is_terminal or turn.is_killing:
        return False
    hit = any(
        point.id == task_run.task_id and point.value in (None, task_run.value)
        for point in execution.breakpoints
    )
    if not hit or task_run.state.has_been({StateType.BREAKPOINT}):
        return False
    turn.move(task_run, StateType.BREAKPOINT)
    turn.move_execution(StateType.BREAKPOINT)
    return True


def resume_from_breakpoint(turn: Turn, news: BreakpointResumed) -> None:
    """Go on with everything that stands at a breakpoint; a Pause beside it still waits."""
    if turn.execution_state is not StateType.BREAKPOINT:
        return
    turn.update_execution(breakpoints=news.breakpoints)
    for task_run in turn.state.open_task_runs():
        if task_run.state.current is StateType.BREAKPOINT:
            turn.move(task_run, StateType.CREATED)
    leave_breakpoint(turn)


def leave_breakpoint(turn: Turn) -> None:
    """Let an execution go on that no task run holds at a breakpoint any more."""
    runs = turn.state.open_task_runs()
    if any(task_run.state.current is StateType.BREAKPOINT for task_run in runs):
        return
    is_paused = first_paused(turn) is not None
    turn.move_execution(StateType.PAUSED if is_paused else StateType.RUNNING)
    resume_all(turn)
