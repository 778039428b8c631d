"""Values of rows as JSON has them, and their dates as text."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any


def seconds_text(value: datetime | time) -> str:
    """Return ``HH:MM:SS`` with as many digits of the fraction as are needed."""
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if value.microsecond:
        text += f".{value.microsecond:06}".rstrip("0")
    return text


def date_text(value: date) -> str:
    """Return ``YYYY-MM-DD``."""
    return f"{value.year:04}-{value.month:02}-{value.day:02}"


def json_value(value: Any) -> Any:
    """Return what outputs hold for a value: JSON only.

    Moments in UTC, bytes in base64, whole decimals as integers, ``NaN`` and ``Infinity`` as text.
    """
    change = _JSON.get(type(value))
    return value if change is None else change(value)


def _json_moment(value: datetime) -> str:
    if value.tzinfo is None:
        return f"{date_text(value)}T{seconds_text(value)}"
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        return value.isoformat()
    return f"{date_text(value)}T{seconds_text(value)}Z"


def _json_float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _json_decimal(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return _json_float(float(value))
    if value == value.to_integral_value():
        return int(value)
    return float(value)


_JSON: Mapping[type, Callable[[Any], Any]] = {
    datetime: _json_moment,
    date: date_text,
    time: seconds_text,
    float: _json_float,
    Decimal: _json_decimal,
    bytes: lambda value: base64.b64encode(value).decode(),
    list: lambda value: [json_value(item) for item in value],
    dict: lambda value: {key: json_value(item) for key, item in value.items()},
}
