"""How filters and functions are declared, and how arguments are bound to parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.nodes import Arguments, Expression
from tiercel.expressions.values import is_integer, type_name


class Missing:
    """An argument that was not given."""

    __slots__ = ()


MISSING: Final = Missing()


class Filter(NamedTuple):
    """A filter.

    Attributes:
        function: Called with the render, the input and the arguments (:data:`MISSING` for absent
            ones).
        parameters: Names of the arguments in order; None for a filter that ignores what it is
            given.
        required: How many of the first arguments must be given.
        takes_null: Whether null reaches the function; else null in gives null out.
        takes_undefined: Whether a missing input reaches the function, as null.
    """

    function: Callable[..., object]
    parameters: tuple[str, ...] | None = None
    required: int = 0
    takes_null: bool = False
    takes_undefined: bool = False


class Function(NamedTuple):
    """A function.

    Attributes:
        function: Called with the render and the arguments (:data:`MISSING` for absent ones).
        parameters: Names of the arguments in order; None for any number of positional ones.
        required: How many of the first arguments must be given.
    """

    function: Callable[..., object]
    parameters: tuple[str, ...] | None = ()
    required: int = 0


def bound(
    what: str, parameters: tuple[str, ...], required: int, arguments: Arguments
) -> list[Expression | None]:
    """The expression for each parameter, None where nothing is given.

    Args:
        what: The thing called, for messages, such as "filter `date`".
        parameters: Names in order.
        required: How many of the first ones must be given.
        arguments: As written.

    Raises:
        ExpressionError: Kind ``type`` for unknown, surplus, repeated or absent arguments.
    """
    slots: list[Expression | None] = [None] * len(parameters)
    for index, (name, value, position) in enumerate(arguments.items):
        if name is None:
            if index >= len(parameters):
                count = len(parameters) or "no"
                raise ExpressionError(
                    "type", f"Too many arguments for {what}, it takes {count}", position=position
                )
            slots[index] = value
        elif name not in parameters:
            raise ExpressionError(
                "type",
                f"Unknown argument `{name}` of {what}",
                name=name,
                position=position,
                known=parameters,
            )
        else:
            slots[parameters.index(name)] = value
    for index in range(required):
        if slots[index] is None:
            raise ExpressionError("type", f"Argument `{parameters[index]}` of {what} is missing")
    return slots


def wrong_argument(what: str, argument: str, wanted: str, value: object) -> ExpressionError:
    """The error for an argument of the wrong type."""
    return ExpressionError(
        "type", f"Argument `{argument}` of {what} must be {wanted}, not {type_name(value)}"
    )


def wrong_input(what: str, wanted: str, value: object) -> ExpressionError:
    """The error for the input of a filter that has the wrong type."""
    return ExpressionError("type", f"Filter `{what}` needs {wanted}, not {type_name(value)}")


def text_input(what: str, value: object) -> str:
    """The input of a filter that takes only texts."""
    if isinstance(value, str):
        return value
    raise wrong_input(what, "a text", value)


def text_argument(what: str, argument: str, value: object) -> str:
    """An argument that must be a text."""
    if isinstance(value, str):
        return value
    raise wrong_argument(what, argument, "a text", value)


def integer_argument(what: str, argument: str, value: Any) -> int:
    """An argument that must be an integer."""
    if is_integer(value):
        return int(value)
    raise wrong_argument(what, argument, "an integer", value)


def optional_text(what: str, argument: str, value: object) -> str | None:
    """An argument that is a text, null or absent."""
    if value is MISSING or value is None:
        return None
    return text_argument(what, argument, value)
