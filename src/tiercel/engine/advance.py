"""The one decision function: news in, changes and effects out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tiercel.engine.attempts import (
    RETRY,
    SLEEP,
    attempt_ended,
    attempt_started,
    inline_ended,
    retry_due,
    sleep_over,
)
from tiercel.engine.directories import child_reported
from tiercel.engine.effects import Decision, SetTimer, StopAttempt
from tiercel.engine.ending import is_over, note_end, outputs_rendered
from tiercel.engine.killing import KILL, kill, kill_overdue
from tiercel.engine.pausing import first_paused, go_on, pause_execution
from tiercel.engine.progress import settle
from tiercel.engine.scope import Scope
from tiercel.engine.starting import rendered
from tiercel.engine.subflows import execution_ended, execution_refused, execution_started
from tiercel.engine.turn import Turn
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    ChildReported,
    Created,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionStarted,
    InlineEnded,
    KillRequested,
    News,
    OutputsRendered,
    PauseRequested,
    Rendered,
    ResumeRequested,
    TimerDue,
)
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.flow import Flow


def advance(
    flow: Flow,
    state: ExecutionState,
    news: Sequence[News],
    now: datetime,
    ids: Callable[[], str],
) -> Decision:
    """Take in news and carry the execution on as far as it goes without waiting.

    Pure but for ``state``, which is changed in place: the same arguments give the same decision.
    News that is late, repeated or out of order is dropped.

    Args:
        flow: The revision the execution runs.
        state: The execution; to be thrown away if the decision is not carried out.
        news: In the order they came. Answers to asks of the decision before come alone.
        now: The current moment, aware UTC.
        ids: Gives a fresh id at each call.
    """
    turn = Turn(flow, state, now, ids)
    was_over = is_over(turn.plan, state)
    for item in news:
        if was_over:
            _turn_away(turn, item)
        else:
            _HANDLERS[type(item)](turn, item)
            settle(turn)
    turn.drop_stale_asks()
    note_end(turn, was_over=was_over)
    return turn.decision


def _turn_away(turn: Turn, news: News) -> None:
    """The execution is over: all that is left is to stop whoever still works for it."""
    if isinstance(news, AttemptStarted):
        turn.effect(StopAttempt(news.task_run_id, news.attempt_id))


def _created(turn: Turn, _news: Created) -> None:
    """Start the execution, or wait for its date."""
    execution = turn.state.execution
    if execution.state.current is not StateType.CREATED:
        return
    if execution.schedule_date is not None and execution.schedule_date > turn.now:
        turn.effect(SetTimer(execution.schedule_date, Created()))
    else:
        turn.visits.append((None, None))


def _timer_due(turn: Turn, news: TimerDue) -> None:
    task_run = turn.state.find(news.task_run_id)
    if task_run is None or len(task_run.attempts) != news.attempts:
        return
    if news.purpose == KILL:
        kill_overdue(turn, task_run)
    elif task_run.state.is_terminal or turn.is_killing:
        return
    elif news.purpose == RETRY:
        retry_due(turn, task_run)
    elif news.purpose == SLEEP:
        sleep_over(turn, task_run)
    else:
        scope = Scope(turn, task_run)
        scope.behavior.timer_due(scope, news.purpose)


def _resume(turn: Turn, news: ResumeRequested) -> None:
    """Resume the task run that is meant, or an execution that was paused by hand."""
    task_run = turn.state.find(news.task_run_id) if news.task_run_id else first_paused(turn)
    if task_run is not None and task_run.state.current is StateType.PAUSED:
        scope = Scope(turn, task_run)
        scope.behavior.resume(scope, news)
    elif turn.execution_state is StateType.PAUSED and news.task_run_id is None:
        go_on(turn, restarted=False)


_HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    AttemptEnded: attempt_ended,
    AttemptStarted: attempt_started,
    ChildReported: child_reported,
    Created: _created,
    ExecutionEnded: execution_ended,
    ExecutionRefused: execution_refused,
    ExecutionStarted: execution_started,
    InlineEnded: inline_ended,
    KillRequested: lambda turn, _: kill(turn),
    OutputsRendered: outputs_rendered,
    PauseRequested: lambda turn, _: pause_execution(turn),
    Rendered: rendered,
    ResumeRequested: _resume,
    TimerDue: _timer_due,
}
