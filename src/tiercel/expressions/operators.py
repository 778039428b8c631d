"""What the operators do to two values. Positions are added by the compiler."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, DecimalException
from decimal import Overflow as DecimalOverflow
from typing import Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import (
    COMPARISONS,
    ELEMENTS,
    INTEGER_BITS,
    LARGE,
    check_list_size,
    check_text_size,
    exceeded,
)
from tiercel.expressions.values import (
    LARGEST_INTEGER,
    SMALLEST_INTEGER,
    as_list,
    is_integer,
    is_list,
    is_number,
    java_text,
    type_name,
    wrapped,
)

Number = int | float | Decimal

_DECIMAL_128: Final = Context(prec=34)
_EXACT: Final = Context(prec=INTEGER_BITS)


def operands_error(operator: str, left: object, right: object) -> ExpressionError:
    """The error for two values that an operator can't take."""
    return ExpressionError(
        "type",
        f"Operator `{operator}` can't be used with {type_name(left)} and {type_name(right)}",
        name=operator,
    )


def add(run: Environment, left: object, right: object) -> object:
    """``+``: concatenation with a text, a longer list, or a sum."""
    if type(left) is int and type(right) is int:
        return _whole(left + right, left, right)
    if isinstance(left, str) or isinstance(right, str):
        return concatenated(run, java_text(left), java_text(right))
    if is_list(left):
        found = [*as_list(left), *(as_list(right) if is_list(right) else (right,))]
        check_list_size(len(found))
        run.handle(len(found))
        return found
    return _arithmetic("+", left, right)


def concatenated(run: Environment, left: str, right: str) -> str:
    """Two texts as one. Raises when it gets too long."""
    text = left + right
    check_text_size(len(text))
    run.handle(len(text))
    return text


def subtract(run: Environment, left: object, right: object) -> object:
    """``-``: a difference, or a list without an element or without those of another list."""
    if type(left) is int and type(right) is int:
        return _whole(left - right, left, right)
    if not is_list(left):
        return _arithmetic("-", left, right)
    elements = as_list(left)
    if is_list(right):
        removed = Members(run, as_list(right))
        return [value for value in elements if not removed.has(value)]
    for index, value in enumerate(elements):
        if equal(run, value, right):
            return elements[:index] + elements[index + 1 :]
    return list(elements)


def multiply(run: Environment, left: object, right: object) -> object:
    """``*``."""
    return _arithmetic("*", left, right)


def divide(run: Environment, left: object, right: object) -> object:
    """``/``: of two integers the quotient truncated toward zero."""
    return _arithmetic("/", left, right)


def remainder(run: Environment, left: object, right: object) -> object:
    """``%``: the remainder with the sign of the left side."""
    return _arithmetic("%", left, right)


def _arithmetic(operator: str, left: Any, right: Any) -> Number:
    if not (is_number(left) and is_number(right)):
        raise operands_error(operator, left, right)
    if isinstance(left, float) or isinstance(right, float):
        return _DOUBLES[operator](as_double(left), as_double(right))
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return _decimals(operator, _decimal(left), _decimal(right))
    return _whole(_INTEGERS[operator](left, right), left, right)


def _whole(result: int, left: int, right: int) -> int:
    """Wrap a result, unless a side is a big integer, which stays exact."""
    if SMALLEST_INTEGER <= result <= LARGEST_INTEGER:
        return result
    for side in (left, right):
        if not SMALLEST_INTEGER <= side <= LARGEST_INTEGER:
            if result.bit_length() > INTEGER_BITS:
                raise exceeded("bits of a big integer", f"{INTEGER_BITS:,}")
            return result
    return wrapped(result)


