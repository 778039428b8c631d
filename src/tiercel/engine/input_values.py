"""Turn raw values into the types of inputs and outputs.

Typed values are JSON-like, so that they can be stored and shown: dates, times, moments and
durations are ISO-8601 text in one normal form.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import struct
from collections.abc import Callable
from typing import Any

from tiercel.engine.dates import instant_text
from tiercel.expressions import ExpressionError
from tiercel.expressions.patterns import compiled
from tiercel.model.durations import format_duration, parse_duration
from tiercel.model.inputs import InputType
from tiercel.model.yaml import parse_yaml

_INT_RANGE = range(-(2**31), 2**31)
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?", re.ASCII)
_URI = re.compile(
    r"[a-z]+://(?:www\.)?[-a-zA-Z0-9@:%._+~#=]{1,256}\.[a-zA-Z0-9()]{1,6}\b"
    r"[-a-zA-Z0-9()@:%_+.~#?&/=]*"
)
_EMAIL = re.compile(r"(?:[a-zA-Z0-9_!#$%&'’*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+)?")
_FILE_SCHEMES = ("kestra://", "file://", "nsfile://")


class WrongValueError(ValueError):
    """A value does not fit its type; the text is the rule that it breaks."""


def typed(kind: InputType, value: Any) -> Any:
    """Return a non-null value as ``kind`` has it.

    Raises:
        WrongValueError: It does not fit.
    """
    return _CONVERSIONS[kind](value)


def text_of(value: Any) -> str:
    """Return a value as messages show it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    return json.dumps(value, ensure_ascii=False, default=str)


def _mismatch(kind: str, value: Any, reason: str) -> WrongValueError:
    return WrongValueError(
        f"Expected `{kind}` but received `{text_of(value)}` with errors:\n```\n{reason}\n```"
    )


def _string(value: Any) -> str:
    return text_of(value)


