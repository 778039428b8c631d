"""ISO-8601 durations as the flow format has them: days, hours, minutes, seconds, nothing longer.

Years, months and weeks have no fixed length, so ``P1Y`` is refused. ``PT36H`` and ``P1DT12H`` are
the same.
"""

from __future__ import annotations

import re
from datetime import timedelta

_PATTERN = re.compile(
    r"(?P<sign>[-+])?P(?:(?P<days>[-+]?\d+)D)?"
    r"(?P<time>T(?:(?P<hours>[-+]?\d+)H)?(?:(?P<minutes>[-+]?\d+)M)?"
    r"(?:(?P<seconds>[-+]?\d+)(?:[.,](?P<fraction>\d{0,9}))?S)?)?",
    re.IGNORECASE | re.ASCII,
)
_MICROSECONDS = 1_000_000


def parse_duration(text: str) -> timedelta:
    """Return the duration that ``text`` says, such as ``PT15S`` or ``P1DT2H``; letters in any case.

    Fractions of a second finer than a microsecond are cut off.

    Raises:
        ValueError: The text is not a duration, or one of more than 999,999,999 days.
    """
    match = _PATTERN.fullmatch(text)
    parts = match.groupdict() if match else {}
    units = ("days", "hours", "minutes", "seconds")
    if match is None or all(parts[unit] is None for unit in units):
        raise ValueError("Text cannot be parsed to a Duration")
    if parts["time"] is not None and len(parts["time"]) == 1:
        raise ValueError("Text cannot be parsed to a Duration")
    try:
        length = timedelta(**{unit: int(parts[unit] or 0) for unit in units})
        fraction = int((parts["fraction"] or "0").ljust(6, "0")[:6])
        if (parts["seconds"] or "").startswith("-"):
            fraction = -fraction
        length += timedelta(microseconds=fraction)
    except OverflowError:
        raise ValueError("Text cannot be parsed to a Duration") from None
    return -length if parts["sign"] == "-" else length


def to_duration(value: object) -> timedelta:
    """Return the duration of a property's value: ISO-8601 text, or seconds as a number or its text.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_seconds(float(value))
    if not isinstance(value, str):
        raise ValueError("Text cannot be parsed to a Duration")
    text = value.strip()
    if text[:1] in "0123456789." and text:
        try:
            return _from_seconds(float(text))
        except ValueError:
            raise ValueError("Text cannot be parsed to a Duration") from None
    return parse_duration(text)


def _from_seconds(seconds: float) -> timedelta:
    try:
        return timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise ValueError("Text cannot be parsed to a Duration") from None


def format_duration(duration: timedelta) -> str:
    """Return ISO-8601 text in hours, minutes and seconds: ``PT36H``, ``PT1M0.5S``, ``PT0S``."""
    total = duration // timedelta(microseconds=1)
    if total == 0:
        return "PT0S"
    sign = -1 if total < 0 else 1
    seconds, fraction = divmod(abs(total), _MICROSECONDS)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = "PT"
    if hours:
        text += f"{sign * hours}H"
    if minutes:
        text += f"{sign * minutes}M"
    if seconds or fraction:
        digits = f".{fraction:06d}".rstrip("0") if fraction else ""
        text += f"{'-' if sign < 0 else ''}{seconds}{digits}S"
    return text
