"""Conditions of triggers and listeners: whether they hold."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from tiercel.model.errors import TiercelError
from tiercel.model.execution import Execution, TaskRun

_WEEKDAYS = [name.upper() for name in calendar.day_name]
_PLACES = {"FIRST": 1, "SECOND": 2, "THIRD": 3, "FOURTH": 4}
_DAY_TYPES = frozenset({"DayWeek", "DayWeekInMonth", "Weekend", "PublicHoliday"})
_OWN_NAMES = frozenset({"FlowCondition", "FlowNamespaceCondition", "MultipleCondition"})
DATE = "{{ trigger.date }}"

Properties = Mapping[str, Any]


class ConditionError(TiercelError):
    """A condition can't be evaluated."""

    code, http_status = "condition", 422


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What conditions are evaluated against.

    Attributes:
        render: Renders a template to text in the context of the trigger or execution.
        is_holiday: Whether a day is a public holiday of a country (ISO 3166) or a part of it.
        namespace, flow_id: The flow that has the trigger.
        execution: The upstream execution in the state it is looked at, None for schedules.
    """

    render: Callable[[str], str]
    is_holiday: Callable[[date, str | None, str | None], bool]
    namespace: str
    flow_id: str
    execution: Execution | None = None
    task_runs: Sequence[TaskRun] = ()
    zone: tzinfo = UTC


def holds(conditions: Sequence[Properties], around: Surroundings) -> bool:
    """Whether all conditions are true; none at all are.

    Raises:
        ConditionError: One needs an execution and there is none, or a date can't be read.
        ExpressionError: A template can't be rendered.
    """
    return all(_TESTS[kind_of(condition)](condition, around) for condition in conditions)


def kind_of(condition: Properties) -> str:
    """Return the short name of a condition's type, the older forms included."""
    name = str(condition["type"]).rpartition(".")[2]
    if name in _OWN_NAMES:
        return name
    name = name.removesuffix("Condition")
    name = "Expression" if name == "Variable" else name
    if name not in _TESTS:
        raise ConditionError(f"Unknown condition '{condition['type']}'")
    return name


def of_the_day(conditions: Sequence[Properties]) -> list[Properties]:
    """Return those that depend on nothing but the day of ``trigger.date``."""
    return [
        condition
        for condition in conditions
        if kind_of(condition) in _DAY_TYPES and condition.get("date", DATE).strip() == DATE
    ]


def _execution(around: Surroundings) -> Execution:
    if around.execution is None:
        raise ConditionError("Invalid condition with null execution")
    return around.execution


def _date(condition: Properties, around: Surroundings) -> datetime:
    return _moment(str(condition.get("date") or DATE), around)


def _moment(template: str, around: Surroundings) -> datetime:
    text = around.render(template).strip()
    try:
        moment = datetime.fromisoformat(text.partition("[")[0])
    except ValueError:
        raise ConditionError(f"'{text}' is no date; write it like 2024-01-31T09:00:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=around.zone)


def _time(template: str, around: Surroundings) -> time:
    text = around.render(template).strip()
    try:
        found = time.fromisoformat(text)
    except ValueError:
        raise ConditionError(f"'{text}' is no time; write it like 09:00:00+02:00") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=around.zone)


def _date_time_between(condition: Properties, around: Surroundings) -> bool:
    after, before = _bounds(condition)
    moment = _date(condition, around)
    return (after is None or moment > _moment(after, around)) and (
        before is None or moment < _moment(before, around)
    )


def _time_between(condition: Properties, around: Surroundings) -> bool:
    after, before = _bounds(condition)
    moment = _date(condition, around)

    def at(bound: str) -> datetime:
        """The moment's day, as it is where the bound's offset counts, at the bound."""
        found = _time(bound, around)
        return datetime.combine(moment.astimezone(found.tzinfo).date(), found)

    return (after is None or moment > at(after)) and (before is None or moment < at(before))


def _bounds(condition: Properties) -> tuple[str | None, str | None]:
    after, before = condition.get("after"), condition.get("before")
    if after is None and before is None:
        raise ConditionError("Invalid condition with no before nor after")
    return (
        None if after is None else str(after),
        None if before is None else str(before),
    )


def _day_week(condition: Properties, around: Surroundings) -> bool:
    return _WEEKDAYS[_date(condition, around).weekday()] == str(condition["dayOfWeek"])


