"""Resuming from outside: with inputs, many at once, by tasks; pausing by call."""

from __future__ import annotations

import asyncio

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import Gate, fail, log, par, ret, task
from test_outside_kills import at_work
from test_outside_pauses import pause, paused

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKED = [
    {"id": "who", "type": "STRING"},
    {"id": "count", "type": "INT", "defaults": 7, "min": 2},
    {"id": "maybe", "type": "STRING", "required": False},
]
SHOWN = (
    "{{ outputs.p.onResume.who }} {{ outputs.p.onResume.count + 1 }} "
    "{{ outputs.p.onResume.maybe ?? 'none' }}"
)


def form(**values):
    return {"files": {key: (None, str(value)) for key, value in values.items()}}


async def test_inputs_of_a_resume(api: Api):
    held = await paused(api, pause(onResume=ASKED), ret("r", SHOWN))
    await api.act(held, "resume", 204, **form(who="me"))
    done = await api.wait(held)
    assert run_of(done, "p")["outputs"]["onResume"] == {"who": "me", "count": 7, "maybe": None}
    assert run_of(done, "r")["outputs"]["value"] == "me 8 none"


async def test_all_inputs_of_a_resume(api: Api):
    held = await paused(api, pause(onResume=ASKED), ret("r", SHOWN))
    await api.act(held, "resume", 204, **form(who="me", count=3, maybe="so", more="dropped"))
    done = await api.wait(held)
    assert run_of(done, "p")["outputs"]["onResume"] == {"who": "me", "count": 3, "maybe": "so"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "who: Invalid input for `who`, missing required input, but received `null`"),
        (
            {"who": "me", "count": 1},
            "count: Invalid input for `count`, it must be more than `2`, but received `1`",
        ),
        ({"who": "me", "count": "x"}, 'count: Invalid input for `count`, For input string: "x"'),
    ],
)
async def test_wrong_inputs_of_a_resume(api: Api, given, message):
    held = await paused(api, pause(onResume=ASKED), ret("r"))
    answer = await api.act(held, "resume", 422, **(form(**given) if given else {}))
    assert f"Invalid entity: {message}" in answer["message"]
    assert seen(await api.get(held)) == ["p PAUSED"]
    await api.act(held, "resume", 204, **form(who="me"))
    assert state(await api.wait(held)) == "SUCCESS"


async def test_validating_a_resume(api: Api):
    held = await paused(api, pause(onResume=ASKED), ret("r"))
    answer = await api.act(held, "resume/validate", **form(count=1))
    who, count, maybe = answer["inputs"]
    assert [len(item["errors"]) for item in (who, count, maybe)] == [1, 1, 0]
    assert count["input"]["type"] == "INT"
    assert state(await api.get(held)) == "PAUSED"
    await api.act(held, "kill", 202)
    await api.wait(held)


@pytest.mark.parametrize("name", ["files", "doc"])
async def test_a_file_of_a_resume(api: Api, name):
    held = await paused(
        api,
        pause(onResume=[{"id": "doc", "type": "FILE"}]),
        ret("r", "{{ read(outputs.p.onResume.doc) }}"),
    )
    part = ("doc" if name == "files" else "a.txt", b"content of it")
    await api.act(held, "resume", 204, files={name: part})
    done = await api.wait(held)
    assert run_of(done, "r")["outputs"]["value"] == "content of it"
    uri = run_of(done, "p")["outputs"]["onResume"]["doc"]
    assert uri.startswith("kestra:///")
    text = await api.http.get(f"/api/v1/executions/{done['id']}/file", params={"path": uri})
    assert text.content == b"content of it"


async def test_inputs_of_the_second_pause(api: Api):
    second = [{"id": "b", "type": "STRING"}]
    held = await paused(api, pause("p1"), pause("p2", onResume=second), ret("r"))
    await api.act(held, "resume", 204, **form(b="ignored"))
    await api.wait(held, "PAUSED")
    await api.act(held, "resume", 422)
    await api.act(held, "resume", 204, **form(b="x"))
    done = await api.wait(held)
    assert run_of(done, "p2")["outputs"]["onResume"] == {"b": "x"}


async def test_resuming_many(api: Api):
    flow = await api.save([pause(), ret("r")])
    ids = [(await api.start(flow))["id"] for _ in range(3)]
    for item in ids:
        await api.wait(item, "PAUSED")
    assert await api.call("POST", "/executions/resume/by-ids", json=ids[:1]) == {"count": 1}
    await api.wait(ids[0])
    answer = await api.call("POST", "/executions/resume/by-ids", 400, json=[*ids, "nothere"])
    assert answer["message"] == "invalid bulk resume"
    assert {item["invalidValue"]: item["message"] for item in answer["invalids"]} == {
        ids[0]: "execution not in state PAUSED",
        "nothere": "execution not found",
    }
    assert state(await api.get(ids[1])) == "PAUSED"
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "state": "PAUSED"}
    found = await api.call("POST", "/executions/resume/by-query", params=where)
    assert found == {"count": 2}
    assert [history(await api.wait(item)) for item in ids] == ["CRPTRS"] * 3
    found = await api.call("POST", "/executions/resume/by-query", params=where)
    assert found == {"count": 0}


