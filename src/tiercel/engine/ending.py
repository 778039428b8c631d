"""The end of an execution: outputs, final state, what runs after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.effects import Ended, RenderOutputs
from tiercel.engine.plan import AFTER
from tiercel.engine.turn import EXECUTION
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.engine.plan import FlowPlan
    from tiercel.engine.state import ExecutionState
    from tiercel.engine.turn import Turn
    from tiercel.model.news import OutputsRendered

_OUTPUTS = "outputs"


def is_over(plan: FlowPlan, state: ExecutionState) -> bool:
    """Whether nothing can happen to the execution any more: final, and all that runs after it
    too."""
    if not state.execution.state.is_terminal or state.has_open:
        return False
    if state.execution.state.current is StateType.RETRIED:
        return True
    return state.children(None).tally(AFTER).done >= len(plan.branch(None, AFTER))


def finish(turn: Turn, to: StateType, *, with_outputs: bool = True) -> None:
    """End the execution: first its outputs are rendered, then it takes its final state."""
    if turn.state.final_state is not None or turn.execution_state.is_terminal:
        return
    metadata = turn.state.execution.metadata
    if metadata.exit is not None:
        turn.update_execution(metadata=replace(metadata, exit=None))
    if turn.flow.outputs and with_outputs:
        turn.state.final_state = to
        turn.ask(RenderOutputs(), EXECUTION, _OUTPUTS)
    else:
        _take_final_state(turn, to)


def outputs_rendered(turn: Turn, news: OutputsRendered) -> None:
    """Take the flow's outputs; when they can't be rendered the execution is FAILED after all."""
    if not turn.take_pending(EXECUTION, _OUTPUTS):
        return
    to = turn.state.final_state or StateType.FAILED
    turn.state.final_state = None
    if news.error is None:
        turn.update_execution(outputs=news.outputs)
        _take_final_state(turn, to)
        return
    turn.log(LogLevel.ERROR, f"Failed to render output values: {news.error}")
    turn.move_execution(to)
    _take_final_state(turn, to if to is StateType.KILLED else StateType.FAILED)


def _take_final_state(turn: Turn, to: StateType) -> None:
    turn.state.pending.pop(EXECUTION, None)
    turn.move_execution(to)
    turn.visits.append((None, None))


def after_execution(turn: Turn) -> None:
    """Run the ``afterExecution`` tasks one after the other; then the execution is over."""
    if is_over(turn.plan, turn.state):
        return
    tally = turn.state.children(None).tally(AFTER)
    tasks = turn.plan.branch(None, AFTER)
    if tally.open == 0 and tally.created < len(tasks):
        turn.create(tasks[tally.created], None)


def note_end(turn: Turn) -> None:
    """Say once that the execution is over; timers that were set are void then."""
    if not turn.over and is_over(turn.plan, turn.state):
        turn.state.is_continued = False
        turn.effect(Ended())
