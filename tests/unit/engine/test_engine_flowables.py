"""Parallel, Dag, Switch, AllowFailure and the loops."""

from __future__ import annotations

import pytest

from simulation.flows import failing, flow, flowable, inline, sequential, worker
from simulation.machine import Machine, path
from tiercel.engine import ExecutionState
from tiercel.model.news import KillRequested


def run(*tasks, **fields):
    return Machine(flow(*tasks, **fields)).run()


def echo(task_id, **common):
    return inline(task_id, run=lambda c, b: {"value": c["taskrun"].get("value")}, **common)


def value_of(context):
    return context["taskrun"]["value"]


def fails_for(*values):
    return lambda context, before: "FAILED" if value_of(context) in values else "SUCCESS"


def for_each(task_id, values, *tasks, limit=1, **common):
    return flowable("for_each", task_id, *tasks, values=values, concurrencyLimit=limit, **common)


def test_parallel_starts_all_and_what_follows_waits():
    machine = Machine(flow(flowable("parallel", "p", worker("a"), worker("b")), inline("last")))
    machine.start()
    assert machine.order == ["p", "a", "b"]
    machine.work(machine.of("b").id)
    assert machine.order == ["p", "a", "b"]
    machine.work(machine.of("a").id)
    assert machine.order == ["p", "a", "b", "last"]
    assert machine.final == "SUCCESS"


def test_parallel_keeps_to_its_limit():
    children = [worker(x) for x in "abcde"]
    machine = Machine(flow(flowable("parallel", "p", *children, concurrent=2))).start()
    assert len(machine.jobs) == 2
    while machine.jobs:
        assert len(machine.jobs) <= 2
        machine.work(next(iter(machine.jobs)))
    assert machine.order == ["p", "a", "b", "c", "d", "e"]
    assert machine.final == "SUCCESS"


def test_a_failing_child_ends_the_parallel_and_what_is_left_of_it():
    machine = Machine(flow(flowable("parallel", "p", failing("f"), worker("slow")), inline("no")))
    machine.start()
    assert machine.states == {"p": "FAILED", "f": "FAILED", "slow": "FAILED"}
    assert machine.ended == 1


def test_errors_of_a_parallel_run_in_order():
    p = flowable("parallel", "p", failing("f"), worker("slow"), errors=[inline("e1"), inline("e2")])
    machine = run(p)
    assert machine.order[-2:] == ["e1", "e2"]
    assert machine.states["p"] == "FAILED"


def test_nested_parallels():
    inner = flowable("parallel", "in", inline("c"), sequential("s", inline("d"), inline("e")))
    machine = run(
        flowable("parallel", "out", inline("a"), inline("b"), inner, inline("f")), inline("z")
    )
    assert len(machine.order) == 10
    assert machine.final == "SUCCESS"


def test_a_dag_follows_its_dependencies():
    tasks = [worker(x) for x in "abcd"]
    needs = {"b": ["a"], "c": ["a"], "d": ["b", "c"]}
    machine = Machine(flow(flowable("dag", "g", *tasks, dependsOn=needs))).start()
    assert list(machine.jobs) == [machine.of("a").id]
    machine.work(machine.of("a").id)
    assert len(machine.jobs) == 2
    machine.work(machine.of("c").id)
    assert "d" not in machine.states
    machine.work(machine.of("b").id)
    machine.work(machine.of("d").id)
    assert machine.final == "SUCCESS"


def test_a_dag_takes_a_disabled_dependency_for_over():
    tasks = [inline("a", disabled=True), inline("b")]
    machine = run(flowable("dag", "g", *tasks, dependsOn={"b": ["a"]}))
    assert machine.states == {"g": "SUCCESS", "b": "SUCCESS"}


def test_a_failure_in_a_dag_starts_nothing_new():
    tasks = [failing("a"), inline("b")]
    machine = run(flowable("dag", "g", *tasks, dependsOn={"b": ["a"]}))
    assert machine.states == {"g": "FAILED", "a": "FAILED"}


