"""Flows that were run on the original, and what became of them."""

from __future__ import annotations

import asyncio

import pytest
from format_kit import (
    Gate,
    Runner,
    each,
    fail,
    ids,
    par,
    ret,
    retry,
    run_of,
    seq,
    shown,
    sleep,
    state_of,
    states,
    task,
)

from tiercel.model.execution import Label
from tiercel.model.state import StateType

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_parallel_starts_as_many_as_it_may(run: Runner):
    done = await run(par("p", *[sleep(name, "PT0.15S") for name in "abcde"], concurrent=2))
    assert shown(done.execution.state) == "CRS"
    began = {item.task_id: item.state.start_date for item in done.task_runs}
    ended = {item.task_id: item.state.last_date for item in done.task_runs}
    assert began["c"] >= min(ended["a"], ended["b"])
    assert began["e"] >= min(ended["c"], ended["d"])


async def test_a_switch_without_a_match_fails(run: Runner):
    done = await run(
        task("flow.Switch", "s", value="none", cases={"a": [ret("t")]}, errors=[ret("se")])
    )
    assert (states(done), state_of(done)) == ([("s", "FAILED")], "FAILED")
    assert run_of(done, "s").outputs == {"value": "none", "defaults": True}
    assert any(text.startswith("WARN") for text in await run.messages(done))


async def test_an_if_that_can_not_be_told_fails_alone(run: Runner):
    done = await run(
        task("flow.If", "i", condition="{{ nope.x }}", then=[ret("t")], errors=[ret("ie")])
    )
    assert (states(done), state_of(done)) == ([("i", "FAILED")], "FAILED")
    assert run_of(done, "i").attempts == ()


async def test_each_sequential_sees_outputs_of_its_own_value(run: Runner):
    tasks = [
        ret("t", "{{ taskrun.value }}"),
        ret("u", "{{ currentEachOutput(outputs.t).value }}"),
    ]
    done = await run(task("flow.EachSequential", "es", value=["a", "b"], tasks=tasks))
    assert ids(done) == ["es", "t[a]", "u[a]", "t[b]", "u[b]"]
    assert run_of(done, "u", "b").outputs == {"value": "b"}


async def test_allow_failure_inside_a_loop(run: Runner):
    condition = "{{ parent.taskrun.value == '1' }}"
    inner = task("flow.AllowFailure", "af", tasks=[fail("t", condition)], errors=[ret("ae")])
    done = await run(each("o", ["1", "2"], inner, ret("u")))
    assert state_of(done) == "WARNING"
    assert states(done) == [
        ("o", "WARNING"),
        ("af", "WARNING"),
        ("t", "FAILED"),
        ("ae", "SUCCESS"),
        ("u", "SUCCESS"),
        ("af", "SUCCESS"),
        ("t", "SUCCESS"),
        ("u", "SUCCESS"),
    ]


async def test_conditions_inside_a_loop_tell_their_outputs(run: Runner):
    inside = task(
        "flow.If",
        "i",
        condition="{{ taskrun.value == 'a' }}",
        then=[ret("c", "{{ parent.outputs.evaluationResult }} {{ parent.taskrun.value }}")],
    )
    text = "{{ outputs.i.a.evaluationResult }} {{ outputs.sw.a.value }}"
    switch = task("flow.Switch", "sw", value="{{ taskrun.value }}", cases={"a": [ret("d", text)]})
    done = await run(each("fe", ["a"], inside, switch))
    assert run_of(done, "c").outputs == {"value": "true a"}
    assert run_of(done, "d").outputs == {"value": "true a"}


async def test_a_loop_until_stops_at_its_limit(run: Runner):
    frequency = {"interval": "PT0.1S", "maxIterations": 2}
    loop = task(
        "flow.WaitFor",
        "l",
        condition="{{ false }}",
        failOnMaxReached=True,
        checkFrequency=frequency,
        tasks=[ret("t")],
    )
    done = await run(loop)
    assert shown(done.execution.state) in ("CRPRF", "CRPTRF")
    assert [name for name in ids(done) if name == "t"] == ["t"]
    assert run_of(done, "l").outputs["iterationCount"] in (2, 3)


async def test_a_loop_until_reads_its_own_count(run: Runner):
    loop = task(
        "flow.LoopUntil",
        "l",
        condition="{{ outputs.l.iterationCount >= 2 }}",
        checkFrequency={"interval": "PT0.05S"},
        tasks=[ret("t")],
    )
    assert state_of(await run(loop)) == "SUCCESS"


async def test_pauses_with_delay_and_timeout(run: Runner):
    done = await run(
        task("flow.Pause", "p", delay="PT0.1S"),
        task("flow.Pause", "p2", timeout="PT0.1S"),
        ret("next"),
        errors=[ret("e")],
    )
    assert shown(run_of(done, "p").state) == "CRPRS"
    assert shown(run_of(done, "p2").state) == "CRPF"
    assert (ids(done), state_of(done)) == (["p", "p2", "e"], "FAILED")
    assert shown(done.execution.state) == "CRPTRPTRF"


