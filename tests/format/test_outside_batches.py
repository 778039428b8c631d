"""ForEachItem from outside: how a file is split, what each batch sees, what is merged."""

from __future__ import annotations

import pytest
from api_kit import Api, history, run_of, seen, state
from format_kit import CORE, each, fail, ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

OUTPUT = [{"id": "text", "type": "STRING", "value": "{{ outputs.r.value }}"}]
ITEMS = [{"id": "items", "type": "STRING"}]
GIVEN = {"items": "{{ taskrun.items }}"}


def write(text, task_id="w"):
    return task("storage.Write", task_id, content=text, extension=".txt")


def batches(flow, task_id="f", **more):
    own = {"namespace": flow["namespace"], "flowId": flow["id"]}
    return task("flow.ForEachItem", task_id, **{"items": "{{ outputs.w.uri }}", **own, **more})


def lines(count):
    return "".join(f"line {n}\n" for n in range(count))


async def reader(api: Api, **more):
    """A flow that returns the text of its batch."""
    return await api.save([ret("r", "{{ read(inputs.items) }}")], inputs=ITEMS, **more)


async def texts(api: Api, flow):
    return sorted(run_of(item, "r")["outputs"]["value"] for item in await api.of_flow(flow))


async def test_a_child_for_each_batch(api: Api):
    flow = await reader(api, outputs=OUTPUT)
    own = batches(flow, batch={"rows": 4}, inputs=GIVEN)
    after = ret("x", "{{ read(outputs.f_merge.subflowOutputs) }}")
    done = await api.run(write(lines(10)), own, after)
    assert seen(done) == [
        "w SUCCESS",
        "f SUCCESS",
        "f_split SUCCESS",
        "f_items SUCCESS",
        "f_merge SUCCESS",
        "x SUCCESS",
    ]
    assert await texts(api, flow) == [
        "line 0\nline 1\nline 2\nline 3\n",
        "line 4\nline 5\nline 6\nline 7\n",
        "line 8\nline 9\n",
    ]
    items = run_of(done, "f_items")
    assert items["outputs"]["numberOfBatches"] == 3
    assert items["outputs"]["iterations"] == {"CREATED": 0, "RUNNING": 0, "SUCCESS": 3}
    assert items["outputs"]["subflowOutputsBaseUri"].startswith("/tests/outside/")
    assert (items["iteration"], history(items)) == (3, "CRS")
    assert history(items["attempts"][0]) == "CS"
    parents = {run_of(done, name)["parentTaskRunId"] for name in ("f_split", "f_items", "f_merge")}
    assert parents == {run_of(done, "f")["id"]}
    assert run_of(done, "f_merge")["outputs"]["subflowOutputs"].endswith(".ion")
    merged = run_of(done, "x")["outputs"]["value"].strip().split("\n")
    assert ["line 0" in merged[0], "line 4" in merged[1], "line 8" in merged[2]] == [True] * 3
    splits = await api.call(
        "GET",
        f"/executions/{done['id']}/file",
        params={"path": run_of(done, "f_split")["outputs"]["splits"]},
    )
    assert [line[:10] for line in splits.split()] == ["kestra:///"] * 3


@pytest.mark.parametrize(
    ("batch", "count", "expected"),
    [
        (None, 3, ["line 0\n", "line 1\n", "line 2\n"]),
        ({"rows": 2}, 3, ["line 0\nline 1\n", "line 2\n"]),
        ({"rows": "{{ 1 + 1 }}"}, 3, ["line 0\nline 1\n", "line 2\n"]),
        ({"rows": 5}, 3, ["line 0\nline 1\nline 2\n"]),
        ({"partitions": 2}, 3, ["line 0\nline 2\n", "line 1\n"]),
        ({"partitions": 5}, 2, ["line 0\n", "line 1\n"]),
        ({"rows": 1, "partitions": 1}, 2, ["line 0\nline 1\n"]),
        ({"bytes": "10"}, 3, ["line 0\nline 1\n", "line 2\n"]),
        ({"bytes": "1KB"}, 2, ["line 0\nline 1\n"]),
        ({"bytes": "7B", "partitions": 1}, 2, ["line 0\n", "line 1\n"]),
        ({"rows": 2, "separator": ";"}, 3, ["line 0;line 1;", "line 2;"]),
    ],
)
async def test_how_a_file_is_split(api: Api, batch, count, expected):
    flow = await reader(api)
    more = {} if batch is None else {"batch": batch}
    done = await api.run(write(lines(count)), batches(flow, inputs=GIVEN, **more))
    assert state(done) == "SUCCESS"
    assert await texts(api, flow) == expected


