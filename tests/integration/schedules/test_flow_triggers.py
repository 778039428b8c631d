"""Flows that start after others: states, conditions, inputs, several within a window."""

from __future__ import annotations

import pytest
from schedule_flows import flow, listener

from tiercel.model.execution import Execution, Label
from tiercel.model.state import State, StateType
from tiercel.services.clock import new_id

CONDITION = "io.kestra.plugin.core.condition"
FROM_UP = f"conditions: [{{type: {CONDITION}.ExecutionFlow, namespace: n, flowId: up}}]\n"
FAILED = (StateType.RUNNING, StateType.FAILED)


async def upstream(kit, flow_id: str = "up", *states: StateType, labels=(), outputs=None):
    """Let an execution of an upstream flow go through states."""
    await kit.flows.save(flow(flow_id))
    stored = await kit.flows.get("n", flow_id)
    execution_id = new_id()
    execution = Execution(
        id=execution_id,
        namespace="n",
        flow_id=flow_id,
        flow_revision=stored.revision,
        state=State.created(kit.clock()),
        original_id=execution_id,
        labels=tuple(labels),
    )
    await kit.store.executions.create([execution])
    await kit.end(execution, *states, outputs=outputs)
    await kit.settle()
    return execution


async def test_an_execution_starts_after_another_with_what_it_gave(kit):
    more = FROM_UP + "inputs: {x: '{{ trigger.outputs.x }}-{{ execution.state }}-{{ flow.id }}'}\n"
    more += "labels: {of: '{{ execution.id }}'}\n"
    await kit.flows.save(flow("down", listener(more), more="inputs: [{id: x, type: STRING}]\n"))
    up = await upstream(kit, outputs={"x": "one"}, labels=[Label("a", "b")])
    (down,) = await kit.executions("down")
    assert down.inputs == {"x": "one-SUCCESS-down"}
    assert {label.key: label.value for label in down.labels}["of"] == up.id
    assert down.trigger.variables == {
        "executionId": up.id,
        "namespace": "n",
        "flowId": "up",
        "flowRevision": 1,
        "state": "SUCCESS",
        "outputs": {"x": "one"},
        "executionLabels": {"a": "b"},
    }


async def test_every_state_that_is_named_starts_one(kit):
    states = "states: [RUNNING, PAUSED, SUCCESS, WARNING, FAILED]\n"
    await kit.flows.save(flow("down", listener(states + FROM_UP)))
    running, paused = StateType.RUNNING, StateType.PAUSED
    await upstream(kit, "up", running, paused, running, StateType.SUCCESS)
    found = await kit.executions("down")
    seen = sorted(item.trigger.variables["state"] for item in found)
    assert seen == ["PAUSED", "RUNNING", "RUNNING", "SUCCESS"]


async def test_states_that_are_not_named_and_other_flows_start_nothing(kit):
    await kit.flows.save(flow("down", listener("states: [FAILED]\n" + FROM_UP)))
    await upstream(kit, "up")
    await upstream(kit, "other", *FAILED)
    assert await kit.executions("down") == []
    await upstream(kit, "up", *FAILED)
    assert len(await kit.executions("down")) == 1


async def test_a_flow_never_starts_itself(kit):
    await kit.flows.save(flow("up", listener("states: [SUCCESS]\n")))
    stored = await kit.flows.get("n", "up")
    execution = Execution("one", "n", "up", stored.revision, State.created(kit.clock()), "one")
    await kit.store.executions.create([execution])
    await kit.end(execution)
    await kit.settle()
    assert [item.id for item in await kit.executions("up")] == ["one"]


@pytest.mark.parametrize("value", ["{{ nope.x }}", "many"])
async def test_inputs_that_can_not_be_had_start_nothing(kit, value):
    more = FROM_UP + f"inputs: {{x: '{value}'}}\n"
    await kit.flows.save(flow("down", listener(more), more="inputs: [{id: x, type: INT}]\n"))
    await upstream(kit)
    assert await kit.executions("down") == []


async def test_what_is_disabled_or_deleted_starts_nothing(kit):
    await kit.flows.save(flow("one", listener(FROM_UP + "disabled: true\n")))
    await kit.flows.save(flow("two", listener(FROM_UP), more="disabled: true\n"))
    await kit.flows.save(flow("three", listener(FROM_UP)))
    await kit.flows.delete("n", "three")
    await upstream(kit)
    for name in ("one", "two", "three"):
        assert await kit.executions(name) == []


MULTIPLE = f"""
conditions:
  - type: {CONDITION}.MultipleCondition
    id: both
    window: P1D
    conditions:
      a: {{type: {CONDITION}.ExecutionFlow, namespace: n, flowId: a}}
      b: {{type: {CONDITION}.ExecutionFlow, namespace: n, flowId: b}}
"""
PRECONDITIONS = """
preconditions:
  id: ready
  flows:
    - {namespace: n, flowId: a, states: [SUCCESS]}
    - {namespace: n, flowId: b, states: [SUCCESS], labels: {day: monday}}
"""


async def test_several_conditions_fire_once_all_were_met(kit):
    await kit.flows.save(flow("down", listener(MULTIPLE)))
    await upstream(kit, "a")
    assert await kit.executions("down") == []
    last = await upstream(kit, "b")
    (down,) = await kit.executions("down")
    assert down.trigger.variables["executionId"] == last.id
    await upstream(kit, "b")
    assert len(await kit.executions("down")) == 1


async def test_preconditions_ask_for_states_and_labels(kit):
    await kit.flows.save(flow("down", listener(PRECONDITIONS)))
    await upstream(kit, "a", *FAILED)
    await upstream(kit, "b", labels=[Label("day", "monday")])
    await upstream(kit, "a")
    assert len(await kit.executions("down")) == 1


async def test_what_was_met_is_forgotten_when_the_window_is_over(kit):
    await kit.flows.save(flow("down", listener(MULTIPLE)))
    await upstream(kit, "a")
    kit.clock.advance(days=1)
    await upstream(kit, "b")
    assert await kit.executions("down") == []
    await upstream(kit, "a")
    assert len(await kit.executions("down")) == 1


async def test_a_window_that_is_kept_fires_for_each_that_matches(kit):
    more = MULTIPLE.replace("    window: P1D", "    window: P1D\n    resetOnSuccess: false")
    await kit.flows.save(flow("down", listener(more)))
    for name in ("a", "b", "a", "c", "b"):
        await upstream(kit, name)
    assert len(await kit.executions("down")) == 3


async def test_filters_compare_what_happened(kit):
    more = """
    preconditions:
      id: filters
      where:
        - id: flow
          filters:
            - {field: FLOW_ID, type: STARTS_WITH, value: lo}
            - {field: NAMESPACE, type: IN, values: [n, m]}
        - id: any
          operand: OR
          filters:
            - {field: STATE, type: EQUAL_TO, value: FAILED}
            - {field: EXPRESSION, type: IS_TRUE, value: "{{ labels.go == 'yes' }}"}
    """
    await kit.flows.save(flow("down", listener(more)))
    await upstream(kit, "load", labels=[Label("go", "no")])
    assert await kit.executions("down") == []
    await upstream(kit, "load", labels=[Label("go", "yes")])
    assert len(await kit.executions("down")) == 1
