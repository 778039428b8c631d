"""Labels from outside: of the flow, the start and tasks; handed on, changed, searched."""

from __future__ import annotations

import pytest
from api_kit import NAMESPACE, Api, run_of, state
from format_kit import log, ret, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

RESERVED = "System labels can only be set by Kestra itself, offending label: system.foo=x"


def labels_of(found):
    pairs = [(item["key"], item["value"]) for item in found["labels"]]
    assert len(pairs) == len(dict(pairs)), "a key is there twice"
    return {key: value for key, value in pairs if not key.startswith("system.")}


def child_of(flow, task_id="s", **more):
    return task("flow.Subflow", task_id, namespace=flow["namespace"], flowId=flow["id"], **more)


@pytest.mark.parametrize(
    "written",
    [
        {"a": "text", "b": 1, "c": 1.5, "d": True},
        [
            {"key": "a", "value": "text"},
            {"key": "b", "value": "1"},
            {"key": "c", "value": "1.5"},
            {"key": "d", "value": "true"},
        ],
    ],
)
async def test_labels_of_a_flow(api: Api, written):
    done = await api.run(ret("r", "{{ labels.a }} {{ labels.b }}"), labels=written)
    assert labels_of(done) == {"a": "text", "b": "1", "c": "1.5", "d": "true"}
    assert run_of(done, "r")["outputs"] == {"value": "text 1"}


async def test_each_source_overrides_the_one_before(api: Api):
    tasks = [
        ret("before", "{{ labels.both }} {{ labels.all }}"),
        task("execution.Labels", "l", labels={"all": "task", "own": "task"}),
        ret("after", "{{ labels.all }}"),
    ]
    flow = await api.save(tasks, labels={"both": "flow", "all": "flow", "f": "flow"})
    started = await api.start(flow, labels=["both:start", "all:start", "s:start"])
    assert labels_of(started) == {"both": "start", "all": "start", "f": "flow", "s": "start"}
    done = await api.wait(started)
    expected = {"both": "start", "all": "task", "f": "flow", "s": "start", "own": "task"}
    assert labels_of(done) == expected
    assert run_of(done, "before")["outputs"]["value"] == "start start"
    assert run_of(done, "after")["outputs"]["value"] == "task"


@pytest.mark.parametrize(
    "written",
    [
        {"{{ inputs.key }}": "{{ inputs.value }}", "int": 42, "flag": True, "float": 3.14},
        [
            {"key": "{{ inputs.key }}", "value": "{{ inputs.value }}"},
            {"key": "int", "value": 42},
            {"key": "flag", "value": True},
            {"key": "float", "value": 3.14},
        ],
        '{"{{ inputs.key }}": "{{ inputs.value }}", "int": 42, "flag": true, "float": 3.14}',
    ],
)
async def test_labels_of_a_task_in_all_forms(api: Api, written):
    inputs = [
        {"id": "key", "type": "STRING", "defaults": "made"},
        {"id": "value", "type": "STRING", "defaults": "of an input"},
    ]
    flow = await api.save([task("execution.Labels", "l", labels=written)], inputs=inputs)
    done = await api.wait(await api.start(flow))
    assert state(done) == "SUCCESS"
    assert labels_of(done) == {
        "made": "of an input",
        "int": "42",
        "flag": "true",
        "float": "3.14",
    }
    run = run_of(done, "l")
    assert run["outputs"] is None
    assert [h["state"] for h in run["state"]["histories"]] == ["CREATED", "SUCCESS"]
    (attempt,) = run["attempts"]
    assert [h["state"] for h in attempt["state"]["histories"]] == ["CREATED", "SUCCESS"]


