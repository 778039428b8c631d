"""Dates out of texts by a pattern or by the name of a format."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from tiercel.expressions.date_formats import MONTHS, NAMED, PATTERNS, STYLES
from tiercel.expressions.date_patterns import Element, first_week, names, read_pattern
from tiercel.expressions.dates import Moment, moment, not_a_date
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.locales import babel_locale
from tiercel.expressions.zones import Zone, offset_zone, parsed_offset, zone

Fields = dict[str, int | str]
"""Parsed values by name: letters for numbers, ``offset`` in seconds, ``zone`` as an id."""


class _Mismatch(Exception):  # noqa: N818 - never leaves this file
    """The text does not go on as the pattern does."""


def parse_moment(text: str, pattern: str, where: Zone, locale: str) -> Moment:
    """The instant a text stands for.

    Args:
        text: The date as written.
        pattern: A pattern or a predefined name.
        where: Zone for texts without offset and zone.
        locale: Language of names.

    Raises:
        ExpressionError: Kind ``value`` when the text does not fit, or lacks the year, month or day.
    """
    named = _NAMED_FORMS.get(pattern)
    try:
        if named is not None:
            fields = _by_form(text, named)
        elif pattern in STYLES or pattern in NAMED:
            raise ExpressionError("value", f"`{pattern}` can't be used as `existingFormat`")
        else:
            elements = read_pattern(PATTERNS.get(pattern, pattern))
            fields, end = _Reader(text, locale).read(elements, 0, {})
            if end != len(text):
                raise _Mismatch
        return _resolved(fields, where, locale)
    except (_Mismatch, ValueError, OverflowError) as error:
        raise not_a_date(text, f"`{pattern[:80]}`") from error


_DATE = r"(?P<y>[0-9]{4})-(?P<M>[0-9]{2})-(?P<d>[0-9]{2})"
_TIME = r"(?P<H>[0-9]{2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:\.(?P<S>[0-9]{0,9}))?)?"
_OFFSET = r"(?P<offset>[Zz]|[+-][0-9]{2}(?::[0-9]{2}(?::[0-9]{2})?)?)"
_REGION = r"(?:\[(?P<zone>[^\]]+)\])?"
_NAMED_FORMS: Final[dict[str, re.Pattern[str]]] = {
    "iso_date_time": re.compile(f"{_DATE}[Tt]{_TIME}(?:{_OFFSET}{_REGION})?"),
    "iso_zoned_date_time": re.compile(f"{_DATE}[Tt]{_TIME}{_OFFSET}{_REGION}"),
    "iso_local_date_time": re.compile(f"{_DATE}[Tt]{_TIME}"),
    "iso_instant": re.compile(f"{_DATE}[Tt]{_TIME}(?P<offset>[Zz])"),
    "iso_date": re.compile(f"{_DATE}{_OFFSET}?"),
    "iso_local_date": re.compile(_DATE),
    "iso_ordinal_date": re.compile(rf"(?P<y>[0-9]{{4}})-(?P<D>[0-9]{{3}}){_OFFSET}?"),
    "iso_week_date": re.compile(
        rf"(?P<isoYear>[0-9]{{4}})-[Ww](?P<isoWeek>[0-9]{{2}})-(?P<isoDay>[1-7]){_OFFSET}?"
    ),
    "rfc_1123_date_time": re.compile(
        r"(?:(?P<day>Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<d>[0-9]{1,2}) "
        rf"(?P<month>{'|'.join(MONTHS)}) (?P<y>[0-9]{{4}}) "
        r"(?P<H>[0-9]{2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))? (?P<offset>GMT|[+-][0-9]{4})",
        re.IGNORECASE,
    ),
}


def _by_form(text: str, form: re.Pattern[str]) -> Fields:
    match = form.fullmatch(text)
    if match is None:
        raise _Mismatch
    fields: Fields = {}
    for name, value in match.groupdict().items():
        if value is None:
            continue
        if name == "offset":
            seconds = 0 if value.upper() == "GMT" else parsed_offset(value)
            if seconds is None:
                raise _Mismatch
            fields["offset"] = seconds
        elif name == "zone":
            fields["zone"] = value
        elif name == "S":
            fields["n"] = int(value.ljust(9, "0"))
        elif name == "month":
            fields["M"] = MONTHS.index(value.title()) + 1
        elif name == "day":
            fields["E"] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun").index(value.title())
        else:
            fields[name] = int(value)
    return fields


_FIXED_AT_TWO: Final = "MLdhKkHmswQqe"
_NUMERIC: Final = frozenset("yuYMLdDhKkHmsSAnNwWQqec")
_OFFSETS: Final = {
    1: re.compile(r"[+-][0-9]{2}(?:[0-9]{2})?"),
    2: re.compile(r"[+-][0-9]{4}"),
    3: re.compile(r"[+-][0-9]{2}:[0-9]{2}"),
    4: re.compile(r"[+-][0-9]{4}(?:[0-9]{2})?"),
    5: re.compile(r"[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?"),
}
_LOCALIZED_OFFSET: Final = re.compile(r"GMT(?:([+-])([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2}))?)?)?")
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]*(?::[0-9]{2})?|[+-][0-9:]+")


class _Reader:
    """Reads one text part by part."""

    __slots__ = ("_locale", "_text")

    def __init__(self, text: str, locale: str) -> None:
        self._text = text
        self._locale = locale

    def read(
        self, elements: tuple[Element, ...], position: int, fields: Fields
    ) -> tuple[Fields, int]:
        """Read all parts; returns what was found, and the offset after it."""
        for index, element in enumerate(elements):
            if element.inner is not None:
                try:
                    fields, position = self.read(element.inner, position, dict(fields))
                except _Mismatch:
                    continue
            elif not element.letter:
                if not self._text.startswith(element.text, position):
                    raise _Mismatch
                position += len(element.text)
            else:
                position = self._field(elements, index, position, fields)
        return fields, position

    def _field(
        self, elements: tuple[Element, ...], index: int, position: int, fields: Fields
    ) -> int:
        element = elements[index]
        limit = len(self._text)
        if element.pad:
            limit = position + element.pad
            if limit > len(self._text):
                raise _Mismatch
            while position < limit and self._text[position] == " ":
                position += 1
        if is_number(element):
            end = self._number(element, position, reserved(elements, index), limit, fields)
        else:
            end = _TEXT_READERS[element.letter](self, element.times, position, fields)
        if element.pad and end != limit:
            raise _Mismatch
        return end

    def _number(
        self, element: Element, position: int, reserve: int, limit: int, fields: Fields
    ) -> int:
        least, most = _widths(element)
        end = position
        while end < limit and end - position < most and self._text[end] in "0123456789":
            end += 1
        digits = end - position
        if least != most and reserve:
            digits = max(least, digits - reserve) if digits >= least else digits
        end = position + digits
        if digits < least:
            raise _Mismatch
        value = int(self._text[position:end])
        if element.letter == "S":
            put(fields, "n", value * 10 ** (9 - digits))
        elif element.letter in "yuY" and element.times == 2:
            put(fields, element.letter, 2000 + value)
        else:
            put(fields, {"L": "M", "u": "y"}.get(element.letter, element.letter), value)
        return end

    def name(self, position: int, candidates: dict[str, int]) -> tuple[int, int]:
        """The value of the longest name that stands here, and the offset after it."""
        best = ""
        for name in candidates:
            if len(name) > len(best) and self._text.startswith(name, position):
                best = name
        if not best:
            raise _Mismatch
        return candidates[best], position + len(best)

    def named(self, kind: str, context: str, letter: str, count: int) -> dict[str, int]:
        """Names with their values."""
        found = names(self._locale, kind, context, max(count, 3))
        return {str(name): int(value) for value, name in found.items() if str(value).isdigit()}

    def month(self, count: int, position: int, fields: Fields, context: str = "format") -> int:
        """A month by name."""
        value, end = self.name(position, self.named("months", context, "M", count))
        put(fields, "M", value)
        return end

    def weekday(self, count: int, position: int, fields: Fields) -> int:
        """A day of the week by name."""
        value, end = self.name(position, self.named("days", "format", "E", count))
        put(fields, "E", value)
        return end

    def quarter(self, count: int, position: int, fields: Fields) -> int:
        """A quarter by name; it says nothing about the day."""
        return self.name(position, self.named("quarters", "format", "Q", count))[1]

    def half_day(self, count: int, position: int, fields: Fields) -> int:
        """AM or PM."""
        periods = names(self._locale, "day_periods", "format", 3)
        value, end = self.name(position, {str(periods["am"]): 0, str(periods["pm"]): 1})
        put(fields, "a", value)
        return end

    def era(self, count: int, position: int, fields: Fields) -> int:
        """The era; only the present one has dates."""
        width = {4: "wide", 5: "narrow"}.get(count, "abbreviated")
        eras = babel_locale(self._locale).eras[width]
        value, end = self.name(position, {str(eras[0]): 0, str(eras[1]): 1})
        if value == 0:
            raise _Mismatch
        return end

    def offset(self, count: int, position: int, fields: Fields) -> int:
        """``x``."""
        match = _OFFSETS[count].match(self._text, position)
        if match is None:
            raise _Mismatch
        return self._put_offset(match.group(), match.end(), fields)

    def offset_or_zulu(self, count: int, position: int, fields: Fields) -> int:
        """``X``."""
        if self._text.startswith("Z", position):
            put(fields, "offset", 0)
            return position + 1
        return self.offset(count, position, fields)

    def old_offset(self, count: int, position: int, fields: Fields) -> int:
        """``Z``."""
        if count == 4:
            return self.localized_offset(count, position, fields)
        if count == 5:
            return self.offset_or_zulu(5, position, fields)
        return self.offset(2, position, fields)

    def localized_offset(self, count: int, position: int, fields: Fields) -> int:
        """``O``."""
        match = _LOCALIZED_OFFSET.match(self._text, position)
        if match is None:
            raise _Mismatch
        sign, hours, minutes, seconds = match.groups()
        total = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
        put(fields, "offset", -total if sign == "-" else total)
        return match.end()

    def _put_offset(self, text: str, end: int, fields: Fields) -> int:
        seconds = parsed_offset(text)
        if seconds is None:
            raise _Mismatch
        put(fields, "offset", seconds)
        return end

    def zone_id(self, count: int, position: int, fields: Fields) -> int:
        """``V``, and the names of zones that are ids."""
        match = _ZONE.match(self._text, position)
        if match is None:
            raise _Mismatch
        fields["zone"] = match.group()
        return match.end()


_TEXT_READERS: Final[dict[str, Callable[[_Reader, int, int, Fields], int]]] = {
    "M": _Reader.month,
    "L": lambda reader, count, position, fields: reader.month(
        count, position, fields, "stand-alone"
    ),
    "E": _Reader.weekday,
    "e": _Reader.weekday,
    "c": _Reader.weekday,
    "Q": _Reader.quarter,
    "q": _Reader.quarter,
    "a": _Reader.half_day,
    "G": _Reader.era,
    "x": _Reader.offset,
    "X": _Reader.offset_or_zulu,
    "Z": _Reader.old_offset,
    "O": _Reader.localized_offset,
    "V": _Reader.zone_id,
    "v": _Reader.zone_id,
    "z": _Reader.zone_id,
}


def put(fields: Fields, name: str, value: int) -> None:
    """Note a value. Two different ones for the same thing don't fit."""
    if fields.setdefault(name, value) != value:
        raise _Mismatch