async def test_a_delay_wins_over_a_timeout(run: Runner):
    done = await run(task("flow.Pause", "p", delay="PT0.3S", timeout="PT0.1S"))
    assert state_of(done) == "SUCCESS"


async def test_nothing_starts_beside_a_pause(run: Runner):
    pause = task("flow.Pause", "p", delay="PT0.3S")
    done = await run(par("par", pause, seq("sq", ret("q1"), ret("q2"))))
    resumed = run_of(done, "p").state.last_date
    assert run_of(done, "q1").state.last_date >= resumed
    assert shown(done.execution.state) == "CRPTRS"


async def test_three_pauses_at_once(run: Runner):
    pauses = [task("flow.Pause", f"p{n}", delay="PT0.1S") for n in range(3)]
    assert state_of(await run(par("par", *pauses))) == "SUCCESS"


@pytest.mark.parametrize(
    ("behavior", "state"), [("WARN", "WARNING"), ("FAIL", "FAILED"), ("CANCEL", "CANCELLED")]
)
async def test_what_follows_a_pause(run: Runner, behavior, state):
    done = await run(task("flow.Pause", "p", pauseDuration="PT0.1S", behavior=behavior), ret("n"))
    assert state_of(done) == state


async def test_a_subflow_that_is_not_waited_for(run: Runner):
    namespace, child = await run.save([ret("a")])
    done = await run(task("flow.Subflow", "s", namespace=namespace, flowId=child, wait=False))
    outputs = run_of(done, "s").outputs
    assert (set(outputs), outputs["state"]) == ({"executionId", "state"}, "CREATED")


async def test_subflows_that_can_not_start(run: Runner):
    done = await run(task("flow.Subflow", "s", namespace="n", flowId="nope"))
    assert shown(run_of(done, "s").state) == "CRF"
    assert shown(run_of(done, "s").attempts[0].state) == "CF"
    assert any(
        "Unable to find flow 'n'.'nope' with revision '0'" in text
        for text in await run.messages(done)
    )
    namespace, child = await run.save([ret("a")], disabled=True)
    done = await run(task("flow.Subflow", "s", namespace=namespace, flowId=child))
    assert any(
        "Cannot execute a flow which is disabled" in text for text in await run.messages(done)
    )


async def test_batches_of_a_failing_flow(run: Runner):
    namespace, child = await run.save([fail("f")])
    done = await run(
        task("storage.Write", "w", content="1\n2\n3\n"),
        task(
            "flow.ForEachItem",
            "f",
            items="{{ outputs.w.uri }}",
            namespace=namespace,
            flowId=child,
        ),
        errors=[ret("e")],
    )
    assert states(done) == [
        ("w", "SUCCESS"),
        ("f", "FAILED"),
        ("f_split", "SUCCESS"),
        ("f_items", "FAILED"),
        ("e", "SUCCESS"),
    ]
    items = run_of(done, "f_items")
    assert items.iteration == 3
    assert items.outputs["iterations"] == {"CREATED": 0, "RUNNING": 0, "FAILED": 3}


async def test_retries_show_in_the_histories(run: Runner):
    done = await run(fail("f", retry=retry(3)), errors=[ret("e")])
    assert shown(run_of(done, "f").state) == "CRFYCRFYCRF"
    assert [shown(item.state) for item in run_of(done, "f").attempts] == ["CRF"] * 3
    assert shown(done.execution.state) == "CRFYRFYRF"
    assert ids(done) == ["f", "e"]


async def test_run_if_counts_for_labels(run: Runner):
    done = await run(task("execution.Labels", "l", runIf="false", labels={"x": "y"}))
    assert states(done) == [("l", "SKIPPED")]
    assert Label("x", "y") not in done.execution.labels


async def test_an_error_branch_with_a_flowable(run: Runner):
    done = await run(
        fail("s"),
        errors=[
            seq("seq", fail("x1"), ret("x2")),
            ret("y", "{{ tasks.s.state }} {{ errorLogs() | length }}"),
        ],
    )
    assert dict(states(done))["seq"] == "FAILED"
    assert "x2" not in ids(done)
    assert state_of(done) == "FAILED"


async def test_a_kill_reaches_a_subflow(run: Runner):
    namespace, child = await run.save([sleep("a", "PT20S"), sleep("b", "PT20S")])
    execution_id = await run.start(task("flow.Subflow", "s", namespace=namespace, flowId=child))
    async with asyncio.timeout(60):
        while not (below := await run.children(execution_id)):
            await asyncio.sleep(0.02)
    await run.until(below[0].execution.id, StateType.RUNNING)
    await run.node.executions.kill(execution_id)
    done = await run.wait(execution_id)
    ended = await run.wait(below[0].execution.id)
    assert shown(done.execution.state) == shown(ended.execution.state) == "CRGK"
    assert shown(run_of(done, "s").state) == "CRK"