@pytest.mark.parametrize(("value", "chosen"), [("x", "tx"), ("y", "ty"), ("z", "td"), (True, "tt")])
def test_switch(value, chosen):
    cases = {"cases.x": [inline("tx")], "cases.y": [inline("ty")], "cases.True": [inline("tt")]}
    machine = run(
        flowable("switch", "s", branches={**cases, "defaults": [inline("td")]}, value=value)
    )
    assert machine.order == ["s", chosen]
    assert machine.of("s").outputs == {"value": str(value), "defaults": value == "z"}


def test_switch_without_a_fit_fails_with_a_warning():
    s = flowable(
        "switch", "s", branches={"cases.a": [inline("t")], "errors": [inline("se")]}, value="none"
    )
    machine = run(s)
    assert machine.states == {"s": "FAILED"}
    assert machine.of("s").outputs == {"value": "none", "defaults": True}
    assert machine.logs[0].level == "WARN"
    assert machine.messages == [
        "No task found on flow 'company.team.flow', task 's', execution 'execution'"
    ]


def test_switch_without_a_fit_may_be_allowed():
    s = flowable(
        "switch", "s", branches={"cases.a": [inline("t")]}, value="none", allow_failure=True
    )
    assert run(s, inline("n")).states == {"s": "WARNING", "n": "SUCCESS"}


def test_allow_failure_goes_on_with_a_warning():
    inner = sequential("in", inline("ok"), failing("f"), inline("no"))
    af = flowable("allow_failure", "af", inner, errors=[inline("le")])
    machine = run(sequential("out", af, inline("next")), errors=[inline("ge")])
    assert machine.states == {
        "out": "WARNING",
        "af": "WARNING",
        "in": "FAILED",
        "ok": "SUCCESS",
        "f": "FAILED",
        "le": "SUCCESS",
        "next": "SUCCESS",
    }
    assert machine.final == "WARNING"


def test_allow_failure_with_allow_warning_succeeds():
    assert run(flowable("allow_failure", "af", failing("f"), allow_warning=True)).final == "SUCCESS"


def test_a_loop_runs_value_by_value():
    machine = run(for_each("o", ["1", "2"], inline("t"), inline("u")))
    assert machine.order == ["o", "t[1]", "u[1]", "t[2]", "u[2]"]
    assert [r.iteration for r in machine.state.task_runs] == [None, 0, 0, 1, 1]
    assert machine.of("o").outputs == {}


@pytest.mark.parametrize("limit", [0, 2, 3])
def test_a_loop_with_a_limit(limit):
    machine = Machine(
        flow(for_each("o", list("abcde"), worker("t"), worker("u"), limit=limit))
    ).start()
    assert len(machine.jobs) == (limit or 5)
    while machine.jobs:
        assert len(machine.jobs) <= (limit or 5)
        machine.work(list(machine.jobs)[-1])
    assert machine.final == "SUCCESS"
    assert len(machine.order) == 11
    for value in "abcde":
        assert machine.order.index(f"t[{value}]") < machine.order.index(f"u[{value}]")


def test_a_failed_value_lets_running_ones_finish_and_starts_nothing_new():
    tasks = worker("t", run=fails_for("a")), worker("u")
    machine = Machine(
        flow(for_each("o", list("abc"), *tasks, limit=2, errors=[inline("e")]))
    ).start()
    machine.work(machine.of("t[a]").id)
    assert machine.states == {"o": "RUNNING", "t[a]": "FAILED", "t[b]": "CREATED"}
    machine.work(machine.of("t[b]").id)
    assert machine.states == {"o": "FAILED", "t[a]": "FAILED", "t[b]": "SUCCESS", "e": "SUCCESS"}


def test_each_parallel_starts_every_child_of_every_value():
    each = flowable("each_parallel", "p", worker("t"), worker("u"), value=["a", "b"])
    assert len(Machine(flow(each)).start().jobs) == 4
    each = flowable("each_parallel", "p", worker("t"), worker("u"), value=["a", "b"], concurrent=3)
    assert len(Machine(flow(each)).start().jobs) == 3


