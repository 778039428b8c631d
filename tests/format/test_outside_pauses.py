"""Pauses from outside: until resumed, for a time, anywhere; resumed in every way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import each, fail, par, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def pause(task_id="p", **more):
    return task("flow.Pause", task_id, **more)


async def paused(api: Api, *tasks, start=None, **more):
    """Start a flow and return its execution once it is PAUSED."""
    return await api.wait(await api.start(await api.save(tasks, **more), inputs=start), "PAUSED")


def lasted(found) -> timedelta:
    entries = found["state"]["histories"]
    begin, end = (
        datetime.fromisoformat(next(e["date"] for e in entries if e["state"] == name))
        for name in ("PAUSED", "SUCCESS")
    )
    return end - begin


async def test_until_resumed(api: Api):
    held = await paused(api, ret("before"), pause(), ret("after"))
    assert seen(held) == ["before SUCCESS", "p PAUSED"]
    assert history(held) == "CRP"
    assert held["state"]["endDate"] == held["state"]["histories"][-1]["date"]
    await api.act(held, "resume", 204)
    done = await api.wait(held)
    assert seen(done) == ["before SUCCESS", "p SUCCESS", "after SUCCESS"]
    assert history(done) == "CRPTRS"
    assert history(run_of(done, "p")) == "CRPS"
    assert "attempts" not in run_of(done, "p")


async def test_a_second_resume_is_refused(api: Api):
    held = await paused(api, pause())
    await api.act(held, "resume", 204)
    done = await api.wait(held)
    answer = await api.act(done, "resume", 409)
    message = f"Illegal state: Execution '{done['id']}' is not paused, can't resume it"
    assert answer["message"] == message
    answer = await api.act("nothere", "resume", 404)
    assert "Execution 'nothere' not found" in answer["message"]


async def test_two_pauses_in_a_row_take_two_resumes(api: Api):
    held = await paused(api, pause("a"), pause("b"), ret("r"))
    await api.act(held, "resume", 204)
    again = await api.wait(held, "PAUSED")
    assert seen(again) == ["a SUCCESS", "b PAUSED"]
    await api.act(held, "resume", 204)
    assert history(await api.wait(held)) == "CRPTRPTRS"


@pytest.mark.parametrize(
    "own",
    [
        {"delay": "PT0.3S"},
        {"delay": "{{ inputs.time }}"},
        {"delay": "PT0.3S", "timeout": "PT0.1S"},
        {"delay": "PT0.3S", "timeout": "PT20S"},
        {"pauseDuration": "PT0.3S"},
        {"pauseDuration": "{{ inputs.time }}", "behavior": "RESUME"},
    ],
)
async def test_for_a_time(api: Api, own):
    inputs = [{"id": "time", "type": "STRING", "defaults": "PT0.3S"}]
    flow = await api.save([pause(**own), ret("after")], inputs=inputs)
    done = await api.wait(await api.start(flow))
    assert history(done) == "CRPTRS"
    assert history(run_of(done, "p")) == "CRPRS"
    assert lasted(run_of(done, "p")) >= timedelta(seconds=0.3)


async def test_a_resume_comes_before_the_delay(api: Api):
    held = await paused(api, pause(delay="PT60S"), ret("after"))
    await api.act(held, "resume", 204)
    assert history(await api.wait(held)) == "CRPTRS"


@pytest.mark.parametrize("timeout", ["PT0.2S", "{{ inputs.time }}"])
async def test_a_timeout(api: Api, timeout):
    inputs = [{"id": "time", "type": "STRING", "defaults": "PT0.2S"}]
    flow = await api.save([pause(timeout=timeout), ret("after")], inputs=inputs, errors=[ret("e")])
    done = await api.wait(await api.start(flow))
    assert seen(done) == ["p FAILED", "e SUCCESS"]
    assert (history(done), history(run_of(done, "p"))) == ("CRPTRF", "CRPF")
    assert "attempts" not in run_of(done, "p")


async def test_a_timeout_that_may_happen(api: Api):
    done = await api.run(pause(timeout="PT0.1S", allowFailure=True), ret("after"))
    assert seen(done) == ["p WARNING", "after SUCCESS"]
    assert state(done) == "WARNING"


async def test_a_timeout_that_does_not_come(api: Api):
    held = await paused(api, pause(timeout="PT60S"), ret("after"))
    await api.act(held, "resume", 204)
    assert seen(await api.wait(held)) == ["p SUCCESS", "after SUCCESS"]


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("WARN", "WARNING"), ("FAIL", "FAILED"), ("CANCEL", "CANCELLED"), ("RESUME", "SUCCESS")],
)
async def test_what_follows_a_delay(api: Api, behavior, expected):
    done = await api.run(pause(pauseDuration="PT0.1S", behavior=behavior), ret("after"))
    assert (state(done), state(run_of(done, "p"))) == (expected, expected)
    assert len(runs(done)) == (2 if expected in ("SUCCESS", "WARNING") else 1)


@pytest.mark.parametrize("own", [{"delay": "PT0.2S"}, {}])
async def test_a_pause_with_tasks(api: Api, own):
    flow = await api.save([pause(tasks=[ret("c")], **own), ret("last")])
    started = await api.start(flow)
    if not own:
        await api.wait(started, "PAUSED")
        await api.act(started, "resume", 204)
    done = await api.wait(started)
    assert seen(done) == ["p SUCCESS", "c SUCCESS", "last SUCCESS"]
    assert (history(done), history(run_of(done, "p"))) == ("CRPTRS", "CRPRS")
    assert run_of(done, "c")["parentTaskRunId"] == run_of(done, "p")["id"]


async def test_a_pause_whose_tasks_fail(api: Api):
    held = await paused(api, pause(tasks=[fail("c"), ret("d")], errors=[ret("e")]), ret("last"))
    await api.act(held, "resume", 204)
    done = await api.wait(held)
    assert seen(done) == ["p FAILED", "c FAILED", "e SUCCESS"]
    assert state(done) == "FAILED"


@pytest.mark.parametrize("limit", [0, 3])
async def test_pauses_of_a_loop_are_resumed_one_by_one(api: Api, limit):
    held = await paused(api, each("e", ["a", "b", "c"], pause(), ret("r"), limit=limit))
    held = await api.wait(held, "PAUSED")
    for left in (2, 1, 0):
        await api.act(held, "resume", 204)
        found = await api.get(held)
        waiting = [item for item in runs(found) if state(item) == "PAUSED"]
        assert len(waiting) == left
        assert state(found) == ("PAUSED" if left else state(found))
    done = await api.wait(held)
    assert history(done) == "CRPTRS"
    assert len(runs(done)) == 7


async def test_pauses_of_a_loop_in_order(api: Api):
    done = await api.run(each("e", ["a", "b"], pause(delay="PT0.1S"), ret("r")))
    assert history(done) == "CRPTRPTRS"
    assert seen(done)[1:] == ["p[a] SUCCESS", "r[a] SUCCESS", "p[b] SUCCESS", "r[b] SUCCESS"]


async def test_pauses_with_delays_at_once(api: Api):
    done = await api.run(par("par", *[pause(f"p{n}", delay="PT0.2S") for n in range(3)]))
    assert (state(done), len(runs(done))) == ("SUCCESS", 4)


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: seq("o", inner),
        lambda inner: task("flow.If", "o", condition="true", then=[inner]),
        lambda inner: task("flow.Switch", "o", value="x", cases={"x": [inner]}),
        lambda inner: task("flow.AllowFailure", "o", tasks=[inner]),
        lambda inner: task("flow.Dag", "o", tasks=[{"task": inner}]),
        lambda inner: each("o", ["x"], inner),
        lambda inner: seq("o", seq("m", par("n", inner))),
        lambda inner: task("flow.EachParallel", "o", value=["x"], tasks=[inner]),
    ],
)
async def test_a_pause_inside_anything(api: Api, around):
    held = await paused(api, around(pause()), ret("after"))
    assert [state(r) for r in runs(held)[:-1]] == ["RUNNING"] * (len(runs(held)) - 1)
    await api.act(held, "resume", 204)
    done = await api.wait(held)
    assert (history(done), history(run_of(done, "o"))) == ("CRPTRS", "CRS")


async def test_a_pause_in_errors_and_finally(api: Api):
    held = await paused(api, fail("f"), errors=[pause("pe"), ret("e")])
    await api.act(held, "resume", 204)
    done = await api.wait(held)
    assert (seen(done), state(done)) == (["f FAILED", "pe SUCCESS", "e SUCCESS"], "FAILED")
    held = await paused(api, ret("r"), **{"finally": [pause("pf"), ret("z")]})
    await api.act(held, "resume", 204)
    assert seen(await api.wait(held)) == ["r SUCCESS", "pf SUCCESS", "z SUCCESS"]


async def test_resuming_by_the_state_of_the_task_run(api: Api):
    held = await paused(api, pause(), ret("after"))
    body = {"taskRunId": run_of(held, "p")["id"], "state": "SUCCESS"}
    await api.act(held, "state", json=body)
    done = await api.wait(held)
    assert seen(done) == ["p SUCCESS", "after SUCCESS"]
    assert history(done) == "CRPTRS"


async def test_failing_by_the_state_of_the_task_run(api: Api):
    held = await paused(api, pause(), ret("after"), errors=[ret("e")])
    body = {"taskRunId": run_of(held, "p")["id"], "state": "FAILED"}
    await api.act(held, "state", json=body)
    done = await api.wait(held)
    assert (seen(done), state(done)) == (["p FAILED", "e SUCCESS"], "FAILED")


async def test_killing_a_pause(api: Api):
    held = await paused(api, seq("s", pause(tasks=[ret("c")])), ret("after"), errors=[ret("e")])
    await api.act(held, "kill", 202)
    done = await api.wait(held)
    assert seen(done) == ["s KILLED", "p KILLED"]
    assert (history(done), history(run_of(done, "p"))) == ("CRPGK", "CRPK")
    await api.act(done, "resume", 409)


async def test_forcing_a_pause(api: Api):
    held = await paused(api, pause(), ret("after"))
    answer = await api.act(held, "force-run")
    assert answer["id"] == held["id"]
    done = await api.wait(held)
    assert (history(done), seen(done)) == ("CRPTRS", ["p SUCCESS", "after SUCCESS"])
    answer = await api.act(done, "force-run", 422)
    assert "Only non terminated executions can be forced run." in answer["message"]


async def test_a_pause_is_skipped(api: Api):
    done = await api.run(pause(runIf="false"), pause("d", disabled=True), ret("after"))
    assert (seen(done), history(done)) == (["p SKIPPED", "after SUCCESS"], "CRS")


async def test_a_time_that_is_none(api: Api):
    inputs = [{"id": "time", "type": "STRING", "defaults": "soon"}]
    flow = await api.save([pause(delay="{{ inputs.time }}"), ret("after")], inputs=inputs)
    done = await api.wait(await api.start(flow))
    assert seen(done) == ["p FAILED"]
    done = await api.run(pause(delay="{{ nope }}"), ret("after"))
    assert seen(done) == ["p FAILED"]
    assert any("Unable to find `nope`" in text for text in await api.messages(done, "nope"))


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: par("o", *[{**inner, "id": f"p{n}"} for n in range(3)]),
        lambda inner: each("o", ["a", "b", "c"], inner, limit=0),
        lambda inner: each("o", ["a", "b", "c"], seq("s", inner), limit=0),
        lambda inner: task("flow.EachParallel", "o", value=["a", "b", "c"], tasks=[inner]),
    ],
)
async def test_pauses_that_begin_together_wait_together(api: Api, around):
    done = await api.run(around(pause(delay="PT0.4S")), ret("after"))
    waits = [r for r in runs(done) if r["taskId"].startswith("p")]
    assert [history(run) for run in waits] == ["CRPRS"] * 3
    begun, over = zip(*(run["state"]["histories"][2:4] for run in waits), strict=True)
    assert max(entry["date"] for entry in begun) < min(entry["date"] for entry in over)
    assert history(done) == "CRPTRS"
