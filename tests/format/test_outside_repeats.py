"""LoopUntil from outside: until it holds, limits, failures inside, what is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import each, fail, log, par, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = {"interval": "PT0.05S"}


def loop(condition, *tasks, task_id="l", kind="LoopUntil", frequency=None, **more):
    own = {"condition": condition, "tasks": list(tasks), "checkFrequency": frequency or QUICK}
    return task(f"flow.{kind}", task_id, **own, **more)


@pytest.mark.parametrize("kind", ["LoopUntil", "WaitFor"])
async def test_until_it_holds(api: Api, kind):
    inner = [ret("a"), ret("b", "{{ outputs.l.iterationCount + 1 }}")]
    done = await api.run(
        loop("{{ outputs.b.value == '4' }}", *inner, kind=kind),
        ret("after", "{{ outputs.b.value }}"),
    )
    assert seen(done) == ["l SUCCESS", "a SUCCESS", "b SUCCESS", "after SUCCESS"]
    assert history(done) == "CRPRPRS"
    own = run_of(done, "l")
    assert (history(own), own["iteration"], own["outputs"]) == ("CRS", 3, {"iterationCount": 3})
    assert [run_of(done, name)["iteration"] for name in "ab"] == [3, 3]
    assert run_of(done, "after")["outputs"]["value"] == "4"


async def test_at_the_first_time(api: Api):
    done = await api.run(loop("true", ret("a")))
    assert (seen(done), history(done)) == (["l SUCCESS", "a SUCCESS"], "CRS")
    assert "iteration" not in run_of(done, "l")
    assert run_of(done, "l")["outputs"] == {"iterationCount": 1}


async def test_on_its_own_count(api: Api):
    done = await api.run(loop("{{ outputs.l.iterationCount >= 2 }}", ret("a")))
    assert run_of(done, "l")["outputs"] == {"iterationCount": 2}
    done = await api.run(
        each("e", ["x", "y"], loop("{{ outputs.l[taskrun.value].iterationCount >= 2 }}", ret("a")))
    )
    assert state(done) == "SUCCESS"
    assert [run_of(done, "l", value)["iteration"] for value in "xy"] == [2, 2]


async def test_the_count_seen_inside(api: Api):
    text = (
        "{{ taskrun.iteration }} {{ outputs.l.iterationCount }} {{ parent.outputs.iterationCount }}"
    )
    done = await api.run(loop("{{ outputs.a.value == '3 3 3' }}", ret("a", text)))
    assert run_of(done, "a")["outputs"]["value"] == "3 3 3"


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"maxIterations": 3}, "Max iterations reached"),
        ({"maxDuration": "PT0.2S"}, "Max duration reached"),
        ({"maxIterations": "{{ 1 + 2 }}", "maxDuration": "PT60S"}, "Max iterations reached"),
    ],
)
async def test_a_limit(api: Api, fails, limit, message):
    own = loop("false", ret("a"), frequency={**QUICK, **limit}, failOnMaxReached=fails)
    done = await api.run(own, ret("after"), errors=[ret("e")])
    ends = "FAILED" if fails else "SUCCESS"
    assert seen(done) == [f"l {ends}", "a SUCCESS", f"{'e' if fails else 'after'} SUCCESS"]
    assert state(done) == ends
    assert f"WARN {message}" in await api.messages(done, message)
    count = run_of(done, "l")["outputs"]["iterationCount"]
    assert run_of(done, "l")["iteration"] == count
    if "maxIterations" in limit:
        assert (count, history(done)) == (3, f"CRPRPR{ends[0]}")


async def test_handlers_at_a_limit(api: Api):
    own = loop(
        "false",
        ret("a"),
        frequency={**QUICK, "maxIterations": 2},
        failOnMaxReached=True,
        errors=[ret("le")],
    )
    done = await api.run(own, errors=[ret("e")])
    assert seen(done) == ["l FAILED", "a SUCCESS", "le SUCCESS", "e SUCCESS"]


@pytest.mark.parametrize("place", ["first", "second"])
async def test_a_failure_inside(api: Api, place):
    inner = [fail("f"), ret("a")] if place == "first" else [ret("a"), fail("f")]
    done = await api.run(loop("true", *inner, errors=[ret("le")]), ret("after"))
    assert state(done) == "FAILED"
    ran = ["f FAILED"] if place == "first" else ["a SUCCESS", "f FAILED"]
    assert seen(done) == ["l FAILED", *ran, "le SUCCESS"]
    assert history(done) == "CRF"


async def test_a_failure_in_a_later_round(api: Api):
    inner = [ret("a"), fail("f", "{{ outputs.l.iterationCount == 2 }}"), ret("b")]
    done = await api.run(loop("false", *inner), ret("after"))
    assert (seen(done), history(done)) == (["l FAILED", "a SUCCESS", "f FAILED"], "CRPRF")
    assert run_of(done, "l")["iteration"] == 2


async def test_a_loop_that_may_fail(api: Api):
    done = await api.run(loop("true", fail("f"), allowFailure=True), ret("after"))
    assert (seen(done)[0], seen(done)[-1]) == ("l WARNING", "after SUCCESS")
    inner = loop("false", ret("a"), frequency={**QUICK, "maxIterations": 1}, failOnMaxReached=True)
    done = await api.run(task("flow.AllowFailure", "af", tasks=[inner]), ret("after"))
    assert (state(done), state(run_of(done, "l"))) == ("WARNING", "FAILED")


async def test_a_warning_goes_on(api: Api):
    inner = fail("f", allowFailure=True)
    done = await api.run(loop("{{ outputs.l.iterationCount == 2 }}", inner), ret("after"))
    assert seen(done) == ["l WARNING", "f WARNING", "after SUCCESS"]
    assert history(done) == "CRPRW"


async def test_a_skipped_task_goes_on(api: Api):
    done = await api.run(loop("{{ outputs.l.iterationCount == 2 }}", ret("a", runIf="false")))
    assert (seen(done), history(done)) == (["l SUCCESS", "a SKIPPED"], "CRPRS")


async def test_a_condition_that_can_not_be_told(api: Api):
    done = await api.run(loop("{{ outputs.nope.value }}", ret("a")), ret("after"))
    assert seen(done) == ["l FAILED", "a SUCCESS"]
    message = "Unable to find `nope` used in the expression"
    assert any("nope" in text for text in await api.messages(done, message[:15]))


async def test_it_waits_between_the_rounds(api: Api):
    own = loop("{{ outputs.l.iterationCount == 3 }}", ret("a"), frequency={"interval": "PT0.3S"})
    done = await api.run(own)
    entries = [datetime.fromisoformat(e["date"]) for e in done["state"]["histories"]]
    assert history(done) == "CRPRPRS"
    assert entries[3] - entries[2] >= timedelta(seconds=0.3)
    assert entries[5] - entries[4] >= timedelta(seconds=0.3)


async def test_flowables_inside(api: Api):
    inner = [
        par("p", ret("a"), seq("s", ret("b"))),
        each("e", [1, 2], ret("c", "{{ outputs.l.iterationCount }}")),
    ]
    done = await api.run(loop("{{ outputs.c['2'].value == '2' }}", *inner), ret("after"))
    assert state(done) == "SUCCESS"
    assert len(runs(done)) == 9
    assert run_of(done, "c", "1")["outputs"]["value"] == "2"


async def test_a_loop_in_a_loop(api: Api):
    inner = loop("{{ outputs.i.iterationCount == 2 }}", ret("a"), task_id="i")
    done = await api.run(loop("{{ outputs.o.iterationCount == 2 }}", inner, task_id="o"))
    assert seen(done) == ["o SUCCESS", "i SUCCESS", "a SUCCESS"]
    assert history(done) == "CRPRPRPRS"


async def test_a_subflow_inside(api: Api):
    child = await api.save([ret("r")])
    own = task("flow.Subflow", "s", namespace=child["namespace"], flowId=child["id"])
    done = await api.run(loop("{{ outputs.l.iterationCount == 3 }}", own))
    assert (state(done), len(await api.of_flow(child))) == ("SUCCESS", 3)


async def test_logs_of_all_rounds_are_kept(api: Api):
    own = loop("{{ outputs.l.iterationCount == 3 }}", log("g", "{{ outputs.l.iterationCount }}"))
    done = await api.run(own)
    await api.messages(done, "INFO 3")
    assert await api.messages(done) == ["INFO 1", "INFO 2", "INFO 3"]


async def test_resuming_the_wait(api: Api):
    own = loop("{{ outputs.l.iterationCount == 2 }}", ret("a"), frequency={"interval": "PT60S"})
    started = await api.start(await api.save([own]))
    held = await api.wait(started, "PAUSED")
    await api.act(held, "resume", 204)
    assert state(await api.wait(held)) == "SUCCESS"


async def test_a_loop_that_is_begun_again_counts_from_one(api: Api):
    limits = {"interval": "PT0.05S", "maxIterations": 2}
    done = await api.run(loop("false", ret("r"), frequency=limits, failOnMaxReached=True))
    assert (state(done), run_of(done, "l")["iteration"]) == ("FAILED", 2)
    for action in ("replay", "restart"):
        again = await begun_again(api, done, action)
        assert again == "RPRF"


async def test_a_loop_that_is_begun_again_has_all_its_time(api: Api):
    limits = {"interval": "PT0.05S", "maxDuration": "PT0.3S"}
    done = await api.run(loop("false", ret("r"), frequency=limits, failOnMaxReached=True))
    assert state(done) == "FAILED"
    for action in ("replay", "restart"):
        again = await begun_again(api, done, action)
        assert again.startswith("RPR")


async def begun_again(api: Api, execution, action):
    """Restart an execution, or replay it from its loop; return what came to its history."""
    query = {"taskRunId": run_of(execution, "l")["id"]} if action == "replay" else {}
    answer = await api.act(execution, action, params=query)
    before = history(answer)
    return history(await api.wait(answer)).removeprefix(before)
