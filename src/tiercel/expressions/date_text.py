"""ISO texts of dates and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone


def fraction_text(microsecond: int) -> str:
    """A fraction of a second with 0, 3 or 6 digits and its point."""
    if not microsecond:
        return ""
    digits = f"{microsecond:06d}"
    return "." + (digits[:3] if digits.endswith("000") else digits)


def offset_text(value: datetime) -> str:
    """Offset of an aware date-time such as ``+02:00``; ``Z`` for zero."""
    offset = value.utcoffset() or timedelta()
    seconds = round(offset.total_seconds())
    if not seconds:
        return "Z"
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{sign}{hours:02d}:{minutes:02d}" + (f":{rest:02d}" if rest else "")


def date_time_text(value: datetime) -> str:
    """A date-time as it prints: UTC as an instant, others with offset and zone, naive ones bare."""
    if value.tzinfo is UTC or value.tzinfo == UTC:
        return f"{value:%Y-%m-%dT%H:%M:%S}{fraction_text(value.microsecond)}Z"
    text = f"{value:%Y-%m-%dT%H:%M}"
    if value.second or value.microsecond:
        text += f":{value.second:02d}" + fraction_text(value.microsecond)
    if value.tzinfo is None:
        return text
    text += offset_text(value)
    if isinstance(value.tzinfo, timezone):
        return text
    return f"{text}[{value.tzinfo}]"


def offset_date_time_text(value: datetime) -> str:
    """A date-time as JSON has it: with seconds and offset, without the zone."""
    text = f"{value:%Y-%m-%dT%H:%M:%S}{fraction_text(value.microsecond)}"
    return text if value.tzinfo is None else text + offset_text(value)


def duration_seconds(value: timedelta) -> str:
    """A duration as seconds with nine decimals, the form JSON has it in."""
    microseconds = value // timedelta(microseconds=1)
    sign = "-" if microseconds < 0 else ""
    whole, rest = divmod(abs(microseconds), 1_000_000)
    return f"{sign}{whole}.{rest:06d}000"
