"""When a time zone changes its offset: everything between two changes is plain arithmetic."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_HOP = timedelta(days=5)
"""Shorter than any time between two changes that zones have had."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """The moment from which ``after`` is the offset; naive UTC."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def is_gap(self) -> bool:
        """Clocks go forward: local times are skipped."""
        return self.after > self.before


def offset_at(zone: tzinfo, at: datetime) -> timedelta:
    """Return a zone's offset at a moment given as naive UTC."""
    return at.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta(0)


def next_change(zone: tzinfo, at: datetime, until: datetime) -> Change | None:
    """Return the first change later than ``at`` (naive UTC), if there is one about ``until``."""
    for year in range(at.year, until.year + 2):
        changes = _changes(zone, year)
        index = bisect_right([change.at for change in changes], at)
        if index < len(changes):
            return changes[index]
    return None


def last_change(zone: tzinfo, at: datetime, until: datetime) -> Change | None:
    """Return the last change at or before ``at`` (naive UTC), if there is one about ``until``."""
    for year in range(at.year, until.year - 2, -1):
        changes = _changes(zone, year)
        index = bisect_right([change.at for change in changes], at)
        if index:
            return changes[index - 1]
    return None


@lru_cache(maxsize=4096)
def _changes(zone: tzinfo, year: int) -> tuple[Change, ...]:
    if not MINYEAR < year < MAXYEAR:
        return ()
    found = []
    start, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)  # noqa: DTZ001  naive UTC
    before = offset_at(zone, start)
    while start < end:
        stop = min(start + _HOP, end)
        after = offset_at(zone, stop)
        if before != after:
            found.append(Change(_bisect(zone, start, stop, before), before, after))
        start, before = stop, after
    return tuple(found)


def _bisect(zone: tzinfo, low: datetime, high: datetime, before: timedelta) -> datetime:
    """Return the first second in (low, high] whose offset is not ``before``."""
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if offset_at(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high