async def test_typed_inputs_become_texts(api: Api):
    inputs = [
        {"id": "i", "type": "INT", "defaults": 42},
        {"id": "b", "type": "BOOLEAN", "defaults": True},
        {"id": "f", "type": "FLOAT", "defaults": 3.5},
    ]
    written = {"i": "{{ inputs.i }}", "b": "{{ inputs.b }}", "f": "{{ inputs.f }}"}
    flow = await api.save([task("execution.Labels", "l", labels=written)], inputs=inputs)
    done = await api.wait(await api.start(flow))
    assert labels_of(done) == {"i": "42", "b": "true", "f": "3.5"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"system.foo": "x"}, RESERVED),
        ([{"key": "system.foo", "value": "x"}], RESERVED),
        ('{"system.foo": "x"}', RESERVED),
        ({"a": "{{ nope }}"}, "Unable to find `nope` used in the expression"),
        ("not json", "JSON"),
        ("[1, 2]", "map"),
        ({"a": ""}, "label"),
        ({"": "a"}, "label"),
    ],
)
async def test_labels_that_a_task_can_not_set(api: Api, written, message):
    done = await api.run(task("execution.Labels", "l", labels=written), labels={"kept": "x"})
    assert state(done) == "FAILED"
    assert any(message in text for text in await api.messages(done, message))
    assert labels_of(done) == {"kept": "x"}


async def test_a_wrong_label_may_be_allowed_to_fail(api: Api):
    wrong = task("execution.Labels", "l", labels={"system.foo": "x"}, allowFailure=True)
    done = await api.run(wrong, ret("after"))
    assert (state(done), state(run_of(done, "l"))) == ("WARNING", "WARNING")


async def test_the_first_execution_is_known_to_all_below(api: Api):
    lowest = await api.save([ret("r", "{{ labels.system.correlationId }}")])
    middle = await api.save([child_of(lowest)])
    done = await api.run(child_of(middle))
    (below,) = await api.of_flow(middle)
    (last,) = await api.of_flow(lowest)
    for item in (done, below, last):
        assert {"key": "system.correlationId", "value": done["id"]} in item["labels"]
    assert run_of(last, "r")["outputs"]["value"] == done["id"]


async def test_a_correlation_may_be_given(api: Api):
    flow = await api.save([ret("r", "{{ labels.system.correlationId }}")])
    done = await api.wait(await api.start(flow, labels=["system.correlationId:mine"]))
    assert run_of(done, "r")["outputs"]["value"] == "mine"
    assert {"key": "system.correlationId", "value": "mine"} in done["labels"]


@pytest.mark.parametrize("written", [["system.foo:x"], ["nothing"], ["empty:"], [":empty"]])
async def test_labels_that_a_start_can_not_have(api: Api, written):
    flow = await api.save([ret("r")])
    answer = await api.start(flow, labels=written, status=422)
    if written == ["system.foo:x"]:
        assert answer["message"] == f"Illegal argument: {RESERVED}"
    assert await api.of_flow(flow) == []


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ({"system.foo": "x"}, RESERVED),
        ([{"key": "system.foo", "value": "x"}], RESERVED),
        ({"a": {"b": "c"}}, "a"),
        ({"a": ["b"]}, "a"),
        ({"a": ""}, "a"),
        ({"": "a"}, "label"),
        ([{"key": "", "value": "a"}], "label"),
        ([{"key": "a", "value": ""}], "label"),
    ],
)
async def test_labels_that_a_flow_can_not_have(api: Api, written, part):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("r")], "labels": written}
    reply = await api.http.post("/api/v1/flows", json=flow)
    assert reply.status_code == 422, reply.text
    assert part in reply.json()["message"]


async def test_labels_with_separators(api: Api):
    flow = await api.save([ret("r")])
    written = ["a:x:y", "b:p,q", "c:u=v", "d:with blank"]
    done = await api.wait(await api.start(flow, labels=written))
    assert labels_of(done) == {"a": "x:y", "b": "p,q", "c": "u=v", "d": "with blank"}
    where = {"namespace": flow["namespace"], "flowId": flow["id"]}
    for label in written:
        page = await api.call("GET", "/executions/search", params={**where, "labels": label})
        assert page["total"] == 1, label
    query = {**where, "labels": written}
    assert (await api.call("GET", "/executions/search", params=query))["total"] == 1
    query = {**where, "labels": ["a:x:y", "b:other"]}
    assert (await api.call("GET", "/executions/search", params=query))["total"] == 0
    for wrong in ("a", "a:", ":x"):
        await api.call("GET", "/executions/search", 422, params={"labels": wrong})


