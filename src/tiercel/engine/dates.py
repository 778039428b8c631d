"""Moments as templates and outputs show them."""

from __future__ import annotations

from datetime import UTC, datetime


def instant_text(date: datetime) -> str:
    """Return an aware moment as UTC text, such as ``2020-05-31T22:00:00Z``.

    A fraction of a second has as many digits as it needs, 3 or 6.
    """
    precision = "microseconds" if date.microsecond % 1000 else "milliseconds"
    text = date.astimezone(UTC).isoformat(timespec=precision if date.microsecond else "seconds")
    return f"{text.removesuffix('+00:00')}Z"
