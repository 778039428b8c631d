"""Date patterns: the letters of Java's ``DateTimeFormatter``, to write and to parse by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from tiercel.expressions.dates import Moment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.locales import babel_locale, zone_name
from tiercel.expressions.zones import written_offset

_LONGEST: Final = 1000


class Element(NamedTuple):
    """One part of a pattern.

    Attributes:
        letter: A pattern letter; empty for literal text.
        times: How often the letter is repeated.
        text: Literal text.
        pad: Width to which spaces are put in front; 0 for none.
        inner: Parts of an optional section, else None.
    """

    letter: str
    times: int
    text: str = ""
    pad: int = 0
    inner: tuple[Element, ...] | None = None


_MOST: Final = {
    **dict.fromkeys("yuYAnN", 19),
    **dict.fromkeys("MLQqEeGZXx", 5),
    **dict.fromkeys("dhKkHmsw", 2),
    **dict.fromkeys("aW", 1),
    "D": 3,
    "S": 9,
    "z": 4,
    "c": 5,
}
_EXACTLY: Final = {"V": (2,), "v": (1, 4), "O": (1, 4), "c": (1, 3, 4, 5)}


@lru_cache(maxsize=256)
def read_pattern(pattern: str) -> tuple[Element, ...]:
    """The parts of a pattern.

    Raises:
        ExpressionError: Kind ``value`` when it is malformed.
    """
    if len(pattern) > _LONGEST:
        raise _malformed(pattern, f"it is longer than {_LONGEST} characters")
    stack: list[list[Element]] = [[]]
    position = 0
    while position < len(pattern):
        character = pattern[position]
        if character.isascii() and character.isalpha():
            position = _add_letters(stack[-1], pattern, position)
        elif character == "'":
            position = _add_quoted(stack[-1], pattern, position)
        elif character == "[":
            stack.append([])
            position += 1
        elif character == "]":
            if len(stack) == 1:
                raise _malformed(pattern, "`]` without `[`")
            inner = tuple(stack.pop())
            stack[-1].append(Element("", 0, inner=inner))
            position += 1
        elif character in "{}#":
            raise _malformed(pattern, f"`{character}` is reserved")
        else:
            stack[-1].append(Element("", 0, character))
            position += 1
    while len(stack) > 1:
        inner = tuple(stack.pop())
        stack[-1].append(Element("", 0, inner=inner))
    return tuple(stack[0])


def _malformed(pattern: str, why: str) -> ExpressionError:
    return ExpressionError("value", f"Malformed date pattern `{pattern[:80]}`: {why}")


def _add_letters(found: list[Element], pattern: str, position: int) -> int:
    letter = pattern[position]
    count = _run_length(pattern, position)
    position += count
    pad = 0
    if letter == "p":
        pad = count
        letter = pattern[position : position + 1]
        if not (letter.isascii() and letter.isalpha()) or letter == "p":
            raise _malformed(pattern, "`p` must stand before another letter")
        count = _run_length(pattern, position)
        position += count
    exactly = _EXACTLY.get(letter)
    if letter not in _MOST and exactly is None:
        raise _malformed(pattern, f"unknown letter `{letter}`")
    if (exactly is not None and count not in exactly) or count > _MOST.get(letter, 19):
        raise _malformed(pattern, f"`{letter}` can't be repeated {count} times")
    found.append(Element(letter, count, pad=pad))
    return position


def _run_length(pattern: str, position: int) -> int:
    letter = pattern[position]
    end = position
    while end < len(pattern) and pattern[end] == letter:
        end += 1
    return end - position


def _add_quoted(found: list[Element], pattern: str, position: int) -> int:
    position += 1
    text = ""
    while True:
        end = pattern.find("'", position)
        if end < 0:
            raise _malformed(pattern, "a quote `'` is not closed")
        text += pattern[position:end]
        if pattern[end + 1 : end + 2] != "'":
            found.append(Element("", 0, text or "'"))
            return end + 1
        text += "'"
        position = end + 2


class Clock(NamedTuple):
    """What pattern letters read: an instant, its wall clock, and the language of names."""

    moment: Moment
    local: datetime
    locale: str

    @property
    def offset(self) -> int:
        """Offset of the zone in seconds."""
        return round((self.local.utcoffset() or timedelta()).total_seconds())


def format_by_pattern(instant: Moment, pattern: str, locale: str) -> str:
    """An instant written by a pattern in its zone.

    Raises:
        ExpressionError: Kind ``value`` for a malformed pattern, or a value too wide for it.
    """
    clock = Clock(instant, instant.local(), locale)
    return _written(clock, read_pattern(pattern))


def _written(clock: Clock, elements: tuple[Element, ...]) -> str:
    pieces: list[str] = []
    for element in elements:
        if element.inner is not None:
            pieces.append(_written(clock, element.inner))
        elif not element.letter:
            pieces.append(element.text)
        else:
            text = _WRITERS[element.letter](clock, element.times)
            if element.pad:
                if len(text) > element.pad:
                    raise ExpressionError(
                        "value", f"`{text}` is wider than the {element.pad} characters of `p`"
                    )
                text = text.rjust(element.pad)
            pieces.append(text)
    return "".join(pieces)


def _padded(number: int, count: int) -> str:
    return f"{number:0{count}d}"


def _year(number: int, count: int) -> str:
    if count == 2:
        return f"{number % 100:02d}"
    if count >= 4 and len(str(number)) > count:
        return f"+{number}"
    return _padded(number, count)


_WIDTHS: Final = {3: "abbreviated", 4: "wide", 5: "narrow"}


def names(locale: str, kind: str, context: str, count: int) -> Any:
    """Names of months, days, quarters or eras.

    Args:
        locale: Language.
        kind: ``months``, ``days``, ``quarters`` or ``day_periods``.
        context: ``format`` or ``stand-alone``.
        count: Repetitions of the letter: 3 short, 4 long, 5 one letter.
    """
    return getattr(babel_locale(locale), kind)[context][_WIDTHS[count]]


def _month(clock: Clock, count: int, context: str) -> str:
    month = clock.local.month
    if count <= 2:
        return _padded(month, count)
    return str(names(clock.locale, "months", context, count)[month])


def _quarter(clock: Clock, count: int, context: str) -> str:
    quarter = (clock.local.month + 2) // 3
    if count <= 2:
        return _padded(quarter, count)
    return str(names(clock.locale, "quarters", context, count)[quarter])


def _weekday_name(clock: Clock, count: int, context: str) -> str:
    return str(names(clock.locale, "days", context, max(count, 3))[clock.local.weekday()])


def _local_weekday(clock: Clock, count: int, context: str) -> str:
    if count >= 3:
        return _weekday_name(clock, count, context)
    first = babel_locale(clock.locale).first_week_day
    return _padded((clock.local.weekday() - first) % 7 + 1, count)


def week_of(local: datetime, locale: str) -> tuple[int, int]:
    """Week-based year and week of a date by the locale's rule."""
    rule = babel_locale(locale)
    for year in (local.year + 1, local.year, local.year - 1):
        start = first_week(year, rule.first_week_day, rule.min_week_days)
        days = local.toordinal() - start
        if days >= 0:
            return year, days // 7 + 1
    return local.year, 1


