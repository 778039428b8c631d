"""Live views: who follows an execution is told what changed, right after it was committed.

Nothing here is truth: a follower that misses a message reads the store again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.engine import ExecutionState
    from tiercel.services.step import StepOutcome


class Changed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a follower is told: the state, and which task runs to read again."""

    execution_id: str
    state: str
    ended: bool = False
    task_run_ids: tuple[str, ...] = ()


class Live:
    """Publishes changes on the bus; one small message per step."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._encoder = msgspec.msgpack.Encoder()

    async def step_done(self, state: ExecutionState, outcome: StepOutcome) -> None:
        """Tell followers about one committed step, and tail its log entries."""
        if outcome.execution_changed or outcome.changed or outcome.removed:
            message = Changed(
                execution_id=state.execution.id,
                state=state.execution.state.current,
                ended=outcome.ended,
                task_run_ids=tuple(outcome.changed),
            )
            await self._bus.changed(state.execution.id, self._encoder.encode(message))
        if outcome.records.logs:
            await self._bus.tail_entries(outcome.records.logs)
