"""Retries, seen through the API: attempts, histories, limits, whose rule counts, new executions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json, history, named, run_of, runs, seen, state
from format_kit import each, fail, par, ret, retry, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEW = {"behavior": "CREATE_NEW_EXECUTION"}


def tries(done: Json, task_id: str, value: str | None = None) -> list[str]:
    """Return the histories of a task run's attempts."""
    return [history(attempt) for attempt in run_of(done, task_id, value)["attempts"]]


def dates(state_of: Json, name: str) -> list[datetime]:
    """Return when a state was entered, each time."""
    return [
        datetime.fromisoformat(entry["date"])
        for entry in state_of["state"]["histories"]
        if entry["state"] == name
    ]


@pytest.mark.parametrize("kind", ["constant", "exponential", "random"])
@pytest.mark.parametrize("attempts", [1, 3])
async def test_a_task_is_tried_so_many_times(api: Api, kind, attempts):
    done = await api.run(fail("f", retry=retry(attempts, kind)), ret("next"), errors=[ret("e")])
    assert (seen(done), state(done)) == (["f FAILED", "e SUCCESS"], "FAILED")
    assert tries(done, "f") == ["CRF"] * attempts
    assert history(run_of(done, "f")) == "Y".join(["CRF"] * attempts)
    assert history(done) == "C" + "RFY" * (attempts - 1) + "RF"


async def test_the_later_name_of_the_limit_counts_too(api: Api):
    rule = {"type": "constant", "interval": "PT0.02S", "maxAttempts": 2}
    assert tries(await api.run(fail("f", retry=rule)), "f") == ["CRF"] * 2


async def test_a_retry_never_comes_too_early(api: Api):
    rule = {"type": "constant", "interval": "PT0.3S", "maxAttempt": 3}
    done = await api.run(fail("f", retry=rule))
    failed, again = dates(run_of(done, "f"), "FAILED"), dates(run_of(done, "f"), "RUNNING")
    waits = [later - earlier for earlier, later in zip(failed, again[1:], strict=False)]
    assert all(wait >= timedelta(seconds=0.299) for wait in waits)
    assert len(waits) == 2


async def test_an_exponential_delay_grows_up_to_its_limit(api: Api):
    rule = {"type": "exponential", "interval": "PT0.1S", "maxInterval": "PT0.2S", "maxAttempt": 4}
    done = await api.run(fail("f", retry=rule))
    failed, again = dates(run_of(done, "f"), "FAILED"), dates(run_of(done, "f"), "RUNNING")
    waits = [later - earlier for earlier, later in zip(failed, again[1:], strict=False)]
    for wait, least in zip(waits, (0.1, 0.2, 0.2), strict=True):
        assert wait >= timedelta(seconds=least - 0.001)


async def test_a_longest_duration_ends_the_tries(api: Api):
    rule = {"type": "constant", "interval": "PT0.2S", "maxDuration": "PT0.5S"}
    done = await api.run(fail("f", retry=rule))
    assert 2 <= len(tries(done, "f")) <= 3
    assert state(done) == "FAILED"


@pytest.mark.parametrize(
    ("failures", "rule", "outcome"),
    [
        (2, {}, "SUCCESS"),
        (1, {"warningOnRetry": True}, "WARNING"),
        (3, {"warningOnRetry": True}, "WARNING"),
        (0, {"warningOnRetry": True}, "SUCCESS"),
    ],
)
async def test_a_success_after_failures(api: Api, failures, rule, outcome):
    condition = f"{{{{ taskrun.attemptsCount < {failures} }}}}"
    done = await api.run(fail("f", condition, retry=retry(5, **rule)), ret("next"))
    assert (seen(done), state(done)) == ([f"f {outcome}", "next SUCCESS"], outcome)
    assert tries(done, "f") == ["CRF"] * failures + ["CRS"]


