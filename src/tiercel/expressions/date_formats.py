"""Formats with a name, such as ``iso`` or ``rfc_1123_date_time``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from tiercel.expressions.date_patterns import format_by_pattern
from tiercel.expressions.dates import Moment
from tiercel.expressions.locales import babel_locale
from tiercel.expressions.zones import UTC_ZONE, written_offset

PATTERNS: Final[Mapping[str, str]] = {
    "iso": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "iso_sec": "yyyy-MM-dd'T'HH:mm:ssXXX",
    "sql": "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "sql_seq": "yyyy-MM-dd HH:mm:ss",
}
"""Names that stand for a pattern, for writing and for parsing."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def format_moment(instant: Moment, name: str, locale: str) -> str:
    """An instant by the name of a format or by a pattern, in its zone.

    Args:
        instant: What to write.
        name: A predefined name or a pattern.
        locale: Language of names.

    Raises:
        ExpressionError: Kind ``value`` for a malformed pattern.
    """
    if name == "iso":
        return _iso(instant)
    pattern = PATTERNS.get(name)
    if pattern is not None:
        return format_by_pattern(instant, pattern, locale)
    write = _NAMED.get(name)
    if write is not None:
        return write(instant)
    if name in STYLES:
        return _styled(instant, name, locale)
    return format_by_pattern(instant, name, locale)


STYLES: Final = ("full", "long", "medium", "short")


def _offset(instant: Moment) -> str:
    offset = instant.local().utcoffset() or timedelta()
    seconds = round(offset.total_seconds())
    return written_offset(seconds, ":", with_seconds=True) if seconds else "Z"


def _iso(instant: Moment) -> str:
    local = instant.local()
    seconds = round((local.utcoffset() or timedelta()).total_seconds())
    offset = written_offset(seconds, ":", with_seconds=False) if seconds else "Z"
    return f"{_date(instant)}T{local:%H:%M:%S}.{instant.nanos // 1000:06d}{offset}"


def _date(instant: Moment) -> str:
    local = instant.local()
    return f"{local.year:04d}-{local.month:02d}-{local.day:02d}"


def _time(instant: Moment) -> str:
    fraction = f".{instant.nanos:09d}".rstrip("0") if instant.nanos else ""
    return f"{instant.local():%H:%M:%S}{fraction}"


def _zoned(instant: Moment) -> str:
    region = f"[{instant.zone.id}]" if instant.zone.is_region else ""
    return f"{_date(instant)}T{_time(instant)}{_offset(instant)}{region}"


def _instant(instant: Moment) -> str:
    universal = instant.at(UTC_ZONE)
    fraction = f"{instant.nanos:09d}" if instant.nanos else ""
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    tail = f".{fraction}" if fraction else ""
    return f"{_date(universal)}T{universal.local():%H:%M:%S}{tail}Z"


def _ordinal(instant: Moment) -> str:
    local = instant.local()
    return f"{local.year:04d}-{local.timetuple().tm_yday:03d}{_offset(instant)}"


def _week(instant: Moment) -> str:
    year, week, day = instant.local().isocalendar()
    return f"{year:04d}-W{week:02d}-{day}{_offset(instant)}"


def _rfc_1123(instant: Moment) -> str:
    local = instant.local()
    seconds = round((local.utcoffset() or timedelta()).total_seconds())
    offset = written_offset(seconds, "", with_seconds=False) if seconds else "GMT"
    day, month = _DAYS[local.weekday()], MONTHS[local.month - 1]
    return f"{day}, {local.day} {month} {local.year:04d} {local:%H:%M:%S} {offset}"


def _styled(instant: Moment, style: str, locale: str) -> str:
    from babel.dates import format_datetime

    language = babel_locale(locale)
    return str(format_datetime(instant.local(), style, instant.zone.info, locale=language))


_NAMED: Final[Mapping[str, Callable[[Moment], str]]] = {
    "iso_date_time": _zoned,
    "iso_zoned_date_time": _zoned,
    "iso_local_date_time": lambda instant: f"{_date(instant)}T{_time(instant)}",
    "iso_instant": _instant,
    "iso_date": lambda instant: _date(instant) + _offset(instant),
    "iso_local_date": _date,
    "iso_time": lambda instant: _time(instant) + _offset(instant),
    "iso_offset_time": lambda instant: _time(instant) + _offset(instant),
    "iso_local_time": _time,
    "iso_ordinal_date": _ordinal,
    "iso_week_date": _week,
    "rfc_1123_date_time": _rfc_1123,
}
NAMED: Final = frozenset(_NAMED)
"""Names that stand for no pattern."""
