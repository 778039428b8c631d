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
_YEAR = timedelta(days=366)
_NEVER = datetime(1, 1, 1)  # noqa: DTZ001  a local time


class Dates(Protocol):
    """Moments in ascending order; all are aware UTC."""

    def after(self, moment: datetime) -> datetime | None:
        """Return the first date later than ``moment``, None if there is none."""
        ...

    def before(self, moment: datetime) -> datetime | None:
        """Return the last date earlier than ``moment``, None if there is none."""
        ...

    def count(self, start: datetime, end: datetime, most: int) -> int:
        """Return how many dates there are from ``start`` to ``end``, both included; of more than
        ``most`` just some number that is greater.
        """
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

    def count(self, start: datetime, end: datetime, most: int) -> int:
        """Return how many dates there are from ``start`` to ``end``, both included; of more than
        ``most`` just some number that is greater. No date is looked at by itself.
        """
        at, stop = _up(_naive(start)), _naive(end).replace(microsecond=0) + _SECOND
        offset, last = offset_at(self.zone, at), last_change(self.zone, at, at)
        begin, found = max(at + offset, self._repeated_until(last)), 0
        if last is not None and last.at == at:
            found += self._at_gap(last)
        while at < stop and found <= most:
            until = min(at + _YEAR, stop)
            change = next_change(self.zone, at, until)
            if change is None or change.at >= until:
                found += self.cron.count(begin, until + offset)
                at, begin = until, until + offset
                continue
            found += self.cron.count(begin, change.at + offset) + self._at_gap(change)
            at, offset = change.at, change.after
            begin = max(at + offset, self._repeated_until(change))
        return found

    def _at_gap(self, change: Change) -> int:
        """Return 1 for a change at which times run that it skips, unless one runs then anyway."""
        if not (self.cron.is_local and change.is_gap):
            return 0
        first, end = change.at + change.before, change.at + change.after
        return int(self.cron.count(first, end) > 0 and self.cron.count(end, end + _SECOND) == 0)

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

    def count(self, start: datetime, end: datetime, most: int) -> int:
        """Return how many dates there are from ``start`` to ``end``, both included."""
        return max(bisect_right(self.moments, end) - bisect_left(self.moments, start), 0)


def _up(at: datetime) -> datetime:
    """Return the first whole second at or after a moment."""
    whole = at.replace(microsecond=0)
    return whole if whole == at else whole + _SECOND


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