async def test_what_a_batch_knows(api: Api):
    declared = [*ITEMS, {"id": "number", "type": "INT"}, {"id": "more", "type": "JSON"}]
    flow = await api.save([ret("r", "{{ inputs.number }}")], inputs=declared, labels={"c": "x"})
    given = {
        **GIVEN,
        "number": "{{ taskrun.iteration }}",
        "more": {"of": "{{ execution.id }}"},
    }
    own = batches(flow, inputs=given, labels={"b": "{{ flow.id }}"}, inheritLabels=True)
    parent = await api.save([write(lines(3)), own], labels={"p": "y"})
    done = await api.wait(await api.start(parent))
    below = await api.of_flow(flow)
    assert sorted(item["inputs"]["number"] for item in below) == [1, 2, 3]
    for item in below:
        assert item["inputs"]["more"] == {"of": done["id"]}
        labels = {label["key"]: label["value"] for label in item["labels"]}
        expected = {"c": "x", "p": "y", "b": parent["id"], "system.correlationId": done["id"]}
        assert labels == expected
        assert item["trigger"]["variables"]["executionId"] == done["id"]
        assert item["trigger"]["type"] == f"{CORE}flow.ForEachItem$ForEachItemExecutable"


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, "FAILED"), ({"transmitFailed": False}, "SUCCESS"), ({"allowFailure": True}, "WARNING")],
)
async def test_batches_that_fail(api: Api, more, expected):
    flow = await api.save([fail("boom")])
    done = await api.run(write(lines(3)), batches(flow, **more), ret("after"), errors=[ret("e")])
    assert state(done) == expected
    items = run_of(done, "f_items")
    assert items["outputs"]["subflowOutputsBaseUri"].startswith("/tests/outside/")
    assert items["outputs"]["iterations"] == {"CREATED": 0, "RUNNING": 0, "FAILED": 3}
    tail = seen(done)[4:]
    if expected == "FAILED":
        assert (seen(done)[1], tail) == ("f FAILED", ["e SUCCESS"])
        assert history(items["attempts"][0]) == "CF"
    elif expected == "WARNING":
        assert (seen(done)[1], tail) == ("f WARNING", ["after SUCCESS"])
    else:
        assert tail == ["f_merge SUCCESS", "after SUCCESS"]


async def test_some_batches_fail(api: Api):
    flow = await api.save(
        [fail("boom", "{{ read(inputs.items) contains 'line 1' }}"), ret("r")], inputs=ITEMS
    )
    done = await api.run(write(lines(3)), batches(flow, inputs=GIVEN))
    assert state(done) == "FAILED"
    iterations = run_of(done, "f_items")["outputs"]["iterations"]
    assert iterations == {"CREATED": 0, "RUNNING": 0, "FAILED": 1, "SUCCESS": 2}


@pytest.mark.parametrize(("allow", "expected"), [(False, "WARNING"), (True, "SUCCESS")])
async def test_batches_with_a_warning(api: Api, allow, expected):
    flow = await api.save([fail("boom", allowFailure=True)])
    done = await api.run(write(lines(2)), batches(flow, allowWarning=allow))
    assert (state(done), state(run_of(done, "f"))) == (expected, expected)
    assert run_of(done, "f_items")["outputs"]["iterations"]["WARNING"] == 2


