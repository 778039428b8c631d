"""Limits on how many executions of a flow run at once, within one transaction of an executor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine import ExecutionState
    from tiercel.model.execution import Execution
    from tiercel.store import StepTransaction

FlowKey = tuple[str, str]
"""Namespace and id of a flow."""

HOLDING = frozenset(
    {
        StateType.RUNNING,
        StateType.PAUSED,
        StateType.RETRYING,
        StateType.KILLING,
        StateType.BREAKPOINT,
    }
)
"""States in which an execution holds a slot, besides final ones until all behind them is over."""

_WITHOUT = frozenset({StateType.CREATED, StateType.QUEUED, StateType.RESTARTED})


def holds_slot(state: ExecutionState) -> bool:
    """Whether an execution holds a slot of its flow, between two steps."""
    return state.execution.state.current in HOLDING or lingers(state)


def lingers(state: ExecutionState) -> bool:
    """Whether an execution that had a slot is in its final state, but not over."""
    if not (state.execution.state.is_terminal and state.has_open):
        return False
    before = reversed(state.execution.state.histories)
    told = (_WITHOUT | HOLDING) - {StateType.KILLING}
    met = (entry.state for entry in before if entry.state in told)
    return next(met, StateType.CREATED) not in _WITHOUT


def key_of(execution: Execution) -> FlowKey:
    """Return the flow of an execution, whatever the revision."""
    return execution.namespace, execution.flow_id


@dataclass(slots=True)
class _Count:
    latest: int | None
    taken: int
    was_given_back: bool = False


@dataclass(slots=True)
class Slots:
    """Counts of flows whose rows this transaction holds.

    The lock makes executors take turns: a slot is given once, and the count includes what this
    transaction has decided but not yet written.
    """

    transaction: StepTransaction
    _counts: dict[FlowKey, _Count] = field(default_factory=dict)

    async def lock(self, flows: Iterable[FlowKey]) -> None:
        """Hold flows until the commit; always in one order, so that no two wait for each other."""
        relations = self.transaction.relations
        for namespace, flow_id in sorted(set(flows) - self._counts.keys()):
            latest = await relations.lock_flow(namespace, flow_id)
            taken = await relations.count_slots(namespace, flow_id)
            self._counts[namespace, flow_id] = _Count(latest, taken)

    def taken(self, flow: FlowKey) -> int:
        """Return how many slots of a flow are taken; 0 for one that is not held."""
        count = self._counts.get(flow)
        return count.taken if count is not None else 0

    def latest(self, flow: FlowKey) -> int | None:
        """Return the latest revision of a held flow; None when it was deleted."""
        return self._counts[flow].latest

    def note(
        self, state: ExecutionState, held_before: bool, lingered_before: bool, *, ended: bool
    ) -> None:
        """Take in how a step changed an execution."""
        count = self._counts.get(key_of(state.execution))
        holds, is_lingering = holds_slot(state), lingers(state)
        if is_lingering is not lingered_before:
            # whatever the flow: its next revision may have a limit, and counts this one
            self.transaction.relations.linger(state.execution.id, is_lingering)
        if count is None:
            return
        count.taken += int(holds) - int(held_before)
        if ended or (held_before and not holds):
            count.was_given_back = True

    def given_back(self) -> list[FlowKey]:
        """Return the flows of which a slot may have become free."""
        return [flow for flow, count in self._counts.items() if count.was_given_back]
