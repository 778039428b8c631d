"""Executions that have more to do than fits into one step: they go on between those of others.

That they go on is known in memory, which costs nothing. The inbox holds a guard, news that is due a
while later: it brings an execution back when the executor that had it is gone, and changes nothing
when it is read by one that goes on anyway.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tiercel.model.news import Continued, News

if TYPE_CHECKING:
    from tiercel.services.round import Finished

_GUARD = timedelta(seconds=5)
_LONG_SECONDS = 0.005
_SHORT_SECONDS = 0.001
_COMPANY = timedelta(seconds=1)


class Continuing:
    """The executions that one executor goes on with, those that waited longest first."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._guards: dict[str, datetime] = {}
        self._had_turn = False
        self._company_at = datetime.min.replace(tzinfo=UTC)

    def __bool__(self) -> bool:
        """Whether any execution is to go on."""
        return bool(self._ids)

    def choose(self, now: datetime, *, others_wait: bool) -> str | None:
        """Return the execution that goes on in this round; None when it is the turn of others.

        Args:
            others_wait: There is news. It comes first, every other round.
        """
        if others_wait:
            self._company_at = now
        if not self._ids or (others_wait and self._had_turn):
            self._had_turn = False
            return None
        self._had_turn = True
        return next(iter(self._ids))

    def seconds(self, now: datetime) -> float:
        """Return how long a step may go on with inline tasks; less while there are others."""
        return _SHORT_SECONDS if now - self._company_at < _COMPANY else _LONG_SECONDS

    def guard(self, finished: Iterable[Finished], now: datetime) -> None:
        """Add guards to steps that are about to be written, where none is due later."""
        for done in finished:
            execution_id, outcome = done.claim.execution_id, done.outcome
            if any(isinstance(item.news, Continued) for item in done.claim.news):
                self._guards.pop(execution_id, None)
            if outcome.continues and not outcome.ended and execution_id not in self._guards:
                self._guards[execution_id] = now + _GUARD
                guard: tuple[datetime, News] = (now + _GUARD, Continued())
                outcome.timers.append(guard)

    def note(self, finished: Iterable[Finished]) -> None:
        """Take in what was written."""
        for done in finished:
            execution_id, outcome = done.claim.execution_id, done.outcome
            self._ids.pop(execution_id, None)
            if outcome.ended:
                self._guards.pop(execution_id, None)
            elif outcome.continues:
                self._ids[execution_id] = None

    def drop(self, execution_id: str) -> None:
        """Leave an execution to whoever has it, or had it."""
        self._ids.pop(execution_id, None)
        self._guards.pop(execution_id, None)

    def lost(self) -> None:
        """Nothing is known of guards that were to be written with steps that were not."""
        self._guards.clear()
