"""Kills from outside: whatever runs or waits, and all below it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import each, fail, par, ret, retry, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = sleep("long", "PT60S")


def shell(task_id, *commands, **more):
    own = {
        "commands": list(commands),
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
    }
    return {"id": task_id, "type": "io.kestra.plugin.scripts.shell.Commands", **own, **more}


async def at_work(api: Api, *tasks, until="long", **more):
    """Start a flow and return its execution once a task run of one task is RUNNING."""
    started = await api.start(await api.save(tasks, **more))
    async with asyncio.timeout(60):
        while True:
            found = await api.get(started)
            if any(r["taskId"] == until and state(r) == "RUNNING" for r in runs(found)):
                return found
            await asyncio.sleep(0.02)


async def killed(api: Api, execution, **query):
    assert await api.act(execution, "kill", 202, params=query) == ""
    return await api.wait(execution)


async def test_a_running_execution(api: Api):
    found = await at_work(api, ret("a"), LONG, ret("b"), errors=[ret("e")])
    done = await killed(api, found)
    assert seen(done) == ["a SUCCESS", "long KILLED"]
    assert (history(done), history(run_of(done, "long"))) == ("CRGK", "CRK")
    (attempt,) = run_of(done, "long")["attempts"]
    assert history(attempt) == "CRK"


async def test_a_script_is_ended(api: Api):
    found = await at_work(api, shell("long", "sleep 60"), ret("b"))
    done = await killed(api, found)
    assert (history(done), seen(done)) == ("CRGK", ["long KILLED"])
    assert history(run_of(done, "long")["attempts"][0]) == "CRK"


@pytest.mark.parametrize(
    ("around", "count"),
    [
        (lambda inner: seq("o", inner, ret("x")), 2),
        (lambda inner: par("o", inner, {**inner, "id": "other"}), 3),
        (lambda inner: par("o", inner, {**inner, "id": "other"}, concurrent=1), 2),
        (lambda inner: each("o", ["a", "b"], inner, ret("x")), 2),
        (lambda inner: each("o", ["a", "b", "c"], inner, ret("x"), limit=2), 3),
        (lambda inner: task("flow.If", "o", condition="true", then=[inner]), 2),
        (lambda inner: task("flow.Switch", "o", value="x", cases={"x": [inner]}), 2),
        (lambda inner: task("flow.AllowFailure", "o", tasks=[inner], errors=[ret("e")]), 2),
        (lambda inner: task("flow.Dag", "o", tasks=[{"task": inner}]), 2),
        (lambda inner: task("flow.LoopUntil", "o", condition="true", tasks=[inner]), 2),
        (lambda inner: seq("o", inner, allowFailure=True), 2),
        (lambda inner: seq("o", {**inner, "allowFailure": True}, errors=[ret("e")]), 2),
        (lambda inner: seq("o", {**inner, "retry": retry(3)}), 2),
    ],
)
async def test_inside_anything(api: Api, around, count):
    found = await at_work(api, around(LONG), ret("after"), errors=[ret("end")])
    done = await killed(api, found)
    assert history(done) == "CRGK"
    assert {state(run) for run in runs(done)} == {"KILLED"}
    assert {history(run) for run in runs(done)} == {"CRK"}
    assert len(runs(done)) == count


async def test_a_working_directory(api: Api):
    inner = [ret("a"), shell("long", "sleep 60"), ret("b"), ret("c")]
    found = await at_work(api, task("flow.WorkingDirectory", "w", tasks=inner), ret("after"))
    done = await killed(api, found)
    assert seen(done) == ["w KILLED", "a SUCCESS", "long KILLED", "b KILLED", "c KILLED"]
    assert history(run_of(done, "b")) == "CK"
    assert "attempts" not in run_of(done, "b")


async def test_what_comes_after_a_kill(api: Api):
    after = [ret("z", "{{ execution.state }}")]
    found = await at_work(api, LONG, afterExecution=after, **{"finally": [ret("f")]})
    await api.act(found, "kill", 202)
    async with asyncio.timeout(60):
        while seen(done := await api.get(found)) != ["long KILLED", "z SUCCESS"]:
            await asyncio.sleep(0.02)
    assert (history(done), run_of(done, "z")["outputs"]["value"]) == ("CRGK", "KILLED")


async def test_what_is_over(api: Api):
    done = await api.run(ret("r"))
    await api.act(done, "kill", 202)
    answer = await api.act(done, "kill", 409, params={"isOnKillCascade": "false"})
    assert answer["message"] == "Illegal state: Execution is already finished, can't kill it"
    assert history(await api.get(done)) == "CRS"
    await api.act("nothere", "kill", 404)


async def test_twice(api: Api):
    found = await at_work(api, LONG)
    await asyncio.gather(*[api.act(found, "kill", 202) for _ in range(3)])
    assert history(await api.wait(found)) == "CRGK"


async def test_the_wait_for_a_retry(api: Api):
    late = {"type": "constant", "interval": "PT60S", "maxAttempt": 5}
    started = await api.start(await api.save([seq("s", fail("f", retry=late))]))
    await api.wait(started, "RETRYING")
    done = await killed(api, started)
    assert history(done) == "CRYGK"
    assert seen(done) == ["s KILLED", "f KILLED"]
    await asyncio.sleep(0.2)
    assert await api.get(done) == done


async def test_the_wait_of_a_loop(api: Api):
    loop = task(
        "flow.LoopUntil",
        "l",
        condition="false",
        checkFrequency={"interval": "PT60S"},
        tasks=[ret("t")],
    )
    started = await api.start(await api.save([loop, ret("after")]))
    await api.wait(started, "PAUSED")
    done = await killed(api, started)
    assert (history(done), seen(done)) == ("CRPGK", ["l KILLED", "t SUCCESS"])


async def test_a_start_in_the_future(api: Api):
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    started = await api.start(await api.save([ret("r")]), scheduleDate=at)
    assert state(started) == "CREATED"
    done = await killed(api, started)
    assert (history(done), runs(done)) == ("CGK", [])


async def test_a_place_in_the_queue(api: Api):
    flow = await api.save([LONG], concurrency={"limit": 1, "behavior": "QUEUE"})
    first = await api.wait(await api.start(flow), "RUNNING")
    second = await api.wait(await api.start(flow), "QUEUED")
    third = await api.wait(await api.start(flow), "QUEUED")
    done = await killed(api, second)
    assert (history(done), runs(done)) == ("CQGK", [])
    await killed(api, first)
    await api.wait(third, "RUNNING")
    assert state(await api.get(second)) == "KILLED"
    await killed(api, third)


@pytest.mark.parametrize("wait", [True, False])
async def test_what_it_started(api: Api, wait):
    child = await api.save([LONG, {**LONG, "id": "more"}])
    own = {"namespace": child["namespace"], "flowId": child["id"], "wait": wait}
    tasks = [task("flow.Subflow", "s", **own), sleep("hold", "PT60S")]
    found = await at_work(api, *tasks, until="s" if wait else "hold")
    (below,) = await api.of_flow(child, 1)
    await api.wait(below, "RUNNING")
    done = await killed(api, found)
    assert history(await api.wait(below)) == "CRGK"
    assert history(done) == "CRGK"
    if wait:
        run = run_of(done, "s")
        assert (history(run), history(run["attempts"][0])) == ("CRK", "CRK")
        assert run["outputs"] == {"executionId": below["id"], "state": "KILLED"}


async def test_what_it_started_may_live(api: Api):
    child = await api.save([sleep("s", "PT0.5S")])
    own = {"namespace": child["namespace"], "flowId": child["id"], "wait": False}
    found = await at_work(api, task("flow.Subflow", "s", **own), LONG)
    (below,) = await api.of_flow(child, 1)
    await killed(api, found, isOnKillCascade="false")
    assert history(await api.wait(below)) == "CRS"


async def test_what_one_that_is_over_started(api: Api):
    child = await api.save([LONG])
    own = {"namespace": child["namespace"], "flowId": child["id"], "wait": False}
    done = await api.run(task("flow.Subflow", "s", **own))
    (below,) = await api.of_flow(child, 1)
    await api.wait(below, "RUNNING")
    await api.act(done, "kill", 202)
    assert history(await api.wait(below)) == "CRGK"
    assert history(await api.get(done)) == "CRS"


async def test_what_the_child_of_a_killed_one_means(api: Api):
    child = await api.save([LONG])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    found = await at_work(
        api, task("flow.Subflow", "s", **own), ret("after"), until="s", errors=[ret("e")]
    )
    (below,) = await api.of_flow(child, 1)
    await killed(api, await api.wait(below, "RUNNING"))
    done = await api.wait(found)
    assert (state(done), seen(done)) == ("KILLED", ["s KILLED"])


async def test_a_batch_of_executions(api: Api):
    child = await api.save([LONG])
    items = task(
        "flow.ForEachItem",
        "f",
        items="{{ outputs.w.uri }}",
        namespace=child["namespace"],
        flowId=child["id"],
    )
    write = task("storage.Write", "w", content="1\n2\n3\n")
    found = await at_work(api, write, items, ret("after"), until="f_items")
    below = await api.of_flow(child, 3)
    done = await killed(api, found)
    assert [state(await api.wait(item)) for item in below] == ["KILLED"] * 3
    assert seen(done)[1:] == ["f KILLED", "f_split SUCCESS", "f_items KILLED"]


async def test_many(api: Api):
    flow = await api.save([LONG])
    ids = [(await api.start(flow))["id"] for _ in range(3)]
    for item in ids:
        await api.wait(item, "RUNNING")
    path = "/executions/kill/by-ids"
    assert await api.call("DELETE", path, json=ids[:1]) == {"count": 1}
    await api.wait(ids[0])
    answer = await api.call("DELETE", path, 400, json=[*ids, "nothere"])
    assert answer["message"] == "invalid bulk kill"
    assert {item["invalidValue"]: item["message"] for item in answer["invalids"]} == {
        ids[0]: "execution already finished",
        "nothere": "execution not found",
    }
    assert state(await api.get(ids[1])) == "RUNNING"
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "state": "RUNNING"}
    assert await api.call("DELETE", "/executions/kill/by-query", params=where) == {"count": 2}
    assert [history(await api.wait(item)) for item in ids] == ["CRGK"] * 3


async def test_a_killed_execution_starts_again(api: Api):
    found = await at_work(api, ret("a"), sleep("long", "PT60S"), ret("b"))
    done = await killed(api, found)
    answer = await api.act(done, "restart", 422)
    assert "No task found to restart execution from!" in answer["message"]
    again = await api.act(done, "replay")
    assert (history(again), again["parentId"]) == ("C", done["id"])
    await killed(api, again)
