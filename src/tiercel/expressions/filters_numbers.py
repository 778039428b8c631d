"""Filters that make, change or format numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import INTEGER_BITS, exceeded
from tiercel.expressions.operators import negative
from tiercel.expressions.signatures import Filter, optional_text, text_input, wrong_input
from tiercel.expressions.values import LARGEST_INTEGER, SMALLEST_INTEGER, is_integer, is_number

_LONGEST_NUMBER: Final = 3000
_LARGEST_EXPONENT: Final = 3000
_WHOLE = re.compile(r"[+-]?[0-9]+")
_HEXADECIMAL = re.compile(r"([+-]?)(?:0[xX]|#)([0-9a-fA-F]+)")
_FLOATING = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_JAVA_DOUBLE = re.compile(r"[+-]?(?:NaN|Infinity)|(?:" + _FLOATING.pattern + r")[fFdD]?")


def _abs(run: Environment, value: Any) -> object:
    if not is_number(value):
        raise wrong_input("abs", "a number", value)
    if is_integer(value):
        return negative(value) if value < 0 else value
    return abs(value)


def _not_a_number(text: str, kind: str) -> ExpressionError:
    return ExpressionError("value", f"`{text[:50]}` can't be read as {kind}")


def _whole(text: str, *, is_bounded: bool) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise _not_a_number(text, "an integer")
    number = int(text)
    if is_bounded and not SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        raise _not_a_number(text, "an integer of 64 bits")
    return number


def _double(text: str) -> float:
    if _JAVA_DOUBLE.fullmatch(text.strip()) is None:
        raise _not_a_number(text, "a double")
    return float(text.strip().rstrip("fFdD") if "N" not in text and "I" not in text else text)


def _decimal(text: str) -> Decimal:
    if _FLOATING.fullmatch(text) is None:
        raise _not_a_number(text, "a decimal")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _not_a_number(text, "a decimal") from error
    if abs(number.adjusted()) > _LARGEST_EXPONENT:
        raise exceeded("as exponent of a decimal", _LARGEST_EXPONENT)
    return number


def _inferred(text: str) -> object:
    hexadecimal = _HEXADECIMAL.fullmatch(text)
    if hexadecimal is not None:
        return int(hexadecimal[1] + hexadecimal[2], 16)
    digits = text[:-1] if text[-1:] in ("L", "l") else text
    if _WHOLE.fullmatch(digits) is None:
        if digits != text or _JAVA_DOUBLE.fullmatch(text) is None or text.endswith(("NaN", "y")):
            raise _not_a_number(text, "a number")
        return _double(text)
    unsigned = digits.lstrip("+-")
    if len(unsigned) == 1 or unsigned[0] != "0":
        return int(digits)
    try:
        return int(digits, 8)
    except ValueError as error:
        raise _not_a_number(text, "an octal number, as the leading zero says") from error


def _number(run: Environment, value: object, kind: object) -> object:
    text = text_input("number", value)
    wanted = optional_text("filter `number`", "type", kind)
    if len(text) > _LONGEST_NUMBER:
        raise exceeded("digits of a number", f"{_LONGEST_NUMBER:,}")
    if wanted in ("INT", "LONG"):
        return _whole(text, is_bounded=True)
    if wanted == "BIGINTEGER":
        return _whole(text, is_bounded=False)
    if wanted in ("FLOAT", "DOUBLE"):
        return _double(text)
    if wanted == "BIGDECIMAL":
        return _decimal(text)
    number = _inferred(text)
    if isinstance(number, int) and number.bit_length() > INTEGER_BITS:
        raise exceeded("bits of a big integer", f"{INTEGER_BITS:,}")
    return number


def _number_format(run: Environment, value: Any, pattern: object) -> str:
    from tiercel.expressions.number_format import DEFAULT_PATTERN, format_number

    if not is_number(value):
        raise wrong_input("numberFormat", "a number", value)
    wanted = optional_text("filter `numberFormat`", "format", pattern)
    return format_number(value, DEFAULT_PATTERN if wanted is None else wanted, run.services.locale)


FILTERS: Final[Mapping[str, Filter]] = {
    "abs": Filter(_abs, takes_null=True),
    "number": Filter(_number, ("type",)),
    "numberFormat": Filter(_number_format, ("format",)),
}
