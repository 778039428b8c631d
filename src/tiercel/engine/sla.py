"""SLAs: a longest duration, and assertions that must hold all the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tiercel.engine.effects import Render, SetTimer
from tiercel.engine.killing import end_now
from tiercel.engine.turn import EXECUTION
from tiercel.expressions import is_truthy
from tiercel.model.durations import format_duration, to_duration
from tiercel.model.execution import Label, merge_labels
from tiercel.model.news import SlaDue
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.news import Rendered

_PURPOSE = "sla/"
_ENDS_IN = {"FAIL": StateType.FAILED, "CANCEL": StateType.CANCELLED}


def _slas(turn: Turn, kind: str) -> Iterator[Mapping[str, Any]]:
    return (sla for sla in turn.flow.sla if sla.get("type") == kind)


def watch_durations(turn: Turn) -> None:
    """Set a timer for each longest duration."""
    for sla in _slas(turn, "MAX_DURATION"):
        due_at = turn.state.execution.state.start_date + to_duration(sla["duration"])
        turn.effect(SetTimer(due_at, SlaDue(sla["id"])))


def duration_over(turn: Turn, news: SlaDue) -> None:
    """The execution took longer than it may."""
    for sla in _slas(turn, "MAX_DURATION"):
        if sla["id"] == news.sla_id and not _is_ending(turn):
            taken = format_duration(turn.now - turn.state.execution.state.start_date)
            limit = format_duration(to_duration(sla["duration"]))
            _violated(
                turn, sla, f"execution duration of {taken} exceed the maximum duration of {limit}."
            )


def _is_ending(turn: Turn) -> bool:
    return turn.execution_state.is_terminal or turn.is_killing or turn.is_finishing


def ask_assertions(turn: Turn) -> None:
    """Ask whether the assertions hold, after a change; one that was violated is not asked again."""
    decision = turn.decision
    if (
        not turn.flow.sla
        or not (decision.execution_changed or decision.changed)
        or _is_ending(turn)
    ):
        return
    pending = turn.state.pending.get(EXECUTION, ())
    for sla in _slas(turn, "EXECUTION_ASSERTION"):
        purpose = f"{_PURPOSE}{sla['id']}"
        if purpose not in pending and sla["id"] not in turn.state.settled_slas:
            turn.ask(Render(EXECUTION, purpose, sla["assert"]), EXECUTION, purpose)


def assertion_rendered(turn: Turn, news: Rendered) -> None:
    """Take the answer: what can't be rendered is no violation, but said once."""
    sla_id = news.purpose.removeprefix(_PURPOSE)
    sla = next((one for one in _slas(turn, "EXECUTION_ASSERTION") if one["id"] == sla_id), None)
    if sla is None or not turn.take_pending(EXECUTION, news.purpose):
        return
    if news.error is not None:
        if sla_id in turn.state.unclear_slas:
            return
        turn.state.unclear_slas.add(sla_id)
        turn.log(LogLevel.ERROR, f"Ignoring SLA '{sla_id}' because of the error: {news.error}")
    elif not is_truthy(news.value):
        turn.state.settled_slas.add(sla_id)
        _violated(turn, sla, f"assertion is false: {sla['assert']}.")


def _violated(turn: Turn, sla: Mapping[str, Any], reason: str) -> None:
    turn.log(LogLevel.WARN, f"SLA '{sla['id']}' violated: {reason}")
    if _is_ending(turn):
        return
    labels = tuple(Label(str(k), str(v)) for k, v in _pairs(sla.get("labels")))
    turn.update_execution(labels=merge_labels(turn.state.execution.labels, labels))
    to = _ENDS_IN.get(str(sla.get("behavior")))
    if to is StateType.FAILED:
        turn.log(LogLevel.ERROR, f"Execution failed due to SLA '{sla['id']}' violated: {reason}")
    if to is not None:
        end_now(turn, to, cascades=False)


def _pairs(labels: Any) -> Iterator[tuple[Any, Any]]:
    """Yield keys and values of labels in either form: a map, or a list of ``{key, value}``."""
    if isinstance(labels, Mapping):
        yield from labels.items()
    for item in labels if isinstance(labels, list | tuple) else ():
        yield item["key"], item["value"]
