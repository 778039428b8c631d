"""Rendered properties as the numbers and durations they stand for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tiercel.engine.flowables.base import FlowableFailedError
from tiercel.model.durations import to_duration


def to_limit(name: str, value: Any) -> int:
    """Return a whole number from 0; 0 for nothing. Raises FlowableFailedError for anything else."""
    if value is None or value == "":
        return 0
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if number < 0:
        raise FlowableFailedError(f"'{name}' must be a whole number from 0, not '{value}'")
    return number


def to_optional_duration(name: str, value: Any) -> timedelta | None:
    """Return a duration, None for nothing. Raises FlowableFailedError when it is not one."""
    if value is None or value == "":
        return None
    try:
        return to_duration(value)
    except ValueError as error:
        raise FlowableFailedError(f"'{name}' is not a duration: {error}") from error
