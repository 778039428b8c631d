"""WorkingDirectory: one job for several tasks, whose task runs the worker reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.outcome import mapped_state
from tiercel.model.execution import TaskRun
from tiercel.model.state import State, StateType

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.news import AttemptEnded, ChildReported


def child_reported(turn: Turn, news: ChildReported) -> None:
    """Note how a task inside a WorkingDirectory stands; what a replaced worker says is dropped."""
    parent = turn.state.find(news.task_run_id)
    if parent is None or not parent.attempts or news.task_id not in turn.plan.places:
        return
    attempt = parent.attempts[-1]
    if attempt.id != news.attempt_id or attempt.token != news.token or attempt.state.is_terminal:
        return
    child = turn.state.find(news.child_id) or _new_child(turn, parent, news)
    if child.state.is_terminal or child.parent_id != parent.id:
        return
    state = child.state
    if news.attempts:
        state = state.to(StateType.RUNNING, turn.fitting(state, news.attempts[0].state.start_date))
    final = news.state if turn.is_killing else mapped_state(turn.task(child), news.state)
    if final is not StateType.RUNNING:
        state = state.to(final, turn.fitting(state, news.date))
    outputs = news.outputs if state.is_terminal else child.outputs
    turn.put(replace(child, state=state, attempts=news.attempts, outputs=outputs))


def _new_child(turn: Turn, parent: TaskRun, news: ChildReported) -> TaskRun:
    return TaskRun(
        id=news.child_id,
        execution_id=parent.execution_id,
        task_id=news.task_id,
        sequence=turn.state.next_sequence,
        state=State.created(turn.fitting(parent.state, news.created)),
        parent_id=parent.id,
    )


def end_directory(turn: Turn, task_run: TaskRun, news: AttemptEnded) -> None:
    """The worker is done with the directory: its state is that of its children, or the worker's
    own failure.

    What comes behind it (``errors``, ``finally``) is run outside of the directory.
    """
    for report in news.children:
        child_reported(turn, report)
    for child_id in list(turn.state.children(task_run.id).open):
        turn.force(turn.state.task_run(child_id), news.state)
    attempt = task_run.attempts[-1]
    date = turn.fitting(task_run.state, max(news.date, attempt.state.last_date))
    ended = replace(attempt, state=attempt.state.to(news.state, date), log_file=news.log_file)
    task_run = replace(task_run, attempts=(*task_run.attempts[:-1], ended), outputs=news.outputs)
    if news.state is StateType.KILLED or turn.is_killing:
        turn.end(task_run, StateType.KILLED, date)
        return
    failed = {"failed": True} if news.state is StateType.FAILED else {}
    turn.put(replace(task_run, resolved={"done": True, **failed}))
    turn.visits.append((task_run.id, None))
