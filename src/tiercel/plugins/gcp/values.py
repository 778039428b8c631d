"""Values of BigQuery as rows hold them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from tiercel.plugins.rows.plain import json_value

_AS_THEY_ARE = (str, int, float, bool, bytes, date, time)


def row_value(value: Any) -> Any:
    """Return a value for a row file: exact numbers as floats, moments without a zone as UTC."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, _AS_THEY_ARE):
        return value
    if isinstance(value, Mapping):
        return {str(name): row_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [row_value(inner) for inner in value]
    return str(value)


def output_value(value: Any) -> Any:
    """Return a value of :func:`row_value` for outputs: JSON only."""
    if isinstance(value, dict):
        return {name: output_value(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [output_value(inner) for inner in value]
    return json_value(value)