def _day_week_in_month(condition: Properties, around: Surroundings) -> bool:
    moment = _date(condition, around)
    if _WEEKDAYS[moment.weekday()] != condition["dayOfWeek"]:
        return False
    if condition["dayInMonth"] == "LAST":
        return moment.day + 7 > calendar.monthrange(moment.year, moment.month)[1]
    return (moment.day - 1) // 7 + 1 == _PLACES[condition["dayInMonth"]]


def _weekend(condition: Properties, around: Surroundings) -> bool:
    return _date(condition, around).weekday() >= 5


def _public_holiday(condition: Properties, around: Surroundings) -> bool:
    places = [condition.get("country"), condition.get("subDivision")]
    country, part = [None if place is None else around.render(str(place)) for place in places]
    return around.is_holiday(_date(condition, around).date(), country, part)


def _expression(condition: Properties, around: Surroundings) -> bool:
    return is_true(around.render(str(condition["expression"])))


def is_true(text: str) -> bool:
    """Whether a rendered expression counts as true: neither blank nor ``false``."""
    return text.strip() not in ("", "false")


def _execution_outputs(condition: Properties, around: Surroundings) -> bool:
    execution = around.execution
    return bool(execution and execution.outputs) and _expression(condition, around)


def _states_fit(condition: Properties, state: str) -> bool:
    wanted, unwanted = condition.get("in"), condition.get("notIn")
    return (wanted is None or state in wanted) and (unwanted is None or state not in unwanted)


def _execution_status(condition: Properties, around: Surroundings) -> bool:
    return _states_fit(condition, _execution(around).state.current.value)


def _execution_flow(condition: Properties, around: Surroundings) -> bool:
    execution = _execution(around)
    return (execution.namespace, execution.flow_id) == (
        condition["namespace"],
        condition["flowId"],
    )


def _execution_namespace(condition: Properties, around: Surroundings) -> bool:
    return _namespace_fits(condition, _execution(around).namespace)


def _namespace_fits(condition: Properties, namespace: str) -> bool:
    wanted = str(condition["namespace"])
    is_prefix = str(condition.get("prefix", False)).lower() == "true"
    match condition.get("comparison") or ("PREFIX" if is_prefix else "EQUALS"):
        case "PREFIX":
            return namespace.startswith(wanted)
        case "SUFFIX":
            return namespace.endswith(wanted)
        case _:
            return namespace == wanted


def _execution_labels(condition: Properties, around: Surroundings) -> bool:
    return has_labels(_execution(around), condition.get("labels"))


def has_labels(execution: Execution, wanted: Any) -> bool:
    """Whether an execution has all the labels of a map, or of a list of key and value."""
    if not wanted:
        return True
    pairs = (
        wanted.items()
        if isinstance(wanted, Mapping)
        else [(item["key"], item["value"]) for item in wanted]
    )
    own = {label.key: label.value for label in execution.labels}
    return all(own.get(str(key)) == str(value) for key, value in pairs)


def _has_retry_attempt(condition: Properties, around: Surroundings) -> bool:
    _execution(around)
    return any(
        _states_fit(condition, attempt.state.current.value)
        for run in around.task_runs
        if len(run.attempts) > 1
        for attempt in run.attempts
    )


def _flow(condition: Properties, around: Surroundings) -> bool:
    return (around.namespace, around.flow_id) == (condition["namespace"], condition["flowId"])


def _flow_namespace(condition: Properties, around: Surroundings) -> bool:
    return _namespace_fits(condition, around.namespace)


def _not(condition: Properties, around: Surroundings) -> bool:
    return not _or(condition, around)


def _or(condition: Properties, around: Surroundings) -> bool:
    return any(holds([inner], around) for inner in condition["conditions"])


def _multiple(_condition: Properties, _around: Surroundings) -> bool:
    """Judged over time by ``windows``: by itself it holds nobody up."""
    return True


_TESTS: Mapping[str, Callable[[Properties, Surroundings], bool]] = {
    "DateTimeBetween": _date_time_between,
    "TimeBetween": _time_between,
    "DayWeek": _day_week,
    "DayWeekInMonth": _day_week_in_month,
    "Weekend": _weekend,
    "PublicHoliday": _public_holiday,
    "Expression": _expression,
    "ExecutionOutputs": _execution_outputs,
    "ExecutionStatus": _execution_status,
    "ExecutionFlow": _execution_flow,
    "ExecutionNamespace": _execution_namespace,
    "ExecutionLabels": _execution_labels,
    "HasRetryAttempt": _has_retry_attempt,
    "FlowCondition": _flow,
    "FlowNamespaceCondition": _flow_namespace,
    "Not": _not,
    "Or": _or,
    "MultipleCondition": _multiple,
}
