"""Why a trigger does or does not fire, in sentences for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tiercel.engine.dates import instant_text

if TYPE_CHECKING:
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.store import Backfill, TriggerState

_ENDS = {
    "FIRED": "it gave an execution",
    "CONDITIONS": "its conditions did not hold",
    "FAILED": "the evaluation failed",
    "SKIPPED": "dates were skipped",
    "NOTHING": "nothing was found",
    "STOPPED": "it was stopped",
}


def obstacles(
    flow: Flow,
    spec: TriggerSpec,
    state: TriggerState,
    backfill: Backfill | None,
    now: datetime,
) -> list[str]:
    """Return what keeps a trigger from firing now."""
    found = []
    if flow.disabled:
        found.append("The flow is disabled in its source.")
    if spec.disabled:
        found.append("The trigger is disabled in the flow's source.")
    if state.disabled:
        found.append("The trigger was disabled; enable it to let it go on.")
    if state.execution_id is not None:
        since = f" since {instant_text(state.updated_at)}" if state.updated_at else ""
        found.append(f"It waits for execution {state.execution_id}{since}: one runs at a time.")
    if state.evaluating_since is not None:
        found.append(f"It has been under evaluation since {instant_text(state.evaluating_since)}.")
    if backfill is not None and backfill.paused:
        found.append(f"Its backfill is paused after {backfill.started} of {backfill.total} dates.")
    if found:
        return found
    if state.next_date is None:
        return ["It has no date left."]
    if state.next_date > now:
        return [f"Its next date is {instant_text(state.next_date)}."]
    late = now - state.next_date
    return [
        f"Its date {instant_text(state.next_date)} was reached {late} ago; is a scheduler running?"
    ]


def history(state: TriggerState) -> list[str]:
    """Return how the last evaluation of a trigger ended."""
    if state.evaluated_at is None:
        return ["It was never evaluated."]
    told = _ENDS.get(state.result or "", "nothing is known")
    reason = f": {state.message}" if state.message else "."
    return [f"Its last date was {instant_text(state.evaluated_at)}; {told}{reason}"]
