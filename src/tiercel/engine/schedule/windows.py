"""Several upstream executions within a window: which parts were met, and when all are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from tiercel.engine.schedule.conditions import (
    ConditionError,
    Properties,
    Surroundings,
    has_labels,
    holds,
    is_true,
    kind_of,
)
from tiercel.expressions import ExpressionError
from tiercel.model.durations import parse_duration
from tiercel.model.execution import Execution

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MATCH_SECONDS = 0.2
_LAST_INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What is remembered of one group of conditions.

    Attributes:
        end: The last moment that belongs to it.
        met: Keys of the parts that were true since ``start``.
    """

    start: datetime
    end: datetime
    met: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that must all have been true within one window.

    Attributes:
        parts: By key: a condition, or an entry of ``flows`` or ``where`` of preconditions.
    """

    id: str
    time_window: Mapping[str, Any]
    reset_on_success: bool
    parts: Mapping[str, Properties]


def groups_of(properties: Properties, conditions: Sequence[Properties]) -> list[Group]:
    """Return the groups of a Flow trigger: its preconditions and each MultipleCondition."""
    groups = []
    wanted = properties.get("preconditions")
    if wanted:
        parts: dict[str, Properties] = {}
        for entry in wanted.get("flows") or ():
            parts[f"condition_{len(parts) + 1}"] = {"part": "flow", **entry}
        for entry in wanted.get("where") or ():
            parts[f"condition_{len(parts) + 1}_{entry['id']}"] = {"part": "where", **entry}
        groups.append(_group(wanted, parts))
    groups.extend(
        _group(condition, condition["conditions"])
        for condition in conditions
        if kind_of(condition) == "MultipleCondition"
    )
    return groups


def _group(written: Properties, parts: Mapping[str, Properties]) -> Group:
    time_window = written.get("timeWindow") or {
        name: written[name] for name in ("window", "windowAdvance") if written.get(name)
    }
    keeps = str(written.get("resetOnSuccess", True)).lower() == "false"
    return Group(str(written["id"]), time_window, not keeps, dict(parts))


def window_at(time_window: Mapping[str, Any], now: datetime) -> Window:
    """Return the window that a first event at ``now`` opens; ``now`` need not lie in it.

    Args:
        now: In the server's zone: days and times of day are its own.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match time_window.get("type") or "DURATION_WINDOW":
        case "DAILY_TIME_WINDOW":
            start = datetime.combine(now, _time(time_window["startTime"]), now.tzinfo)
            return Window(start, datetime.combine(now, _time(time_window["endTime"]), now.tzinfo))
        case "DAILY_TIME_DEADLINE":
            deadline = _time(time_window["deadline"])
            return Window(midnight, datetime.combine(now, deadline, now.tzinfo))
        case "SLIDING_WINDOW":
            return Window(now, now + _duration(time_window.get("window"), _DAY))
    length = _duration(time_window.get("window"), _DAY)
    hour = now.replace(minute=0, second=0, microsecond=0)
    if length >= _DAY:
        start = midnight
    elif length >= _HOUR:
        start = hour
    else:
        start = hour + (now - hour) // length * length
    start += _duration(time_window.get("windowAdvance"), timedelta(0))
    return Window(start, start + length - _LAST_INSTANT)


def _duration(value: Any, default: timedelta) -> timedelta:
    if value is None:
        return default
    return value if isinstance(value, timedelta) else parse_duration(str(value))


def _time(value: Any) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value))


def progress(
    group: Group,
    kept: Window | None,
    around: Surroundings,
    now: datetime,
    *,
    on_doubt: Callable[[Exception], None],
) -> tuple[Window | None, bool]:
    """Take in one state change: return what to remember, and whether the group is complete.

    Args:
        kept: What was remembered before, None when nothing.
        now: In the server's zone.
        on_doubt: Told why a condition can't be evaluated; it does not hold then, others may.

    Returns:
        None for what is to be forgotten.
    """
    window = kept if kept is not None and kept.start <= now <= kept.end else None
    if window is None:
        window = window_at(group.time_window, now)
        if not window.start <= now <= window.end:
            return None, False
    met = {key for key, part in group.parts.items() if _is_met(part, around, on_doubt)}
    if not met:
        return (window if window.met else None), False
    window = Window(window.start, window.end, window.met | met)
    if window.met < group.parts.keys():
        return window, False
    return (None if group.reset_on_success else window), True


def _is_met(part: Properties, around: Surroundings, on_doubt: Callable[[Exception], None]) -> bool:
    try:
        return _part_holds(part, around)
    except (ConditionError, ExpressionError) as error:
        on_doubt(error)
        return False


def _part_holds(part: Properties, around: Surroundings) -> bool:
    execution = around.execution
    if part.get("part") == "flow" and execution is not None:
        return _flow_fits(part, execution)
    if part.get("part") == "where":
        tests = (_filter_fits(entry, around) for entry in part.get("filters") or ())
        return any(tests) if part.get("operand") == "OR" else all(tests)
    return holds([part], around)


def _flow_fits(part: Properties, execution: Execution) -> bool:
    states = part.get("states")
    return (
        execution.namespace == part["namespace"]
        and part.get("flowId") in (None, execution.flow_id)
        and (not states or execution.state.current.value in states)
        and has_labels(execution, part.get("labels"))
    )


def _filter_fits(entry: Properties, around: Surroundings) -> bool:
    execution = around.execution
    if execution is None:
        return False
    value = str(entry.get("value") or "")
    match entry["field"]:
        case "EXPRESSION":
            return _expression_fits(entry["type"], around.render(value))
        case "FLOW_ID":
            own = execution.flow_id
        case "NAMESPACE":
            own = execution.namespace
        case _:
            own = execution.state.current.value
    return _text_fits(entry["type"], own, value, [str(item) for item in entry.get("values") or ()])


def _expression_fits(kind: str, rendered: str) -> bool:
    match kind:
        case "IS_FALSE":
            return not is_true(rendered)
        case "IS_NULL":
            return rendered.strip() in ("", "null")
        case "IS_NOT_NULL":
            return rendered.strip() not in ("", "null")
    return is_true(rendered)


def _text_fits(kind: str, own: str, value: str, values: Sequence[str]) -> bool:
    match kind:
        case "EQUAL_TO":
            return own == value
        case "NOT_EQUAL_TO":
            return own != value
        case "IN":
            return own in values
        case "NOT_IN":
            return own not in values
        case "STARTS_WITH":
            return own.startswith(value)
        case "ENDS_WITH":
            return own.endswith(value)
        case "CONTAINS":
            return value in own
        case "REGEX":
            return _matches(value, own)
        case "IS_TRUE" | "IS_NOT_NULL":
            return True
    return False


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern of the user's fits all of a text; one that takes for ever is an error."""
    import regex

    try:
        return regex.fullmatch(pattern, text, timeout=_MATCH_SECONDS) is not None
    except (regex.error, TimeoutError) as error:
        raise ConditionError(f"The pattern '{pattern}' can't be used: {error}") from None