def as_double(value: Any) -> float:
    """Any number as a double; too large ones become infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(value)


def _divided(left: int, right: int) -> int:
    if right == 0:
        raise ExpressionError("value", "Division by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _rest(left: int, right: int) -> int:
    if right == 0:
        raise ExpressionError("value", "Division by zero")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def _divided_double(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def _rest_double(left: float, right: float) -> float:
    if right == 0 or math.isinf(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


def _decimals(operator: str, left: Decimal, right: Decimal) -> Decimal:
    try:
        if operator == "+":
            return _EXACT.add(left, right)
        if operator == "-":
            return _EXACT.subtract(left, right)
        if operator == "*":
            return _EXACT.multiply(left, right)
        if right == 0:
            raise ExpressionError("value", "Division by zero")
        if operator == "%":
            return _EXACT.remainder(left, right)
        return _DECIMAL_128.divide(left, right)
    except DecimalOverflow as error:
        raise exceeded("digits of a decimal", f"{INTEGER_BITS:,}") from error
    except DecimalException as error:
        raise ExpressionError("value", f"Operator `{operator}` failed on decimals") from error


_INTEGERS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": _rest,
}
_DOUBLES: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided_double,
    "%": _rest_double,
}


def negative(value: Any) -> object:
    """Unary ``-``."""
    if is_integer(value):
        return _whole(-value, value, value)
    if is_number(value):
        return -value
    raise ExpressionError("type", f"Operator `-` can't be used with {type_name(value)}", name="-")


def positive(value: object) -> object:
    """Unary ``+``."""
    if is_number(value):
        return value
    raise ExpressionError("type", f"Operator `+` can't be used with {type_name(value)}", name="+")


def truth(value: object, what: str) -> bool:
    """A value as a condition of ``what``: numbers not zero, texts not empty; null is refused."""
    if value is True or value is False:
        return value
    if isinstance(value, str):
        return value != ""
    if is_number(value):
        return value != 0
    raise ExpressionError(
        "type", f"{what} needs a boolean, a number or a text, not {type_name(value)}"
    )


def equal(run: Environment, left: object, right: object) -> bool:
    """``==``: numbers by value, everything else only within its type."""
    if left is right:
        return left == left  # noqa: PLR0124 - NaN differs from itself
    if type(left) is str and type(right) is str:
        if len(left) > LARGE and len(left) == len(right):
            run.meter.handle(len(left))
        return left == right
    if is_number(left) and is_number(right):
        return _numbers_equal(left, right)
    if is_list(left) or isinstance(left, Mapping):
        return _Comparison(run).equal(left, right)
    return _scalars_equal(left, right)


def _numbers_equal(left: object, right: object) -> bool:
    if left == right:
        return True
    return as_double(left) == as_double(right)


def _scalars_equal(left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return type(left) is type(right) and left == right


class _Comparison:
    """Compares nested values, counting what it looks at."""

    __slots__ = ("_count", "_run")

    def __init__(self, run: Environment) -> None:
        self._run = run
        self._count = 0

    def equal(self, left: object, right: object) -> bool:
        self._count += 1
        if self._count > COMPARISONS:
            raise exceeded("values in one comparison", f"{COMPARISONS:,}")
        if is_number(left):
            return is_number(right) and _numbers_equal(left, right)
        if isinstance(left, Mapping):
            return isinstance(right, Mapping) and self._maps(left, right)
        if is_list(left):
            return is_list(right) and self._lists(left, right)
        return _scalars_equal(left, right)

    def _lists(self, left: object, right: object) -> bool:
        ours, theirs = as_list(left), as_list(right)
        if len(ours) != len(theirs):
            return False
        self._run.meter.visit(len(ours))
        return all(map(self.equal, ours, theirs))

    def _maps(self, left: Mapping[object, object], right: Mapping[object, object]) -> bool:
        if len(left) != len(right):
            return False
        self._run.meter.visit(len(left))
        return all(key in right and self.equal(value, right[key]) for key, value in left.items())


def is_member(run: Environment, value: object, elements: list[object]) -> bool:
    """Whether a list has an element equal to ``value``."""
    run.meter.visit(len(elements))
    return any(equal(run, element, value) for element in elements)


class Members:
    """Values that are searched many times, by the equality of ``==``.

    Args:
        run: The render that asks.
        elements: The values.
    """

    __slots__ = ("_keys", "_others", "_run")

    def __init__(self, run: Environment, elements: Iterable[object] = ()) -> None:
        self._run = run
        self._keys: set[object] = set()
        self._others: list[object] = []
        for element in elements:
            self.add(element)

    def add(self, value: object) -> None:
        """One more value."""
        key = _scalar_key(value)
        if key is None:
            self._others.append(value)
        else:
            self._keys.add(key)

    def has(self, value: object) -> bool:
        """Whether an equal value is there."""
        key = _scalar_key(value)
        if key is not None:
            return key in self._keys
        return is_member(self._run, value, self._others)


def _scalar_key(value: object) -> object:
    """Something hashable that is equal for equal scalars; None for other values."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return (value,)
    if is_number(value):
        number = as_double(value)
        return None if math.isnan(number) else number
    return None