def test_each_sequential_runs_in_order():
    each = flowable("each_sequential", "es", inline("t"), inline("u"), value='["a","b"]')
    assert run(each).order == ["es", "t[a]", "u[a]", "t[b]", "u[b]"]


def test_values_are_texts_without_repetition():
    values = ["a", 1, True, {"key": "my-key"}, "a", 1.5, ["x"]]
    machine = run(for_each("o", values, inline("t")))
    assert machine.order[1:] == [
        "t[a]",
        "t[1]",
        "t[true]",
        't[{"key":"my-key"}]',
        "t[1.5]",
        't[["x"]]',
    ]


def test_an_empty_list_succeeds_without_children():
    assert run(for_each("o", [], inline("t")), inline("n")).states == {
        "o": "SUCCESS",
        "n": "SUCCESS",
    }
    assert run(for_each("o", "[]", inline("t"))).states == {"o": "SUCCESS"}


@pytest.mark.parametrize("values", [["1", None, {"a": 1}], "abc", 3, "{{ ! }}"])
def test_bad_values_fail_the_loop(values):
    machine = run(for_each("o", values, inline("t")), inline("n"))
    assert machine.states == {"o": "FAILED"}
    assert len(machine.logs) == 1


def test_a_loop_that_cannot_start_may_be_allowed_to_fail():
    machine = run(for_each("o", "abc", inline("t"), allow_failure=True), inline("n"))
    assert machine.states == {"o": "WARNING", "n": "SUCCESS"}


def test_outputs_of_nested_loops():
    inner = for_each("in", ["a a", "b b"], echo("t"))
    machine = run(for_each("out", ["s1", "s2"], inner, echo("v")))
    assert machine.state.outputs["t"]["s1"]["a a"] == {"value": "a a"}
    assert machine.state.outputs["v"]["s2"] == {"value": "s2"}
    assert machine.state.tasks["v"]["s1"] == {"state": "SUCCESS"}
    assert len(machine.order) == 9


def test_outputs_below_a_choice_in_a_loop():
    choice = flowable("if", "i", branches={"then": [echo("c")]}, condition="true")
    machine = run(for_each("fe", ["a"], choice))
    assert machine.state.outputs["c"]["a"] == {"value": None}
    assert machine.state.outputs["i"]["a"] == {"evaluationResult": True}


def test_parents_in_a_loop_nearest_first():
    seen = {}
    look = inline("c", run=lambda context, before: seen.update(context) or {})
    choice = flowable("if", "i", branches={"then": [look]}, condition="true")
    run(for_each("o", ["x"], for_each("fe", ["a"], choice)))
    assert seen["parent"] == {"outputs": {"evaluationResult": True}, "taskrun": {"value": "a"}}
    assert seen["parents"] == [seen["parent"], {"taskrun": {"value": "x"}}]


def test_a_loop_with_allowed_failures():
    fails = inline("f", run=lambda c, b: "FAILED" if c["parent"]["taskrun"]["value"] != "1" else {})
    machine = run(
        for_each("o", ["1", "2", "3"], inline("t"), flowable("allow_failure", "a", fails)),
        inline("end"),
    )
    assert len(machine.order) == 11
    assert machine.final == "WARNING"


def test_nested_loops_count():
    inner = for_each("in", ["1", "2"], inline("u"), inline("v"))
    machine = run(for_each("o", ["a", "b", "c"], inline("t"), inner, inline("w")), inline("last"))
    assert len(machine.order) == 23


def test_kill_inside_a_loop():
    machine = Machine(flow(for_each("o", list("abc"), worker("t"), limit=0))).start()
    machine.tell(KillRequested())
    assert set(machine.states.values()) == {"KILLED"}


def test_a_rebuilt_loop_goes_on():
    machine = Machine(flow(for_each("o", list("abcd"), worker("t"), worker("u"), limit=2))).start()
    while machine.jobs:
        machine.state = ExecutionState(machine.execution, machine.state.task_runs)
        machine.work(list(machine.jobs)[-1])
    assert machine.final == "SUCCESS"
    assert [path(r.state) for r in machine.state.task_runs] == ["CRS"] * 9
