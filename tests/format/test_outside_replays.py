"""Replays and changed states from outside: what is taken over, what runs again."""

from __future__ import annotations

import pytest
from api_kit import Api, history, named, run_of, runs, seen, state
from format_kit import Gate, each, fail, par, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST = "{{ taskrun.attemptsCount == 0 }}"


def names(execution):
    return [named(run) for run in runs(execution)]


async def replayed(api: Api, execution, task_id=None, value=None, **query):
    """Return the answer to a replay, and the new execution at its end."""
    if task_id is not None:
        query["taskRunId"] = run_of(execution, task_id, value)["id"]
    answer = await api.act(execution, "replay", params=query)
    assert answer["parentId"] == execution["id"]
    assert answer["originalId"] == execution["originalId"]
    assert answer["id"] != execution["id"]
    taken, old = ({run["id"] for run in runs(item)} for item in (answer, execution))
    assert not taken & old
    return answer, await api.wait(answer)


async def test_from_the_start(api: Api):
    inputs = [{"id": "i", "type": "INT", "defaults": 1}]
    flow = await api.save(
        [ret(name, "{{ inputs.i }}") for name in "abcde"], inputs=inputs, labels={"f": "x"}
    )
    done = await api.wait(await api.start(flow, inputs={"i": 5}, labels=["s:y"]))
    answer, again = await replayed(api, done)
    assert (history(answer), answer["taskRunList"]) == ("C", [])
    assert answer["inputs"] == {"i": 5}
    assert {"key": "s", "value": "y"} in answer["labels"]
    assert {"key": "f", "value": "x"} in answer["labels"]
    assert {"key": "system.correlationId", "value": done["id"]} in answer["labels"]
    assert answer["metadata"]["attemptNumber"] == 2
    assert answer["metadata"]["originalCreatedDate"] == done["metadata"]["originalCreatedDate"]
    assert (history(again), len(runs(again))) == ("CRS", 5)
    assert run_of(again, "e")["outputs"]["value"] == "5"


async def test_from_the_second_of_five(api: Api):
    done = await api.run(*[ret(name) for name in "abcde"])
    answer, again = await replayed(api, done, "b")
    assert (history(answer), names(answer)) == ("CRST", ["a", "b"])
    assert [history(run) for run in runs(answer)] == ["CRS", "CRST"]
    assert (names(again), history(again)) == (list("abcde"), "CRSTRS")
    assert [len(run["attempts"]) for run in runs(again)] == [1, 2, 1, 1, 1]


async def test_a_replay_of_a_replay(api: Api):
    done = await api.run(ret("a"), ret("b"))
    _, second = await replayed(api, done, "b")
    answer, third = await replayed(api, second, "a")
    assert answer["originalId"] == done["id"]
    assert (answer["metadata"]["attemptNumber"], names(third)) == (3, ["a", "b"])


async def test_of_what_failed(api: Api):
    failed = await api.run(ret("a"), fail("f", FIRST), ret("b"))
    answer, again = await replayed(api, failed, "f")
    assert (history(answer), names(answer)) == ("CRFT", ["a", "f"])
    assert seen(again) == ["a SUCCESS", "f SUCCESS", "b SUCCESS"]
    assert history(await api.get(failed)) == "CRF"


async def test_of_what_failed_drops_its_handlers(api: Api):
    failed = await api.run(fail("f", FIRST), ret("b"), errors=[ret("e")])
    _, again = await replayed(api, failed, "f")
    assert seen(again) == ["f SUCCESS", "b SUCCESS"]


async def test_of_another_revision(api: Api):
    flow = await api.save([ret("a"), ret("b", "old")])
    done = await api.wait(await api.start(flow))
    await api.load(flow["source"].replace("old", "new"))
    answer, again = await replayed(api, done, "b", revision=2)
    assert (answer["flowRevision"], run_of(again, "b")["outputs"]["value"]) == (2, "new")
    answer, again = await replayed(api, done)
    assert (answer["flowRevision"], run_of(again, "b")["outputs"]["value"]) == (1, "old")
    answer = await api.act(done, "replay", 404, params={"revision": 77})
    assert f"Unable to find revision 77 on flow {flow['namespace']}" in answer["message"]


async def test_of_nothing(api: Api):
    done = await api.run(ret("a"))
    answer = await api.act(done, "replay", 422, params={"taskRunId": "nothere"})
    assert "No task found" in answer["message"]
    await api.act("nothere", "replay", 404)


async def test_while_it_runs(api: Api, gate: Gate):
    flow = await api.save([ret("a"), gate.task()])
    started = await api.wait(await api.start(flow), "RUNNING")
    answer = await api.act(started, "replay")
    assert history(answer) == "C"
    gate.open()
    assert [history(await api.wait(item)) for item in (started, answer)] == ["CRS", "CRS"]


def nested():
    inner = par("q", ret("q1"), seq("s", ret("s1"), ret("s2")), ret("q2"))
    return [par("p", ret("a"), ret("b"), inner, ret("c")), ret("last")]


async def test_inside_parallels(api: Api):
    done = await api.run(*nested())
    assert len(runs(done)) == 11
    answer, again = await replayed(api, done, "s")
    assert set(names(done)) - set(names(answer)) == {"s1", "s2", "last"}
    assert history(run_of(answer, "s")) == "CRSR"
    assert [history(run_of(answer, around)) for around in "pq"] == ["CRSR"] * 2
    assert (history(again), len(runs(again))) == ("CRSTRS", 11)


async def test_of_a_task_inside_parallels(api: Api):
    done = await api.run(*nested())
    answer, again = await replayed(api, done, "s1")
    assert set(names(done)) - set(names(answer)) == {"s2", "last"}
    assert history(run_of(answer, "s1")) == "CRST"
    assert len(runs(again)) == 11