async def test_batches_that_are_not_waited_for(api: Api):
    flow = await api.save([task("flow.Pause", "p")])
    done = await api.run(write(lines(2)), batches(flow, wait=False), ret("after"))
    assert seen(done)[1:] == [
        "f SUCCESS",
        "f_split SUCCESS",
        "f_items SUCCESS",
        "f_merge SUCCESS",
        "after SUCCESS",
    ]
    assert run_of(done, "f_items")["outputs"]["iterations"] == {"RUNNING": 0, "SUCCESS": 2}
    assert not run_of(done, "f_merge")["outputs"].get("subflowOutputs")
    for item in await api.of_flow(flow, 2):
        await api.act(item, "kill", 202)


async def test_batches_without_outputs(api: Api):
    flow = await reader(api)
    done = await api.run(write(lines(2)), batches(flow, inputs=GIVEN))
    assert state(done) == "SUCCESS"
    assert run_of(done, "f_items")["outputs"]["subflowOutputsBaseUri"].startswith("/")
    assert run_of(done, "f_merge")["outputs"].get("subflowOutputs") is None


async def test_an_empty_file(api: Api):
    flow = await reader(api, outputs=OUTPUT)
    done = await api.run(write(""), batches(flow, inputs=GIVEN), ret("after"))
    assert seen(done)[1:] == [
        "f SUCCESS",
        "f_split SUCCESS",
        "f_items SUCCESS",
        "f_merge SUCCESS",
        "after SUCCESS",
    ]
    assert run_of(done, "f_items")["outputs"]["numberOfBatches"] == 0
    assert await api.of_flow(flow) == []


@pytest.mark.parametrize("items", ["/tmp/file", "a text", "https://example.com/x"])
async def test_what_is_no_file(api: Api, items):
    flow = await reader(api)
    done = await api.run(batches(flow, items=items), ret("after"))
    assert seen(done) == ["f FAILED", "f_split FAILED"]
    message = f"Unable to split the items from {items}, this is not an internal storage URI!"
    assert any(message in text for text in await api.messages(done, "Unable to split"))


async def test_a_flow_that_is_not_there(api: Api):
    own = task(
        "flow.ForEachItem", "f", items="{{ outputs.w.uri }}", namespace="tests.outside", flowId="no"
    )
    done = await api.run(write(lines(2)), own, errors=[ret("e")])
    assert seen(done)[1:] == ["f FAILED", "f_split SUCCESS", "f_items FAILED", "e SUCCESS"]
    message = "Unable to find flow 'tests.outside'.'no' with revision '0'"
    assert any(message in text for text in await api.messages(done, message))


async def test_batches_in_a_loop(api: Api):
    flow = await reader(api, outputs=OUTPUT)
    own = batches(flow, items="{{ currentEachOutput(outputs.w).uri }}", inputs=GIVEN)
    loop = each("e", ["a", "b"], write("{{ taskrun.value }}\n"), own)
    done = await api.run(loop)
    assert state(done) == "SUCCESS"
    assert await texts(api, flow) == ["a\n", "b\n"]


async def test_batches_with_a_limit_of_their_flow(api: Api):
    limit = {"limit": 1, "behavior": "QUEUE"}
    flow = await reader(api, concurrency=limit)
    done = await api.run(write(lines(4)), batches(flow, inputs=GIVEN))
    assert state(done) == "SUCCESS"
    assert len(await api.of_flow(flow)) == 4


async def test_batches_are_restarted(api: Api):
    condition = "{{ taskrun.attemptsCount == 0 and (read(inputs.items) contains 'line 1') }}"
    flow = await api.save([fail("boom", condition), ret("r")], inputs=ITEMS, outputs=OUTPUT)
    failed = await api.run(write(lines(3)), batches(flow, inputs=GIVEN), ret("after"))
    assert state(failed) == "FAILED"
    await api.act(failed, "restart")
    done = await api.wait(failed)
    assert (state(done), state(run_of(done, "after"))) == ("SUCCESS", "SUCCESS")
    below = await api.of_flow(flow)
    assert sorted(history(item) for item in below) == ["CRFTRS", "CRS", "CRS"]
    iterations = run_of(done, "f_items")["outputs"]["iterations"]
    assert (iterations["SUCCESS"], iterations.get("FAILED", 0)) == (3, 0)
