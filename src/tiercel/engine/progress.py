"""What happens next at a parent: further children, its error handling, its end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tiercel.engine.attempts import INLINE
from tiercel.engine.ending import after_execution, finish
from tiercel.engine.flowables.base import FlowableFailedError
from tiercel.engine.outcome import guessed_state
from tiercel.engine.pausing import STANDING_STILL, first_paused
from tiercel.engine.plan import PAUSE
from tiercel.engine.scope import Scope
from tiercel.engine.starting import fail, launch
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun


def settle(turn: Turn) -> None:
    """Carry the execution on until nothing more can be decided without news."""
    while turn.visits or turn.launches:
        _leave_retrying(turn)
        if turn.execution_state in STANDING_STILL:
            # whoever lets it go on looks at everything again
            _pause_others(turn)
        elif turn.launches:
            launch(turn, turn.launches.popleft())
        else:
            visit(turn, *turn.visits.popleft())
    _leave_retrying(turn)


def _pause_others(turn: Turn) -> None:
    """Start nothing more but pauses: all that begin together wait together."""
    visits, turn.visits = turn.visits, deque()
    if turn.execution_state is not StateType.PAUSED or first_paused(turn) is None:
        turn.launches.clear()
        return
    for parent_id, _ in visits:
        if parent_id is not None and not turn.state.children(parent_id).ids:
            visit(turn, parent_id, None)
    others, turn.launches = turn.launches, deque()
    for task_run_id in others:
        task_run = turn.state.find(task_run_id)
        if task_run is not None and turn.task(task_run).behavior == PAUSE:
            launch(turn, task_run_id)


def _leave_retrying(turn: Turn) -> None:
    if turn.execution_state is StateType.RETRYING and not turn.state.is_retrying:
        turn.move_execution(StateType.RUNNING)


def visit(turn: Turn, parent_id: str | None, finished_id: str | None) -> None:
    """Look at one parent, because one child ended (or anything may have happened)."""
    if parent_id is None:
        _visit_flow(turn)
        return
    parent = turn.state.find(parent_id)
    if parent is None or parent.state.is_terminal or turn.is_at_work(parent):
        return
    closing = StateType.KILLED if turn.is_killing else turn.exit_state
    if closing is not None:
        if not turn.state.children(parent_id).open:
            turn.end(parent, closing)
    elif parent.state.current is StateType.RUNNING and parent_id not in turn.state.answers:
        finished = turn.state.find(finished_id) if finished_id is not None else None
        _visit_flowable(turn, parent, finished)


def _visit_flow(turn: Turn) -> None:
    if turn.state.execution.state.is_terminal:
        after_execution(turn)
    elif turn.is_killing or turn.exit_state is not None:
        if not turn.state.has_open:
            finish(turn, turn.exit_state or StateType.KILLED)
    else:
        scope = Scope(turn, None)
        if _carry_on(scope, None) and not scope.children.open:
            finish(turn, guessed_state(scope.main_tally))


def _visit_flowable(turn: Turn, parent: TaskRun, finished: TaskRun | None) -> None:
    scope = Scope(turn, parent)
    try:
        if not _carry_on(scope, finished):
            return
    except FlowableFailedError as error:
        _end_children(turn, parent, StateType.FAILED)
        fail(turn, scope.run, error)
        return
    state = StateType.FAILED if _failed_by_itself(scope) else guessed_state(scope.main_tally)
    final = scope.behavior.final_state(scope, state)
    _end_children(turn, parent, state)
    turn.end(scope.run, final, outputs=scope.behavior.final_outputs(scope))


def _failed_by_itself(scope: Scope) -> bool:
    return scope.has_failed and not scope.is_killed


def _end_children(turn: Turn, parent: TaskRun, state: StateType) -> None:
    for child_id in list(turn.state.children(parent.id).open):
        turn.force(turn.state.task_run(child_id), state)


def _waits_for_open(scope: Scope) -> bool:
    """Whether what is still open under a parent that failed is to end by itself.

    Inline tasks are: their answers are on the way, and one of them is no later than another.
    """
    if scope.behavior.waits_for_open or scope.parent is None:
        return True
    turn = scope.turn
    return any(
        turn.is_pending(turn.state.task_run(child_id), INLINE) for child_id in scope.children.open
    )


def _carry_on(scope: Scope, finished: TaskRun | None) -> bool:
    """Create what runs next under a parent; return True when the parent is through."""
    over = scope.has_failed or scope.is_killed
    if over and scope.main_tally.open and _waits_for_open(scope):
        return False
    if not over:
        for planned in scope.behavior.next_children(scope, finished):
            scope.turn.create(
                planned.task, scope.parent, value=planned.value, iteration=planned.iteration
            )
        if not scope.behavior.is_complete(scope) or not scope.behavior.may_end(scope):
            return False
    branch = scope.handling_branch()
    if branch is None:
        return True
    tasks, tally = scope.branch(branch), scope.children.tally(branch)
    if tally.open == 0:
        iteration = scope.behavior.iteration(scope)
        scope.turn.create(tasks[tally.created], scope.parent, iteration=iteration)
    return False
