"""Cron expressions: which local times they name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from functools import lru_cache

from tiercel.model.errors import IllegalArgumentError

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_DAYS = {
    name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
}
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_SEARCH_YEARS = 45
"""29 February on one day of the week comes back after at most 40 years."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: dict[str, int]


_FIELDS = (
    _Field("second", 0, 59, {}),
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of month", 1, 31, {}),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


@dataclass(frozen=True)
class Cron:
    """The local times that a cron expression names. Made by :func:`parse_cron`.

    Attributes:
        seconds, minutes, hours: Values allowed, ascending.
        months, days, weekdays: Values allowed; weekdays from 0 for Sunday to 6.
        needs_both_days: Day of month and day of week must both match; else one of them is enough.
        is_local: Hour and minute are named, neither field starts with ``*``: the expression means
            times of the local clock rather than a rhythm.
    """

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    needs_both_days: bool
    is_local: bool

    def first(self, at: datetime) -> datetime | None:
        """Return the first local time at or after ``at`` (naive, whole seconds), None if never."""
        if self._has_day(at.date()):
            found = self._time_from(at.time())
            if found is not None:
                return datetime.combine(at.date(), found)
        day = self._day_from(at.date() + timedelta(days=1), forward=True)
        if day is None:
            return None
        return datetime.combine(day, time(self.hours[0], self.minutes[0], self.seconds[0]))

    def last(self, at: datetime) -> datetime | None:
        """Return the last local time at or before ``at`` (naive, whole seconds), None if never."""
        if self._has_day(at.date()):
            found = self._time_until(at.time())
            if found is not None:
                return datetime.combine(at.date(), found)
        day = self._day_from(at.date() - timedelta(days=1), forward=False)
        if day is None:
            return None
        return datetime.combine(day, time(self.hours[-1], self.minutes[-1], self.seconds[-1]))

    def count(self, start: datetime, end: datetime) -> int:
        """Return how many local times there are from ``start`` to before ``end``.

        It takes as long as there are months between, however many times there are.
        """
        if start >= end:
            return 0
        first, last = start.date(), end.date()
        before, until = self._times_before(start.time()), self._times_before(end.time())
        if first == last:
            return (until - before) * self._has_day(first)
        daily = self._times_before(time.max)
        between = self._days_between(first + timedelta(days=1), last)
        ends = (daily - before) * self._has_day(first) + until * self._has_day(last)
        return ends + between * daily

    def _times_before(self, at: time) -> int:
        """Return how many times a day has before ``at``."""
        hours, minutes, seconds = self.hours, self.minutes, self.seconds
        found = bisect_left(hours, at.hour) * len(minutes) * len(seconds)
        if at.hour in hours:
            found += bisect_left(minutes, at.minute) * len(seconds)
            if at.minute in minutes:
                found += bisect_left(seconds, at.second + (at.microsecond > 0))
        return found

    def _days_between(self, first: date, end: date) -> int:
        """Return how many of the days from ``first`` to before ``end`` match."""
        found = 0
        whole: dict[tuple[int, int], int] = {}
        day = first
        while day < end:
            following = _neighbour_month(day, forward=True)
            if day.month not in self.months:
                day = following
                continue
            if day.day > 1 or following > end:
                stop = min(following, end)
                found += sum(
                    self._fits(day.day + n, day.isoweekday() + n) for n in range((stop - day).days)
                )
            else:
                kind = (following - day).days, day.isoweekday()
                if kind not in whole:
                    whole[kind] = sum(self._fits(1 + n, kind[1] + n) for n in range(kind[0]))
                found += whole[kind]
            day = following
        return found

    def _has_day(self, day: date) -> bool:
        return day.month in self.months and self._fits(day.day, day.isoweekday())

    def _fits(self, in_month: int, weekday: int) -> bool:
        """Whether a day of an allowed month matches; ``weekday`` counts from 0 or 7 for Sunday."""
        is_day, is_weekday = in_month in self.days, weekday % 7 in self.weekdays
        return is_day and is_weekday if self.needs_both_days else is_day or is_weekday

    def _day_from(self, day: date, *, forward: bool) -> date | None:
        bound = day.year + (_SEARCH_YEARS if forward else -_SEARCH_YEARS)
        while abs(day.year - bound) <= _SEARCH_YEARS and MINYEAR < day.year < MAXYEAR:
            if day.month not in self.months:
                day = _neighbour_month(day, forward=forward)
                continue
            if self._has_day(day):
                return day
            day += timedelta(days=1 if forward else -1)
            if day.year == bound:
                return None
        return None

    def _time_from(self, at: time) -> time | None:
        """The first time of a day at or after ``at``."""
        return _nearest_time((self.hours, self.minutes, self.seconds), at, bisect_left, 0)

    def _time_until(self, at: time) -> time | None:
        """The last time of a day at or before ``at``."""
        return _nearest_time((self.hours, self.minutes, self.seconds), at, bisect_right, -1)


def _nearest_time(
    allowed: tuple[Sequence[int], Sequence[int], Sequence[int]],
    at: time,
    bisect: Callable[[Sequence[int], int], int],
    edge: int,
) -> time | None:
    """Return the nearest allowed time to one side of ``at``, itself included.

    Args:
        allowed: Hours, minutes and seconds, ascending.
        bisect: ``bisect_left`` to look forward, ``bisect_right`` to look back.
        edge: Place of the value that comes first in that direction, 0 or -1.
    """
    wanted = (at.hour, at.minute, at.second)
    step = 0 if edge == 0 else -1
    exact = [value in values for values, value in zip(allowed, wanted, strict=True)]
    if all(exact):
        return at
    # the longest beginning that can stay as it is decides which field moves on
    for place in (2, 1, 0):
        if not all(exact[:place]):
            continue
        values = allowed[place]
        beyond = wanted[place] + (1 if edge == 0 else -1)
        index = bisect(values, beyond) + step
        if 0 <= index < len(values):
            kept: list[int] = [*wanted[:place], values[index]]
            hour, minute, second = kept + [later[edge] for later in allowed[place + 1 :]]
            return time(hour, minute, second)
    return None


def _neighbour_month(day: date, *, forward: bool) -> date:
    if not forward:
        return day.replace(day=1) - timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@lru_cache(maxsize=1024)
def parse_cron(expression: str, *, with_seconds: bool = False) -> Cron:
    """Parse five fields, six with seconds in front, or a nickname such as ``@daily``.

    A day matches when its day of month and its day of week do; when both fields are restricted
    and neither starts with ``*``, one of them is enough.

    Raises:
        IllegalArgumentError: A field is malformed or out of range, or there are too many or few.
    """
    fields = NICKNAMES.get(expression.strip().lower(), expression).upper().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    elif not (len(fields) == 6 and with_seconds):
        raise IllegalArgumentError(
            f"invalid cron expression '{expression}': it has {len(fields)} fields",
            hint="write minute, hour, day of month, month and day of week; "
            "`withSeconds: true` allows a sixth in front",
        )
    try:
        values = [_values(field, text) for field, text in zip(_FIELDS, fields, strict=True)]
    except ValueError as error:
        raise IllegalArgumentError(f"invalid cron expression '{expression}': {error}") from None
    return Cron(
        seconds=tuple(sorted(values[0])),
        minutes=tuple(sorted(values[1])),
        hours=tuple(sorted(values[2])),
        days=frozenset(values[3]),
        months=frozenset(values[4]),
        weekdays=frozenset(value % 7 for value in values[5]),
        needs_both_days=fields[3].startswith("*") or fields[5].startswith("*"),
        is_local=not fields[1].startswith("*") and not fields[2].startswith("*"),
    )


def _values(field: _Field, text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        found.update(_range(field, part))
    return found


def _range(field: _Field, part: str) -> range:
    span, slash, step_text = part.partition("/")
    step = _number(field, step_text) if slash else 1
    if step < 1:
        raise ValueError(f"the step of '{part}' is 0")
    if span == "*":
        return range(field.lowest, field.highest + 1, step)
    first_text, dash, last_text = span.partition("-")
    first = _value(field, first_text)
    last = _value(field, last_text) if dash else field.highest if slash else first
    if last < first:
        raise ValueError(f"'{part}' ends before it begins")
    return range(first, last + 1, step)


def _value(field: _Field, text: str) -> int:
    value = field.words.get(text)
    if value is None:
        value = _number(field, text)
    if not field.lowest <= value <= field.highest:
        raise ValueError(
            f"{value} is no {field.name}; use {field.lowest} to {field.highest}",
        )
    return value


def _number(field: _Field, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"'{text}' is no {field.name}")
    return int(text)
