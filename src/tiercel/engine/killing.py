"""Kill: nothing new starts, what has not begun ends at once, running attempts are stopped and
waited for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tiercel.engine.ending import finish
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import KillRequested

KILL = "kill"
_LONGEST_WAIT = timedelta(seconds=30)
"""How long a worker may take to report the end of a stopped attempt before it is taken for lost."""


def kill(turn: Turn, news: KillRequested) -> None:
    """Begin to kill the execution; a second request or one that comes after the end changes
    nothing."""
    if turn.execution_state.is_terminal or turn.is_killing or turn.is_finishing:
        return
    turn.move_execution(StateType.KILLING)
    turn.launches.clear()
    for task_run in reversed(turn.state.open_task_runs()):
        if news.spares_children and turn.is_started_elsewhere(task_run):
            turn.end(task_run, StateType.KILLED, cascades=False)
        elif turn.is_at_work(task_run):
            turn.stop(task_run)
            turn.timer(task_run, KILL, turn.now + _LONGEST_WAIT)
        elif not turn.state.children(task_run.id).open and not _waits_with_parent(turn, task_run):
            turn.end(task_run, StateType.KILLED)
    turn.visits.append((None, None))


def _waits_with_parent(turn: Turn, task_run: TaskRun) -> bool:
    """Whether a worker has the task run as a part of its parent's job."""
    parent = turn.state.find(task_run.parent_id) if task_run.parent_id is not None else None
    return parent is not None and turn.is_at_work(parent)


def kill_overdue(turn: Turn, task_run: TaskRun) -> None:
    """A stopped attempt was not reported in time: its worker is lost."""
    if turn.is_killing and not task_run.state.is_terminal:
        turn.force(task_run, StateType.KILLED)


def end_now(turn: Turn, to: StateType, *, with_outputs: bool = True, cascades: bool = True) -> None:
    """End the execution and all that is open in it at once; running attempts are stopped.

    Args:
        turn: The turn at work.
        to: The final state.
        with_outputs: False for an execution that never began: it has no outputs to render.
        cascades: False to let the executions go on that it started.
    """
    turn.launches.clear()
    for task_run in reversed(turn.state.open_task_runs()):
        turn.end(task_run, to, cascades=cascades)
    finish(turn, to, with_outputs=with_outputs)
