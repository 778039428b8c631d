"""Functions that say something about the day of a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.filters_dates import read_date
from tiercel.expressions.signatures import MISSING, Function, text_argument

_DAYS: Final = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_POSITIONS: Final = ("FIRST", "SECOND", "THIRD", "FOURTH", "LAST")
_SATURDAY: Final = 5


def _local(run: Environment, name: str, value: object) -> datetime:
    """Wall clock of a date in the server's zone."""
    what = f"function `{name}`"
    instant, where = read_date(run, what, value, MISSING, MISSING)
    return instant.at(where).local()


def _of_day(name: str, tell: Callable[[datetime], object]) -> Function:
    return Function(lambda run, value: tell(_local(run, name, value)), ("date",), 1)


def _word(what: str, argument: str, value: object, known: tuple[str, ...]) -> int:
    word = text_argument(what, argument, value).upper()
    if word not in known:
        raise ExpressionError(
            "value",
            f"Unknown `{argument}` of {what}: `{word[:50]}`",
            hint=f"Use one of {', '.join(known)}",
        )
    return known.index(word)


def _is_day_week_in_month(run: Environment, value: object, day: object, position: object) -> bool:
    name = "isDayWeekInMonth"
    from calendar import monthrange

    local = _local(run, name, value)
    what = f"function `{name}`"
    wanted = _word(what, "dayOfWeek", day, _DAYS)
    place = _word(what, "dayInMonth", position, _POSITIONS)
    if local.weekday() != wanted:
        return False
    if _POSITIONS[place] == "LAST":
        return local.day + 7 > monthrange(local.year, local.month)[1]
    return (local.day - 1) // 7 == place


def _is_last_working_day(local: datetime) -> bool:
    from calendar import monthrange

    last = local.replace(day=monthrange(local.year, local.month)[1])
    while last.weekday() >= _SATURDAY:
        last -= timedelta(days=1)
    return local.day == last.day


FUNCTIONS: Final[Mapping[str, Function]] = {
    "isWeekend": _of_day("isWeekend", lambda local: local.weekday() >= _SATURDAY),
    "dayOfWeek": _of_day("dayOfWeek", lambda local: _DAYS[local.weekday()]),
    "dayOfMonth": _of_day("dayOfMonth", lambda local: local.day),
    "monthOfYear": _of_day("monthOfYear", lambda local: local.month),
    "hourOfDay": _of_day("hourOfDay", lambda local: local.hour),
    "isLastWorkingDay": _of_day("isLastWorkingDay", _is_last_working_day),
    "isDayWeekInMonth": Function(_is_day_week_in_month, ("date", "dayOfWeek", "dayInMonth"), 3),
}
