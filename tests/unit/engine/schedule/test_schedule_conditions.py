"""Every condition type, in its newer and older names."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tiercel.engine.schedule import ConditionError, Surroundings, holds, of_the_day
from tiercel.model.execution import Attempt, Execution, Label, TaskRun
from tiercel.model.state import State, StateType

NEW = "io.kestra.plugin.core.condition"
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def state(*states: StateType) -> State:
    return State.of(*((item, NOON) for item in (StateType.CREATED, *states)))


EXECUTION = Execution(
    "one",
    "company.team",
    "load",
    1,
    state(StateType.RUNNING, StateType.FAILED),
    "one",
    labels=(Label("a", "b"), Label("n", "1")),
    outputs={"x": 1},
)
RUN = TaskRun(
    "r",
    "one",
    "t",
    0,
    state(StateType.SUCCESS),
    attempts=(
        Attempt("1", state(StateType.FAILED)),
        Attempt("2", state(StateType.SUCCESS)),
    ),
)


def check(kind: str, moment: str = "2024-01-01T09:30:00+02:00", **properties) -> bool:
    around = Surroundings(
        render=lambda text: text.replace("{{ trigger.date }}", moment),
        is_holiday=lambda day, country, part: (
            (day, country, part) == (date(2024, 1, 1), "FR", None)
        ),
        namespace="down.team",
        flow_id="report",
        execution=properties.pop("execution", EXECUTION),
        task_runs=[RUN],
    )
    return holds([{"type": f"{NEW}.{kind}", **properties}], around)


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("DateTimeBetween", {"after": "2024-01-01T07:29:59Z"}, True),
        ("DateTimeBetween", {"after": "2024-01-01T07:30:00Z"}, False),
        ("DateTimeBetween", {"before": "2024-01-01T07:30:01Z"}, True),
        (
            "DateTimeBetween",
            {"after": "2023-01-01T00:00:00Z", "before": "2024-01-01T00:00:00Z"},
            False,
        ),
        ("TimeBetween", {"after": "09:00:00+02:00", "before": "10:00:00+02:00"}, True),
        ("TimeBetween", {"after": "08:00:00+00:00"}, False),
        ("TimeBetween", {"before": "08:00:00+00:00"}, True),
        ("DayWeek", {"dayOfWeek": "MONDAY"}, True),
        ("DayWeek", {"dayOfWeek": "TUESDAY"}, False),
        ("DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "FIRST"}, True),
        ("DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "SECOND"}, False),
        ("DayWeekInMonth", {"dayOfWeek": "MONDAY", "dayInMonth": "LAST"}, False),
        ("DayWeekInMonth", {"dayOfWeek": "SUNDAY", "dayInMonth": "FIRST"}, False),
        ("Weekend", {}, False),
        ("PublicHoliday", {"country": "FR"}, True),
        ("PublicHoliday", {"country": "DE"}, False),
        ("Expression", {"expression": "true"}, True),
        ("Expression", {"expression": " false "}, False),
        ("Expression", {"expression": " "}, False),
        ("VariableCondition", {"expression": "0"}, True),
        ("ExpressionCondition", {"expression": "yes"}, True),
        ("ExecutionOutputs", {"expression": "true"}, True),
        ("ExecutionOutputs", {"expression": "false"}, False),
        ("ExecutionStatus", {"in": ["FAILED", "KILLED"]}, True),
        ("ExecutionStatus", {"notIn": ["FAILED"]}, False),
        ("ExecutionStatus", {}, True),
        ("ExecutionFlow", {"namespace": "company.team", "flowId": "load"}, True),
        ("ExecutionFlowCondition", {"namespace": "company", "flowId": "load"}, False),
        ("ExecutionNamespace", {"namespace": "company"}, False),
        ("ExecutionNamespace", {"namespace": "company", "prefix": True}, True),
        ("ExecutionNamespace", {"namespace": "team", "comparison": "SUFFIX"}, True),
        ("ExecutionNamespace", {"namespace": "company.team", "comparison": "EQUALS"}, True),
        ("ExecutionLabels", {"labels": {"a": "b", "n": 1}}, True),
        ("ExecutionLabels", {"labels": [{"key": "a", "value": "c"}]}, False),
        ("HasRetryAttempt", {"in": ["FAILED"]}, True),
        ("HasRetryAttempt", {"in": ["KILLED"]}, False),
        ("FlowCondition", {"namespace": "down.team", "flowId": "report"}, True),
        ("FlowNamespaceCondition", {"namespace": "down", "prefix": True}, True),
        ("FlowNamespaceCondition", {"namespace": "down"}, False),
        ("Not", {"conditions": [{"type": f"{NEW}.Weekend"}]}, True),
        (
            "Not",
            {"conditions": [{"type": f"{NEW}.Weekend"}, {"type": f"{NEW}.ExecutionStatus"}]},
            False,
        ),
        (
            "Or",
            {"conditions": [{"type": f"{NEW}.Weekend"}, {"type": f"{NEW}.ExecutionStatus"}]},
            True,
        ),
        ("OrCondition", {"conditions": [{"type": f"{NEW}.Weekend"}]}, False),
    ],
)
def test_conditions_hold_when_they_should(kind, properties, expected):
    assert check(kind, **properties) is expected


@pytest.mark.parametrize(
    ("day", "place"),
    [("01", "FIRST"), ("08", "SECOND"), ("15", "THIRD"), ("22", "FOURTH"), ("29", "LAST")],
)
def test_days_of_a_month_have_places(day, place):
    moment = f"2024-01-{day}T00:00:00Z"
    assert check("DayWeekInMonth", moment, dayOfWeek="MONDAY", dayInMonth=place)


@pytest.mark.parametrize(("day", "expected"), [("05", False), ("06", True), ("07", True)])
def test_the_weekend_is_saturday_and_sunday(day, expected):
    assert check("Weekend", f"2024-01-{day}T00:00:00Z") is expected


def test_another_date_can_be_looked_at():
    assert check("DayWeek", date="2024-01-02T00:00:00Z", dayOfWeek="TUESDAY")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("DateTimeBetween", {}),
        ("TimeBetween", {}),
        ("DayWeek", {"date": "soon", "dayOfWeek": "MONDAY"}),
        ("TimeBetween", {"after": "soon"}),
        ("ExecutionStatus", {"execution": None}),
        ("Nonsense", {}),
    ],
)
def test_what_can_not_be_evaluated_is_an_error(kind, properties):
    with pytest.raises(ConditionError):
        check(kind, **properties)


def test_conditions_of_the_day_are_known():
    listed = [
        {"type": f"{NEW}.Weekend"},
        {"type": f"{NEW}.DayWeek", "dayOfWeek": "MONDAY", "date": "{{ now() }}"},
        {"type": f"{NEW}.Expression", "expression": "true"},
    ]
    assert of_the_day(listed) == listed[:1]


def test_no_conditions_hold():
    around = Surroundings(str, lambda *_: False, "n", "f")
    assert holds([], around)
