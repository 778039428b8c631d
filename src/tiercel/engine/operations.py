"""What people do to an execution: restart, change states, force, unqueue, label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.beginning import begin_again
from tiercel.engine.breakpoints import leave_breakpoint, resume_from_breakpoint
from tiercel.engine.killing import end_now
from tiercel.engine.pausing import first_paused, resume_all
from tiercel.engine.plan import AFTER, ERRORS, FINALLY, WORKING_DIRECTORY
from tiercel.engine.scope import Scope
from tiercel.engine.sla import watch_durations
from tiercel.model.execution import Label, TaskRun, merge_labels
from tiercel.model.news import BreakpointResumed, ResumeRequested
from tiercel.model.state import StateType
from tiercel.model.task import TaskKind

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.news import (
        ExecutionStateRequested,
        ForceRunRequested,
        LabelsRequested,
        RestartRequested,
        TaskRunStateRequested,
        UnqueueRequested,
    )

HANDLING = frozenset({ERRORS, FINALLY, AFTER})
_RESTARTABLE = frozenset({StateType.FAILED, StateType.PAUSED})
_AGAIN = _RESTARTABLE | {StateType.KILLED}
_GOOD = frozenset({StateType.SUCCESS, StateType.WARNING})
_RESTARTED_LABEL = Label("system.restarted", "true")


def restart(turn: Turn, _news: RestartRequested) -> None:
    """Run failed and paused task runs again; dropped is what handled the failure.

    Nothing happens unless the execution is final or PAUSED and something in it is FAILED or PAUSED.
    One that FAILED without a task run that did (no slot, outputs that can't be rendered) goes on
    where it stands.
    """
    if not (turn.execution_state.is_terminal or turn.execution_state is StateType.PAUSED):
        return
    failed = _unhandled(turn, [run for run in turn.state.task_runs if not _is_handling(turn, run)])
    is_failed = turn.execution_state is StateType.FAILED
    if not is_failed and not any(run.state.current in _RESTARTABLE for run in failed):
        return
    again = _with_ancestors(turn, failed)
    _drop_handling(turn, again)
    execution = turn.state.execution
    metadata = execution.metadata
    turn.update_execution(
        outputs=None,
        metadata=replace(metadata, attempt_number=metadata.attempt_number + 1),
        labels=merge_labels(execution.labels, (_RESTARTED_LABEL,)),
    )
    for task_run in again:
        if turn.state.find(task_run.id) is not None and not _is_under_way(turn, task_run):
            reopen(turn, task_run)
    _go_on(turn)


def _is_ending(turn: Turn) -> bool:
    """Whether it is decided that the execution ends, so that nothing new may start in it."""
    return turn.is_killing or turn.is_finishing or turn.exit_state is not None


def _is_under_way(turn: Turn, task_run: TaskRun) -> bool:
    """Whether a worker is at the task run, or at the WorkingDirectory it is in."""
    return any(
        run.attempts and not run.attempts[-1].state.is_terminal
        for run in (task_run, *turn.state.ancestors(task_run))
    )


def _unhandled(turn: Turn, task_runs: Iterable[TaskRun]) -> list[TaskRun]:
    """Return what failed, was killed or is PAUSED, without failures that something around them let
    pass.

    If there are only such failures, these are returned.
    """
    failed = [run for run in task_runs if run.state.current in _AGAIN]
    stayed = [
        run
        for run in failed
        if not any(ancestor.state.current in _GOOD for ancestor in turn.state.ancestors(run))
    ]
    return stayed if any(run.state.current in _RESTARTABLE for run in stayed) else failed


def _is_handling(turn: Turn, task_run: TaskRun) -> bool:
    """Whether a task run is part of ``errors``, ``finally`` or ``afterExecution``, at any level."""
    places = turn.plan.places
    return any(
        run.task_id in places and places[run.task_id].branch in HANDLING
        for run in (task_run, *turn.state.ancestors(task_run))
    )


def _branch(turn: Turn, task_run: TaskRun) -> str:
    place = turn.plan.places.get(task_run.task_id)
    return place.branch if place is not None else ""


def _drop_handling(turn: Turn, around: Iterable[TaskRun]) -> None:
    """Remove what ran after a failure or an end, of the flow and of the flowables ``around``."""
    parents = [None, *(run.id for run in around)]
    for parent_id in parents:
        for child_id in list(turn.state.children(parent_id).ids):
            place = turn.plan.places.get(turn.state.task_run(child_id).task_id)
            if place is not None and place.branch in HANDLING:
                turn.remove(child_id)


def _with_ancestors(turn: Turn, task_runs: Iterable[TaskRun]) -> list[TaskRun]:
    """Return task runs and all that is around them, parents before children."""
    chosen = {}
    for task_run in task_runs:
        for run in (task_run, *turn.state.ancestors(task_run)):
            chosen[run.id] = run
    return sorted(chosen.values(), key=lambda run: run.sequence)


def reopen(turn: Turn, task_run: TaskRun) -> None:
    """Run a task run again: a flowable goes on with its children, all else starts anew."""
    task = turn.task(task_run)
    failed_in_child = any(
        turn.state.task_run(child_id).state.current in _AGAIN
        or child_id in turn.state.children(task_run.id).open
        for child_id in turn.state.children(task_run.id).ids
    )
    goes_on = task.kind is TaskKind.FLOWABLE and task.behavior != WORKING_DIRECTORY
    if goes_on and (failed_in_child or task_run.state.current not in _AGAIN):
        go_on_with_children(turn, task_run)
        return
    for child_id in list(turn.state.children(task_run.id).ids):
        turn.remove(child_id)
    turn.move(task_run, StateType.RESTARTED, resolved=None)


def go_on_with_children(
    turn: Turn, task_run: TaskRun, kept: dict[str, object] | None = None
) -> None:
    """Let an ended flowable run on: what it had decided about its end is forgotten, unless kept.

    A WorkingDirectory is not run again, its worker stays done with it.
    """
    resolved: dict[str, object]
    if kept is not None:
        resolved = kept
    elif turn.task(task_run).behavior == WORKING_DIRECTORY:
        resolved = {"done": True}
    else:
        remembered = task_run.resolved or {}
        resolved = {k: v for k, v in remembered.items() if k not in ("failed", "done")}
    turn.move(task_run, StateType.RUNNING, resolved=resolved or None)


def change_task_run_state(turn: Turn, news: TaskRunStateRequested) -> None:
    """Give a task run and its last attempt another final state, and go on with what follows."""
    task_run = turn.state.find(news.task_run_id)
    if task_run is None or _is_ending(turn) or not news.state.is_terminal:
        return
    mended = turn.execution_state.is_terminal or news.state is not StateType.FAILED
    if mended and not _is_handling(turn, task_run):
        _drop_handling(turn, turn.state.ancestors(task_run))
    for child_id in list(turn.state.children(task_run.id).open):
        turn.force(turn.state.task_run(child_id), news.state)
    task_run = turn.end(task_run, news.state)
    if task_run.attempts:
        last = task_run.attempts[-1]
        moved = last.state.to(news.state, turn.fitting(last.state))
        turn.put(replace(task_run, attempts=(*task_run.attempts[:-1], replace(last, state=moved))))
    inner = task_run
    for ancestor in turn.state.ancestors(task_run):
        if ancestor.state.is_terminal:
            is_handling = _branch(turn, inner) in HANDLING
            # while it is handled, the failure or the end of a flowable is not taken back
            kept = ancestor.resolved if is_handling else None
            go_on_with_children(turn, ancestor, kept)
        inner = ancestor
    turn.update_execution(outputs=None)
    _go_on(turn)


def _go_on(turn: Turn) -> None:
    """Let the execution run again, unless something in it is still PAUSED."""
    turn.over = False
    state = turn.execution_state
    if state is StateType.BREAKPOINT:
        leave_breakpoint(turn)
        return
    if state is StateType.QUEUED or (state is StateType.PAUSED and first_paused(turn) is not None):
        return
    if state.is_terminal:
        turn.move_execution(StateType.RESTARTED)
        begin_again(turn)
        return
    if state is StateType.PAUSED:
        turn.move_execution(StateType.RESTARTED)
        turn.move_execution(StateType.RUNNING)
    resume_all(turn)


def change_execution_state(turn: Turn, news: ExecutionStateRequested) -> None:
    """Show another final state of an execution that is over."""
    if turn.over and news.state.is_terminal:
        turn.move_execution(news.state)


def force_run(turn: Turn, _news: ForceRunRequested) -> None:
    """Start, unqueue or resume; otherwise look at everything once more."""
    state = turn.execution_state
    if state.is_terminal or _is_ending(turn):
        return
    if state in (StateType.CREATED, StateType.QUEUED):
        turn.move_execution(StateType.RUNNING)
        watch_durations(turn)
    elif state is StateType.PAUSED:
        resume(turn, ResumeRequested())
    elif state is StateType.BREAKPOINT:
        resume_from_breakpoint(turn, BreakpointResumed())
    resume_all(turn)


def resume(turn: Turn, news: ResumeRequested) -> None:
    """Resume the task run that is meant, or an execution that was paused by hand."""
    task_run = turn.state.find(news.task_run_id) if news.task_run_id else first_paused(turn)
    if task_run is not None and task_run.state.current is StateType.PAUSED:
        scope = Scope(turn, task_run)
        scope.behavior.resume(scope, news)
    elif turn.execution_state is StateType.PAUSED and news.task_run_id is None:
        turn.move_execution(StateType.RUNNING)
        resume_all(turn)


def unqueue(turn: Turn, news: UnqueueRequested) -> None:
    """Take a QUEUED execution out of the queue."""
    if turn.execution_state is not StateType.QUEUED:
        return
    if news.state is StateType.RUNNING:
        turn.move_execution(StateType.RUNNING)
        watch_durations(turn)
        resume_all(turn)
    elif news.state.is_terminal:
        end_now(turn, news.state, with_outputs=False)


def set_labels(turn: Turn, news: LabelsRequested) -> None:
    """Merge labels over those that are there."""
    labels = merge_labels(turn.state.execution.labels, news.labels)
    if labels != turn.state.execution.labels:
        turn.update_execution(labels=labels)