async def test_of_the_last_task_behind_loops(api: Api):
    inner = each("i", [1, 2], ret("t"), ret("u"), limit=0)
    done = await api.run(each("o", ["a", "b", "c"], inner, limit=0), ret("last"))
    answer, again = await replayed(api, done, "last")
    assert sorted(names(answer)) == sorted(names(done))
    assert history(run_of(answer, "last")) == "CRST"
    assert [history(run) for run in runs(answer)].count("CRS") == len(runs(done)) - 1
    assert (history(again), len(runs(again))) == ("CRSTRS", len(runs(done)))


async def test_inside_a_loop_at_once(api: Api):
    done = await api.run(each("e", [1, 2, 3], seq("s", ret("a"), ret("b")), limit=0), ret("last"))
    assert len(runs(done)) == 11
    answer, again = await replayed(api, done, "s", "1")
    assert len(runs(answer)) == 8
    assert history(run_of(answer, "s", "1")) == "CRSR"
    assert (state(again), len(runs(again))) == ("SUCCESS", 11)


async def test_inside_a_loop_in_order(api: Api):
    done = await api.run(each("e", ["a", "b", "c"], ret("t"), ret("u")), ret("last"))
    answer, again = await replayed(api, done, "u", "b")
    assert names(answer) == ["e", "t[a]", "u[a]", "t[b]", "u[b]"]
    assert (history(run_of(answer, "u", "b")), history(run_of(answer, "e"))) == ("CRST", "CRSR")
    assert names(again) == names(done)


async def test_inside_nested_loops(api: Api):
    inner = task("flow.EachSequential", "i", value=["x", "y"], tasks=[ret("u"), ret("v")])
    outer = task(
        "flow.EachSequential", "o", value=["s1", "s2", "s3"], tasks=[ret("t"), inner, ret("w")]
    )
    done = await api.run(outer, ret("last"))
    assert len(runs(done)) == 23
    answer, again = await replayed(api, done, "i", "s1")
    assert names(answer) == ["o", "t[s1]", "i[s1]"]
    assert [history(run) for run in runs(answer)] == ["CRSR", "CRS", "CRSR"]
    assert (names(again), state(again)) == (names(done), "SUCCESS")
    answer, again = await replayed(api, done, "u", "x")
    assert names(answer) == ["o", "t[s1]", "i[s1]", "u[x]"]
    assert history(run_of(answer, "u", "x")) == "CRST"
    assert names(again) == names(done)


async def test_of_a_working_directory(api: Api):
    done = await api.run(
        ret("a"), task("flow.WorkingDirectory", "w", tasks=[ret("x"), ret("y")]), ret("b")
    )
    answer, again = await replayed(api, done, "w")
    assert (names(answer), history(run_of(answer, "w"))) == (["a", "w"], "CRST")
    assert names(again) == ["a", "w", "x", "y", "b"]


async def test_of_a_pause_and_a_subflow(api: Api):
    child = await api.save([ret("r")])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    done = await api.run(
        task("flow.Pause", "p", delay="PT0.05S"), task("flow.Subflow", "s", **own), ret("b")
    )
    _, again = await replayed(api, done, "s")
    assert len(await api.of_flow(child)) == 2
    first, second = (run_of(item, "s")["outputs"]["executionId"] for item in (done, again))
    assert first != second
    _, again = await replayed(api, done, "p")
    assert (history(again), names(again)) == ("CRPTRSTRPTRS", ["p", "s", "b"])


async def test_many(api: Api):
    flow = await api.save([ret("a", "old")])
    ids = [(await api.wait(await api.start(flow)))["id"] for _ in range(2)]
    await api.load(flow["source"].replace("old", "new"))
    path = "/executions/replay/by-ids"
    answer = await api.call("POST", path, 400, json=[ids[0], "nothere"])
    assert answer["message"] == "invalid bulk replay"
    assert [(i["invalidValue"], i["message"]) for i in answer["invalids"]] == [
        ("nothere", "execution not found")
    ]
    assert len(await api.of_flow(flow)) == 2
    assert await api.call("POST", path, json=ids) == {"count": 2}
    query = {"latestRevision": "true"}
    assert await api.call("POST", path, json=ids[:1], params=query) == {"count": 1}
    made = [item for item in await api.of_flow(flow, 5) if "parentId" in item]
    ended = [await api.wait(item) for item in made]
    assert sorted(item["parentId"] for item in ended) == sorted([*ids, ids[0]])
    texts = [run_of(item, "a")["outputs"]["value"] for item in ended]
    assert sorted(texts) == ["new", "old", "old"]
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "childFilter": "MAIN"}
    answer = await api.call("POST", "/executions/replay/by-query", params=where)
    assert answer == {"count": 5}


async def test_of_a_subflow_whose_execution_was_restarted(api: Api):
    child = await api.save([fail("f", FIRST), ret("r")])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    failed = await api.run(task("flow.Subflow", "s", **own), ret("b"))
    await api.act(failed, "restart")
    done = await api.wait(failed, "SUCCESS")
    answer, again = await replayed(api, done, "s")
    keys = {label["key"] for label in answer["labels"]}
    assert "system.replay" in keys
    assert not keys & {"system.restarted", "system.replayed"}
    # the replay has a child of its own: that of the original is left as it is
    first, second = (run_of(item, "s")["outputs"]["executionId"] for item in (done, again))
    assert first != second
    assert history(await api.get(first)) == "CRFTRS"
    assert history(await api.get(second)) == "CRF"
