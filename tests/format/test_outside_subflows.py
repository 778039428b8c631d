"""Subflows from outside: waited for or not, failures, outputs, inputs, many levels."""

from __future__ import annotations

import pytest
from api_kit import NAMESPACE, Api, history, run_of, runs, seen, state
from format_kit import CORE, each, fail, par, ret, retry, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def subflow(flow, task_id="s", **more):
    return task("flow.Subflow", task_id, namespace=flow["namespace"], flowId=flow["id"], **more)


async def test_a_child_is_waited_for(api: Api):
    outputs = [
        {"id": "text", "type": "STRING", "value": "{{ outputs.r.value }}"},
        {"id": "number", "type": "INT", "value": "{{ 40 + 2 }}"},
        {"id": "list", "type": "ARRAY", "value": "{{ [1, 2] }}"},
    ]
    child = await api.save([ret("r", "of {{ trigger.executionId }}")], outputs=outputs)
    flow = await api.save([subflow(child), ret("x", "{{ outputs.s.outputs.number + 1 }}")])
    done = await api.wait(await api.start(flow))
    (below,) = await api.of_flow(child)
    run = run_of(done, "s")
    assert run["outputs"] == {
        "executionId": below["id"],
        "state": "SUCCESS",
        "outputs": {"text": f"of {done['id']}", "number": 42, "list": [1, 2]},
    }
    assert (history(run), history(run["attempts"][0])) == ("CRS", "CRS")
    assert run_of(done, "x")["outputs"]["value"] == "43"
    assert below["trigger"]["id"] == "s"
    assert below["trigger"]["type"] == f"{CORE}flow.Subflow"
    variables = below["trigger"]["variables"]
    expected = {
        "executionId": done["id"],
        "namespace": flow["namespace"],
        "flowId": flow["id"],
        "flowRevision": 1,
    }
    assert {key: variables[key] for key in expected} == expected
    where = {"triggerExecutionId": done["id"]}
    page = await api.call("GET", "/executions/search", params=where)
    assert [item["id"] for item in page["results"]] == [below["id"]]
    assert "parentId" not in below
    assert below["originalId"] == below["id"]


async def test_a_child_without_outputs(api: Api):
    child = await api.save([ret("r")])
    done = await api.run(subflow(child))
    assert set(run_of(done, "s")["outputs"]) == {"executionId", "state"}


async def test_a_child_is_not_waited_for(api: Api):
    child = await api.save([task("flow.Pause", "p")])
    done = await api.run(subflow(child, wait=False), ret("after"))
    (below,) = await api.of_flow(child)
    run = run_of(done, "s")
    assert run["outputs"] == {"executionId": below["id"], "state": "CREATED"}
    assert (history(run), seen(done)) == ("CRS", ["s SUCCESS", "after SUCCESS"])
    await api.act(below, "kill", 202)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "FAILED"),
        ({"transmitFailed": True}, "FAILED"),
        ({"transmitFailed": False}, "SUCCESS"),
        ({"wait": False}, "SUCCESS"),
        ({"allowFailure": True}, "WARNING"),
        ({"allowFailure": True, "allowWarning": True}, "SUCCESS"),
    ],
)
async def test_a_child_that_fails(api: Api, more, expected):
    child = await api.save([fail("f")])
    done = await api.run(subflow(child, **more), ret("after"), errors=[ret("e")])
    follows = "e" if expected == "FAILED" else "after"
    assert seen(done) == [f"s {expected}", f"{follows} SUCCESS"]
    assert state(done) == expected
    assert len(run_of(done, "s")["attempts"]) == 1
    if more.get("wait", True):
        assert run_of(done, "s")["outputs"]["state"] == "FAILED"


async def test_outputs_of_a_child_that_fails(api: Api):
    outputs = [{"id": "o", "type": "STRING", "value": "{{ outputs.r.value }}"}]
    child = await api.save([ret("r"), fail("f")], outputs=outputs)
    done = await api.run(subflow(child), errors=[ret("e", "{{ outputs.s.outputs.o }}")])
    assert run_of(done, "s")["outputs"]["outputs"] == {"o": "x"}
    assert run_of(done, "e")["outputs"]["value"] == "x"


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, "WARNING"), ({"allowWarning": True}, "SUCCESS"), ({"transmitFailed": False}, "SUCCESS")],
)
async def test_a_child_with_a_warning(api: Api, more, expected):
    child = await api.save([fail("f", allowFailure=True)])
    done = await api.run(subflow(child, **more), ret("after"))
    assert seen(done) == [f"s {expected}", "after SUCCESS"]


