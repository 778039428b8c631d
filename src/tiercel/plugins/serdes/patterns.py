"""Dates as text by patterns such as ``yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from tiercel.plugin.task import TaskFailedError

Moment = datetime | date | time
_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|(\[)|(\])|(.)", re.DOTALL)
Write = Callable[[Moment], str | None]


def moment_text(value: Moment, pattern: str) -> str:
    """Return a date, time or moment by a pattern.

    A section in brackets is left out where the value lacks what it asks for (an offset).

    Raises:
        TaskFailedError: The pattern has a letter that is not known.
    """
    parts: list[str] = []
    for section, is_optional in _compiled(pattern):
        texts = [write(value) for write in section]
        if None not in texts:
            parts += [text for text in texts if text is not None]
        elif not is_optional:
            raise TaskFailedError(f"The pattern '{pattern}' asks for more than {value} has")
    return "".join(parts)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> list[tuple[list[Write], bool]]:
    sections: list[tuple[list[Write], bool]] = [([], False)]
    for piece in _PIECE.finditer(pattern):
        quoted, letter, opening, closing, other = piece.groups()
        if opening or closing:
            sections.append(([], bool(opening)))
        elif letter:
            sections[-1][0].append(_writer(letter, len(piece.group()), pattern))
        else:
            text = other or ("'" if not quoted else quoted.replace("''", "'"))
            sections[-1][0].append(lambda _, text=text: text)  # type: ignore[misc]
    return sections


def _writer(letter: str, count: int, pattern: str) -> Write:
    if letter in "Xx":
        return lambda value: _offset(value, letter, count)
    if letter == "S":
        return lambda value: _fraction(value, count)
    name = _FIELDS.get(letter)
    if name is None:
        raise TaskFailedError(f"The pattern '{pattern}' has the unknown letter '{letter}'")

    def write(value: Moment) -> str | None:
        number = getattr(value, name, None)
        if number is None:
            return None
        if letter in "yu" and count == 2:
            number %= 100
        if letter == "h":
            number = number % 12 or 12
        return f"{number:0{count}}"

    return write


_FIELDS: Mapping[str, str] = {
    "y": "year",
    "u": "year",
    "M": "month",
    "d": "day",
    "H": "hour",
    "h": "hour",
    "m": "minute",
    "s": "second",
}


def _fraction(value: Moment, count: int) -> str | None:
    microsecond = getattr(value, "microsecond", None)
    return None if microsecond is None else f"{microsecond:06}".ljust(count, "0")[:count]


def _offset(value: Moment, letter: str, count: int) -> str | None:
    offset = value.utcoffset() if isinstance(value, datetime | time) else None
    if offset is None:
        return None
    if letter == "X" and not offset:
        return "Z"
    sign = "-" if offset < timedelta() else "+"
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    if count == 1 and not minutes:
        return f"{sign}{hours:02}"
    return f"{sign}{hours:02}{':' if count in (3, 5) else ''}{minutes:02}"
