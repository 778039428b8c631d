"""Tasks that end their execution, from outside: what runs beside them, what they started."""

from __future__ import annotations

import asyncio

import pytest
from api_kit import Api, history, run_of, seen, state
from format_kit import Gate, each, par, ret, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def leave(to="SUCCESS", task_id="x", **more):
    return task("execution.Exit", task_id, state=to, **more)


def kill(**more):
    return task("execution.Kill", "x", **more)


async def with_children(api: Api, ending):
    """Run a flow that starts two executions and then ends itself; return it and these two."""
    child = await api.save([sleep("long", "PT30S")])
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    detached = task("flow.Subflow", "d", **own, wait=False)
    waited = task("flow.Subflow", "w", **own)
    done = await api.run(detached, par("p", waited, seq("s", sleep("t", "PT0.3S"), ending)))
    return done, await api.of_flow(child, 2)


@pytest.mark.parametrize("to", ["SUCCESS", "WARNING", "CANCELED"])
async def test_what_is_at_work_beside_an_exit_is_waited_for(api: Api, gate: Gate, to):
    final = {"CANCELED": "CANCELLED"}.get(to, to)
    tasks = par(
        "p",
        seq("q", gate.task("slow"), ret("never")),
        seq("s", sleep("t", "PT0.05S"), leave(to), ret("neither")),
    )
    outputs = [{"id": "o", "type": "STRING", "value": "{{ tasks.slow.state }}"}]
    started = await api.start(await api.save([tasks, ret("nor")], outputs=outputs))
    async with asyncio.timeout(60):
        while f"x {final}" not in seen(await api.get(started)):
            await asyncio.sleep(0.02)
    gate.open()
    done = await api.wait(started)
    assert seen(done) == [
        f"p {final}",
        f"q {final}",
        f"s {final}",
        "slow SUCCESS",
        "t SUCCESS",
        f"x {final}",
    ]
    assert history(done) == {"SUCCESS": "CRS", "WARNING": "CRW", "CANCELLED": "CRX"}[final]
    assert done["outputs"] == {"o": "SUCCESS"}


async def test_nothing_new_starts_after_an_exit(api: Api):
    loop = each("o", [1, 2, 3], sleep("s", "PT0.3S"), ret("r"), limit=2)
    done = await api.run(par("p", loop, leave(task_id="x"), concurrent=2))
    assert "r[1] SUCCESS" not in seen(done)
    assert [item for item in seen(done) if item.startswith("s[3]")] == []
    assert state(done) == "SUCCESS"


async def test_one_that_waits_for_its_end_can_be_killed_but_not_paused(api: Api):
    flow = await api.save([par("p", sleep("slow", "PT30S"), leave())])
    started = await api.start(flow)
    async with asyncio.timeout(60):
        while "x SUCCESS" not in seen(found := await api.get(started)):
            await asyncio.sleep(0.02)
    assert state(found) == "RUNNING"
    await api.act(started, "pause")
    assert state(await api.get(started)) == "RUNNING"
    await api.act(started, "kill", 202)
    done = await api.wait(started)
    assert (history(done), seen(done)) == ("CRGK", ["p KILLED", "slow KILLED", "x SUCCESS"])


@pytest.mark.parametrize("ending", [leave("KILLED"), kill(), kill(propagateKill=False)])
async def test_a_kill_by_a_task_spares_what_was_started(api: Api, ending):
    done, children = await with_children(api, ending)
    assert (history(done), state(run_of(done, "w"))) == ("CRGK", "KILLED")
    for child in children:
        await api.wait(child, "RUNNING")
        await api.act(child, "kill", 202)


async def test_a_kill_by_a_task_reaches_what_was_started_if_it_says_so(api: Api):
    done, children = await with_children(api, kill(propagateKill=True))
    assert (history(done), state(run_of(done, "w"))) == ("CRGK", "KILLED")
    for child in children:
        assert history(await api.wait(child)) == "CRGK"


async def test_one_that_was_left_can_be_replayed(api: Api):
    done = await api.run(ret("a"), seq("s", leave()), ret("b"))
    run = run_of(done, "a")
    again = await api.act(done, "replay", params={"taskRunId": run["id"]})
    assert seen(await api.wait(again)) == ["a SUCCESS", "s SUCCESS", "x SUCCESS"]