def _int(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and _WHOLE.fullmatch(value) and len(value) < 20:
        number = int(value)
    else:
        raise WrongValueError(f'For input string: "{text_of(value)}"')
    if number not in _INT_RANGE:
        raise WrongValueError(f'For input string: "{text_of(value)}"')
    return number


def _float(value: Any) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        if isinstance(value, str) and ("_" in value or value != value.strip()):
            raise ValueError
        return single_precision(float(value))
    except (ValueError, OverflowError):
        raise WrongValueError(f'For input string: "{text_of(value)}"') from None


def single_precision(number: float) -> float:
    """Return the shortest number that is the same 32-bit float."""
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    packed = struct.pack("f", number)
    for digits in range(1, 10):
        short = float(f"{number:.{digits}g}")
        if struct.pack("f", short) == packed:
            return short
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"
    raise _mismatch("BOOLEAN", value, "must be true or false")


def _datetime(value: Any) -> str:
    return instant_text(to_moment(value))


def to_moment(value: Any) -> dt.datetime:
    """Return an aware UTC moment of ISO-8601 text with ``Z`` or an offset.

    Raises:
        WrongValueError: It is none.
    """
    moment = value
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            raise _mismatch("DATETIME", value, _unparsable(value)) from None
    if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
        reason = f"{_unparsable(text_of(value))}; give a time with `Z` or an offset"
        raise _mismatch("DATETIME", value, reason)
    return moment.astimezone(dt.UTC)


def _unparsable(text: str) -> str:
    """Say where a date stops making sense, counting from 0."""
    pattern = "dddd-dd-ddTdd:dd:dd"
    for index, wanted in enumerate(pattern):
        if index >= len(text) or (text[index].isdigit() if wanted != "d" else False):
            return f"Text '{text}' could not be parsed at index {min(index, len(text))}"
        if wanted == "d" and not text[index].isdigit():
            start = pattern[: index + 1].rfind("-", 0, index)
            return f"Text '{text}' could not be parsed at index {max(start + 1, 0)}"
        if wanted != "d" and text[index] != wanted:
            return f"Text '{text}' could not be parsed at index {index}"
    return f"Text '{text}' could not be parsed"


def to_date(value: Any) -> dt.date:
    """Return the day of ``YYYY-MM-DD`` text.

    Raises:
        WrongValueError: It is none.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        return dt.date.fromisoformat(value)
    except ValueError:
        raise _mismatch("DATE", value, _unparsable(text_of(value))) from None


def to_time(value: Any) -> dt.time:
    """Return the time of day of ``HH:MM[:SS[.fff]]`` text.

    Raises:
        WrongValueError: It is none.
    """
    if isinstance(value, dt.time):
        return value
    try:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError
        return dt.time.fromisoformat(value)
    except ValueError:
        reason = f"Text '{text_of(value)}' could not be parsed at index 0"
        raise _mismatch("TIME", value, reason) from None


def format_time(time: dt.time) -> str:
    """Return a time of day with seconds, and as many digits of them as needed (0, 3, 6)."""
    if time.microsecond == 0:
        return time.isoformat("seconds")
    return time.isoformat("microseconds" if time.microsecond % 1000 else "milliseconds")


def to_length(value: Any) -> dt.timedelta:
    """Return the duration of ISO-8601 text.

    Raises:
        WrongValueError: It is none.
    """
    if isinstance(value, dt.timedelta):
        return value
    try:
        return parse_duration(text_of(value))
    except ValueError as error:
        raise _mismatch("DURATION", value, str(error)) from None


def _list(kind: str, value: Any) -> list[Any]:
    parsed = value
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise _mismatch(kind, value, str(error)) from None
    if not isinstance(parsed, (list, tuple)):
        raise _mismatch(kind, value, "must be a list, or text that holds a JSON list")
    return list(parsed)


def typed_list(kind: InputType, value: Any, item_type: InputType) -> list[Any]:
    """Return a list, or text that holds a JSON list, with typed elements.

    Raises:
        WrongValueError: It is no list, or an element does not fit.
    """
    items = []
    for item in _list(kind, value):
        try:
            items.append(typed(item_type, item))
        except WrongValueError:
            raise WrongValueError(
                f"Unable to parse array element as `{item_type}` on `{text_of(item)}`"
            ) from None
    return items


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise _mismatch("JSON", value, str(error)) from None


def _yaml(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    document = parse_yaml(value)
    if document.problems:
        raise _mismatch("YAML", value, document.problems[0].message)
    return document.root.plain() if document.root is not None else None


def _uri(value: Any) -> str:
    if not isinstance(value, str) or not _URI.fullmatch(value):
        raise WrongValueError(f"Expected `URI` but received `{text_of(value)}`")
    return value


def _email(value: Any) -> str:
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise WrongValueError("The input must be a valid email")
    return value


def _file(value: Any) -> str:
    if isinstance(value, str) and value.startswith(_FILE_SCHEMES):
        return value
    reason = "must be an upload or a URI of internal storage, such as `kestra:///…`"
    raise _mismatch("FILE", value, reason)


def matches(pattern: str, text: str) -> bool:
    """Whether a regular expression, in Java's spelling, matches all of ``text``.

    Raises:
        WrongValueError: It is no regular expression.
    """
    try:
        return compiled(pattern).fullmatch(text) is not None
    except ExpressionError as error:
        raise WrongValueError(error.message) from None


def is_pattern(pattern: str) -> bool:
    """Whether a text is a regular expression."""
    try:
        compiled(pattern)
    except ExpressionError:
        return False
    return True


_CONVERSIONS: dict[InputType, Callable[[Any], Any]] = {
    InputType.STRING: _string,
    InputType.INT: _int,
    InputType.FLOAT: _float,
    InputType.BOOLEAN: _boolean,
    InputType.BOOL: _boolean,
    InputType.DATETIME: _datetime,
    InputType.DATE: lambda value: to_date(value).isoformat(),
    InputType.TIME: lambda value: format_time(to_time(value)),
    InputType.DURATION: lambda value: format_duration(to_length(value)),
    InputType.ENUM: _string,
    InputType.SELECT: _string,
    InputType.MULTISELECT: lambda value: _list("MULTISELECT", value),
    InputType.ARRAY: lambda value: _list("ARRAY", value),
    InputType.JSON: _json,
    InputType.YAML: _yaml,
    InputType.URI: _uri,
    InputType.EMAIL: _email,
    InputType.SECRET: _string,
    InputType.FILE: _file,
}
