"""States changed by hand, seen from outside: of task runs and of executions, one and many."""

from __future__ import annotations

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import each, fail, par, ret, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def changed(api: Api, execution, task_id, to, value=None):
    """Return the answer to a changed task run, and the execution at its end."""
    body = {"taskRunId": run_of(execution, task_id, value)["id"], "state": to}
    answer = await api.act(execution, "state", json=body)
    return answer, await api.wait(answer)


@pytest.mark.parametrize("to", ["SUCCESS", "WARNING"])
async def test_a_failure_is_taken_for_good(api: Api, to):
    failed = await api.run(ret("a"), fail("f"), ret("next"), errors=[ret("e")])
    answer, done = await changed(api, failed, "f", to)
    assert (answer["id"], history(answer)) == (failed["id"], "CRFT")
    letter = to[0]
    assert history(run_of(answer, "f")) == f"CRF{letter}"
    assert history(run_of(answer, "f")["attempts"][0]) == f"CRF{letter}"
    assert seen(done) == ["a SUCCESS", f"f {to}", "next SUCCESS"]
    assert history(done) == f"CRFTR{letter}"


async def test_a_success_is_taken_for_a_failure(api: Api):
    done = await api.run(ret("a"), ret("b"), errors=[ret("e")])
    answer, again = await changed(api, done, "b", "FAILED")
    assert (history(answer), history(run_of(answer, "b"))) == ("CRST", "CRSF")
    assert (seen(again), history(again)) == (
        ["a SUCCESS", "b FAILED", "e SUCCESS"],
        "CRSTRF",
    )


async def test_inside_flowables(api: Api):
    inner = seq("s", ret("x"), fail("f"), ret("y"))
    failed = await api.run(par("p", inner), ret("after"))
    answer, done = await changed(api, failed, "f", "SUCCESS")
    assert [history(run_of(answer, around)) for around in "ps"] == ["CRFR"] * 2
    assert seen(done) == [
        "p SUCCESS",
        "s SUCCESS",
        "x SUCCESS",
        "f SUCCESS",
        "y SUCCESS",
        "after SUCCESS",
    ]


async def test_of_a_flowable_in_a_loop(api: Api):
    done = await api.run(each("e", [1, 2], seq("s", ret("a"))), ret("after"))
    answer, again = await changed(api, done, "s", "FAILED", "1")
    assert (history(answer), history(run_of(answer, "s", "1"))) == ("CRST", "CRSF")
    assert history(run_of(answer, "e")) == "CRSR"
    assert state(again) == "FAILED"


async def test_of_a_flowable_that_failed(api: Api):
    failed = await api.run(seq("s", fail("f"), ret("x")), ret("after"))
    answer, done = await changed(api, failed, "s", "SUCCESS")
    assert history(run_of(answer, "s")) == "CRFS"
    assert (state(run_of(done, "after")), history(done)) == ("SUCCESS", "CRFTRS")


async def test_of_a_running_task(api: Api):
    flow = await api.save([sleep("s", "PT60S"), ret("after")])
    started = await api.wait(await api.start(flow), "RUNNING")
    _, done = await changed(api, started, "s", "SUCCESS")
    assert seen(done) == ["s SUCCESS", "after SUCCESS"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"taskRunId": "nothere", "state": "SUCCESS"}, 422),
        ({"taskRunId": "nothere", "state": "NONSENSE"}, 422),
        ({"state": "SUCCESS"}, 422),
    ],
)
async def test_of_nothing(api: Api, body, status):
    done = await api.run(ret("r"))
    answer = await api.act(done, "state", status, json=body)
    if body.get("state") == "SUCCESS" and "taskRunId" in body:
        assert "No task found to restart execution from!" in answer["message"]
    await api.act("nothere", "state", 404, json={"taskRunId": "x", "state": "SUCCESS"})


@pytest.mark.parametrize("to", ["SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"])
async def test_of_an_execution(api: Api, to):
    first = "SUCCESS" if to == "FAILED" else "FAILED"
    done = await api.run(ret("r") if first == "SUCCESS" else fail("r"))
    answer = await api.act(done, "change-status", params={"status": to})
    assert [entry["state"] for entry in answer["state"]["histories"]][-2:] == [first, to]
    assert runs(answer) == runs(done)
    assert state(await api.get(done)) == to


async def test_of_an_execution_that_runs(api: Api):
    started = await api.wait(await api.start(await api.save([sleep("s", "PT60S")])), "RUNNING")
    answer = await api.act(started, "change-status", 422, params={"status": "SUCCESS"})
    assert "You can only change the status of a terminated execution." in answer["message"]
    await api.act(started, "kill", 202)
    done = await api.wait(started)
    answer = await api.act(done, "change-status", 422, params={"status": "RUNNING"})
    message = "You can only change the status of an execution to a terminal state."
    assert message in answer["message"]
    await api.act(done, "change-status", 400)
    await api.act(done, "change-status", 422, params={"status": "NONSENSE"})
    await api.act("nothere", "change-status", 404, params={"status": "SUCCESS"})


async def test_of_many(api: Api):
    flow = await api.save([fail("f")])
    ids = [(await api.wait(await api.start(flow)))["id"] for _ in range(3)]
    path = "/executions/change-status/by-ids"
    query = {"newStatus": "SUCCESS"}
    await api.call("POST", path, 400, json=ids)
    await api.call("POST", path, 422, json=ids, params={"newStatus": "RUNNING"})
    running = await api.start(await api.save([sleep("s", "PT60S")]))
    await api.wait(running, "RUNNING")
    body = [*ids, running["id"], "nothere"]
    answer = await api.call("POST", path, 400, json=body, params=query)
    assert answer["message"] == "invalid bulk change execution status"
    assert {item["invalidValue"]: item["message"] for item in answer["invalids"]} == {
        running["id"]: "execution not in a terminated state",
        "nothere": "execution not found",
    }
    assert [history(await api.get(item)) for item in ids] == ["CRF"] * 3
    assert await api.call("POST", path, json=ids[:1], params=query) == {"count": 1}
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "state": "FAILED"}
    answer = await api.call(
        "POST", "/executions/change-status/by-query", params={**where, "newStatus": "WARNING"}
    )
    assert answer == {"count": 2}
    assert [history(await api.get(item)) for item in ids] == ["CRFS", "CRFW", "CRFW"]
    await api.act(running, "kill", 202)


async def test_of_many_to_be_deleted(api: Api):
    flow = await api.save([task("flow.Pause", "p")])
    ids = [(await api.start(flow))["id"] for _ in range(2)]
    for item in ids:
        await api.wait(item, "PAUSED")
    done = (await api.run(ret("r")))["id"]
    path = "/executions/by-ids"
    answer = await api.call("DELETE", path, 400, json=[done, ids[0], "nothere"])
    assert answer["message"] == "invalid bulk delete"
    assert {item["message"] for item in answer["invalids"]} == {"execution not found"}
    assert sorted(item["invalidValue"] for item in answer["invalids"]) == sorted(
        [ids[0], "nothere"]
    )
    assert await api.call("DELETE", path, json=[done]) == {"count": 1}
    await api.call("GET", f"/executions/{done}", 404)
    where = {"namespace": flow["namespace"], "flowId": flow["id"]}
    await api.call("DELETE", "/executions/by-query", 400, params=where)
    query = {**where, "includeNonTerminated": "true"}
    assert await api.call("DELETE", "/executions/by-query", params=query) == {"count": 2}
    assert await api.of_flow(flow) == []
    assert await api.call("DELETE", "/executions/by-query", params=query) == {"count": 0}
