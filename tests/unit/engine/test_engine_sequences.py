"""Sequences, branches, errors, finally, afterExecution, runIf, disabled, allowFailure."""

from __future__ import annotations

import pytest

from simulation.flows import failing, flow, flowable, inline, sequential, worker
from simulation.machine import Machine, path


def run(*tasks, **fields):
    return Machine(flow(*tasks, **fields)).run()


def test_tasks_run_in_order_and_end_in_success():
    machine = run(inline("a"), worker("b"), inline("c"))
    assert machine.order == ["a", "b", "c"]
    assert path(machine.execution.state) == "CRS"
    assert [path(r.state) for r in machine.state.task_runs] == ["CRS"] * 3
    assert machine.ended == 1


def test_disabled_tasks_leave_no_task_run():
    machine = run(inline("a"), inline("b", disabled=True), inline("c"))
    assert machine.states == {"a": "SUCCESS", "c": "SUCCESS"}


def test_a_flow_of_disabled_tasks_succeeds_without_running():
    machine = run(inline("a", disabled=True))
    assert path(machine.execution.state) == "CS"
    assert machine.ended == 1


def test_a_flowable_of_disabled_tasks_succeeds():
    machine = run(sequential("s", inline("a", disabled=True)), inline("b"))
    assert machine.states == {"s": "SUCCESS", "b": "SUCCESS"}


def test_a_failure_ends_the_sequence():
    machine = run(inline("a"), failing("b"), inline("c"))
    assert machine.states == {"a": "SUCCESS", "b": "FAILED"}
    assert path(machine.execution.state) == "CRF"


def test_errors_run_after_a_failure_and_the_execution_stays_failed():
    machine = run(failing("a"), errors=[inline("e1"), inline("x", disabled=True), inline("e2")])
    assert machine.order == ["a", "e1", "e2"]
    assert machine.final == "FAILED"


def test_a_failure_inside_errors_does_not_stop_them():
    machine = run(failing("a"), errors=[sequential("q", failing("x"), inline("y")), inline("z")])
    assert machine.states == {"a": "FAILED", "q": "FAILED", "x": "FAILED", "z": "SUCCESS"}


def test_local_errors_run_before_those_of_the_flow():
    inner = sequential("in", failing("f"), inline("no"), errors=[inline("le")])
    machine = run(sequential("out", inner, inline("no2")), errors=[inline("ge")])
    assert machine.order == ["out", "in", "f", "le", "ge"]
    assert machine.final == "FAILED"


def test_finally_runs_after_success_and_after_errors():
    machine = run(inline("a"), finally_=[inline("f")], errors=[inline("e")])
    assert machine.order == ["a", "f"]
    machine = run(failing("a"), finally_=[inline("f")], errors=[inline("e")])
    assert machine.order == ["a", "e", "f"]
    assert machine.final == "FAILED"


def test_a_failing_finally_does_not_change_the_state():
    assert run(inline("a"), finally_=[failing("f")]).final == "SUCCESS"


def test_finally_of_a_flowable():
    machine = run(sequential("s", failing("a"), finally_=[inline("f")]), inline("no"))
    assert machine.order == ["s", "a", "f"]
    assert machine.states["s"] == "FAILED"


def test_after_execution_sees_the_final_state_and_the_end_waits_for_it():
    seen = []
    after = inline("after", run=lambda context, before: seen.append(context["execution"]) or {})
    machine = Machine(flow(failing("a"), after_execution=[worker("w"), after])).start()
    assert machine.final == "FAILED"
    assert machine.ended == 0
    machine.work(machine.of("w").id)
    assert seen[0]["state"] == "FAILED"
    assert machine.ended == 1
    assert path(machine.execution.state) == "CRF"


def test_a_failing_after_execution_goes_on_and_changes_nothing():
    machine = run(inline("a"), after_execution=[failing("x"), inline("y")])
    assert machine.states == {"a": "SUCCESS", "x": "FAILED", "y": "SUCCESS"}
    assert machine.final == "SUCCESS"


@pytest.mark.parametrize(
    ("run_if", "state", "final"),
    [
        ("true", "SUCCESS", "SUCCESS"),
        ("false", "SKIPPED", "SUCCESS"),
        ("{{ ! }}", "FAILED", "FAILED"),
    ],
)
def test_run_if(run_if, state, final):
    machine = run(inline("a", run_if=run_if))
    assert machine.states == {"a": state}
    assert machine.final == final


def test_a_skipped_task_lets_the_sequence_go_on():
    machine = run(sequential("s", inline("x"), run_if="0"), inline("b"))
    assert machine.states == {"s": "SKIPPED", "b": "SUCCESS"}
    assert path(machine.of("s").state) == "C-"


def test_allow_failure_turns_a_failure_into_a_warning():
    machine = run(failing("a", allow_failure=True), inline("b"), errors=[inline("e")])
    assert machine.states == {"a": "WARNING", "b": "SUCCESS"}
    assert machine.final == "WARNING"
    assert machine.of("a").attempts[0].state.current == "FAILED"


def test_allow_warning_turns_it_into_success():
    machine = run(failing("a", allow_failure=True, allow_warning=True), inline("b"))
    assert machine.final == "SUCCESS"


def test_allow_failure_of_a_flowable():
    machine = run(sequential("s", failing("f"), inline("x"), allow_failure=True), inline("b"))
    assert machine.states == {"s": "WARNING", "f": "FAILED", "b": "SUCCESS"}


@pytest.mark.parametrize("value", ["true", "1", "test", " ", "null"])
def test_if_takes_then_for_truthy_values(value):
    branches = {"then": [inline("t")], "else": [inline("e")]}
    machine = run(flowable("if", "i", branches=branches, condition=value))
    assert machine.order == ["i", "t"]
    assert machine.of("i").outputs == {"evaluationResult": True}


@pytest.mark.parametrize("value", ["false", "0", "-0", "", None])
def test_if_takes_else_for_falsy_values(value):
    branches = {"then": [inline("t")], "else": [inline("e")]}
    machine = run(flowable("if", "i", branches=branches, condition=value))
    assert machine.order == ["i", "e"]


def test_if_without_a_branch_succeeds():
    machine = run(flowable("if", "i", branches={"then": [inline("t")]}, condition="false"))
    assert machine.states == {"i": "SUCCESS"}


def test_a_condition_that_cannot_be_rendered_fails_the_if():
    branches = {"then": [inline("t")], "errors": [inline("ie")]}
    broken = flowable("if", "i", branches=branches, condition="{{ ! }}")
    machine = run(broken, errors=[inline("e")])
    assert machine.states == {"i": "FAILED", "e": "SUCCESS"}
    assert machine.messages == ["can't be rendered"]
    assert path(machine.of("i").state) == "CRF"
    assert machine.of("i").attempts == ()


def test_an_unknown_flowable_fails():
    machine = run(flowable("nobody", "n", inline("t")))
    assert machine.states == {"n": "FAILED"}


def test_flow_outputs_are_rendered_at_the_end():
    task = inline("a", run=lambda context, before: {"value": 3})
    machine = run(task, outputs={"x": lambda context: context["outputs"]["a"]["value"]})
    assert machine.execution.outputs == {"x": 3}


def test_outputs_that_cannot_be_rendered_fail_the_execution():
    machine = run(inline("a"), outputs={"x": "{{ ! }}"})
    assert machine.execution.outputs is None
    assert path(machine.execution.state) == "CRSF"
    assert machine.messages == ["Failed to render output values: can't be rendered"]
    assert machine.ended == 1
