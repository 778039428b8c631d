"""Standing still and going on: by hand, for a Pause task, between two rounds of a loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiercel.model.state import StateType
from tiercel.model.task import TaskKind

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import PauseRequested


STANDING_STILL = frozenset(
    {StateType.PAUSED, StateType.BREAKPOINT, StateType.QUEUED, StateType.RESTARTED}
)
"""States of an execution in which nothing new starts; RESTARTED while it asks for its slot."""


def pause_execution(turn: Turn, _news: PauseRequested) -> None:
    """Start nothing new until someone resumes the execution; running attempts end as they will."""
    if turn.is_finishing or turn.exit_state is not None:
        return
    if turn.execution_state in (StateType.RUNNING, StateType.RETRYING):
        turn.move_execution(StateType.PAUSED)


def pause(turn: Turn, task_run: TaskRun) -> None:
    """Put a task run, and the execution with it, into PAUSED.

    A final execution stays as it is, and so does one that stands at a breakpoint already.
    """
    turn.move(task_run, StateType.PAUSED)
    if not (turn.execution_state.is_terminal or turn.execution_state is StateType.BREAKPOINT):
        turn.move_execution(StateType.PAUSED)


def first_paused(turn: Turn) -> TaskRun | None:
    """Return the task run that was created first of those that are PAUSED."""
    return next(
        (run for run in turn.state.open_task_runs() if run.state.current is StateType.PAUSED), None
    )


def go_on(turn: Turn, *, restarted: bool = True) -> None:
    """Let a paused execution run again, unless another of its task runs is PAUSED.

    Args:
        turn: The turn at work.
        restarted: Whether the history shows RESTARTED on the way.
    """
    if turn.execution_state is StateType.PAUSED:
        if first_paused(turn) is not None:
            return
        if restarted:
            turn.move_execution(StateType.RESTARTED)
        turn.move_execution(StateType.RUNNING)
    resume_all(turn)


def resume_all(turn: Turn) -> None:
    """Take up everything that may have been left while the execution stood still."""
    for task_run in turn.state.open_task_runs():
        if turn.is_waiting(task_run):
            turn.launches.append(task_run.id)
        if turn.task(task_run).kind is TaskKind.FLOWABLE:
            turn.visits.append((task_run.id, None))
    turn.visits.append((None, None))
