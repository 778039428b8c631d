"""What an execution waits for, told by what the engine, the store and the bus know together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tiercel.engine import ExecutionState, waiting_reason
from tiercel.model.state import StateType
from tiercel.model.task import TaskKind
from tiercel.services.step import DEFAULT_GROUP

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.execution import TaskRun
    from tiercel.model.flow import Flow
    from tiercel.services.executions import Snapshot
    from tiercel.store import Store

_HOLDERS_SHOWN = 3


async def why_waiting(found: Snapshot, flow: Flow, store: Store, bus: Bus) -> str | None:
    """Return in one sentence what an execution waits for; None when it is over."""
    execution = found.execution
    reason = waiting_reason(flow, ExecutionState(execution, found.task_runs))
    if reason is None:
        return None
    if execution.state.current is StateType.QUEUED:
        holders = await store.requests.holders(
            execution.namespace, execution.flow_id, _HOLDERS_SHOWN + 1
        )
        if holders:
            more = " and others" if len(holders) > _HOLDERS_SHOWN else ""
            held = ", ".join(holders[:_HOLDERS_SHOWN])
            return f"{reason.removesuffix('.')}, held by {held}{more}."
    group = _wanted_group(flow, found.task_runs)
    if group is not None and not await bus.has_workers(group):
        return f"{reason.removesuffix('.')}: no worker of group '{group}' is connected."
    return reason


def _wanted_group(flow: Flow, task_runs: Sequence[TaskRun]) -> str | None:
    """Return the worker group that the first attempt nobody has taken waits for, by its name."""
    for run in task_runs:
        task = flow.tasks_by_id.get(run.task_id)
        if task is None or task.kind is not TaskKind.WORKER or not run.attempts:
            continue
        if run.attempts[-1].state.current is StateType.CREATED:
            group = task.worker_group
            if group is not None and group.tags:
                return None
            return group.key if group is not None else DEFAULT_GROUP
    return None