@pytest.mark.parametrize(("behavior", "letter"), [("CANCEL", "X"), ("FAIL", "F")])
async def test_executions_over_a_limit(run: Runner, gate: Gate, behavior, letter):
    limit = {"limit": 1, "behavior": behavior}
    namespace, flow_id = await run.save([gate.task()], concurrency=limit)
    started = [(await run.node.executions.start(namespace, flow_id)).id for _ in range(3)]
    for execution_id in started[1:]:
        await run.wait(execution_id)
    gate.open()
    done = [await run.wait(execution_id) for execution_id in started]
    assert sorted(shown(item.execution.state) for item in done) == sorted(
        ["CRS", f"C{letter}", f"C{letter}"]
    )


async def test_a_longest_duration_ends_an_execution(run: Runner):
    rule = {"id": "quick", "type": "MAX_DURATION", "duration": "PT0.2S", "behavior": "FAIL"}
    done = await run(sleep("s", "PT20S"), sla=[rule], errors=[ret("e")])
    assert (state_of(done), ids(done)) == ("FAILED", ["s"])
    rule = {**rule, "duration": "PT30S"}
    assert state_of(await run(ret("a"), sla=[rule])) == "SUCCESS"


async def test_an_assertion_cancels_or_labels(run: Runner):
    rule = {
        "id": "no",
        "type": "EXECUTION_ASSERTION",
        "assert": "{{ outputs.a.value == 'good' }}",
        "behavior": "CANCEL",
    }
    done = await run(ret("a", "bad"), sleep("s", "PT20S"), sla=[rule])
    assert state_of(done) == "CANCELLED"
    rule = {**rule, "behavior": "NONE", "labels": {"sla": "violated"}}
    done = await run(ret("a", "bad"), ret("b"), sla=[rule])
    assert state_of(done) == "SUCCESS"
    assert Label("sla", "violated") in done.execution.labels


async def test_the_first_of_a_family_is_known_to_all(run: Runner):
    namespace, lowest = await run.save([ret("a", "{{ labels.system.correlationId }}")])
    _, middle = await run.save([task("flow.Subflow", "m", namespace=namespace, flowId=lowest)])
    done = await run(task("flow.Subflow", "t", namespace=namespace, flowId=middle))
    (below,) = await run.children(done.execution.id)
    (last,) = await run.children(below.execution.id)
    assert Label("system.correlationId", done.execution.id) in last.execution.labels
    assert run_of(last, "a").outputs == {"value": done.execution.id}


@pytest.mark.parametrize(
    "labels", [{"k": "{{ 'new' }}"}, [{"key": "k", "value": "new"}], '{{ {"k": "new"} | toJson }}']
)
async def test_labels_of_a_task_are_merged(run: Runner, labels):
    done = await run(task("execution.Labels", "l", labels=labels), labels={"k": "old", "o": "1"})
    assert state_of(done) == "SUCCESS"
    assert {Label("k", "new"), Label("o", "1")} <= set(done.execution.labels)
    assert Label("k", "old") not in done.execution.labels


async def test_json_inputs_and_defaults_of_plugins(run: Runner):
    done = await run(
        {"id": "r", "type": "io.kestra.plugin.core.debug.Return"},
        inputs={"j": "{}"},
        pluginDefaults=[
            {"type": "io.kestra.plugin.core.debug.Return", "values": {"format": "given"}}
        ],
    )
    assert run_of(done, "r").outputs == {"value": "given"}


async def test_a_log_that_goes_to_a_file(run: Runner):
    shell = {
        "id": "s",
        "type": "io.kestra.plugin.scripts.shell.Commands",
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
        "commands": ["echo into a file"],
        "logToFile": True,
    }
    done = await run(shell)
    uri = run_of(done, "s").attempts[0].log_file
    content = b"".join([chunk async for chunk in run.node.storage.open(uri)])
    assert b"into a file" in content
    assert await run.messages(done) == []


async def test_a_kill_while_a_loop_waits(run: Runner):
    loop = task(
        "flow.LoopUntil",
        "l",
        condition="{{ false }}",
        checkFrequency={"interval": "PT1H"},
        tasks=[ret("t")],
    )
    execution_id = await run.start(loop)
    await run.until(execution_id, StateType.PAUSED)
    await run.node.executions.kill(execution_id)
    assert shown((await run.wait(execution_id)).execution.state) == "CRPGK"


async def test_an_execution_is_resumed_by_another_flow(run: Runner):
    pause = task("flow.Pause", "p", onResume=[{"id": "n", "type": "INT"}])
    execution_id = await run.start(pause, ret("r", "{{ outputs.p.onResume.n + 1 }}"))
    await run.until(execution_id, StateType.PAUSED)
    refused = await run(task("execution.Resume", "go", executionId=execution_id))
    assert state_of(refused) == "FAILED"
    assert any("missing required input" in text for text in await run.messages(refused))
    done = await run(task("execution.Resume", "go", executionId=execution_id, inputs={"n": "4"}))
    assert state_of(done) == "SUCCESS"
    assert run_of(await run.wait(execution_id), "r").outputs == {"value": "5"}
    late = await run(task("execution.Resume", "go", executionId=execution_id))
    assert any("is not paused" in text for text in await run.messages(late))
