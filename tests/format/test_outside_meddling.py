"""Operations at awkward moments, seen from outside: races, odd places, one after the other."""

from __future__ import annotations

import asyncio

import pytest
from api_kit import ENDED, Api, history, run_of, runs, seen, state
from format_kit import Gate, each, fail, par, ret, retry, seq, sleep, task
from test_outside_pauses import pause, paused

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST = "{{ taskrun.attemptsCount == 0 }}"


async def resumed(api: Api, execution):
    """Resume as soon as it can be."""
    async with asyncio.timeout(60):
        path = f"/api/v1/executions/{execution['id']}/resume"
        while (await api.http.post(path)).status_code != 204:
            pass


@pytest.mark.parametrize("count", range(3))
async def test_a_resume_at_the_instant_of_the_pause(api: Api, count):
    tasks = [par("q", sleep("s", "PT0.1S"), pause()), ret("after")]
    started = await api.start(await api.save([ret(f"r{count}"), *tasks]))
    await resumed(api, started)
    done = await api.wait(started)
    assert (history(done), len(runs(done))) == ("CRPTRS", 5)


async def test_many_resumes_at_once(api: Api):
    held = await paused(api, pause("a"), pause("b", delay="PT60S"), ret("r"))
    path = f"/api/v1/executions/{held['id']}/resume"
    found = await asyncio.gather(*[api.http.post(path) for _ in range(4)])
    assert {reply.status_code for reply in found} <= {204, 409}
    assert 204 in {reply.status_code for reply in found}
    done = await api.wait(held, "PAUSED", *ENDED)
    if state(done) == "PAUSED":
        await api.act(held, "resume", 204)
    assert history(await api.wait(held)) == "CRPTRPTRS"


async def test_a_kill_at_once(api: Api):
    for tasks in (
        [ret("a"), sleep("s", "PT60S")],
        [pause()],
        [task("flow.Sequential", "q", tasks=[sleep("s", "PT60S")])],
    ):
        started = await api.start(await api.save(tasks))
        await api.act(started, "kill", 202)
        done = await api.wait(started)
        assert (state(done), history(done)[-2:]) == ("KILLED", "GK")
        assert {state(run) for run in runs(done)} <= {"KILLED", "SUCCESS"}


async def test_a_kill_of_a_paused_child(api: Api):
    child = await api.save([pause(), ret("r")])
    own = task("flow.Subflow", "s", namespace=child["namespace"], flowId=child["id"])
    started = await api.start(await api.save([own, ret("after")]))
    (below,) = await api.of_flow(child, 1)
    await api.wait(below, "PAUSED")
    await api.act(started, "kill", 202)
    assert history(await api.wait(below)) == "CRPGK"
    assert seen(await api.wait(started)) == ["s KILLED"]


async def test_a_timeout_that_is_allowed_around(api: Api):
    around = task("flow.AllowFailure", "af", tasks=[pause(timeout="PT0.1S"), ret("x")])
    done = await api.run(around, ret("after"))
    assert seen(done) == ["af WARNING", "p FAILED", "after SUCCESS"]


async def test_a_restart_of_a_pause_whose_time_was_over(api: Api):
    timeout = "{{ labels.system.restarted is defined ? 'PT60S' : 'PT0.1S' }}"
    done = await api.run(pause(timeout=timeout), ret("after"), errors=[ret("e")])
    await api.act(done, "restart")
    held = await api.wait(done, "PAUSED")
    assert (seen(held), history(run_of(held, "p"))) == (["p PAUSED"], "CRPFTRP")
    await api.act(held, "resume", 204)
    assert seen(await api.wait(held)) == ["p SUCCESS", "after SUCCESS"]


async def test_a_pause_in_a_loop_until(api: Api):
    loop = task(
        "flow.LoopUntil",
        "l",
        condition="{{ outputs.l.iterationCount == 2 }}",
        checkFrequency={"interval": "PT0.05S"},
        tasks=[pause(delay="PT0.05S"), ret("r")],
    )
    done = await api.run(loop)
    assert (history(done), seen(done)) == (
        "CRPTRPRPTRS",
        ["l SUCCESS", "p SUCCESS", "r SUCCESS"],
    )


async def test_two_values_pause_at_a_time(api: Api):
    done = await api.run(each("e", list("abcd"), pause(delay="PT0.1S"), ret("r"), limit=2))
    assert (history(done)[:6], state(done), len(runs(done))) == ("CRPTRP", "SUCCESS", 9)


async def test_what_is_beside_a_pause(api: Api):
    beside = par("q", pause(delay="PT0.3S"), seq("s", ret("q1"), ret("q2")))
    done = await api.run(beside, ret("after"))
    assert history(done) == "CRPTRS"
    until = run_of(done, "p")["state"]["endDate"]
    assert run_of(done, "q1")["state"]["startDate"] >= until


async def test_a_failure_beside_a_pause(api: Api):
    beside = par("q", seq("s", sleep("t", "PT0.1S"), fail("f")), pause())
    flow = await api.save([beside, ret("after")], errors=[ret("e")])
    held = await api.wait(await api.start(flow), "PAUSED")
    await resumed(api, held)
    done = await api.wait(held)
    assert (state(done), state(run_of(done, "p"))) == ("FAILED", "SUCCESS")
    assert "after" not in [run["taskId"] for run in runs(done)]