def is_number(element: Element) -> bool:
    """Whether a part is written in digits."""
    if element.letter in "MLQqec" and element.times >= 3:
        return False
    return element.letter in _NUMERIC


def _widths(element: Element) -> tuple[int, int]:
    """Fewest and most digits of a part."""
    letter, count = element.letter, element.times
    if letter == "S":
        return count, count
    if letter in "yuY":
        if count == 2:
            return 2, 2
        return (1, 19) if count == 1 else (count, 19 if count == 3 else max(count, 4))
    if letter == "D":
        return count, 3
    if letter in "AnN":
        return count, 19
    return (2, 2) if count == 2 and letter in _FIXED_AT_TWO else (1, 19)


def reserved(elements: tuple[Element, ...], index: int) -> int:
    """Digits that the parts of fixed width right after this one need."""
    total = 0
    for element in elements[index + 1 :]:
        if element.inner is not None or not element.letter or not is_number(element):
            break
        least, most = _widths(element)
        if least != most:
            break
        total += least
    return total


def _integer(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None


def _resolved(fields: Fields, where: Zone, locale: str) -> Moment:
    """The instant of parsed values: with zone, else local time, else the start of the day."""
    day = _day(fields, locale)
    weekday = _integer(fields, "E")
    if weekday is not None and weekday != day.weekday():
        raise _Mismatch
    seconds, nanos = _time_of_day(fields)
    region, offset = fields.get("zone"), _integer(fields, "offset")
    has_time = seconds is not None
    wall = day + timedelta(seconds=seconds or 0)
    if not has_time:
        return moment(day, 0, where)
    own = zone(region) if isinstance(region, str) else None
    if offset is not None:
        instant = moment(wall, nanos, offset_zone(offset))
        return instant if own is None else instant.at(own)
    return moment(wall, nanos, own or where)


def _day(fields: Fields, locale: str) -> datetime:
    iso_year, iso_week = _integer(fields, "isoYear"), _integer(fields, "isoWeek")
    if iso_year is not None and iso_week is not None:
        return datetime.fromisocalendar(iso_year, iso_week, _integer(fields, "isoDay") or 1)
    year, month, day = (_integer(fields, name) for name in "yMd")
    if year is not None and month is not None and day is not None:
        if not 1 <= day <= 31:
            raise _Mismatch
        return datetime(year, month, min(day, monthrange(year, month)[1]))  # noqa: DTZ001
    ordinal = _integer(fields, "D")
    if year is not None and ordinal is not None:
        found = datetime(year, 1, 1) + timedelta(days=ordinal - 1)  # noqa: DTZ001
        if found.year != year:
            raise _Mismatch
        return found
    return _week_day(fields, locale)


def _week_day(fields: Fields, locale: str) -> datetime:
    """A day by week-based year, week and weekday."""
    year, week = _integer(fields, "Y"), _integer(fields, "w")
    rule = babel_locale(locale)
    weekday, number = _integer(fields, "E"), _integer(fields, "e")
    if weekday is None and number is not None:
        weekday = (number - 1 + rule.first_week_day) % 7
    if year is None or week is None or weekday is None or not 1 <= week <= 53:
        raise _Mismatch
    start = first_week(year, rule.first_week_day, rule.min_week_days) + 7 * (week - 1)
    return datetime.fromordinal(start + (weekday - rule.first_week_day) % 7)


_RANGES: Final = {
    "H": (0, 23),
    "k": (1, 24),
    "h": (1, 12),
    "K": (0, 11),
    "m": (0, 59),
    "s": (0, 59),
    "n": (0, 999_999_999),
    "A": (0, 86_399_999),
    "N": (0, 86_399_999_999_999),
    "M": (1, 12),
    "d": (1, 31),
}


def _time_of_day(fields: Fields) -> tuple[int | None, int]:
    """Second of the day (None without a time) and nanoseconds."""
    for name, (least, most) in _RANGES.items():
        value = _integer(fields, name)
        if value is not None and not least <= value <= most:
            raise _Mismatch
    whole = _integer(fields, "N")
    if whole is None and "A" in fields:
        whole = (_integer(fields, "A") or 0) * 1_000_000
    if whole is not None:
        return divmod(whole, 1_000_000_000)
    hour = _hour(fields)
    minute, second, nanos = (_integer(fields, name) for name in "msn")
    if hour is None or (second is not None and minute is None):
        return None, 0
    return hour * 3600 + (minute or 0) * 60 + (second or 0), nanos or 0


def _hour(fields: Fields) -> int | None:
    hour = _integer(fields, "H")
    if hour is None and "k" in fields:
        hour = (_integer(fields, "k") or 0) % 24
    half = _integer(fields, "a")
    if hour is None and half is not None:
        twelve = _integer(fields, "h")
        of_half = _integer(fields, "K") if twelve is None else twelve % 12
        return None if of_half is None else of_half + 12 * half
    return hour
