"""Live views: who follows an execution is told what changed, right after it was committed.

Nothing here is truth: a follower that misses a message reads the store again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.engine import ExecutionState
    from tiercel.services.meters import Meters
    from tiercel.services.step import StepOutcome
    from tiercel.services.tracing import Tracer


class Changed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a follower is told: that something changed, and whether it was the last change.

    Attributes:
        settled: The execution and all of its task runs have ended.
    """

    state: str
    settled: bool = False


_decode = msgspec.msgpack.Decoder(Changed).decode


def says_settled(signal: bytes) -> bool:
    """Whether what :class:`Live` sent says that an execution will not change any more."""
    return _decode(signal).settled


class Live:
    """Publishes changes on the bus; one small message per step.

    Args:
        tracer: Writes spans of what ended.
        meters: Counts what was done.
    """

    def __init__(
        self, bus: Bus, tracer: Tracer | None = None, meters: Meters | None = None
    ) -> None:
        self._bus = bus
        self._meters = meters
        self._tracer = tracer
        self._encoder = msgspec.msgpack.Encoder()

    async def step_done(self, state: ExecutionState, outcome: StepOutcome) -> None:
        """Tell followers about one committed step, and tail its log entries."""
        if outcome.execution_changed or outcome.changed or outcome.removed:
            current = state.execution.state
            settled = current.is_terminal and not state.open_task_runs()
            message = Changed(current.current, settled)
            await self._bus.changed(state.execution.id, self._encoder.encode(message))
            if self._meters is not None:
                self._meters.step_done(state, outcome)
            if self._tracer is not None:
                self._tracer.step_done(state, outcome)
        if outcome.records.logs:
            await self._bus.tail_entries(outcome.records.logs)
