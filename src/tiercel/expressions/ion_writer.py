"""Compact Ion texts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from tiercel.expressions.date_text import date_time_text
from tiercel.expressions.limits import NESTING, check_text_size, exceeded
from tiercel.expressions.values import (
    as_list,
    double_text,
    integer_text,
    is_list,
    java_text,
    unsupported,
)
from tiercel.model.durations import format_duration

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_KEYWORDS: Final = frozenset({"null", "true", "false", "nan"})
_NEEDS_ESCAPE: Final = re.compile('[\x00-\x1f\x7f-\x9f"\\\\]')
_ESCAPES: Final = {
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\x0b": "\\v",
    "\x0c": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}


def ion_text(value: object) -> str:
    """A value as Ion; entries whose value is null are kept.

    Raises:
        ExpressionError: Kind ``value`` when it gets too long or too deep.
    """
    pieces: list[str] = []
    _write(value, pieces, [0], 0)
    return "".join(pieces)


def _add(pieces: list[str], size: list[int], piece: str) -> None:
    size[0] += len(piece)
    check_text_size(size[0])
    pieces.append(piece)


def _write(value: object, pieces: list[str], size: list[int], depth: int) -> None:
    if depth > NESTING:
        raise exceeded("levels of nesting", NESTING)
    if isinstance(value, Mapping):
        opener = "{"
        for key, inner in value.items():
            _add(pieces, size, f"{opener}{_symbol(java_text(key))}:")
            _write(inner, pieces, size, depth + 1)
            opener = ","
        _add(pieces, size, "}" if opener == "," else "{}")
    elif is_list(value):
        opener = "["
        for inner in as_list(value):
            _add(pieces, size, opener)
            _write(inner, pieces, size, depth + 1)
            opener = ","
        _add(pieces, size, "]" if opener == "," else "[]")
    else:
        _add(pieces, size, _scalar(value))


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return integer_text(value)
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text if "." in text else f"{text}."
    if isinstance(value, datetime):
        if value.tzinfo is UTC:
            return date_time_text(value)
        kind = "LocalDateTime" if value.tzinfo is None else "ZonedDateTime"
        return f'{kind}::"{date_time_text(value)}"'
    if isinstance(value, date):
        return f'LocalDate::"{value.isoformat()}"'
    if isinstance(value, time):
        return f'LocalTime::"{value.isoformat()}"'
    if isinstance(value, timedelta):
        return f'Duration::"{format_duration(value)}"'
    raise unsupported(value)


def _double(value: float) -> str:
    if math.isnan(value):
        return "nan"
    text = double_text(value)
    if text in ("Infinity", "-Infinity"):
        return "+inf" if value > 0 else "-inf"
    if text.endswith(".0"):
        return text[:-2] + "e0"
    return text if "E" in text else text + "e0"


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\x{ord(character):02x}"


def _string(text: str) -> str:
    return f'"{_NEEDS_ESCAPE.sub(_escaped, text)}"'


def _symbol(name: str) -> str:
    if _IDENTIFIER.fullmatch(name) is not None and name not in _KEYWORDS:
        return name
    body = _NEEDS_ESCAPE.sub(_escaped, name).replace('\\"', '"').replace("'", "\\'")
    return f"'{body}'"
