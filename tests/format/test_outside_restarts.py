"""Restarts from outside: what is kept, what runs again, what the answer shows."""

from __future__ import annotations

import pytest
from api_kit import Api, history, named, run_of, runs, seen, state
from format_kit import each, fail, par, ret, retry, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONCE = "{{ taskrun.attemptsCount == 0 }}"
RESTARTED = {"key": "system.restarted", "value": "true"}


def ids(execution):
    return [run["id"] for run in runs(execution)]


def names(execution):
    return [named(run) for run in runs(execution)]


async def restarted(api: Api, execution, **query):
    """Return the answer to a restart, and the execution at its end."""
    answer = await api.act(execution, "restart", params=query)
    return answer, await api.wait(answer)


async def test_it_goes_on_where_it_failed(api: Api):
    failed = await api.run(ret("a"), ret("b"), fail("c", ONCE), ret("d"))
    assert (len(runs(failed)), history(failed)) == (3, "CRF")
    answer, done = await restarted(api, failed)
    assert (answer["id"], ids(answer)) == (failed["id"], ids(failed))
    assert (history(answer), history(run_of(answer, "c"))) == ("CRFT", "CRFT")
    assert len(run_of(answer, "c")["attempts"]) == 1
    assert "parentId" not in answer
    assert RESTARTED in answer["labels"]
    assert (failed["metadata"]["attemptNumber"], answer["metadata"]["attemptNumber"]) == (1, 2)
    assert (history(done), len(runs(done))) == ("CRFTRS", 4)
    assert (history(run_of(done, "c")), history(run_of(done, "a"))) == ("CRFTRS", "CRS")
    assert [history(item) for item in run_of(done, "c")["attempts"]] == ["CRF", "CRS"]


async def test_another_revision_is_another_execution(api: Api):
    tasks = [ret("a"), fail("b", "{{ taskrun.attemptsCount == 0 }}"), ret("c")]
    flow = await api.save(tasks)
    failed = await api.wait(await api.start(flow))
    await api.load(flow["source"].replace('"c"', '"other"'))
    answer, done = await restarted(api, failed, revision=2)
    assert (answer["parentId"], answer["flowRevision"]) == (failed["id"], 2)
    assert answer["id"] != failed["id"]
    assert not set(ids(answer)) & set(ids(failed))
    assert (history(answer), history(run_of(answer, "b"))) == ("CRFT", "CRFT")
    assert names(answer) == ["a", "b"]
    assert answer["originalId"] == failed["originalId"]
    assert (names(done), history(done)) == (["a", "b", "other"], "CRFTRS")
    assert history(await api.get(failed)) == "CRF"
    answer = await api.act(failed, "restart", 404, params={"revision": 77})
    message = f"Unable to find revision 77 on flow {flow['namespace']}.{flow['id']}"
    assert message in answer["message"]


async def test_a_handler_is_taken_away(api: Api):
    failed = await api.run(fail("f"), errors=[ret("e")], **{"finally": [ret("z")]})
    assert names(failed) == ["f", "e", "z"]
    answer, done = await restarted(api, failed)
    assert (names(answer), history(answer)) == (["f"], "CRFT")
    assert (names(done), history(done)) == (["f", "e", "z"], "CRFTRF")
    assert len(run_of(done, "f")["attempts"]) == 2
    assert "parentId" not in done


async def test_a_handler_below_is_taken_away(api: Api):
    inner = seq("s", ret("close"), fail("f"), errors=[ret("handler")])
    failed = await api.run(ret("before"), inner, ret("after"))
    assert names(failed) == ["before", "s", "close", "f", "handler"]
    answer, done = await restarted(api, failed)
    assert names(answer) == ["before", "s", "close", "f"]
    assert history(run_of(answer, "s")) in ("CRFR", "CRFT")
    assert (names(done), state(done)) == (names(failed), "FAILED")


async def test_several_times(api: Api):
    failed = await api.run(fail("f", "{{ taskrun.attemptsCount < 3 }}"), ret("r"))
    for count in (2, 3, 4):
        answer, done = await restarted(api, failed)
        assert history(answer) == "CR" + "FTR" * (count - 2) + "FT"
        assert len(run_of(done, "f")["attempts"]) == count
        assert done["metadata"]["attemptNumber"] == count
    assert history(done) == "CRFTRFTRFTRS"
    assert [item["key"] for item in done["labels"]].count("system.restarted") == 1


async def test_after_a_pause(api: Api):
    flow = await api.save([task("flow.Pause", "p", delay="PT0.1S"), fail("f", ONCE), ret("r")])
    failed = await api.wait(await api.start(flow))
    assert history(failed) == "CRPTRF"
    _, done = await restarted(api, failed)
    assert (history(done), seen(done)) == (
        "CRPTRFTRS",
        ["p SUCCESS", "f SUCCESS", "r SUCCESS"],
    )


