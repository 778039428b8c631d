"""Windows of every kind, and groups of conditions within them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tiercel.engine.schedule import ConditionError, Surroundings, Window, groups_of, progress
from tiercel.engine.schedule.windows import window_at
from tiercel.model.execution import Execution, Label
from tiercel.model.state import State, StateType

NOW = datetime(2024, 1, 1, 13, 47, 30, tzinfo=UTC)


def at(hour: int, minute: int = 0, second: int = 0, day: int = 1) -> datetime:
    return datetime(2024, 1, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "start", "length"),
    [
        ({}, at(0), timedelta(days=1)),
        ({"window": "P2D"}, at(0), timedelta(days=2)),
        ({"window": "PT6H"}, at(13), timedelta(hours=6)),
        ({"window": "PT15M"}, at(13, 45), timedelta(minutes=15)),
        ({"window": "PT1H", "windowAdvance": "PT30M"}, at(13, 30), timedelta(hours=1)),
    ],
)
def test_windows_of_a_length_begin_at_round_times(written, start, length):
    found = window_at(written, NOW)
    assert (found.start, found.end) == (start, start + length - timedelta(milliseconds=1))


def test_a_sliding_window_begins_with_the_first_event():
    found = window_at({"type": "SLIDING_WINDOW", "window": "PT1H"}, NOW)
    assert (found.start, found.end) == (NOW, NOW + timedelta(hours=1))


def test_daily_windows_are_those_of_the_servers_day():
    daily = {"type": "DAILY_TIME_WINDOW", "startTime": "06:00:00", "endTime": "09:00:00"}
    paris = NOW.astimezone(ZoneInfo("Europe/Paris"))
    assert window_at(daily, paris).start == at(5)
    deadline = window_at({"type": "DAILY_TIME_DEADLINE", "deadline": "09:00:00"}, NOW)
    assert (deadline.start, deadline.end) == (at(0), at(9))


def around(flow_id: str, state: StateType = StateType.SUCCESS, **labels: str) -> Surroundings:
    execution = Execution(
        "one",
        "n",
        flow_id,
        1,
        State.of((StateType.CREATED, NOW), (state, NOW)),
        "one",
        labels=tuple(Label(*pair) for pair in labels.items()),
    )
    return Surroundings(str, lambda *_: False, "n", "down", execution)


def group(**changes):
    written = {
        "id": "ready",
        "flows": [{"namespace": "n", "flowId": "a"}, {"namespace": "n", "flowId": "b"}],
        **changes,
    }
    return groups_of({"preconditions": written}, [])[0]


def step(own, kept, surroundings, now):
    """Take in one event whose conditions can all be evaluated."""
    return progress(own, kept, surroundings, now, on_doubt=lambda error: pytest.fail(str(error)))


def test_parts_have_the_names_that_are_stored():
    own = group(where=[{"id": "w", "filters": []}])
    assert list(own.parts) == ["condition_1", "condition_2", "condition_3_w"]


def test_a_group_is_complete_when_all_its_parts_were_met():
    kept, fires = step(group(), None, around("a"), NOW)
    assert (kept.met, fires) == ({"condition_1"}, False)
    kept, fires = step(group(), kept, around("c"), NOW)
    assert (kept.met, fires) == ({"condition_1"}, False)
    assert step(group(), kept, around("b"), NOW) == (None, True)


def test_what_was_met_in_another_window_does_not_count():
    old = Window(NOW - timedelta(days=2), NOW - timedelta(days=1), frozenset({"condition_1"}))
    kept, fires = step(group(), old, around("b"), NOW)
    assert (kept.met, fires) == ({"condition_2"}, False)


def test_nothing_counts_outside_of_a_daily_window():
    early = {"type": "DAILY_TIME_DEADLINE", "deadline": "09:00:00"}
    assert step(group(timeWindow=early), None, around("a"), NOW) == (None, False)
    kept, _ = step(group(timeWindow=early), None, around("a"), at(8))
    assert kept.met == {"condition_1"}


def test_a_group_that_is_kept_fires_for_matching_events_only():
    own = group(resetOnSuccess=False)
    kept, _ = step(own, None, around("a"), NOW)
    kept, fires = step(own, kept, around("b"), NOW)
    assert fires
    assert step(own, kept, around("c"), NOW) == (kept, False)
    assert step(own, kept, around("a"), NOW) == (kept, True)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("EQUAL_TO", "load", True),
        ("NOT_EQUAL_TO", "load", False),
        ("STARTS_WITH", "lo", True),
        ("ENDS_WITH", "lo", False),
        ("CONTAINS", "oa", True),
        ("REGEX", "l.*", True),
        ("REGEX", "o", False),
        ("IN", ["load", "x"], True),
        ("NOT_IN", ["load", "x"], False),
        ("IS_TRUE", "x", True),
        ("IS_NULL", "x", False),
    ],
)
def test_filters_compare(kind, value, expected):
    name = "values" if isinstance(value, list) else "value"
    entry = {"field": "FLOW_ID", "type": kind, name: value}
    own = group(flows=[], where=[{"id": "w", "filters": [entry]}])
    assert step(own, None, around("load"), NOW)[1] is expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("IS_TRUE", "true", True),
        ("IS_FALSE", "false", True),
        ("IS_NULL", "", True),
        ("IS_NOT_NULL", "x", True),
    ],
)
def test_filters_look_at_expressions(kind, value, expected):
    entry = {"field": "EXPRESSION", "type": kind, "value": value}
    own = group(flows=[], where=[{"id": "w", "operand": "OR", "filters": [entry]}])
    assert step(own, None, around("load"), NOW)[1] is expected


def test_a_condition_in_doubt_does_not_hold_and_holds_up_no_other():
    entry = {"field": "STATE", "type": "REGEX", "value": "("}
    own = group(flows=[{"namespace": "n", "flowId": "a"}], where=[{"id": "w", "filters": [entry]}])
    doubts: list[Exception] = []
    kept, fires = progress(own, None, around("a"), NOW, on_doubt=doubts.append)
    assert (kept.met, fires) == ({"condition_1"}, False)
    [doubt] = doubts
    assert isinstance(doubt, ConditionError)
    assert "can't be used" in str(doubt)