async def test_a_replay_with_other_inputs(api: Api):
    inputs = [{"id": "i", "type": "INT"}]
    flow = await api.save([ret("a", "{{ inputs.i }}"), ret("b", "{{ inputs.i }}")], inputs=inputs)
    done = await api.wait(await api.start(flow, inputs={"i": 1}))
    answer = await api.act(done, "replay-with-inputs", files={"i": (None, "2")})
    again = await api.wait(answer)
    assert (again["inputs"], run_of(again, "b")["outputs"]["value"]) == ({"i": 2}, "2")
    await api.act(done, "replay-with-inputs", 422, files={"i": (None, "x")})


async def test_a_restart_under_a_limit(api: Api):
    limit = {"limit": 1, "behavior": "QUEUE"}
    tasks = [fail("f", FIRST), pause(), ret("r")]
    flow = await api.save(tasks, concurrency=limit)
    failed = await api.wait(await api.start(flow))
    assert history(failed) == "CRF"
    await api.act(failed, "restart")
    held = await api.wait(failed, "PAUSED")
    await api.act(held, "resume", 204)
    assert state(await api.wait(held)) == "SUCCESS"


async def test_deleting_what_runs(api: Api):
    flow = await api.save([sleep("s", "PT60S")], concurrency={"limit": 1, "behavior": "QUEUE"})
    first = await api.wait(await api.start(flow), "RUNNING")
    second = await api.wait(await api.start(flow), "QUEUED")
    await api.call("DELETE", f"/executions/{first['id']}", 204)
    await api.wait(second, "RUNNING")
    await api.act(second, "kill", 202)
    await api.wait(second)


async def test_forcing_what_runs_changes_nothing(api: Api, gate: Gate):
    started = await api.wait(await api.start(await api.save([gate.task()])), "RUNNING")
    answer = await api.act(started, "force-run")
    assert state(answer) == "RUNNING"
    gate.open()
    done = await api.wait(started)
    assert (history(done), len(run_of(done, "s")["attempts"])) == ("CRS", 1)
    await api.act("nothere", "force-run", 404)
    await api.act("nothere", "unqueue", 404)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("POST", "restart", {}),
        ("POST", "replay", {}),
        ("DELETE", "kill", {}),
        ("POST", "resume", {}),
        ("POST", "pause", {}),
        ("POST", "unqueue", {}),
        ("POST", "force-run", {}),
        ("POST", "change-status", {"newStatus": "SUCCESS"}),
        ("DELETE", "", {}),
    ],
)
async def test_lists_of_nothing(api: Api, method, path, query):
    base = f"/executions/{path}".rstrip("/")
    answer = await api.call(method, f"{base}/by-ids", json=[], params=query)
    assert answer == {"count": 0}
    where = {"namespace": "tests.outside", "flowId": api.fresh_id(), **query}
    assert await api.call(method, f"{base}/by-query", params=where) == {"count": 0}
    answer = await api.call(method, f"{base}/by-ids", 400, json=["a", "b", "a"], params=query)
    assert sorted(item["invalidValue"] for item in answer["invalids"]) == ["a", "b"]
    assert {item["message"] for item in answer["invalids"]} == {"execution not found"}
    item = answer["invalids"][0]
    assert item["rootBeanClass"] == "java.lang.String"
    assert item["propertyPath"] == [{"name": "execution", "kind": "PROPERTY", "inIterable": False}]
    assert item["messageTemplate"] == "{messageTemplate}"
    assert (item["rootBean"], item["leafBean"]) == (item["invalidValue"],) * 2
    await api.call(method, f"{base}/by-ids", 422, json={"a": "b"}, params=query)


async def test_a_burst_through_a_queue(api: Api):
    flow = await api.save([ret("a"), sleep("s", "PT0.05S")], concurrency={"limit": 2})
    ids = [(await api.start(flow))["id"] for _ in range(12)]

    async def meddle(action: str, execution_id: str) -> int:
        path = f"/api/v1/executions/{execution_id}/{action}"
        return (await api.http.post(path)).status_code

    found = await asyncio.gather(
        *[meddle("unqueue", item) for item in ids[4:8]],
        *[meddle("force-run", item) for item in ids[6:10]],
    )
    assert set(found) <= {200, 422}
    done = [await api.wait(item) for item in ids]
    assert {state(item) for item in done} == {"SUCCESS"}
    assert {len(runs(item)) for item in done} == {2}
    assert {history(item) for item in done} <= {"CRS", "CQRS"}


async def test_a_retry_of_everything_is_killed_or_ends(api: Api):
    flow = await api.save([fail("f", retry=retry(3, behavior="CREATE_NEW_EXECUTION"))])
    first = await api.wait(await api.start(flow))
    assert history(first) == "CRD"
    await api.act(first, "restart", 422)
    everyone = await api.of_flow(flow, 3)
    ended = [await api.wait(item) for item in everyone]
    assert [state(item) for item in ended] == ["RETRIED", "RETRIED", "FAILED"]