async def test_resuming_by_another_flow(api: Api):
    held = await paused(api, pause(onResume=ASKED), ret("r", SHOWN))
    inputs = {"who": "{{ flow.id }}", "count": 4}
    own = task("execution.Resume", "go", executionId=held["id"], inputs=inputs)
    by = await api.run(own)
    assert state(by) == "SUCCESS"
    done = await api.wait(held)
    assert run_of(done, "r")["outputs"]["value"] == f"{by['flowId']} 5 none"


@pytest.mark.parametrize("which", ["nothere", "over"])
async def test_a_flow_that_can_not_resume(api: Api, which):
    execution_id = which if which == "nothere" else (await api.run(ret("r")))["id"]
    done = await api.run(task("execution.Resume", "go", executionId=execution_id))
    assert state(done) == "FAILED"
    assert any(execution_id in text for text in await api.messages(done, execution_id))


async def test_a_flow_that_resumes_itself(api: Api):
    tasks = par(
        "both",
        task(
            "execution.Resume",
            "go",
            retry={"type": "constant", "interval": "PT0.1S", "maxAttempt": 30},
        ),
        pause(),
    )
    flow = await api.save([tasks, ret("after")])
    done = await api.wait(await api.start(flow))
    assert state(run_of(done, "after")) == "SUCCESS"


async def test_pausing_by_call(api: Api, gate: Gate):
    started = await at_work(api, gate.task(), ret("after"), until="s")
    assert await api.act(started, "pause") == ""
    held = await api.get(started)
    assert (state(held), seen(held)) == ("PAUSED", ["s RUNNING"])
    gate.open()
    async with asyncio.timeout(60):
        while seen(await api.get(started)) != ["s SUCCESS"]:
            await asyncio.sleep(0.05)
    await api.act(started, "pause", 422)
    await api.act(started, "resume", 204)
    done = await api.wait(started)
    assert (history(done), seen(done)) == ("CRPRS", ["s SUCCESS", "after SUCCESS"])


async def test_only_what_runs_is_paused(api: Api):
    done = await api.run(ret("r"))
    answer = await api.act(done, "pause", 422)
    assert "The execution is not running" in answer["message"]
    await api.act("nothere", "pause", 404)


async def test_pausing_many(api: Api, gate: Gate):
    flow = await api.save([gate.task(), log("l")])
    ids = [(await api.start(flow))["id"] for _ in range(2)]
    for item in ids:
        await api.wait(item, "RUNNING")
    answer = await api.call("POST", "/executions/pause/by-ids", 400, json=[ids[0], "nothere"])
    assert answer["message"] == "invalid bulk pause"
    assert await api.call("POST", "/executions/pause/by-ids", json=ids[:1]) == {"count": 1}
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "state": "RUNNING"}
    assert await api.call("POST", "/executions/pause/by-query", params=where) == {"count": 1}
    answer = await api.call("POST", "/executions/pause/by-ids", 400, json=ids)
    assert {item["message"] for item in answer["invalids"]} == {"execution not in state RUNNING"}
    await api.call("POST", "/executions/resume/by-ids", json=ids)
    gate.open()
    assert [history(await api.wait(item)) for item in ids] == ["CRPRS"] * 2


async def test_a_failure_while_it_is_paused_by_call(api: Api, gate: Gate):
    boom = fail("f", runIf="true")
    flow = await api.save([gate.task(), boom, ret("after")], errors=[ret("e")])
    started = await api.wait(await api.start(flow), "RUNNING")
    await api.act(started, "pause")
    await api.act(started, "resume", 204)
    gate.open()
    done = await api.wait(started)
    assert (seen(done), len(runs(done))) == (["s SUCCESS", "f FAILED", "e SUCCESS"], 3)


async def test_inputs_of_pauses_in_a_loop(api: Api):
    asked = pause(onResume=[{"id": "v", "type": "STRING"}])
    text = "{{ outputs.p.a.onResume.v }}{{ outputs.p.b.onResume.v }}"
    tasks = [task("flow.ForEach", "e", values=["a", "b"], tasks=[asked]), ret("r", text)]
    held = await paused(api, *tasks)
    for value in "xy":
        await api.act(held, "resume", 204, **form(v=value))
        held = await api.wait(held, "PAUSED", "SUCCESS")
    assert run_of(held, "r")["outputs"]["value"] == "xy"
