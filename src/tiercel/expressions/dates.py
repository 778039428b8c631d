"""Instants with nanoseconds in a time zone, and how the inputs of date filters become one."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.values import is_integer, type_name
from tiercel.expressions.zones import Zone, offset_zone, parsed_offset, zone

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS: Final = 1_000_000_000
_NOON: Final = 12

_ISO: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{0,9}))?)?"
    r"(?:([Zz]|[+-][0-9]{2}(?::[0-9]{2}(?::[0-9]{2})?)?)(?:\[([^\]]+)\])?)?)?"
)


class Moment(NamedTuple):
    """A point in time in a zone.

    Attributes:
        seconds: Since the epoch.
        nanos: Nanoseconds of the second.
        zone: Where the wall clock is read.
    """

    seconds: int
    nanos: int
    zone: Zone

    def local(self) -> datetime:
        """The wall clock, to the second, aware. Raises ``value`` outside the years 1 to 9999."""
        try:
            return (EPOCH + timedelta(seconds=self.seconds)).astimezone(self.zone.info)
        except (OverflowError, ValueError) as error:
            raise _out_of_range() from error

    def at(self, other: Zone) -> Moment:
        """The same instant in another zone."""
        return Moment(self.seconds, self.nanos, other)


def _out_of_range() -> ExpressionError:
    return ExpressionError("value", "The date is outside the years 1 to 9999")


def moment(wall: datetime, nanos: int, where: Zone, offset: timedelta | None = None) -> Moment:
    """The instant of a naive wall clock time.

    A time inside a gap moves forward by the gap; of two equal ones the earlier offset is taken,
    unless ``offset`` is the later one.
    """
    aware = wall.replace(tzinfo=where.info)
    if offset is not None and aware.utcoffset() != offset:
        later = aware.replace(fold=1)
        aware = later if later.utcoffset() == offset and _exists(later) else aware
    return Moment((aware - EPOCH) // timedelta(seconds=1), nanos, where)


def _exists(aware: datetime) -> bool:
    return aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) == aware.replace(
        tzinfo=None
    )


def read_moment(value: Any, where: Zone, pattern: str | None, locale: str) -> Moment:
    """The instant that the input of a date filter stands for.

    Args:
        value: Epoch seconds, a date object or a text.
        where: Zone for texts without offset.
        pattern: How a text is written; None for ISO.
        locale: Language of names in a text.

    Raises:
        ExpressionError: Kind ``type`` for other values, ``value`` for a text that is no such date.
    """
    if isinstance(value, str):
        if pattern is None:
            return _iso_moment(value, where)
        from tiercel.expressions.date_parsing import parse_moment

        return parse_moment(value, pattern, where, locale)
    if is_integer(value):
        found = Moment(int(value), 0, where)
        found.local()
        return found
    if isinstance(value, datetime):
        return _of_datetime(value, where)
    if isinstance(value, date):
        return moment(datetime(value.year, value.month, value.day, _NOON), 0, where)  # noqa: DTZ001
    raise ExpressionError("type", f"A date can't be made of {type_name(value)}")


def _of_datetime(value: datetime, where: Zone) -> Moment:
    nanos = value.microsecond * 1000
    whole = value.replace(microsecond=0)
    if value.tzinfo is None:
        return moment(whole, nanos, where)
    offset = value.utcoffset() or timedelta()
    key = getattr(value.tzinfo, "key", None)
    own = zone(key) if isinstance(key, str) else offset_zone(round(offset.total_seconds()))
    return Moment((whole - EPOCH) // timedelta(seconds=1), nanos, own)


def not_a_date(text: str, expected: str) -> ExpressionError:
    """The error for a text that is no date of the expected form."""
    return ExpressionError("value", f"`{text[:80]}` is not a date in the form {expected}")


def _iso_moment(text: str, where: Zone) -> Moment:
    match = _ISO.fullmatch(text)
    if match is None:
        raise not_a_date(text, "`2024-01-31`, `2024-01-31T10:30:00` or `2024-01-31T10:30:00+02:00`")
    year, month, day, hour, minute, second, fraction, offset, region = match.groups()
    try:
        wall = datetime(  # noqa: DTZ001 - the zone comes next
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError as error:
        raise ExpressionError("value", f"`{text[:80]}` is not a date: {error}") from error
    nanos = int((fraction or "").ljust(9, "0"))
    if offset is None:
        return moment(wall, nanos, where)
    seconds = parsed_offset(offset)
    if seconds is None:
        raise not_a_date(text, "`2024-01-31T10:30:00+02:00`")
    instant = moment(wall, nanos, offset_zone(seconds))
    return instant if region is None else instant.at(zone(region))


_EXACT_UNITS: Final = {
    "NANOS": 1,
    "MICROS": 1_000,
    "MILLIS": 1_000_000,
    "SECONDS": _NANOS,
    "MINUTES": 60 * _NANOS,
    "HOURS": 3600 * _NANOS,
    "HALF_DAYS": 43_200 * _NANOS,
}
_DAY_UNITS: Final = {"DAYS": 1, "WEEKS": 7}
_MONTH_UNITS: Final = {
    "MONTHS": 1,
    "YEARS": 12,
    "DECADES": 120,
    "CENTURIES": 1200,
    "MILLENNIA": 12_000,
}
UNITS: Final = (*_EXACT_UNITS, *_DAY_UNITS, *_MONTH_UNITS)


def moved(start: Moment, amount: int, unit: str) -> Moment:
    """An instant moved by an amount of time.

    Days and longer units move the wall clock and clamp the day to the month; shorter ones the
    instant.

    Args:
        start: Where from.
        amount: How many units, may be negative.
        unit: One of :data:`UNITS`.

    Raises:
        ExpressionError: Kind ``value`` for an unknown unit, or when the result is out of range.
    """
    exact = _EXACT_UNITS.get(unit)
    if exact is not None:
        seconds, nanos = divmod(start.nanos + amount * exact, _NANOS)
        found = Moment(start.seconds + seconds, nanos, start.zone)
        found.local()
        return found
    if unit not in _DAY_UNITS and unit not in _MONTH_UNITS:
        raise ExpressionError(
            "value",
            f"Unknown unit `{unit[:50]}`",
            name=unit,
            known=UNITS,
            hint=f"Use one of {', '.join(UNITS)}",
        )
    local = start.local()
    wall = local.replace(tzinfo=None, fold=0)
    try:
        if unit in _DAY_UNITS:
            wall += timedelta(days=amount * _DAY_UNITS[unit])
        else:
            wall = _plus_months(wall, amount * _MONTH_UNITS[unit])
        return moment(wall, start.nanos, start.zone, local.utcoffset())
    except (OverflowError, ValueError) as error:
        raise _out_of_range() from error


def _plus_months(wall: datetime, months: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise _out_of_range()
    return wall.replace(
        year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1])
    )
