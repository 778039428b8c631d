"""Shapes of flows: which task runs there are, and the state of the whole."""

from __future__ import annotations

import pytest
from format_kit import (
    Runner,
    each,
    fail,
    ids,
    log,
    par,
    ret,
    retry,
    run_of,
    seq,
    sleep,
    state_of,
    states,
    task,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_disabled_task_leaves_no_run(run: Runner):
    done = await run(ret("a"), ret("b", disabled=True), ret("c"))
    assert states(done) == [("a", "SUCCESS"), ("c", "SUCCESS")]


async def test_a_disabled_error_task_is_left_out(run: Runner):
    done = await run(fail("f"), errors=[ret("a"), ret("b", disabled=True), ret("c")])
    assert (ids(done), state_of(done)) == (["f", "a", "c"], "FAILED")


async def test_disabled_children_are_left_out_everywhere(run: Runner):
    off = {"disabled": True}
    done = await run(
        each("fe", [1, 2, 3], ret("t"), ret("u", **off)),
        seq("s1", ret("s1a"), ret("s1b", **off)),
        seq("s2", ret("s2a"), ret("s2b", **off)),
        task("flow.Switch", "sw", value="a", cases={"a": [ret("sa"), ret("sb", **off)]}),
    )
    assert (len(done.task_runs), state_of(done)) == (10, "SUCCESS")


async def test_flowables_with_disabled_children_only_succeed(run: Runner):
    off = {"disabled": True}
    done = await run(
        seq("s", ret("s1", **off)),
        par("p", ret("p1", **off)),
        task("flow.If", "i", condition="true", then=[ret("i1", **off)]),
        each("e", [1, 2], ret("e1", **off)),
        task("flow.Dag", "d", tasks=[{"task": ret("d1", **off)}]),
    )
    assert (ids(done), state_of(done)) == (["s", "p", "i", "e", "d"], "SUCCESS")


async def test_a_dag_task_that_depends_on_a_disabled_one_runs(run: Runner):
    tasks = [{"task": ret("a", disabled=True)}, {"task": ret("b"), "dependsOn": ["a"]}]
    done = await run(task("flow.Dag", "d", tasks=tasks))
    assert (ids(done), state_of(done)) == (["d", "b"], "SUCCESS")


async def test_a_missing_variable_fails_the_task_and_is_named(run: Runner):
    done = await run(ret("a", "{{ inputs.nope }}"), ret("b"))
    assert states(done) == [("a", "FAILED")]
    assert any("nope" in text for text in await run.messages(done))


async def test_a_text_output_shows_a_map_as_json(run: Runner):
    values = task("output.OutputValues", "a", values={"k": "v"})
    outputs = [{"id": "o", "type": "STRING", "value": "{{ outputs.a }}"}]
    done = await run(values, outputs=outputs)
    assert done.execution.outputs == {"o": '{"values":{"k":"v"}}'}


async def test_outputs_that_can_not_be_rendered_fail_the_execution(run: Runner):
    outputs = [{"id": "o", "type": "STRING", "value": "{{ outputs.nope.value }}"}]
    done = await run(ret("a"), outputs=outputs)
    assert (done.execution.outputs, state_of(done)) == (None, "FAILED")
    assert states(done) == [("a", "SUCCESS")]


async def test_a_list_is_an_output(run: Runner):
    outputs = [{"id": "o", "type": "ARRAY", "value": "{{ [1, 2] }}"}]
    assert (await run(ret("a"), outputs=outputs)).execution.outputs == {"o": [1, 2]}


async def test_parallel_has_a_run_of_its_own(run: Runner):
    done = await run(par("p", *[ret(f"t{n}") for n in range(6)]), ret("last"))
    assert len(done.task_runs) == 8
    assert ids(done)[-1] == "last"


async def test_parallel_nests(run: Runner):
    inner = par("q", ret("q1"), seq("s", ret("s1"), ret("s2")), ret("q2"))
    done = await run(par("p", ret("a"), ret("b"), inner, ret("c")), ret("last"))
    assert (len(done.task_runs), ids(done)[-1], state_of(done)) == (11, "last", "SUCCESS")


async def test_a_dag_joins_and_fans_out(run: Runner):
    tasks = [
        {"task": ret("d"), "dependsOn": ["b", "c"]},
        {"task": ret("a")},
        {"task": ret("b"), "dependsOn": ["a"]},
        {"task": ret("c"), "dependsOn": ["a"]},
        {"task": ret("e"), "dependsOn": ["d"]},
        {"task": ret("f")},
    ]
    done = await run(task("flow.Dag", "dag", tasks=tasks))
    order = ids(done)
    assert (len(order), state_of(done)) == (7, "SUCCESS")
    assert order.index("a") < order.index("b") < order.index("d") < order.index("e")


@pytest.mark.parametrize(("warning", "state"), [(False, "WARNING"), (True, "SUCCESS")])
async def test_an_allowed_failure_comes_after_the_retries(run: Runner, warning, state):
    flags = {"allowFailure": True, "allowWarning": warning}
    done = await run(fail("f", retry=retry(3), **flags), ret("next"))
    assert (state_of(done), ids(done)) == (state, ["f", "next"])
    assert len(run_of(done, "f").attempts) == 3


async def test_a_flowable_is_allowed_to_fail(run: Runner):
    done = await run(seq("s", fail("f"), ret("x"), allowFailure=True), ret("next"))
    assert states(done) == [("s", "WARNING"), ("f", "FAILED"), ("next", "SUCCESS")]
    assert state_of(done) == "WARNING"


async def test_allow_failure_runs_its_errors(run: Runner):
    inner = task("flow.AllowFailure", "af", tasks=[fail("f"), ret("x")], errors=[ret("e")])
    done = await run(inner, ret("next"))
    assert (ids(done), state_of(done)) == (["af", "f", "e", "next"], "WARNING")


async def test_run_if_is_true_false_or_an_error(run: Runner):
    done = await run(
        ret("a", runIf="{{ 1 == 1 }}"),
        ret("b", runIf="{{ 1 == 2 }}"),
        ret("c", runIf="{{ nope.x }}"),
        ret("d"),
    )
    assert states(done) == [("a", "SUCCESS"), ("b", "SKIPPED"), ("c", "FAILED")]
    assert state_of(done) == "FAILED"


@pytest.mark.parametrize("text", ["", "false", "0", "-0", "{{ false }}"])
async def test_what_is_falsy_skips(run: Runner, text):
    done = await run(seq("s", ret("a"), runIf=text), ret("b"))
    assert states(done) == [("s", "SKIPPED"), ("b", "SUCCESS")]


@pytest.mark.parametrize("text", ["False", "no", "null", " false", "0.0", "[]"])
async def test_everything_else_is_truthy(run: Runner, text):
    done = await run(task("flow.If", "i", condition=text, then=[ret("a")], **{"else": [ret("b")]}))
    assert ids(done) == ["i", "a"]


async def test_a_timeout_fails_the_task(run: Runner):
    shell = {
        "id": "s",
        "type": "io.kestra.plugin.scripts.shell.Commands",
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
        "commands": ["sleep 20"],
        "timeout": "PT0.3S",
    }
    done = await run(shell)
    assert states(done) == [("s", "FAILED")]
    said = [text for text in await run.messages(done) if "Timeout after 00:00:00.300" in text]
    assert said[0].startswith("ERROR")


async def test_a_flowable_that_can_not_be_resolved_fails(run: Runner):
    done = await run(each("e", "{{ nope.x }}", ret("a")), ret("b"))
    assert (states(done), state_of(done)) == ([("e", "FAILED")], "FAILED")


async def test_nulls_among_values_are_refused(run: Runner):
    done = await run(each("e", "{{ [1, null] }}", ret("a")))
    assert state_of(done) == "FAILED"
    assert any("null" in text for text in await run.messages(done))


async def test_an_empty_loop_succeeds(run: Runner):
    done = await run(each("e", [], ret("a")), ret("b"))
    assert (ids(done), state_of(done)) == (["e", "b"], "SUCCESS")


async def test_finally_and_after_execution_follow_errors(run: Runner):
    done = await run(
        seq("s", fail("f"), errors=[ret("le")], **{"finally": [ret("lf")]}),
        errors=[ret("e")],
        **{"finally": [ret("fin")]},
        afterExecution=[ret("ae", "{{ execution.state }}")],
    )
    assert ids(done) == ["s", "f", "le", "lf", "e", "fin", "ae"]
    assert state_of(done) == "FAILED"
    assert run_of(done, "ae").outputs == {"value": "FAILED"}


async def test_parallel_siblings_of_a_failure_are_ended_with_it(run: Runner):
    done = await run(par("p", fail("f"), sleep("slow", "PT0.2S")), ret("after"))
    assert dict(states(done)) == {"p": "FAILED", "f": "FAILED", "slow": "FAILED"}


async def test_a_log_of_several_messages_is_in_order(run: Runner):
    done = await run(log("l", ["one", "two", "three"], level="WARN"))
    assert await run.messages(done) == ["WARN one", "WARN two", "WARN three"]


async def test_log_levels_of_a_task_are_kept_from(run: Runner):
    done = await run(log("a", "quiet", level="DEBUG", logLevel="INFO"), log("b", "said"))
    assert await run.messages(done) == ["INFO said"]
