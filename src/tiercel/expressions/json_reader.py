"""Values out of JSON texts."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from tiercel.expressions.errors import ExpressionError

_SPACES: Final = " \t\r\n"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)


def read_json(text: str) -> Any:
    """The first JSON value of a text; what follows it is ignored.

    Args:
        text: JSON, with or without white space around it.

    Raises:
        ExpressionError: Kind ``value``, with the line and column inside the text.
    """
    start = 0
    while start < len(text) and text[start] in _SPACES:
        start += 1
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise _invalid("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        why = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise _invalid(f"{why} of `{text[:80]}`") from None
    except ValueError as error:
        raise _invalid(f"{error}: `{text[:80]}`") from None
    following = text[end : end + 1]
    if following and following not in _SPACES and not isinstance(value, (dict, list, str)):
        raise _invalid(f"Unexpected `{following}` after the value of `{text[:80]}`")
    return value


def _invalid(why: str) -> ExpressionError:
    return ExpressionError("value", f"Invalid json: {why}")