async def test_labels_after_the_end(api: Api):
    done = await api.run(ret("r"), labels={"a": "old", "b": "kept"})
    changed = await api.act(
        done,
        "labels",
        json=[
            {"key": "a", "value": "new"},
            {"key": "c", "value": "added"},
            {"key": "", "value": ""},
        ],
    )
    assert labels_of(changed) == {"a": "new", "b": "kept", "c": "added"}
    assert labels_of(await api.get(done)) == labels_of(changed)
    assert state(changed) == "SUCCESS"


@pytest.mark.parametrize(
    "written",
    [
        [{"key": None, "value": None}],
        [{"key": "a"}],
        [{"key": "a", "value": ""}],
        [{"key": "", "value": "a"}],
        [{"key": "system.foo", "value": "x"}],
    ],
)
async def test_labels_that_can_not_be_set(api: Api, written):
    done = await api.run(ret("r"))
    await api.act(done, "labels", 422, json=written)
    await api.call("POST", "/executions/nothere/labels", 404, json=[{"key": "a", "value": "b"}])
    assert labels_of(await api.get(done)) == {}


async def test_a_label_of_the_system_that_is_there_may_be_said_again(api: Api):
    done = await api.run(ret("r"))
    again = {"key": "system.correlationId", "value": done["id"]}
    changed = await api.act(done, "labels", json=[again, {"key": "a", "value": "b"}])
    assert labels_of(changed) == {"a": "b"}


async def test_labels_of_a_running_execution_stay(api: Api):
    started = await api.start(await api.save([sleep("s", "PT20S")]))
    await api.wait(started, "RUNNING")
    text = await api.act(started, "labels", 400, json=[{"key": "a", "value": "b"}])
    assert text == "The execution is not terminated"
    await api.act(started, "kill", 202)
    await api.wait(started)


async def test_labels_of_many(api: Api):
    flow = await api.save([log("l")])
    ids = [(await api.wait(await api.start(flow)))["id"] for _ in range(3)]
    body = {"executionsId": ids[:2], "executionLabels": [{"key": "a", "value": "b"}]}
    assert await api.call("POST", "/executions/labels/by-ids", json=body) == {"count": 2}
    assert [labels_of(await api.get(item)) for item in ids] == [{"a": "b"}] * 2 + [{}]
    where = {"namespace": flow["namespace"], "flowId": flow["id"]}
    found = await api.call(
        "POST", "/executions/labels/by-query", params=where, json=[{"key": "c", "value": "d"}]
    )
    assert found == {"count": 3}
    assert [labels_of(await api.get(item)).get("c") for item in ids] == ["d"] * 3


async def test_labels_of_many_are_all_or_none(api: Api):
    flow = await api.save([log("l")])
    done = await api.wait(await api.start(flow))
    running = await api.start(await api.save([sleep("s", "PT20S")]))
    await api.wait(running, "RUNNING")
    body = {
        "executionsId": [done["id"], running["id"], "nothere"],
        "executionLabels": [{"key": "a", "value": "b"}],
    }
    answer = await api.call("POST", "/executions/labels/by-ids", 400, json=body)
    assert answer["message"] == "invalid bulk set labels"
    assert {item["invalidValue"]: item["message"] for item in answer["invalids"]} == {
        running["id"]: "execution is not terminated",
        "nothere": "execution not found",
    }
    assert labels_of(await api.get(done)) == {}
    await api.act(running, "kill", 202)
    await api.wait(running)


@pytest.mark.parametrize("inherit", [True, False])
async def test_labels_of_a_subflow(api: Api, inherit):
    below = await api.save([ret("r")], labels={"child": "c", "both": "child"})
    own = child_of(below, inheritLabels=inherit, labels={"task": "{{ flow.id }}"})
    flow = await api.save([own], labels={"parent": "p", "both": "parent"})
    done = await api.wait(await api.start(flow, labels=["start:s"]))
    (child,) = await api.of_flow(below)
    expected = {"child": "c", "both": "child", "task": flow["id"]}
    if inherit:
        expected |= {"parent": "p", "start": "s"}
    assert labels_of(child) == expected
    assert state(done) == "SUCCESS"
