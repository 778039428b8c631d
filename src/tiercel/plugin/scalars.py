"""Single values: what they are, how they are shown, and how they become what a type wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from tiercel.model.durations import format_duration, to_duration
from tiercel.model.yaml import Node


def raw_of(value: Any) -> Any:
    """Return a value without its place; lists and maps keep nodes inside."""
    return value.value if isinstance(value, Node) else value


def plain_of(value: Any) -> Any:
    """Return a value as plain data."""
    return value.plain() if isinstance(value, Node) else value


def place_of(value: Any) -> tuple[int, int]:
    """Return line and column of a value, 0 when it has none."""
    return (value.line, value.column) if isinstance(value, Node) else (0, 0)


def text_of(value: Any) -> str:
    """Return a single value as it was written."""
    if isinstance(value, Node) and value.text is not None:
        return value.text
    raw = raw_of(value)
    if raw is None:
        return "null"
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw)


def kind_of(raw: Any) -> str:
    """Return a value as messages show it."""
    if isinstance(raw, Mapping):
        return "a map"
    if isinstance(raw, list):
        return "a list"
    return f"`{text_of(raw)}`"


def _fit_text(value: Any, is_rendered: bool) -> Any:
    raw = raw_of(value)
    if isinstance(raw, (dict, list)):
        if is_rendered:
            return json.dumps(raw, ensure_ascii=False, separators=(",", ":"), default=str)
        raise ValueError("must be text")
    return raw if isinstance(raw, str) else text_of(value)


def _fit_integer(value: Any, _is_rendered: bool) -> Any:
    raw = raw_of(value)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    try:
        if isinstance(raw, str):
            return int(raw.strip())
    except ValueError:
        pass
    raise ValueError("must be a whole number")


def _fit_number(value: Any, _is_rendered: bool) -> Any:
    raw = raw_of(value)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return raw
    try:
        if isinstance(raw, str):
            return float(raw.strip())
    except ValueError:
        pass
    raise ValueError("must be a number")


def _fit_boolean(value: Any, is_rendered: bool) -> Any:
    raw = raw_of(value)
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        text = raw.strip().lower() if is_rendered else raw
        if text in ("true", "false"):
            return text == "true"
    raise ValueError("must be true or false")


def _fit_duration(value: Any, _is_rendered: bool) -> Any:
    try:
        return format_duration(to_duration(raw_of(value)))
    except ValueError:
        raise ValueError("must be a duration; write it like `PT15S`, `PT2H` or `P1D`") from None


SCALARS: dict[type, Callable[[Any, bool], Any]] = {
    str: _fit_text,
    int: _fit_integer,
    float: _fit_number,
    bool: _fit_boolean,
    timedelta: _fit_duration,
}
"""How each type of single values is fitted; raises ValueError with a rule and a hint."""