async def test_through_a_pause(api: Api):
    flow = await api.save([fail("f", ONCE), task("flow.Pause", "p"), fail("g"), ret("r")])
    failed = await api.wait(await api.start(flow))
    answer = await api.act(failed, "restart")
    held = await api.wait(answer, "PAUSED")
    assert history(held) == "CRFTRP"
    await api.act(held, "resume", 204)
    failed = await api.wait(held)
    assert (history(failed), state(run_of(failed, "g"))) == ("CRFTRPTRF", "FAILED")
    answer, done = await restarted(api, failed)
    assert history(run_of(done, "p")) == "CRPS"
    assert len(run_of(done, "g")["attempts"]) == 2


async def test_a_paused_one(api: Api):
    flow = await api.save([ret("a"), task("flow.Pause", "p"), ret("r")])
    held = await api.wait(await api.start(flow), "PAUSED")
    answer = await api.act(held, "restart")
    assert (history(answer), history(run_of(answer, "p"))) == ("CRPT", "CRPT")
    held = await api.wait(held, "PAUSED")
    await api.act(held, "resume", 204)
    done = await api.wait(held)
    assert seen(done) == ["a SUCCESS", "p SUCCESS", "r SUCCESS"]


async def test_a_working_directory(api: Api):
    own = [ret("a"), fail("f", ONCE), ret("b")]
    directory = task("flow.WorkingDirectory", "w", tasks=own, errors=[ret("e")])
    failed = await api.run(ret("before"), directory, ret("after"))
    assert names(failed) == ["before", "w", "a", "f", "e"]
    answer, _ = await restarted(api, failed)
    assert names(answer) == ["before", "w"]
    assert history(run_of(answer, "w")) == "CRFT"


async def test_a_working_directory_that_ends_well(api: Api):
    condition = "{{ labels.system.restarted is not defined }}"
    own = [ret("a"), fail("f", condition), ret("b")]
    failed = await api.run(task("flow.WorkingDirectory", "w", tasks=own), ret("after"))
    _, done = await restarted(api, failed)
    assert names(done) == ["w", "a", "f", "b", "after"]
    assert (history(done), history(run_of(done, "w"))) == ("CRFTRS", "CRFTRS")


async def test_inside_loops(api: Api):
    condition = "{{ taskrun.value == '2' and taskrun.attemptsCount == 0 }}"
    failed = await api.run(
        each("fe", [1, 2, 3], fail("f", condition), ret("g")), ret("l"), errors=[ret("e")]
    )
    assert names(failed) == ["fe", "f[1]", "g[1]", "f[2]", "e"]
    answer, done = await restarted(api, failed)
    assert names(answer) == ["fe", "f[1]", "g[1]", "f[2]"]
    assert names(done) == ["fe", "f[1]", "g[1]", "f[2]", "g[2]", "f[3]", "g[3]", "l"]
    assert (history(run_of(done, "f", "2")), history(run_of(done, "fe"))) == ("CRFTRS", "CRFRS")
    assert len(run_of(done, "f", "2")["attempts"]) == 2


async def test_in_a_loop_at_once(api: Api):
    condition = "{{ taskrun.value != '2' and taskrun.attemptsCount == 0 }}"
    failed = await api.run(each("fe", [1, 2, 3], fail("f", condition), ret("g"), limit=0))
    _, done = await restarted(api, failed)
    assert sorted(names(done)) == sorted(["fe"] + [f"{t}[{v}]" for t in "fg" for v in (1, 2, 3)])
    assert state(done) == "SUCCESS"


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: par("o", inner, ret("beside")),
        lambda inner: seq("o", seq("m", inner), ret("x")),
        lambda inner: task("flow.If", "o", condition="true", then=[inner], **{"else": [ret("x")]}),
        lambda inner: task("flow.Switch", "o", value="{{ 1 }}", cases={"1": [inner]}),
        lambda inner: task("flow.Dag", "o", tasks=[{"task": inner}]),
        lambda inner: task("flow.EachSequential", "o", value=["v"], tasks=[inner]),
        lambda inner: task("flow.EachParallel", "o", value=["v"], tasks=[inner]),
        lambda inner: task("flow.LoopUntil", "o", condition="true", tasks=[inner]),
    ],
)
async def test_inside_anything(api: Api, around):
    failed = await api.run(around(fail("f", ONCE)), ret("after"))
    assert state(failed) == "FAILED"
    answer, done = await restarted(api, failed)
    assert (history(answer), history(run_of(answer, "f"))) == ("CRFT", "CRFT")
    assert history(run_of(answer, "o")) == "CRFR"
    assert (history(done), history(run_of(done, "o"))) == ("CRFTRS", "CRFRS")
    assert history(run_of(done, "f")) == "CRFTRS"
    assert set(ids(failed)) <= set(ids(done))


