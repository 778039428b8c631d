"""The failure that a task in an ``errors`` branch handles, as its templates see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.engine.plan import ERRORS, plan_of
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.execution import TaskRun
    from tiercel.model.flow import Flow


def failure_handled_by(
    flow: Flow, state: ExecutionState, task_run: TaskRun
) -> dict[str, Any] | None:
    """Return ``taskId``, and ``value`` and ``message`` when known, of the task run that failed
    first.

    None for a task that is in no ``errors`` branch.
    """
    plan = plan_of(flow)
    inner = task_run
    for run in (task_run, *state.ancestors(task_run)):
        place = plan.places.get(run.task_id)
        if place is not None and place.branch == ERRORS:
            inner = run
            break
    else:
        return None
    failed = _first_failed(flow, state, inner.parent_id)
    if failed is None:
        # nothing inside failed: the flowable itself did, such as a LoopUntil at its limit
        failed = state.find(inner.parent_id) if inner.parent_id is not None else None
    if failed is None:
        return None
    error: dict[str, Any] = {"taskId": failed.task_id}
    if failed.value is not None:
        error["value"] = failed.value
    message = failed.attempts[-1].error if failed.attempts else None
    return error if message is None else {**error, "message": message}


def _first_failed(flow: Flow, state: ExecutionState, parent_id: str | None) -> TaskRun | None:
    """Return the innermost task run below a parent that failed first, not while handling that."""
    plan = plan_of(flow)
    for child_id in state.children(parent_id).ids:
        child = state.task_run(child_id)
        place = plan.places.get(child.task_id)
        is_handling = place is not None and place.branch == ERRORS
        if child.state.current is StateType.FAILED and not is_handling:
            return _first_failed(flow, state, child_id) or child
    return None
