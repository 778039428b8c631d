"""A job carries of the run context what its task can read."""

from __future__ import annotations

import pytest

from simulation.flows import flow, flowable, inline, worker
from simulation.machine import Machine
from tiercel.engine import job_context
from tiercel.engine.needs import needs_of


def needs(text, variables=None, **own):
    task = worker("t", script=text, **own)
    return needs_of(flow(task, variables=variables or {}), task, {})


@pytest.mark.parametrize("text", ["", "plain", "{{ inputs.x }}", "{{ taskrun.value | upper }}"])
def test_a_task_that_reads_no_outputs(text):
    found = needs(text)
    assert not found.everything
    assert not found.outputs
    assert not found.states


@pytest.mark.parametrize(
    ("text", "outputs", "own"),
    [
        ("{{ outputs.a.x }} {{ outputs['b'].y }}", {"a", "b"}, set()),
        ("{{ outputs.a[taskrun.value].x }}", set(), {"a"}),
        ("x\n {{ outputs.a[ parent.taskrun.value ].x }}", set(), {"a"}),
        ("{{ currentEachOutput(outputs.a).x }}", set(), {"a"}),
        ("{{ outputs.a[taskrun.value].x }}{{ outputs.a | json }}", {"a"}, {"a"}),
        ("{{ outputs.a[inputs.x] }}", {"a"}, set()),
    ],
)
def test_the_tasks_whose_outputs_are_read(text, outputs, own):
    found = needs(text)
    assert (found.outputs, found.own_iteration) == (outputs, own)
    assert not found.everything


@pytest.mark.parametrize(
    "text",
    [
        "{{ outputs }}",
        "{{ outputs[inputs.x] }}",
        "{{ render(inputs.x) }}",
        "{{ render(read('a.sql')) }}",
        "{{ bro ken }}",
    ],
)
def test_what_cannot_be_told_needs_everything(text):
    assert needs(text).everything


def test_rendered_variables_are_read_too():
    found = needs("{{ render(vars.file) }}", {"file": "{{ outputs.a.x }}", "n": 1})
    assert found.outputs == {"a"}
    assert not needs("{{ vars.file }}", {"file": "{{ outputs.a.x }}"}).outputs


def test_timeouts_and_nested_values_are_read():
    found = needs({"a": ["{{ tasks.x.state }}"]}, timeout="{{ outputs.t.d }}")
    assert found.states
    assert found.outputs == {"t"}


def test_a_job_in_a_loop_carries_its_own_iteration():
    first = inline("a", run=lambda c, b: {"value": c["taskrun"]["value"]})
    second = worker("t", script="{{ outputs.a[taskrun.value].value }}")
    other = worker("u", script="x")
    loop = flowable("for_each", "o", first, second, other, values=list("abc"))
    machine = Machine(flow(loop)).start()
    machine.work(machine.of("t[a]").id)
    machine.work(machine.of("u[a]").id)
    run = machine.of("t[b]")
    context = job_context(machine.flow, machine.state, run)
    assert context["outputs"] == {"a": {"b": {"value": "b"}}}
    assert context["tasks"] == {}
    assert context["taskrun"]["value"] == "b"
    assert machine.state.outputs["a"].keys() == {"a", "b"}