async def test_a_flowable_that_failed_by_itself(api: Api):
    condition = "{{ labels.system.restarted ?? fail }}"
    failed = await api.run(task("flow.If", "i", condition=condition, then=[ret("t")]), ret("r"))
    assert seen(failed) == ["i FAILED"]
    _, done = await restarted(api, failed)
    assert seen(done) == ["i SUCCESS", "t SUCCESS", "r SUCCESS"]


async def test_retries_begin_anew(api: Api):
    failed = await api.run(fail("f", retry=retry(2)), ret("r"))
    assert len(run_of(failed, "f")["attempts"]) == 2
    answer, done = await restarted(api, failed)
    assert history(run_of(answer, "f")) == "CRFYCRFT"
    assert len(run_of(done, "f")["attempts"]) >= 3
    assert state(done) == "FAILED"


async def test_allowed_failures_are_let_be(api: Api):
    failed = await api.run(
        fail("w", allowFailure=True),
        task("flow.AllowFailure", "af", tasks=[fail("x")]),
        fail("f", ONCE),
        ret("r"),
    )
    _, done = await restarted(api, failed)
    assert (state(done), len(run_of(done, "w")["attempts"])) == ("WARNING", 1)
    assert [history(run_of(done, task_id)) for task_id in ("w", "x")] == ["CRW", "CRF"]


async def test_a_subflow(api: Api):
    child = await api.save([ret("a"), fail("f", ONCE)])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    failed = await api.run(task("flow.Subflow", "s", **own), ret("after"))
    assert (state(failed), history(run_of(failed, "s"))) == ("FAILED", "CRF")
    answer, done = await restarted(api, failed)
    assert history(run_of(answer, "s")) == "CRFT"
    (below,) = await api.of_flow(child)
    assert history(below) == "CRFTRS"
    assert run_of(done, "s")["outputs"]["executionId"] == below["id"]
    assert (seen(done), history(done)) == (["s SUCCESS", "after SUCCESS"], "CRFTRS")


async def test_a_subflow_anew(api: Api):
    child = await api.save([fail("f", ONCE)])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    again = task("flow.Subflow", "s", restartBehavior="NEW_EXECUTION", **own)
    failed = await api.run(again)
    await restarted(api, failed)
    assert [history(item) for item in await api.of_flow(child)] == ["CRF", "CRF"]


@pytest.mark.parametrize("kind", ["good", "no tasks", "outputs"])
async def test_nothing_to_restart(api: Api, kind):
    more = {
        "good": {},
        "no tasks": {},
        "outputs": {"outputs": [{"id": "o", "type": "STRING", "value": "{{ nope }}"}]},
    }[kind]
    done = await api.run(ret("r", disabled=kind == "no tasks"), **more)
    assert state(done) == ("FAILED" if kind == "outputs" else "SUCCESS")
    answer = await api.act(done, "restart", 422)
    message = "Illegal argument: No task found to restart execution from!"
    assert answer["message"] == message


async def test_what_runs_is_not_restarted(api: Api):
    started = await api.wait(await api.start(await api.save([sleep("s", "PT60S")])), "RUNNING")
    answer = await api.act(started, "restart", 409)
    assert answer["message"] == (
        "Illegal state: Execution must be terminated to be restarted, current state is 'RUNNING' !"
    )
    await api.act(started, "kill", 202)
    await api.act("nothere", "restart", 404)


async def test_many(api: Api):
    flow = await api.save([fail("f", ONCE), ret("r")])
    all_ids = [(await api.wait(await api.start(flow)))["id"] for _ in range(3)]
    path = "/executions/restart/by-ids"
    good = await api.run(ret("r"))
    answer = await api.call("POST", path, 400, json=[*all_ids, good["id"], "nothere"])
    assert answer["message"] == "invalid bulk restart"
    assert {item["invalidValue"]: item["message"] for item in answer["invalids"]} == {
        good["id"]: "execution not in state FAILED",
        "nothere": "execution not found",
    }
    assert [history(await api.get(item)) for item in all_ids] == ["CRF"] * 3
    assert await api.call("POST", path, json=all_ids[:1]) == {"count": 1}
    await api.wait(all_ids[0])
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "state": "FAILED"}
    answer = await api.call("POST", "/executions/restart/by-query", params=where)
    assert answer == {"count": 2}
    assert [history(await api.wait(item)) for item in all_ids] == ["CRFTRS"] * 3


async def test_one_without_a_failed_task_refuses_all(api: Api):
    failed = await api.run(fail("f"))
    empty = await api.run(ret("r"), outputs=[{"id": "o", "type": "STRING", "value": "{{ nope }}"}])
    await api.call("POST", "/executions/restart/by-ids", 422, json=[failed["id"], empty["id"]])
    assert history(await api.get(failed)) == "CRF"
