"""Live views: who follows an execution is told what changed, right after it was committed.

Nothing here is truth: a follower that misses a message reads the store again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

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
_MOST_TOLD = 1000
"""Task runs named to followers at once; of more they read everything."""


class Changed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a follower is told: that something changed, and whether it was the last change.

    Attributes:
        settled: The execution and all of its task runs have ended.
        since, version: The execution's versions before and after what changed.
        task_runs: Ids of those that are new or differ; None when that is not told: they are
            too many, or some are gone.
    """

    state: str
    settled: bool = False
    since: int = -1
    version: int = -1
    task_runs: tuple[str, ...] | None = None

    def before(self, later: Changed) -> Changed:
        """Return both changes as one."""
        told = None
        if self.task_runs is not None and later.task_runs is not None:
            told = _told(dict.fromkeys((*self.task_runs, *later.task_runs)))
        if later.since != self.version:
            told = None
        return replace(later, since=self.since, task_runs=told)


def _told(task_runs: Mapping[str, None]) -> tuple[str, ...] | None:
    return tuple(task_runs) if len(task_runs) <= _MOST_TOLD else None


_decode = msgspec.msgpack.Decoder(Changed).decode


def says_settled(signal: bytes) -> bool:
    """Whether what :class:`Live` sent says that an execution will not change any more."""
    return _decode(signal).settled


def changed_since(version: int, signals: Iterable[bytes]) -> tuple[list[str], int] | None:
    """Return which task runs differ from those of a version, and the version that makes.

    Args:
        signals: What :class:`Live` sent, in the order in which it came.

    Returns:
        None when the signals don't tell, because one of them was lost for instance.
    """
    task_runs: dict[str, None] = {}
    for change in map(_decode, signals):
        if change.version <= version and change.version >= 0:
            continue
        if change.task_runs is None or change.since > version:
            return None
        task_runs.update(dict.fromkeys(change.task_runs))
        version = change.version
    return list(task_runs), version


class Live:
    """Publishes changes on the bus, at most every few milliseconds, the last ones at once.

    Changes of one execution that come faster are told as one.

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

    def step_done(self, state: ExecutionState, outcome: StepOutcome, since: int) -> None:
        """Note one committed step and its log entries, for :meth:`tell`.

        Args:
            since: The execution's version before the step.
        """
        if outcome.execution_changed or outcome.changed or outcome.removed:
            current = state.execution.state
            settled = current.is_terminal and not state.open_task_runs()
            told = None if outcome.removed else _told(outcome.changed)
            change = Changed(current.current, settled, since, since + 1, told)
            noted = self._changes.get(state.execution.id)
            self._changes[state.execution.id] = change if noted is None else noted.before(change)
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