@pytest.mark.parametrize(("ends", "expected"), [("CANCELLED", "SUCCESS"), ("FAILED", "FAILED")])
async def test_a_child_that_gets_no_place(api: Api, ends, expected):
    behavior = "CANCEL" if ends == "CANCELLED" else "FAIL"
    own = {"limit": 1, "behavior": behavior}
    child = await api.save([task("flow.Pause", "p")], concurrency=own)
    first = await api.wait(await api.start(child), "PAUSED")
    done = await api.run(subflow(child))
    assert (seen(done), run_of(done, "s")["outputs"]["state"]) == ([f"s {expected}"], ends)
    await api.act(first, "kill", 202)


async def test_a_child_that_waits(api: Api):
    child = await api.save([task("flow.Pause", "p")])
    started = await api.start(await api.save([subflow(child), ret("after")]))
    (below,) = await api.of_flow(child, 1)
    await api.wait(below, "PAUSED")
    assert (state(found := await api.get(started)), seen(found)) == ("RUNNING", ["s RUNNING"])
    assert run_of(found, "s")["outputs"] == {"executionId": below["id"]}
    await api.act(below, "resume", 204)
    assert seen(await api.wait(started)) == ["s SUCCESS", "after SUCCESS"]


async def test_inputs_of_a_child(api: Api):
    declared = [
        {"id": "text", "type": "STRING"},
        {"id": "number", "type": "INT"},
        {"id": "flag", "type": "BOOLEAN"},
        {"id": "list", "type": "ARRAY", "itemType": "STRING"},
        {"id": "map", "type": "JSON"},
        {"id": "nested.id", "type": "STRING", "defaults": "d"},
        {"id": "maybe", "type": "STRING", "required": False},
    ]
    child = await api.save([ret("r", "{{ inputs.map.a }}")], inputs=declared)
    given = {
        "text": "{{ flow.id }}",
        "number": "{{ 1 + 1 }}",
        "flag": True,
        "list": ["{{ flow.namespace }}", "b"],
        "map": {"a": "{{ execution.id }}"},
        "unknown": "dropped",
    }
    flow = await api.save([subflow(child, inputs=given)])
    done = await api.wait(await api.start(flow))
    (below,) = await api.of_flow(child)
    assert below["inputs"] == {
        "text": flow["id"],
        "number": 2,
        "flag": True,
        "list": [NAMESPACE, "b"],
        "map": {"a": done["id"]},
        "nested": {"id": "d"},
        "maybe": None,
    }
    assert run_of(below, "r")["outputs"]["value"] == done["id"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"flowId": "nope"}, "Unable to find flow 'tests.outside'.'nope' with revision '0'"),
        ({"flowId": "{{ 'no' ~ 'pe' }}", "revision": 3}, "'nope' with revision '3'"),
        ({"revision": 9}, "with revision '9'"),
        ({"inputs": {"i": "x"}}, 'Invalid input for `i`, For input string: "x"'),
        ({}, "Invalid input for `i`, missing required input, but received `null`"),
        ({"inputs": {"i": "{{ nope }}"}}, "Unable to find `nope` used in the expression"),
        ({"namespace": "{{ nope }}"}, "Unable to find `nope` used in the expression"),
    ],
)
async def test_a_child_that_can_not_be_made(api: Api, more, message):
    child = await api.save([ret("r")], inputs=[{"id": "i", "type": "INT"}])
    own = {**subflow(child), **more}
    done = await api.run(own, ret("after"), errors=[ret("e")])
    assert (seen(done), history(run_of(done, "s"))) == (["s FAILED", "e SUCCESS"], "CRF")
    assert [history(attempt) for attempt in run_of(done, "s")["attempts"]] == ["CF"]
    assert any(message in text for text in await api.messages(done, message))
    assert await api.of_flow(child) == []
    done = await api.run({**own, "allowFailure": True, "retry": retry(2)}, ret("after"))
    assert seen(done) == ["s WARNING", "after SUCCESS"]
    assert [history(attempt) for attempt in run_of(done, "s")["attempts"]] == ["CF", "CF"]


async def test_a_child_that_is_disabled(api: Api):
    child = await api.save([ret("r")], disabled=True)
    done = await api.run(subflow(child))
    message = "Cannot execute a flow which is disabled"
    assert any(message in text for text in await api.messages(done, message))
    run = run_of(done, "s")
    assert (history(run), history(run["attempts"][0])) == ("CRF", "CF")


