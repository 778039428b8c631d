"""The one decision function: news in, changes and effects out."""

from __future__ import annotations

from collections import deque
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
from tiercel.engine.beginning import created, running_counted
from tiercel.engine.breakpoints import resume_from_breakpoint
from tiercel.engine.directories import child_reported
from tiercel.engine.effects import Decision, SetTimer, StopAttempt
from tiercel.engine.ending import is_over, note_end, outputs_rendered
from tiercel.engine.killing import KILL, kill, kill_overdue
from tiercel.engine.operations import (
    change_execution_state,
    change_task_run_state,
    force_run,
    restart,
    resume,
    set_labels,
    unqueue,
)
from tiercel.engine.pausing import pause_execution, resume_all
from tiercel.engine.progress import settle
from tiercel.engine.scope import Scope
from tiercel.engine.sla import ask_assertions, duration_over
from tiercel.engine.starting import rendered
from tiercel.engine.subflows import (
    execution_ended,
    execution_refused,
    execution_started,
    executions_started,
)
from tiercel.engine.turn import Turn
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    BreakpointResumed,
    ChildReported,
    Continued,
    Created,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionsStarted,
    ExecutionStarted,
    ExecutionStateRequested,
    ForceRunRequested,
    InlineEnded,
    KillRequested,
    LabelsRequested,
    News,
    OutputsRendered,
    PauseRequested,
    Rendered,
    RestartRequested,
    ResumeRequested,
    RunningCounted,
    SlaDue,
    TaskRunStateRequested,
    TimerDue,
    UnqueueRequested,
)

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.flow import Flow


def advance(
    flow: Flow,
    state: ExecutionState,
    news: Sequence[News],
    now: datetime,
    ids: Callable[[], str],
    *,
    most_inline: int | None = None,
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
        most_inline: Start no more inline tasks than this in this call, so that a long row of them
            leaves room for other executions; what is left goes on with a timer that is due at once.
    """
    turn = Turn(flow, state, now, ids)
    turn.inline_left = most_inline
    turn.over = is_over(turn.plan, state)
    for item in news:
        if turn.over and type(item) not in _AFTER_THE_END:
            _turn_away(turn, item)
        else:
            _HANDLERS[type(item)](turn, item)
            settle(turn)
    if turn.put_off and not state.is_continued:
        state.is_continued = True
        turn.effect(SetTimer(now, Continued()))
    ask_assertions(turn)
    turn.drop_stale()
    note_end(turn)
    return turn.decision


def _turn_away(turn: Turn, news: News) -> None:
    """The execution is over: all that is left is to stop whoever still works for it."""
    if isinstance(news, AttemptStarted):
        turn.effect(StopAttempt(news.task_run_id, news.attempt_id))


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


def _continued(turn: Turn, _news: Continued) -> None:
    """Take up what a step left, as much of it as this one may do."""
    state = turn.state
    state.is_continued = False
    if state.put_off is None:
        state.put_off = deque()
        resume_all(turn)
        return
    count = len(state.put_off)
    if turn.inline_left is not None:
        count = min(count, turn.inline_left)
    turn.launches.extend(state.put_off.popleft() for _ in range(count))
    turn.put_off = bool(state.put_off)


_HANDLERS: Mapping[type, Callable[[Turn, Any], None]] = {
    AttemptEnded: attempt_ended,
    AttemptStarted: attempt_started,
    BreakpointResumed: resume_from_breakpoint,
    ChildReported: child_reported,
    Continued: _continued,
    Created: created,
    ExecutionEnded: execution_ended,
    ExecutionRefused: execution_refused,
    ExecutionsStarted: executions_started,
    ExecutionStarted: execution_started,
    ExecutionStateRequested: change_execution_state,
    ForceRunRequested: force_run,
    InlineEnded: inline_ended,
    KillRequested: kill,
    LabelsRequested: set_labels,
    OutputsRendered: outputs_rendered,
    PauseRequested: pause_execution,
    Rendered: rendered,
    RestartRequested: restart,
    ResumeRequested: resume,
    RunningCounted: running_counted,
    SlaDue: duration_over,
    TaskRunStateRequested: change_task_run_state,
    TimerDue: _timer_due,
    UnqueueRequested: unqueue,
}

_AFTER_THE_END = frozenset(
    {ExecutionStateRequested, LabelsRequested, RestartRequested, TaskRunStateRequested}
)
"""What may still be done to an execution that is over."""
