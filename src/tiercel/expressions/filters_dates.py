"""Filters and functions on dates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.signatures import (
    MISSING,
    Filter,
    Function,
    integer_argument,
    optional_text,
    text_argument,
)

if TYPE_CHECKING:
    from tiercel.expressions.dates import Moment
    from tiercel.expressions.zones import Zone


def _zone(run: Environment, what: str, value: object) -> Zone:
    from tiercel.expressions.zones import zone

    return zone(optional_text(what, "timeZone", value) or run.services.zone)


def read_date(
    run: Environment, what: str, value: object, time_zone: object, existing: object
) -> tuple[Moment, Zone]:
    """The input of a date filter, and the zone its result is wanted in.

    Args:
        run: The render that asks.
        what: The filter or function, for messages.
        value: Its input.
        time_zone: Its argument ``timeZone``.
        existing: Its argument ``existingFormat``.
    """
    from tiercel.expressions.dates import read_moment

    where = _zone(run, what, time_zone)
    pattern = optional_text(what, "existingFormat", existing)
    return read_moment(value, where, pattern, run.services.locale), where


def _written(run: Environment, what: str, instant: Moment, name: object, locale: object) -> str:
    from tiercel.expressions.date_formats import format_moment

    wanted = optional_text(what, "format", name)
    language = optional_text(what, "locale", locale) or run.services.locale
    if locale is not MISSING and locale is not None:
        from tiercel.expressions.locales import babel_locale

        babel_locale(language)
    return format_moment(instant, "iso" if wanted is None else wanted, language)


def _date(
    run: Environment,
    value: object,
    name: object,
    time_zone: object,
    existing: object,
    locale: object,
) -> str:
    instant, where = read_date(run, "filter `date`", value, time_zone, existing)
    return _written(run, "filter `date`", instant.at(where), name, locale)


def _date_add(
    run: Environment,
    value: object,
    amount: object,
    unit: object,
    name: object,
    time_zone: object,
    existing: object,
    locale: object,
) -> str:
    from tiercel.expressions.dates import moved

    what = "filter `dateAdd`"
    count = integer_argument(what, "amount", amount)
    kind = text_argument(what, "unit", unit)
    instant, where = read_date(run, what, value, time_zone, existing)
    return _written(run, what, moved(instant, count, kind).at(where), name, locale)


def _timestamp(name: str, convert: Callable[[Moment], object]) -> Filter:
    def stamp(run: Environment, value: object, time_zone: object, existing: object) -> object:
        return convert(read_date(run, f"filter `{name}`", value, time_zone, existing)[0])

    return Filter(stamp, ("timeZone", "existingFormat"))


def _now(
    run: Environment, name: object, time_zone: object, existing: object, locale: object
) -> str:
    what = "function `now`"
    instant, where = read_date(run, what, run.services.now(), time_zone, MISSING)
    return _written(run, what, instant.at(where), name, locale)


def _micro(instant: Moment) -> str:
    """Seconds times 10⁹ plus microseconds of the second: what flows written elsewhere rely on."""
    return str(instant.seconds * 1_000_000_000 + instant.nanos // 1000)


FILTERS: Final[Mapping[str, Filter]] = {
    "date": Filter(_date, ("format", "timeZone", "existingFormat", "locale")),
    "dateAdd": Filter(
        _date_add, ("amount", "unit", "format", "timeZone", "existingFormat", "locale"), required=2
    ),
    "timestamp": _timestamp("timestamp", lambda instant: instant.seconds),
    "timestampMilli": _timestamp(
        "timestampMilli", lambda instant: instant.seconds * 1000 + instant.nanos // 1_000_000
    ),
    "timestampMicro": _timestamp("timestampMicro", _micro),
    "timestampNano": _timestamp(
        "timestampNano", lambda instant: str(instant.seconds * 1_000_000_000 + instant.nanos)
    ),
}
FUNCTIONS: Final[Mapping[str, Function]] = {
    "now": Function(_now, ("format", "timeZone", "existingFormat", "locale")),
}