async def test_a_warning_of_a_retry_may_be_allowed(api: Api):
    condition = "{{ taskrun.attemptsCount < 1 }}"
    rule = retry(3, warningOnRetry=True)
    done = await api.run(fail("f", condition, retry=rule, allowWarning=True))
    assert (seen(done), state(done)) == (["f SUCCESS"], "SUCCESS")


@pytest.mark.parametrize(
    "around",
    [
        lambda inner, **more: seq("x", inner, **more),
        lambda inner, **more: par("x", inner, **more),
        lambda inner, **more: task("flow.Dag", "x", tasks=[{"task": inner}], **more),
        lambda inner, **more: task("flow.If", "x", condition="true", then=[inner], **more),
        lambda inner, **more: task("flow.Switch", "x", value="a", cases={"a": [inner]}, **more),
        lambda inner, **more: each("x", ["1"], inner, **more),
        lambda inner, **more: seq("x", seq("y", seq("z", inner)), **more),
    ],
)
async def test_a_flowable_lends_its_retry_to_what_fails_inside(api: Api, around):
    done = await api.run(around(fail("f"), retry=retry(3), errors=[ret("own")]), errors=[ret("e")])
    assert tries(done, "f") == ["CRF"] * 3
    assert [run["taskId"] for run in runs(done)][-2:] == ["own", "e"]
    assert (history(done), state(run_of(done, "x"))) == ("CRYRYRF", "FAILED")


async def test_the_nearest_rule_counts(api: Api):
    own = seq("s", fail("f", retry=retry(2)), retry=retry(4))
    inherited = seq("o", seq("i", fail("g"), retry=retry(3)), retry=retry(4))
    done = await api.run(par("p", own, inherited), retry=retry(5))
    assert len(tries(done, "f")) == 2
    wanted = [len(tries(await api.run(inherited, retry=retry(5)), "g"))]
    assert wanted == [3]


async def test_a_flow_lends_its_retry(api: Api):
    done = await api.run(seq("s", fail("f"), errors=[ret("le")]), retry=retry(2), errors=[ret("e")])
    assert seen(done) == ["s FAILED", "f FAILED", "le SUCCESS", "e SUCCESS"]
    assert (tries(done, "f"), history(done)) == (["CRF"] * 2, "CRYRF")


async def test_errors_of_the_flow_wait_for_its_retry(api: Api):
    done = await api.run(ret("a"), fail("f"), ret("n"), retry=retry(3), errors=[ret("e")])
    assert seen(done) == ["a SUCCESS", "f FAILED", "e SUCCESS"]
    assert (tries(done, "f"), state(done)) == (["CRF"] * 3, "FAILED")


@pytest.mark.parametrize("limit", [0, 1])
async def test_a_loop_lends_its_retry_to_each_value(api: Api, limit):
    done = await api.run(each("e", [0, 1], fail("f"), limit=limit, retry=retry(2)))
    failed = [run for run in runs(done) if run["taskId"] == "f"]
    assert len(failed) == (1 if limit else 2)
    assert all(len(run["attempts"]) == 2 for run in failed)
    assert state(done) == "FAILED"


async def test_siblings_go_on_while_one_waits_for_its_retry(api: Api):
    rule = {"type": "constant", "interval": "PT2S", "maxAttempt": 2}
    failing = fail("f", "{{ taskrun.attemptsCount == 0 }}", retry=rule)
    done = await api.run(par("p", failing, seq("s", sleep("a", "PT0.05S"), ret("b"))), ret("end"))
    assert (state(done), named(runs(done)[-1])) == ("SUCCESS", "end")
    assert dates(run_of(done, "b"), "SUCCESS")[0] < dates(run_of(done, "f"), "RUNNING")[1]


