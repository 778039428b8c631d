"""The start of an execution: its date, a free slot, its SLAs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.effects import CountRunning, SetTimer
from tiercel.engine.killing import end_now
from tiercel.engine.pausing import resume_all
from tiercel.engine.sla import watch_durations
from tiercel.engine.turn import EXECUTION
from tiercel.model.flow import ConcurrencyBehavior
from tiercel.model.news import Created
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.news import RunningCounted

_SLOT = "slot"


def created(turn: Turn, _news: Created) -> None:
    """Start the execution, or wait for its date or for a slot; a replay goes on where it stands."""
    execution = turn.state.execution
    _keep_templates(turn)
    if turn.execution_state is StateType.RESTARTED:
        begin_again(turn)
        return
    if turn.execution_state is not StateType.CREATED or EXECUTION in turn.state.pending:
        return
    if execution.schedule_date is not None and execution.schedule_date > turn.now:
        turn.effect(SetTimer(execution.schedule_date, Created()))
    elif turn.flow.concurrency is not None:
        turn.ask(CountRunning(), EXECUTION, _SLOT)
    else:
        _begin(turn)


def _keep_templates(turn: Turn) -> None:
    """Note the revisions of the templates in the flow: the execution runs these to its end."""
    metadata = turn.state.execution.metadata
    if dict(turn.flow.templates) != metadata.templates:
        metadata = replace(metadata, templates=dict(turn.flow.templates))
        turn.update_execution(metadata=metadata)


def begin_again(turn: Turn) -> None:
    """Let a RESTARTED execution go on where it stands, once it has a slot."""
    if turn.flow.concurrency is None:
        turn.move_execution(StateType.RUNNING)
        resume_all(turn)
    elif EXECUTION not in turn.state.pending:
        turn.ask(CountRunning(), EXECUTION, _SLOT)


def _begin(turn: Turn) -> None:
    watch_durations(turn)
    turn.visits.append((None, None))


def running_counted(turn: Turn, news: RunningCounted) -> None:
    """Take a slot if there is one, else do what the flow says."""
    concurrency = turn.flow.concurrency
    if not turn.take_pending(EXECUTION, _SLOT) or not turn.execution_state.is_created:
        return
    if concurrency is None or news.count < concurrency.limit:
        is_fresh = turn.execution_state is StateType.CREATED
        turn.move_execution(StateType.RUNNING)
        _begin(turn) if is_fresh else resume_all(turn)
    elif concurrency.behavior is ConcurrencyBehavior.QUEUE:
        message = "Flow is queued due to concurrency limit exceeded"
        turn.log(LogLevel.INFO, f"{message}, {news.count} running(s)")
        turn.move_execution(StateType.QUEUED)
    elif concurrency.behavior is ConcurrencyBehavior.CANCEL:
        end_now(turn, StateType.CANCELLED, with_outputs=False)
    else:
        turn.log(LogLevel.ERROR, "Flow is FAILED due to concurrency limit exceeded")
        end_now(turn, StateType.FAILED, with_outputs=False)
