"""Tests: what may stand after ``is``. ``defined`` belongs to the compiler, it must see errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tiercel.expressions.attributes import is_blank
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.values import is_integer, is_list, is_map, type_name


def is_empty(value: object) -> bool:
    """Whether a value is null, a text of blanks, or a list or map without content."""
    if value is None:
        return True
    if isinstance(value, str):
        return is_blank(value)
    return (is_list(value) or is_map(value)) and not value


def _is_odd(value: Any, name: str) -> bool:
    if not is_integer(value):
        raise ExpressionError("type", f"Test `{name}` needs an integer, not {type_name(value)}")
    return bool(value % 2)


def _is_json(value: object) -> bool:
    if not isinstance(value, str):
        raise ExpressionError("type", f"Test `json` needs a text, not {type_name(value)}")
    try:
        json.loads(value or "null")
    except (ValueError, RecursionError):
        return False
    return True


TESTS: Final[Mapping[str, Callable[[object], bool]]] = {
    "null": lambda value: value is None,
    "empty": is_empty,
    "even": lambda value: not _is_odd(value, "even"),
    "odd": lambda value: _is_odd(value, "odd"),
    "iterable": is_list,
    "map": is_map,
    "json": _is_json,
}