@pytest.mark.parametrize("of", ["task", "flowable", "flow"])
async def test_a_retried_task_may_be_allowed_to_fail_in_the_end(api: Api, of):
    rule: dict[str, Any] = {"retry": retry(2)}
    own = fail("f", allowFailure=True, **(rule if of == "task" else {}))
    inner = seq("s", own, **(rule if of == "flowable" else {}))
    done = await api.run(inner, ret("next"), **(rule if of == "flow" else {}))
    assert (seen(done), state(done)) == (["s WARNING", "f WARNING", "next SUCCESS"], "WARNING")
    assert tries(done, "f") == ["CRF"] * 2


async def test_errors_of_rendering_and_timeouts_are_retried(api: Api):
    done = await api.run(
        ret("r", "{{ nope }}", retry=retry(2), allowFailure=True),
        sleep("t", "PT1M", timeout="PT0.05S", retry=retry(2)),
    )
    assert tries(done, "r") == tries(done, "t") == ["CRF"] * 2
    texts = [text for text in await api.messages(done) if "Timeout after 00:00:00.050" in text]
    assert sorted(text.split()[0] for text in texts) == ["ERROR", "ERROR", "TRACE", "TRACE"]


@pytest.mark.parametrize("of_flow", [True, False])
async def test_each_try_of_a_subflow_is_a_child(api: Api, of_flow):
    child = await api.save([fail("c")])
    own = {} if of_flow else {"retry": retry(3)}
    more = {"retry": retry(3)} if of_flow else {}
    call = task("flow.Subflow", "s", namespace=NAMESPACE, flowId=child["id"], **own)
    done = await api.run(call, errors=[ret("e")], **more)
    assert (tries(done, "s"), seen(done)) == (["CRF"] * 3, ["s FAILED", "e SUCCESS"])
    children = await api.of_flow(child, 3)
    assert [state(item) for item in children] == ["FAILED"] * 3
    assert run_of(done, "s")["outputs"]["executionId"] == children[-1]["id"]


@pytest.mark.parametrize(("of", "limit"), [("task", 3), ("flowable", 2), ("flow", 3)])
async def test_a_retry_may_be_a_new_execution(api: Api, of, limit):
    rule: dict[str, Any] = {"retry": retry(limit, **NEW)}
    inner = seq("s", ret("a"), fail("f", **(rule if of == "task" else {})))
    inner |= rule if of == "flowable" else {}
    more: dict[str, Any] = rule if of == "flow" else {}
    inputs = [{"id": "x", "type": "STRING"}]
    flow = await api.save([inner], errors=[ret("e")], inputs=inputs, labels={"k": "v"}, **more)
    first = await api.wait(await api.start(flow, inputs={"x": "given"}, labels=["more:l"]))
    found = await api.of_flow(flow, limit)
    done = [await api.wait(item) for item in found]
    assert [state(item) for item in done] == ["RETRIED"] * (limit - 1) + ["FAILED"]
    assert [history(item) for item in done] == ["CRD"] * (limit - 1) + ["CRF"]
    assert seen(first) == ["s RETRIED", "a SUCCESS", "f RETRIED"]
    assert history(run_of(first, "f")) == "CRFD"
    assert [item["metadata"]["attemptNumber"] for item in done] == list(range(1, limit + 1))
    assert [item.get("parentId") for item in done] == [None, *[item["id"] for item in done[:-1]]]
    assert {item["originalId"] for item in done} == {first["id"]}
    assert all(item["inputs"] == {"x": "given"} for item in done)
    labels = {(label["key"], label["value"]) for label in done[-1]["labels"]}
    assert {("k", "v"), ("more", "l")} <= labels
    assert named(runs(done[-1])[-1]) == "e"


async def test_a_new_execution_may_succeed(api: Api):
    condition = "{{ execution.id == execution.originalId }}"
    flow = await api.save([fail("f", condition), ret("n")], retry=retry(3, **NEW))
    first = await api.start(flow)
    done = [await api.wait(item) for item in await api.of_flow(flow, 2)]
    assert [state(item) for item in done] == ["RETRIED", "SUCCESS"]
    assert done[1]["parentId"] == first["id"]
