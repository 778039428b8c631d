"""Functions that need nothing but their arguments, the variables, the clock and randomness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tiercel.expressions.attributes import undefined
from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import NESTING, exceeded
from tiercel.expressions.operators import as_double, integer_range
from tiercel.expressions.signatures import MISSING, Function, text_argument, wrong_argument
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
        error.uncovered()
        raise
    finally:
        run.meter.leave()


def _rendered(run: Environment, value: Any, recursive: bool, depth: int) -> Any:
    from tiercel.expressions.template import rendered_text

    run.meter.visit(1)
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


def variable(run: Environment, name: str) -> Any:
    """A variable that a function needs. Raises ``undefined`` when it is not there."""
    visible = run.visible()
    if name not in visible:
        raise ExpressionError("undefined", name=name, known=visible)
    return visible[name]


def _field(value: object, *path: str) -> Any:
    """A value inside maps, None when a step is missing."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _current_each_output(run: Environment, outputs: object) -> object:
    what = "function `currentEachOutput`"
    if not isinstance(outputs, Mapping):
        raise wrong_argument(what, "outputs", "a map", outputs)
    visible = run.visible()
    steps = [
        _field(parent, "taskrun", "value")
        for parent in reversed(as_list(visible.get("parents") or []))
        if _field(parent, "taskrun") is not None
    ]
    found: Any = outputs
    for value in steps:
        if not isinstance(found, Mapping) or value not in found:
            raise undefined(value)
        found = found[value]
    last = _field(variable(run, "taskrun"), "value")
    # who has no value of its own is inside what its parents' values lead to
    return found if last is None else _field(found, str(last))


def _tasks_with_state(run: Environment, state: object) -> list[dict[str, object]]:
    wanted = text_argument("function `tasksWithState`", "state", state).upper()
    tasks = variable(run, "tasks")
    found: list[dict[str, object]] = []
    for task, entry in tasks.items() if isinstance(tasks, Mapping) else ():
        own = _field(entry, "state")
        if isinstance(own, str):
            if own.upper() == wanted:
                found.append({"taskId": task, "state": wanted})
            continue
        for value, iteration in entry.items() if isinstance(entry, Mapping) else ():
            inner = _field(iteration, "state")
            if isinstance(inner, str) and inner.upper() == wanted:
                found.append({"taskId": task, "state": wanted, "value": value})
    return found


def _env(run: Environment, name: object, default: object) -> object:
    key = text_argument("function `env`", "name", name)
    entries = run.visible().get("envs")
    if isinstance(entries, Mapping) and key in entries:
        return entries[key]
    if default is MISSING:
        raise undefined(key, entries if isinstance(entries, Mapping) else None)
    return default


FUNCTIONS: Final[Mapping[str, Function]] = {
    "max": _extreme("max", 1),
    "min": _extreme("min", -1),
    "range": Function(_range, ("start", "end", "increment"), 2),
    "render": Function(_render, ("toRender", "recursive"), 1),
    "renderOnce": Function(lambda run, value: rendered(run, value, False), ("toRender",), 1),
    "printContext": Function(_print_context),
    "fetchContext": Function(_print_context),
    "currentEachOutput": Function(_current_each_output, ("outputs",), 1),
    "tasksWithState": Function(_tasks_with_state, ("state",), 1),
    "env": Function(_env, ("name", "default"), 1),
}
