"""What news about attempts does: started, ended, lost workers, retries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.directories import end_directory
from tiercel.engine.effects import Dispatch, RunInline, StartRetry, StopAttempt, StopExecution
from tiercel.engine.ending import finish
from tiercel.engine.killing import kill
from tiercel.engine.outcome import mapped_state
from tiercel.engine.plan import MAIN, SUBFLOW, UPDATES_EXECUTION, WORKING_DIRECTORY
from tiercel.engine.retries import attempts_made, next_attempt_date, next_date
from tiercel.model.execution import Attempt, TaskRun, merge_labels
from tiercel.model.news import KillRequested
from tiercel.model.state import State, StateType
from tiercel.model.task import RetryBehavior

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.news import AttemptEnded, AttemptStarted, InlineEnded
    from tiercel.model.task import Retry

_BEGUN_AND_ENDED = 3
"""Entries in the history of an attempt that was CREATED, RUNNING and is over."""

INLINE = "inline"
SLEEP = "sleep"
RETRY = "retry"


def dispatch(turn: Turn, task_run: TaskRun) -> None:
    """Give a task run to the workers; it stays CREATED until one of them starts."""
    inner = turn.task(task_run).behavior == WORKING_DIRECTORY
    attempt = Attempt(id=turn.ids(), state=State.created(turn.now), inner=inner)
    turn.put(replace(task_run, attempts=(*task_run.attempts, attempt)))
    turn.effect(Dispatch(task_run.id, attempt.id))


def run_inline(turn: Turn, task_run: TaskRun) -> None:
    """Start an attempt that the executor runs within this step."""
    attempt = Attempt(id=turn.ids(), state=State.created(turn.now))
    state = task_run.state
    if turn.task(task_run).behavior != UPDATES_EXECUTION:
        attempt = replace(attempt, state=attempt.state.to(StateType.RUNNING, turn.now))
        state = state.to(StateType.RUNNING, turn.fitting(state))
    running = replace(task_run, state=state, attempts=(*task_run.attempts, attempt))
    turn.put(running, shown=StateType.CREATED)
    turn.ask(RunInline(task_run.id, attempt.id), task_run.id, INLINE)


def attempt_started(turn: Turn, news: AttemptStarted) -> None:
    """A worker runs the attempt; a second one with a higher token took over from a lost one."""
    task_run = turn.state.find(news.task_run_id)
    attempt = _attempt(task_run, news.attempt_id)
    if task_run is None or attempt is None or attempt.state.is_terminal:
        # whoever runs an attempt that is over or unknown must not go on
        turn.effect(StopAttempt(news.task_run_id, news.attempt_id))
    elif news.token > attempt.token or attempt.state.current is StateType.CREATED:
        _begin(turn, task_run, news.token, news.worker_id, news.date)


def open_attempt(turn: Turn, task_run_id: str, attempt_id: str) -> TaskRun | None:
    """Return the task run if this is its last attempt and it is not over."""
    task_run = turn.state.find(task_run_id)
    attempt = _attempt(task_run, attempt_id)
    return None if attempt is None or attempt.state.is_terminal else task_run


def _attempt(task_run: TaskRun | None, attempt_id: str) -> Attempt | None:
    """Return the last attempt of a task run if it has this id."""
    if task_run is None or not task_run.attempts or task_run.attempts[-1].id != attempt_id:
        return None
    return task_run.attempts[-1]


def _begin(turn: Turn, task_run: TaskRun, token: int, worker_id: str, date: datetime) -> TaskRun:
    """Let the last attempt be run by a worker, as a new try when another worker had it before."""
    attempt = task_run.attempts[-1]
    date = turn.fitting(task_run.state, max(date, attempt.state.last_date))
    if attempt.state.current is StateType.CREATED:
        state = attempt.state.to(StateType.RUNNING, date)
        tries = [replace(attempt, state=state, token=token, worker_id=worker_id)]
    else:
        lost = replace(attempt, state=attempt.state.to(StateType.RESUBMITTED, date))
        state = State.of((StateType.CREATED, date), (StateType.RUNNING, date))
        tries = [lost, replace(attempt, state=state, token=token, worker_id=worker_id)]
        for child_id in list(turn.state.children(task_run.id).ids):
            # the job of a WorkingDirectory is done again as a whole
            turn.remove(child_id)
    attempts = (*task_run.attempts[:-1], *tries)
    return turn.move(task_run, StateType.RUNNING, date, attempts=attempts)


def attempt_ended(turn: Turn, news: AttemptEnded) -> None:
    """A worker is done; news of a worker that was replaced meanwhile is dropped."""
    task_run = turn.state.find(news.task_run_id)
    attempt = _attempt(task_run, news.attempt_id)
    if task_run is None or attempt is None or attempt.state.is_terminal:
        return
    if news.token < attempt.token or not news.state.is_terminal:
        return
    if attempt.state.current is StateType.CREATED or news.token > attempt.token:
        task_run = _begin(turn, task_run, news.token, news.worker_id, news.started)
    if turn.task(task_run).behavior == WORKING_DIRECTORY:
        end_directory(turn, task_run, news)
    else:
        finish_attempt(
            turn, task_run, news.state, news.date, news.outputs, news.log_file, news.error
        )


def inline_ended(turn: Turn, news: InlineEnded) -> None:
    """The executor ran an inline attempt, to its end or up to a wait."""
    task_run = turn.state.find(news.task_run_id)
    attempt = _attempt(task_run, news.attempt_id)
    if task_run is None or attempt is None or not turn.take_pending(task_run.id, INLINE):
        return
    if news.labels:
        labels = merge_labels(turn.state.execution.labels, news.labels)
        turn.update_execution(labels=labels)
    if news.variables is not None:
        turn.update_execution(variables={**turn.state.execution.variables, **news.variables})
    if news.exit is not None:
        _exit(turn, task_run, news.exit, kills_children=news.kills_children)
    elif news.state is StateType.RUNNING and news.wait_until is not None:
        attempts = (*task_run.attempts[:-1], replace(attempt, log_file=news.log_file))
        turn.put(replace(task_run, outputs=news.outputs, attempts=attempts))
        turn.timer(task_run, SLEEP, news.wait_until)
        if _is_beside_a_failure(turn, task_run):
            # that waited for the answer of this one
            turn.visits.append((task_run.parent_id, None))
    else:
        updates = turn.task(task_run).behavior == UPDATES_EXECUTION
        outputs = None if updates else news.outputs
        finish_attempt(turn, task_run, news.state, turn.now, outputs, news.log_file, news.error)


def _is_beside_a_failure(turn: Turn, task_run: TaskRun) -> bool:
    branch = turn.plan.places[task_run.task_id].branch
    return turn.state.children(task_run.parent_id).tally(branch).has(StateType.FAILED)


def _exit(turn: Turn, task_run: TaskRun, to: StateType, *, kills_children: bool) -> None:
    """End the execution with a task of it, and what is around that in the same state.

    Nothing new starts; what is at work beside the task is waited for. A failure is handled as any
    other; after the end of the execution only the task run ends.
    """
    if to in (StateType.FAILED, StateType.KILLED) or turn.execution_state.is_terminal:
        finish_attempt(turn, task_run, to, turn.now, {})
        if to is StateType.KILLED:
            kill(turn, KillRequested(spares_children=not kills_children))
            if kills_children:
                # also those that nobody waits for
                turn.effect(StopExecution(turn.state.execution.id))
        return
    turn.launches.clear()
    turn.move_execution(StateType.RUNNING)
    metadata = turn.state.execution.metadata
    turn.update_execution(metadata=replace(metadata, exit=metadata.exit or to))
    around = {ancestor.id for ancestor in turn.state.ancestors(task_run)}
    turn.end(task_run, to, outputs={})
    for other in reversed(turn.state.open_task_runs()):
        if turn.state.children(other.id).open or _is_begun(turn, other):
            continue
        turn.end(other, to if other.id in around else StateType.KILLED)
    turn.visits.append((None, None))


def _is_begun(turn: Turn, task_run: TaskRun) -> bool:
    """Whether an attempt at a task run, or at the WorkingDirectory it is in, is under way."""
    return any(
        run.attempts and run.attempts[-1].state.current is StateType.RUNNING
        for run in (task_run, *turn.state.ancestors(task_run))
    )


def sleep_over(turn: Turn, task_run: TaskRun) -> None:
    """An inline task has waited long enough."""
    if task_run.state.current is StateType.RUNNING:
        outputs = task_run.outputs or {}
        finish_attempt(turn, task_run, StateType.SUCCESS, turn.now, outputs)


def retry_due(turn: Turn, task_run: TaskRun) -> None:
    """The delay before another attempt is over."""
    if task_run.state.current is StateType.RETRYING:
        turn.move(task_run, StateType.CREATED)
        turn.launches.append(task_run.id)
        if turn.execution_state is StateType.RETRYING:
            turn.move_execution(StateType.RUNNING)


def finish_attempt(
    turn: Turn,
    task_run: TaskRun,
    state: StateType,
    date: datetime,
    outputs: dict[str, object] | None,
    log_file: str | None = None,
    error: str | None = None,
) -> None:
    """End the last attempt of a task run, and the task run with it unless it is to be tried
    again."""
    attempt = task_run.attempts[-1]
    date = turn.fitting(task_run.state, max(date, attempt.state.last_date))
    if turn.is_killing and state is StateType.FAILED:
        state = StateType.KILLED
    ended = replace(
        attempt,
        state=attempt.state.to(state, date),
        log_file=log_file or attempt.log_file,
        error=error if state is StateType.FAILED else None,
    )
    task_run = replace(task_run, attempts=(*task_run.attempts[:-1], ended), outputs=outputs)
    if state is StateType.FAILED and turn.exit_state is None and _retry(turn, task_run, date):
        return
    final = _final_state(turn, task_run, state)
    if final is not state and turn.task(task_run).behavior == SUBFLOW:
        task_run = _shown_as_ended(task_run, final, date)
    turn.move(task_run, final, date, attempts=task_run.attempts)


def _shown_as_ended(task_run: TaskRun, final: StateType, date: datetime) -> TaskRun:
    """Return a Subflow's task run as histories of the format have it: the state of the other
    execution comes before the one that is made of it, on the attempt too."""
    attempt = task_run.attempts[-1]
    if len(attempt.state.histories) < _BEGUN_AND_ENDED:
        return task_run  # there is no other execution
    shown = replace(attempt, state=attempt.state.to(final, date))
    state = task_run.state.to(attempt.state.current, date)
    return replace(task_run, state=state, attempts=(*task_run.attempts[:-1], shown))


def _final_state(turn: Turn, task_run: TaskRun, state: StateType) -> StateType:
    retry = turn.plan.retry(task_run.task_id)
    if (
        state is StateType.SUCCESS
        and retry is not None
        and retry.warning_on_retry
        and attempts_made(task_run) > 1
    ):
        state = StateType.WARNING
    if turn.is_killing:
        return state
    return mapped_state(turn.task(task_run), state)


def _retry(turn: Turn, task_run: TaskRun, date: datetime) -> bool:
    """Put a failed task run off to its next attempt; return False when there is none."""
    retry = turn.plan.retry(task_run.task_id)
    if retry is None:
        return False
    if retry.behavior is RetryBehavior.CREATE_NEW_EXECUTION:
        return _retry_as_new_execution(turn, task_run, retry, date)
    due = next_attempt_date(retry, task_run)
    if due is None:
        return False
    failed = task_run.state.to(StateType.FAILED, date)
    waiting = replace(task_run, state=failed.to(StateType.RETRYING, turn.fitting(failed)))
    turn.put(waiting)
    turn.timer(waiting, RETRY, due)
    if turn.execution_state is StateType.RUNNING:
        if _shows_failure(turn, task_run):
            turn.move_execution(StateType.FAILED)
        turn.move_execution(StateType.RETRYING)
    return True


def _shows_failure(turn: Turn, task_run: TaskRun) -> bool:
    """Whether the execution shows FAILED before it waits for a retry.

    Histories of the format have it for tasks of the flow itself with a retry of their own.
    """
    place, task = turn.plan.places[task_run.task_id], turn.task(task_run)
    return task_run.parent_id is None and place.branch == MAIN and task.retry is not None


def _retry_as_new_execution(turn: Turn, task_run: TaskRun, retry: Retry, date: datetime) -> bool:
    """Give this execution up for a new one, unless its limits are reached or it is final
    already."""
    execution = turn.state.execution
    if execution.state.is_terminal:
        return False
    due = next_date(
        retry,
        made=execution.metadata.attempt_number,
        first=execution.metadata.original_created_date or execution.state.start_date,
        last=date,
        seed=execution.original_id,
    )
    if due is None:
        return False
    failed = task_run.state.to(StateType.FAILED, date)
    turn.put(replace(task_run, state=failed.to(StateType.RETRIED, turn.fitting(failed))))
    around = {ancestor.id for ancestor in turn.state.ancestors(task_run)}
    for other in reversed(turn.state.open_task_runs()):
        turn.end(other, StateType.RETRIED if other.id in around else StateType.KILLED)
    turn.launches.clear()
    turn.effect(StartRetry(due))
    finish(turn, StateType.RETRIED, with_outputs=False)
    return True
