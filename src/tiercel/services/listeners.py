"""Listeners: tasks that run after the end of an execution, if their conditions hold then.

To the engine they are more ``afterExecution`` tasks: which ones is known once the execution has its
final state, so it then goes on with a flow that has them.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from tiercel.engine import run_context
from tiercel.model.errors import TiercelError
from tiercel.services.trigger_executions import TriggerExecutions

if TYPE_CHECKING:
    from tiercel.engine import ExecutionState
    from tiercel.model.flow import Flow
    from tiercel.services.step import Environment

_KEPT = 200


class Listeners:
    """Gives flows with the listeners that an execution is heard by."""

    def __init__(self, environment: Environment) -> None:
        self._base_context = environment.base_context
        self._conditions = TriggerExecutions(environment.services, environment.base_context)
        self._flows: OrderedDict[tuple[str, str, int, tuple[int, ...]], Flow] = OrderedDict()

    def flow_after(self, flow: Flow, state: ExecutionState) -> Flow:
        """Return the flow with the tasks of its listeners; as it is unless the execution ended."""
        if not flow.listeners or not state.execution.state.is_terminal:
            return flow
        heard = tuple(
            index for index in range(len(flow.listeners)) if self._hears(flow, index, state)
        )
        if not heard:
            return flow
        key = (flow.namespace, flow.id, flow.revision, heard)
        known = self._flows.get(key)
        if known is None:
            tasks = [task for index in heard for task in flow.listeners[index]["tasks"]]
            known = replace(flow, after_execution=(*flow.after_execution, *tasks))
            self._flows[key] = known
        self._flows.move_to_end(key)
        while len(self._flows) > _KEPT:
            self._flows.popitem(last=False)
        return known

    def _hears(self, flow: Flow, index: int, state: ExecutionState) -> bool:
        conditions = flow.listeners[index]["conditions"]
        if not conditions:
            return True
        context = {**self._base_context, **run_context(flow, state, None)}
        around = self._conditions.surroundings(
            flow, context, execution=state.execution, task_runs=state.task_runs
        )
        try:
            return self._conditions.hold_in(conditions, around)
        except TiercelError:
            # what can't be told does not hold: the execution is over and must not change
            return False
