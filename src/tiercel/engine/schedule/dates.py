"""The dates of a schedule: the moments at which it is to run, in a time zone.

One rule for changes of the clock. An expression whose hour and minute are named (neither field
starts with ``*``) means times of the local clock and runs once for each: a time that is skipped
when clocks go forward runs at the moment of the change, a time that comes twice when they go back
runs the first time. All others mean a rhythm and follow real time: skipped times are nothing,
those that come twice run twice.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from tiercel.engine.schedule.cron import Cron
from tiercel.engine.schedule.zones import Change, last_change, next_change, offset_at

_SECOND = timedelta(seconds=1)
_NEVER = datetime(1, 1, 1)  # noqa: DTZ001  a local time


class Dates(Protocol):
    """Moments in ascending order; all are aware UTC."""

    def after(self, moment: datetime) -> datetime | None:
        """Return the first date later than ``moment``, None if there is none."""
        ...

    def before(self, moment: datetime) -> datetime | None:
        """Return the last date earlier than ``moment``, None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class CronDates:
    """The dates of a cron expression in a time zone."""

    cron: Cron
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        """Return the first date later than ``moment``, None if there is none in 45 years."""
        at = _naive(moment)
        offset = offset_at(self.zone, at)
        start = at.replace(microsecond=0) + offset + _SECOND
        found = self.cron.first(max(start, self._repeated_until(last_change(self.zone, at, at))))
        while found is not None:
            change = next_change(self.zone, at, found)
            if change is None or found < change.at + change.before:
                return (found - offset).replace(tzinfo=UTC)
            begin = max(change.at + change.after, self._repeated_until(change))
            if self.cron.is_local and change.is_gap and found < begin:
                return change.at.replace(tzinfo=UTC)
            if found < begin or not change.is_gap:
                found = self.cron.first(begin)
            at, offset = change.at, change.after
        return None

    def before(self, moment: datetime) -> datetime | None:
        """Return the last date earlier than ``moment``, None if there is none in 45 years."""
        at = _naive(moment)
        whole = at.replace(microsecond=0)
        at = whole if whole < at else whole - _SECOND
        offset = offset_at(self.zone, at)
        found = self.cron.last(at + offset)
        while found is not None:
            change = last_change(self.zone, at, found)
            if change is None or found >= max(
                change.at + change.after, self._repeated_until(change)
            ):
                return (found - offset).replace(tzinfo=UTC)
            if self.cron.is_local and change.is_gap and found >= change.at + change.before:
                return change.at.replace(tzinfo=UTC)
            at, offset = change.at - _SECOND, change.before
            if found > at + offset or not change.is_gap:
                found = self.cron.last(at + offset)
        return None

    def _repeated_until(self, change: Change | None) -> datetime:
        """End of the local times that a change repeats, as far as they do not run again."""
        if change is None or change.is_gap or not self.cron.is_local:
            return _NEVER
        return change.at + change.before


@dataclass(frozen=True, slots=True)
class ListedDates:
    """Given dates, ascending."""

    moments: tuple[datetime, ...]

    @classmethod
    def of(cls, moments: Iterable[datetime]) -> ListedDates:
        """Return dates in order, each once."""
        return cls(tuple(sorted({moment.astimezone(UTC) for moment in moments})))

    def after(self, moment: datetime) -> datetime | None:
        """Return the first date later than ``moment``."""
        index = bisect_right(self.moments, moment)
        return self.moments[index] if index < len(self.moments) else None

    def before(self, moment: datetime) -> datetime | None:
        """Return the last date earlier than ``moment``."""
        index = bisect_left(self.moments, moment)
        return self.moments[index - 1] if index else None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