async def test_revisions_of_a_child(api: Api):
    child = await api.save([ret("r", "old")])
    await api.load(child["source"].replace("old", "new"))
    await api.run(subflow(child, "first", revision=1), subflow(child, "last"))
    below = await api.of_flow(child)
    assert [(item["flowRevision"], run_of(item, "r")["outputs"]["value"]) for item in below] == [
        (1, "old"),
        (2, "new"),
    ]


async def test_outputs_of_the_older_kind(api: Api):
    child = await api.save([ret("r", "{{ flow.id }}")])
    given = {"o": "{{ outputs.r.value }}"}
    done = await api.run(subflow(child, outputs=given), ret("x", "{{ outputs.s.outputs.o }}"))
    assert run_of(done, "x")["outputs"]["value"] == child["id"]
    wrong = {"o": "{{ outputs.nope.value }}"}
    done = await api.run(subflow(child, outputs=wrong))
    assert seen(done) == ["s FAILED"]
    message = "Failed to extract outputs with the error: '"
    assert any(message in text for text in await api.messages(done, message))
    assert [state(item) for item in await api.of_flow(child)] == ["SUCCESS"] * 2


async def test_children_of_a_loop(api: Api):
    declared = [{"id": "v", "type": "STRING"}]
    outputs = [{"id": "o", "type": "STRING", "value": "{{ inputs.v }}!"}]
    child = await api.save([ret("r")], inputs=declared, outputs=outputs)
    own = subflow(child, inputs={"v": "{{ taskrun.value }}"})
    done = await api.run(
        each("e", ["a", "b"], own, limit=0), ret("x", "{{ outputs.s.b.outputs.o }}")
    )
    below = await api.of_flow(child)
    assert sorted(item["inputs"]["v"] for item in below) == ["a", "b"]
    assert run_of(done, "x")["outputs"]["value"] == "b!"
    assert run_of(done, "s", "a")["outputs"]["outputs"] == {"o": "a!"}


async def test_many_levels(api: Api):
    flow = await api.save([fail("f", runIf="{{ labels.deep is defined }}"), ret("r")])
    levels = [flow]
    for _ in range(4):
        levels.append(await api.save([seq("q", par("p", subflow(levels[-1])))]))
    done = await api.wait(await api.start(levels[-1]))
    assert state(done) == "SUCCESS"
    for level in levels[:-1]:
        (item,) = await api.of_flow(level)
        assert {"key": "system.correlationId", "value": done["id"]} in item["labels"]


async def test_each_attempt_makes_a_child(api: Api):
    child = await api.save([fail("f")])
    done = await api.run(subflow(child, retry=retry(3)))
    run = run_of(done, "s")
    assert [history(item) for item in run["attempts"]] == ["CRF"] * 3
    below = await api.of_flow(child)
    assert (len(below), run["outputs"]["executionId"]) == (3, below[-1]["id"])


async def test_a_failure_inside_a_sequence_with_handlers(api: Api):
    child = await api.save(
        [fail("f", "{{ inputs.s == 'bad' }}"), ret("r")], inputs=[{"id": "s", "type": "STRING"}]
    )
    own = subflow(child, inputs={"s": "{{ inputs.s }}"})
    flow = await api.save(
        [seq("q", own, ret("x"), errors=[ret("le")])], inputs=[{"id": "s", "type": "STRING"}]
    )
    good = await api.wait(await api.start(flow, inputs={"s": "OK"}))
    assert seen(good) == ["q SUCCESS", "s SUCCESS", "x SUCCESS"]
    bad = await api.wait(await api.start(flow, inputs={"s": "bad"}))
    assert seen(bad) == ["q FAILED", "s FAILED", "le SUCCESS"]
    assert [len(runs(item)) for item in await api.of_flow(child)] == [2, 1]


@pytest.mark.parametrize("name", ["Flow", "Subflow"])
async def test_older_names(api: Api, name):
    child = await api.save([ret("r")])
    own = {**subflow(child), "type": f"io.kestra.core.tasks.flows.{name}"}
    assert seen(await api.run(own)) == ["s SUCCESS"]


async def test_run_if_and_disabled(api: Api):
    child = await api.save([ret("r")])
    done = await api.run(
        subflow(child, runIf="false"), subflow(child, "d", disabled=True), ret("after")
    )
    assert seen(done) == ["s SKIPPED", "after SUCCESS"]
    assert await api.of_flow(child) == []


async def test_a_child_whose_outputs_fail(api: Api):
    outputs = [{"id": "o", "type": "INT", "value": "text"}]
    child = await api.save([ret("r")], outputs=outputs)
    done = await api.run(subflow(child))
    (below,) = await api.of_flow(child)
    assert (history(below), seen(done)) == ("CRSF", ["s FAILED"])
