"""Moments as templates and outputs show them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant_text(date: datetime) -> str:
    """Return a moment in UTC as ISO-8601 text, with as many digits of a second as needed (0, 3,
    6)."""
    date = date.astimezone(UTC)
    text = date.strftime("%Y-%m-%dT%H:%M:%S")
    if date.microsecond == 0:
        return f"{text}Z"
    if date.microsecond % 1000 == 0:
        return f"{text}.{date.microsecond // 1000:03}Z"
    return f"{text}.{date.microsecond:06}Z"
