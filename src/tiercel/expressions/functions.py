"""Functions that need nothing but their arguments, the variables, the clock and randomness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import NESTING, exceeded
from tiercel.expressions.operators import as_double, integer_range
from tiercel.expressions.signatures import MISSING, Function, wrong_argument
from tiercel.expressions.values import as_list, is_list, is_number


def _extreme(name: str, sign: int) -> Function:
    """``max`` or ``min``."""

    def pick(run: Environment, *numbers: object) -> object:
        best: object = None
        for number in numbers:
            if number is None:
                continue
            if not is_number(number):
                raise wrong_argument(f"function `{name}`", "number", "a number", number)
            if best is None or sign * as_double(number) > sign * as_double(best):
                best = number
        return best

    return Function(pick, None)


def _range(run: Environment, start: object, end: object, increment: object) -> object:
    return integer_range(run, start, end, 1 if increment is MISSING else increment)


def _render(run: Environment, value: object, recursive: object) -> object:
    repeats = True if recursive is MISSING else recursive
    if not isinstance(repeats, bool):
        raise wrong_argument("function `render`", "recursive", "a boolean", repeats)
    return rendered(run, value, repeats)


def rendered(run: Environment, value: object, recursive: bool) -> Any:
    """A text, list or map rendered with all variables visible now; anything else as it is."""
    run.meter.enter("renders")
    try:
        return _rendered(run, value, recursive, 0)
    except ExpressionError as error:
        raise error.uncovered()
    finally:
        run.meter.leave()


def _rendered(run: Environment, value: Any, recursive: bool, depth: int) -> Any:
    from tiercel.expressions.template import rendered_text

    if isinstance(value, str):
        return rendered_text(value, run, recursive=recursive)
    if not (isinstance(value, Mapping) or is_list(value)):
        return value
    if depth > NESTING:
        raise exceeded("levels of nesting", NESTING)
    if isinstance(value, Mapping):
        found: dict[Any, Any] = {}
        for key, inner in value.items():
            name = _rendered(run, key, recursive, depth + 1)
            if name not in found:
                found[name] = _rendered(run, inner, recursive, depth + 1)
        return found
    return [_rendered(run, inner, recursive, depth + 1) for inner in as_list(value)]


def _print_context(run: Environment) -> dict[str, object]:
    return dict(run.visible())


FUNCTIONS: Final[Mapping[str, Function]] = {
    "max": _extreme("max", 1),
    "min": _extreme("min", -1),
    "range": Function(_range, ("start", "end", "increment"), 2),
    "render": Function(_render, ("toRender", "recursive"), 1),
    "renderOnce": Function(lambda run, value: rendered(run, value, False), ("toRender",), 1),
    "printContext": Function(_print_context),
    "fetchContext": Function(_print_context),
}
