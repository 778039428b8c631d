"""From a trigger and a date to an execution, without servers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tiercel.check import parse_flow
from tiercel.expressions import LocalServices
from tiercel.main import plugin_registry
from tiercel.model.errors import TiercelError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.trigger_executions import TriggerExecutions, is_holiday

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
FLOW = """
id: load
namespace: n
labels: {team: a, from: flow}
inputs:
  - {id: month, type: STRING}
  - {id: size, type: INT, defaults: 3}
tasks: [{id: r, type: io.kestra.plugin.core.debug.Return, format: hello}]
triggers:
  - id: t
    type: io.kestra.plugin.core.trigger.Schedule
    cron: 0 12 * * *
"""


def started(more: str = "", **given):
    flow = parse_flow(FLOW + more, plugin_registry(), revision=1).flow
    maker = TriggerExecutions(LocalServices(), {"envs": {"x": "1"}})
    schedule = maker.scheduled(flow, flow.triggers[0])
    return schedule.start(NOON, "one", NOON, **given)


def labels(given) -> dict[str, str]:
    return {label.key: label.value for label in given.execution.labels}


def test_an_execution_knows_its_trigger_and_date():
    made = started("    inputs: {month: \"{{ trigger.date | date('yyyy-MM') }}\"}\n")
    assert made.execution.inputs == {"month": "2024-01", "size": 3}
    assert made.execution.trigger.variables == {
        "date": "2024-01-01T12:00:00Z",
        "next": "2024-01-02T12:00:00Z",
        "previous": "2023-12-31T12:00:00Z",
    }
    assert made.execution.original_id == "one"
    assert not made.has_failed


def test_labels_of_several_sources_are_merged_by_key():
    more = "    inputs: {month: a}\n    labels: {from: trigger, on: '{{ trigger.date }}'}\n"
    made = started(more, labels=[Label("backfill", "true"), Label("on", "backfill")])
    assert labels(made) == {
        "team": "a",
        "from": "trigger",
        "on": "backfill",
        "system.correlationId": "one",
        "backfill": "true",
    }


def test_a_label_that_can_not_be_rendered_is_left_out_and_said():
    made = started("    inputs: {month: a}\n    labels: {on: '{{ nope.x }}'}\n")
    assert "on" not in labels(made)
    assert "'on'" in made.logs[0].message
    assert not made.has_failed


def test_inputs_of_a_backfill_lie_over_those_of_the_trigger():
    more = "    inputs: {month: trigger, size: 1}\n"
    made = started(more, inputs={"month": "{{ envs.x }}"})
    assert made.execution.inputs == {"month": "1", "size": 1}


@pytest.mark.parametrize("value", ["{{ nope.x }}", "many"])
def test_inputs_that_can_not_be_had_make_a_failed_execution(value):
    made = started(f"    inputs: {{month: a, size: '{value}'}}\n")
    assert made.has_failed
    assert made.execution.state.current is StateType.FAILED
    assert made.reason == made.logs[0].message


def test_public_holidays_of_countries_and_their_parts_are_known():
    assert is_holiday(date(2024, 7, 14), "FR", None)
    assert is_holiday(date(2024, 7, 4), None, None)
    assert is_holiday(date(2024, 1, 6), "DE", "BY")
    assert not is_holiday(date(2024, 1, 6), "DE", "BE")
    with pytest.raises(TiercelError, match="No public holidays are known"):
        is_holiday(date(2024, 1, 1), "XX", None)