def first_week(year: int, first_day: int, minimum: int) -> int:
    """Ordinal of the first day of the first week of a year."""
    january = datetime(max(year, 1), 1, 1).toordinal()  # noqa: DTZ001 - a day, no time
    if year < 1:
        january -= 366
    elif year > 9999:
        january = datetime(9999, 12, 31).toordinal() + 1  # noqa: DTZ001
    start = january - (_weekday_of(january) - first_day) % 7
    return start if 7 - (january - start) >= minimum else start + 7


def _weekday_of(ordinal: int) -> int:
    return (ordinal + 6) % 7


def _week_of_month(clock: Clock, count: int) -> str:
    rule = babel_locale(clock.locale)
    first = clock.local.toordinal() - clock.local.day + 1
    start = first - (_weekday_of(first) - rule.first_week_day) % 7
    if 7 - (first - start) < rule.min_week_days:
        start += 7
    return _padded((clock.local.toordinal() - start) // 7 + 1, count)


def _era(clock: Clock, count: int) -> str:
    width = {4: "wide", 5: "narrow"}.get(count, "abbreviated")
    return str(babel_locale(clock.locale).eras[width][1])


def _half_day(clock: Clock, count: int) -> str:
    periods = names(clock.locale, "day_periods", "format", 3)
    return str(periods["am" if clock.local.hour < 12 else "pm"])


def _second_nanos(clock: Clock) -> int:
    return clock.moment.nanos


def _day_nanos(clock: Clock) -> int:
    local = clock.local
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return seconds * 1_000_000_000 + clock.moment.nanos


def _zone_id(clock: Clock, count: int) -> str:
    return clock.moment.zone.id


def _zone_name(clock: Clock, count: int) -> str:
    where = clock.moment.zone
    if not where.is_region:
        return where.id
    if count < 4 and where.id in ("UTC", "GMT", "UT"):
        return where.id
    short = clock.local.tzname() or ""
    if count < 4 and short.isalpha():
        return short
    variant = "daylight" if clock.local.dst() else "standard"
    return _named_zone(clock, "long" if count == 4 else "short", variant)


def _named_zone(clock: Clock, width: str, variant: str) -> str:
    """The name of the zone, or its offset when it has none."""
    zone_id = clock.moment.zone.id
    found = zone_name("Etc/UTC" if zone_id == "UTC" else zone_id, clock.locale, width, variant)
    return localized_offset(clock.offset, is_long=True) if found is None else found


def _generic_zone_name(clock: Clock, count: int) -> str:
    where = clock.moment.zone
    if not where.is_region or where.id in ("UTC", "GMT", "UT"):
        return where.id
    return _named_zone(clock, "long" if count == 4 else "short", "generic")


def localized_offset(seconds: int, *, is_long: bool) -> str:
    """An offset such as ``GMT+5:30`` or, when long, ``GMT+05:30``."""
    if not seconds:
        return "GMT"
    if is_long:
        return "GMT" + written_offset(seconds, ":", with_seconds=True)
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    text = f"GMT{sign}{hours}"
    if minutes or rest:
        text += f":{minutes:02d}"
    return text + (f":{rest:02d}" if rest else "")


def _plain_offset(seconds: int, count: int) -> str:
    """Offset of ``x``: one letter shortest, then minutes, colon, seconds if any."""
    separator = ":" if count in (3, 5) else ""
    return written_offset(seconds, separator, with_seconds=count >= 4, with_minutes=count > 1)


def _offset_or_zulu(clock: Clock, count: int) -> str:
    return _plain_offset(clock.offset, count) if clock.offset else "Z"


def _old_offset(clock: Clock, count: int) -> str:
    if count == 4:
        return localized_offset(clock.offset, is_long=True)
    if count == 5:
        return _offset_or_zulu(clock, 5)
    return _plain_offset(clock.offset, 2)


_WRITERS: Final[dict[str, Callable[[Clock, int], str]]] = {
    "G": _era,
    "y": lambda clock, count: _year(clock.local.year, count),
    "u": lambda clock, count: _year(clock.local.year, count),
    "Y": lambda clock, count: _year(week_of(clock.local, clock.locale)[0], count),
    "Q": lambda clock, count: _quarter(clock, count, "format"),
    "q": lambda clock, count: _quarter(clock, count, "stand-alone"),
    "M": lambda clock, count: _month(clock, count, "format"),
    "L": lambda clock, count: _month(clock, count, "stand-alone"),
    "w": lambda clock, count: _padded(week_of(clock.local, clock.locale)[1], count),
    "W": _week_of_month,
    "D": lambda clock, count: _padded(clock.local.timetuple().tm_yday, count),
    "d": lambda clock, count: _padded(clock.local.day, count),
    "E": lambda clock, count: _weekday_name(clock, count, "format"),
    "e": lambda clock, count: _local_weekday(clock, count, "format"),
    "c": lambda clock, count: _local_weekday(clock, count, "stand-alone"),
    "a": _half_day,
    "h": lambda clock, count: _padded((clock.local.hour + 11) % 12 + 1, count),
    "K": lambda clock, count: _padded(clock.local.hour % 12, count),
    "k": lambda clock, count: _padded(clock.local.hour or 24, count),
    "H": lambda clock, count: _padded(clock.local.hour, count),
    "m": lambda clock, count: _padded(clock.local.minute, count),
    "s": lambda clock, count: _padded(clock.local.second, count),
    "S": lambda clock, count: _padded(_second_nanos(clock), 9)[:count],
    "A": lambda clock, count: _padded(_day_nanos(clock) // 1_000_000, count),
    "n": lambda clock, count: _padded(_second_nanos(clock), count),
    "N": lambda clock, count: _padded(_day_nanos(clock), count),
    "V": _zone_id,
    "v": _generic_zone_name,
    "z": _zone_name,
    "O": lambda clock, count: localized_offset(clock.offset, is_long=count == 4),
    "X": _offset_or_zulu,
    "x": lambda clock, count: _plain_offset(clock.offset, count),
    "Z": _old_offset,
}
