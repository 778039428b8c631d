"""Live views: who follows an execution is told what changed, right after it was committed.

Nothing here is truth: a follower that misses a message reads the store again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.engine import ExecutionState
    from tiercel.model.job import LogEntry
    from tiercel.services.meters import Meters
    from tiercel.services.step import StepOutcome
    from tiercel.services.tracing import Tracer

logger = logging.getLogger(__name__)

_APART_SECONDS = 0.01


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
    """Publishes changes on the bus, at most every few milliseconds, the last ones at once.

    Of changes of one execution that come faster, followers hear of the last: they read it anyway.

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
        self._changes: dict[str, Changed] = {}
        self._logs: list[LogEntry] = []
        self._told_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None

    def step_done(self, state: ExecutionState, outcome: StepOutcome) -> None:
        """Note one committed step and its log entries, for :meth:`tell`."""
        if outcome.execution_changed or outcome.changed or outcome.removed:
            current = state.execution.state
            settled = current.is_terminal and not state.open_task_runs()
            self._changes[state.execution.id] = Changed(current.current, settled)
            if self._meters is not None:
                self._meters.step_done(state, outcome)
            if self._tracer is not None:
                self._tracer.step_done(state, outcome)
        self._logs += outcome.records.logs

    def logged(self, entries: Sequence[LogEntry]) -> None:
        """Note log entries that were stored, for :meth:`tell`."""
        self._logs += entries

    async def tell(self) -> None:
        """Tell followers what was noted: now, or a moment after they were told last."""
        if not self._changes and not self._logs:
            return
        apart = time.monotonic() - self._told_at
        if apart >= _APART_SECONDS or any(item.settled for item in self._changes.values()):
            await self._tell_now()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_APART_SECONDS - apart, self._begin)

    async def close(self) -> None:
        """Tell what was noted last."""
        if self._telling is not None:
            await asyncio.wait({self._telling})
        await self._tell_now()

    def _begin(self) -> None:
        self._telling = asyncio.create_task(self._tell_now(), name="live")

    async def _tell_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._told_at = time.monotonic()
        logs, self._logs = self._logs, []
        changes, self._changes = self._changes, {}
        try:
            if logs:
                await self._bus.tail_entries(logs)
            for execution_id, change in changes.items():
                await self._bus.changed(execution_id, self._encoder.encode(change))
        except ServerUnavailableError as error:
            # followers look again by themselves
            logger.debug("followers not told", extra={"reason": str(error)})
