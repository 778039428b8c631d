"""The closures that expressions are made of, apart from how they are found in the syntax tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from tiercel.expressions import operators
from tiercel.expressions.attributes import attribute
from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import LARGE, check_list_size, check_text_size
from tiercel.expressions.nodes import Attribute, Expression, Literal, Name
from tiercel.expressions.signatures import MISSING
from tiercel.expressions.signatures import Filter as FilterDeclaration
from tiercel.expressions.values import concatenated_text

Evaluate: TypeAlias = Callable[[Environment], Any]
"""An expression ready to be evaluated."""


def constant_path(node: Attribute) -> tuple[Name, tuple[str, ...]] | None:
    """The variable and the keys of an attribute whose keys are all constant texts, else None."""
    keys: list[str] = []
    current: Expression = node
    while isinstance(current, Attribute):
        key = current.key
        if not (isinstance(key, Literal) and isinstance(key.value, str)):
            return None
        keys.append(key.value)
        current = current.target
    if not isinstance(current, Name):
        return None
    keys.reverse()
    return current, tuple(keys)


def bound_pair(node: Expression) -> tuple[str, str] | None:
    """The variable and the key of ``name.key``, else None."""
    if isinstance(node, Attribute) and isinstance(node.target, Name):
        path = constant_path(node)
        if path is not None:
            return node.target.name, path[1][0]
    return None


def context_pair(node: Attribute, name: str, key: str) -> Evaluate:
    """``name.key`` where the template never binds the name."""

    def evaluate(run: Environment) -> Any:
        try:
            value = run.context[name]
            if type(value) is dict:
                return value[key]
        except KeyError:
            pass
        return walk(run, node)

    return evaluate


def bound_name(node: Name, name: str) -> Evaluate:
    """A variable that the template may bind."""

    def evaluate(run: Environment) -> Any:
        try:
            return run.variables[name]
        except KeyError:
            return lookup(run, node)

    return evaluate


def bound_name_pair(node: Attribute, name: str, key: str) -> Evaluate:
    """``name.key`` where the template may bind the name."""

    def evaluate(run: Environment) -> Any:
        try:
            value = run.variables[name]
            if type(value) is dict:
                return value[key]
        except KeyError:
            pass
        return walk(run, node)

    return evaluate


def walk(run: Environment, node: Expression) -> Any:
    """Evaluate a path step by step, with an error that knows its place."""
    if isinstance(node, Name):
        return lookup(run, node)
    assert isinstance(node, Attribute) and isinstance(node.key, Literal)  # noqa: S101, PT018
    target = walk(run, node.target)
    owner = node.target.name if isinstance(node.target, Name) else None
    try:
        return attribute(run, target, node.key.value, owner)
    except ExpressionError as error:
        error.located(node.position)
        raise


def lookup(run: Environment, node: Name) -> Any:
    """A variable of the template, or else of the context."""
    name = node.name
    if name in run.variables:
        return run.variables[name]
    try:
        return run.context[name]
    except KeyError:
        raise unknown_name(run, node) from None


def unknown_name(run: Environment, node: Name) -> ExpressionError:
    """The error for a variable that does not exist."""
    return ExpressionError("undefined", name=node.name, position=node.position, known=run.visible())


def unknown(what: str, name: str, position: int, known: Any) -> ExpressionError:
    """The error for a filter, function or test that does not exist."""
    return ExpressionError(
        "syntax", f"Unknown {what} `{name}`", name=name, position=position, known=known
    )


def fail(error: ExpressionError) -> Any:
    """Raise, as an expression."""
    raise error


def failing(make: Callable[[], ExpressionError]) -> Evaluate:
    """An expression that always fails; the error is made anew each time."""
    return lambda run: fail(make())


def failing_as(error: ExpressionError, position: int) -> Evaluate:
    """An expression that always fails in the same way."""
    error.located(position)
    return lambda run: fail(error.fresh())


def absent(run: Environment) -> Any:
    """The expression of an argument that was not given."""
    return MISSING


def constant(value: object) -> Evaluate:
    """An expression that is always the same."""
    return lambda run: value


def charged(run: Environment, value: Any) -> Any:
    """Count a large result."""
    kind = type(value)
    if (kind is str or kind is list or kind is dict) and len(value) > LARGE:
        if kind is str:
            check_text_size(len(value))
        else:
            check_list_size(len(value))
        run.meter.handle(len(value))
    return value


def joined(parts: list[Evaluate], position: int) -> Evaluate:
    """Texts of all parts one after the other."""

    def evaluate(run: Environment) -> Any:
        pieces = [part(run) for part in parts]
        try:
            text = "".join(
                [piece if type(piece) is str else concatenated_text(piece) for piece in pieces]
            )
            return text if len(text) <= LARGE else charged(run, text)
        except ExpressionError as error:
            error.located(position)
            raise

    return evaluate


def applying(
    found: FilterDeclaration, arguments: list[Evaluate], position: int
) -> Callable[[Environment, Evaluate], Any]:
    """Arguments first, then the input, then the filter."""
    function, takes_null = found.function, found.takes_null
    count = len(arguments) if found.parameters is not None else 0

    def apply(run: Environment, operand: Evaluate) -> Any:
        given = [argument(run) for argument in arguments]
        value = operand(run)
        if value is None and not takes_null:
            return None
        kind = type(value)
        try:
            if (kind is str or kind is list or kind is dict) and len(value) > LARGE:
                run.meter.handle(len(value))
            if count:
                return charged(run, function(run, value, *given))
            return charged(run, function(run, value))
        except ExpressionError as error:
            error.located(position)
            raise

    return apply


def rescuing(
    function: Callable[..., object], arguments: list[Evaluate], position: int
) -> Callable[[Environment, Evaluate], Any]:
    """A filter that takes a missing input for null."""

    def apply(run: Environment, operand: Evaluate) -> Any:
        given = [argument(run) for argument in arguments]
        try:
            value = operand(run)
        except ExpressionError as error:
            if not error.is_covered:
                raise
            value = None
        try:
            return function(run, value, *given)
        except ExpressionError as error:
            error.located(position)
            raise

    return apply


def is_defined(run: Environment, operand: Evaluate) -> bool:
    """Whether an expression gives a value that is not null."""
    try:
        return operand(run) is not None
    except ExpressionError as error:
        if error.is_covered:
            return False
        raise


def not_(operand: Evaluate, position: int) -> Evaluate:
    """``not``."""

    def evaluate(run: Environment) -> Any:
        value = operand(run)
        if value is True:
            return False
        try:
            return not operators.truth(value, "Operator `not`")
        except ExpressionError as error:
            error.located(position)
            raise

    return evaluate


def _and(left: Evaluate, right: Evaluate, position: int) -> Evaluate:
    def evaluate(run: Environment) -> Any:
        try:
            if not operators.truth(left(run), "Operator `and`"):
                return False
            return operators.truth(right(run), "Operator `and`")
        except ExpressionError as error:
            error.located(position)
            raise

    return evaluate


def _or(left: Evaluate, right: Evaluate, position: int) -> Evaluate:
    def evaluate(run: Environment) -> Any:
        try:
            if operators.truth(left(run), "Operator `or`"):
                return True
            return operators.truth(right(run), "Operator `or`")
        except ExpressionError as error:
            error.located(position)
            raise

    return evaluate


def _contains(left: Evaluate, right: Evaluate, position: int) -> Evaluate:
    def evaluate(run: Environment) -> Any:
        try:
            return operators.contains(run, left(run), lambda: right(run))
        except ExpressionError as error:
            error.located(position)
            raise

    return evaluate


def _coalesce(left: Evaluate, right: Evaluate, position: int) -> Evaluate:
    def evaluate(run: Environment) -> Any:
        try:
            value = left(run)
        except ExpressionError as error:
            if not error.is_covered:
                raise
            value = None
        return right(run) if value is None else value

    return evaluate


def _coalesce_undefined(left: Evaluate, right: Evaluate, position: int) -> Evaluate:
    def evaluate(run: Environment) -> Any:
        try:
            return left(run)
        except ExpressionError as error:
            if not error.is_covered:
                raise
        return right(run)

    return evaluate


def _ordered(operator: str, holds: Callable[[int], bool]) -> Callable[..., object]:
    def compare(run: Environment, left: object, right: object) -> bool:
        found = operators.order(run, operator, left, right)
        return found is not None and holds(found)

    return compare


LAZY: Final[dict[str, Callable[[Evaluate, Evaluate, int], Evaluate]]] = {
    "and": _and,
    "or": _or,
    "contains": _contains,
    "??": _coalesce,
    "???": _coalesce_undefined,
}
STRICT: Final[dict[str, Callable[..., object]]] = {
    "+": operators.add,
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "%": operators.remainder,
    "==": operators.equal,
    "equals": operators.equal,
    "!=": lambda run, left, right: not operators.equal(run, left, right),
    "<": _ordered("<", lambda order: order < 0),
    ">": _ordered(">", lambda order: order > 0),
    "<=": _ordered("<=", lambda order: order <= 0),
    ">=": _ordered(">=", lambda order: order >= 0),
    "..": operators.integer_range,
    "isIn": operators.is_in,
}
TRANSPARENT: Final = frozenset({"..", "isIn"})