def order(run: Environment, operator: str, left: object, right: object) -> int | None:
    """Order of two values: negative, zero or positive; None when a side is null or NaN.

    Raises:
        ExpressionError: Kind ``type`` unless both are numbers or both are texts.
    """
    if left is None or right is None:
        return None
    if is_number(left) and is_number(right):
        first, second = as_double(left), as_double(right)
        if math.isnan(first) or math.isnan(second):
            return None
        return (first > second) - (first < second)
    if isinstance(left, str) and isinstance(right, str):
        run.handle(len(left) + len(right))
        return text_order(left, right)
    raise operands_error(operator, left, right)


def text_order(left: str, right: str) -> int:
    """Order of two texts by UTF-16 code unit."""
    if left == right:
        return 0
    first, second = (
        left.encode("utf-16-be", "surrogatepass"),
        right.encode("utf-16-be", "surrogatepass"),
    )
    return 1 if first > second else -1


def contains(run: Environment, left: object, right: Callable[[], object]) -> bool:
    """``contains``; the right side is evaluated unless the left one is null."""
    if left is None:
        return False
    value = right()
    if is_list(left):
        elements = as_list(left)
        if is_list(value):
            members = Members(run, elements)
            return all(members.has(wanted) for wanted in as_list(value))
        return is_member(run, value, elements)
    if isinstance(left, Mapping):
        return has_key(left, value)
    if isinstance(left, str):
        run.handle(len(left))
        return java_text(value) in left
    raise operands_error("contains", left, value)


def has_key(entries: Mapping[object, object], key: object) -> bool:
    """Whether a map has a key; lists and maps are never keys, and booleans are no numbers."""
    if is_list(key) or isinstance(key, Mapping):
        return False
    if key not in entries:
        return False
    return not isinstance(key, bool) or any(known is key for known in entries)


def is_in(run: Environment, left: object, right: object) -> bool:
    """``isIn``: whether ``left`` has the text of an element, key or value of ``right``."""
    if left is None or right is None:
        return False
    wanted = java_text(left)
    candidates: list[object]
    if isinstance(right, Mapping):
        candidates = [*right.keys(), *right.values()]
    elif is_list(right):
        candidates = as_list(right)
    else:
        raise operands_error("isIn", left, right)
    run.meter.visit(len(candidates))
    return any(value is not None and java_text(value) == wanted for value in candidates)


def integer_range(run: Environment, start: object, end: object, step: object = 1) -> list[object]:
    """Inclusive list of integers (doubles are truncated), or of one-character texts.

    Raises:
        ExpressionError: Kind ``type`` for other bounds, ``value`` for a step of zero or a long
            list.
    """
    if not is_number(step):
        raise ExpressionError(
            "type", f"`increment` of a range must be an integer, not {type_name(step)}"
        )
    stride = truncated(step)
    if stride == 0:
        raise ExpressionError("value", "`increment` of a range must not be zero")
    if is_number(start) and is_number(end):
        first, last = truncated(start), truncated(end)
    elif isinstance(start, str) and isinstance(end, str) and len(start) == len(end) == 1:
        first, last = ord(start), ord(end)
    else:
        raise operands_error("..", start, end)
    steps = range(first, last + (1 if stride > 0 else -1), stride)
    count = max(0, (last - first) // stride + 1)
    if count > ELEMENTS:
        raise exceeded("elements of a range", f"{ELEMENTS:,}")
    run.handle(count)
    if isinstance(start, str):
        return [chr(code) for code in steps]
    return list(steps)


def truncated(value: Any) -> int:
    """A number as an integer, truncated toward zero. Raises ``value`` for NaN and infinities."""
    try:
        return int(value)
    except (ValueError, OverflowError) as error:
        raise ExpressionError("value", f"{java_text(value)} is not an integer") from error
