"""What templates see."""

from __future__ import annotations

from datetime import UTC, datetime

from simulation.flows import flow, flowable, inline
from simulation.machine import Machine
from tiercel.engine.dates import instant_text
from tiercel.model.execution import ExecutionTrigger, Label


def seen_by(task_id, *tasks, **fields):
    header = fields.pop("header", {})
    seen = {}

    def look(context, before):
        seen.update(context)
        return {"value": context["taskrun"].get("value", "x")}

    machine = Machine(flow(*tasks, inline(task_id, run=look), **fields), **header).run()
    return seen, machine


def test_the_variables_of_a_task():
    seen, machine = seen_by("t", inline("a", run=lambda c, b: {"v": 1}), variables={"x": "{{ y }}"})
    assert seen["flow"] == {"id": "flow", "namespace": "company.team", "revision": 1}
    assert seen["execution"] == {
        "id": "execution",
        "startDate": "2026-01-01T00:00:00Z",
        "originalId": "execution",
        "state": "RUNNING",
    }
    assert seen["vars"] == {"x": "{{ y }}"}
    assert seen["outputs"]["a"] == {"v": 1}
    assert seen["task"] == {"id": "t", "type": "test.Inline"}
    assert seen["taskrun"] == {
        "id": machine.of("t").id,
        "startDate": "2026-01-01T00:00:00Z",
        "attemptsCount": 0,
    }
    assert seen["parents"] == []
    assert "parent" not in seen
    assert "inputs" not in seen
    assert "trigger" not in seen


def test_a_task_sees_itself_created():
    state = Machine(flow(inline("t", run=lambda c, b: {"s": c["tasks"]["t"]["state"]}))).run()
    assert state.of("t").outputs == {"s": "CREATED"}
    assert state.state.tasks == {"t": {"state": "SUCCESS"}}


def test_inputs_labels_and_trigger():
    header = {
        "inputs": {"n": 1},
        "labels": (Label("team", "a"), Label("system.correlationId", "c")),
        "trigger": ExecutionTrigger("s", "io.kestra.plugin.core.trigger.Schedule", {"date": "d"}),
    }
    seen, _ = seen_by("t", header=header)
    assert seen["inputs"] == {"n": 1}
    assert seen["labels"] == {"team": "a", "system": {"correlationId": "c"}}
    assert seen["trigger"] == {"date": "d"}
    assert seen["schedule"] == {"date": "d"}


def test_variables_of_the_execution_hide_those_of_the_flow():
    seen, _ = seen_by("t", variables={"a": 1, "b": 2}, header={"variables": {"b": 3}})
    assert seen["vars"] == {"a": 1, "b": 3}


def test_children_see_the_outputs_of_their_parents():
    seen = {}
    child = inline("c", run=lambda context, before: seen.update(context) or {})
    Machine(flow(flowable("if", "i", branches={"then": [child]}, condition="true"))).run()
    assert seen["parent"] == {"outputs": {"evaluationResult": True}}
    assert seen["parents"] == [seen["parent"]]
    assert seen["outputs"]["i"] == {"evaluationResult": True}


def test_tasks_without_outputs_are_empty_maps():
    seen, _ = seen_by("t", inline("a"), inline("s", run_if="false"))
    assert seen["outputs"] == {"a": {}, "s": {}, "t": {"value": "x"}}


def test_moments_show_as_many_digits_as_they_need():
    assert instant_text(datetime(2026, 1, 1, 2, 3, 4, tzinfo=UTC)) == "2026-01-01T02:03:04Z"
    assert instant_text(datetime(2026, 1, 1, 2, 3, 4, 5000, UTC)) == "2026-01-01T02:03:04.005Z"
    assert instant_text(datetime(2026, 1, 1, 2, 3, 4, 5, UTC)) == "2026-01-01T02:03:04.000005Z"
    assert instant_text(datetime(26, 1, 1, tzinfo=UTC)) == "0026-01-01T00:00:00Z"
