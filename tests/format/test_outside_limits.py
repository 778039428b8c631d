"""Concurrency limits and service levels from outside; forcing and unqueuing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from api_kit import Api, history, run_of, runs, seen, state
from format_kit import LETTERS, Gate, fail, par, ret, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def limit(behavior="QUEUE", count=1):
    return {"limit": count, "behavior": behavior}


async def hold(api: Api, behavior="QUEUE"):
    """Save a flow whose executions wait to be resumed; return it with one that waits."""
    flow = await api.save([task("flow.Pause", "p")], concurrency=limit(behavior))
    return flow, await api.wait(await api.start(flow), "PAUSED")


@pytest.mark.parametrize(("behavior", "expected"), [("CANCEL", "CX"), ("FAIL", "CF")])
async def test_over_the_limit(api: Api, gate: Gate, behavior, expected):
    flow = await api.save([gate.task()], concurrency=limit(behavior), errors=[ret("e")])
    first = await api.start(flow)
    await api.wait(first, "RUNNING")
    others = [await api.wait(await api.start(flow)) for _ in range(2)]
    assert [history(item) for item in others] == [expected] * 2
    assert [runs(item) for item in others] == [[], []]
    gate.open()
    assert history(await api.wait(first)) == "CRS"
    if behavior == "FAIL":
        message = "ERROR Flow is FAILED due to concurrency limit exceeded"
        assert message in await api.messages(others[0], message)
    assert history(await api.wait(await api.start(flow))) == "CRS"


async def test_one_after_the_other(api: Api, gate: Gate):
    flow = await api.save([gate.task()], concurrency=limit())
    started = [await api.start(flow) for _ in range(3)]
    await api.wait(started[0], "RUNNING")
    for item in started[1:]:
        await api.wait(item, "QUEUED")
    gate.open()
    done = [await api.wait(item) for item in started]
    assert [history(item) for item in done] == ["CRS", "CQRS", "CQRS"]
    moments = [
        [datetime.fromisoformat(entry["date"]) for entry in item["state"]["histories"]]
        for item in done
    ]
    assert moments[1][2] >= moments[0][-1]
    assert moments[2][2] >= moments[1][-1]
    message = "INFO Flow is queued due to concurrency limit exceeded, 1 running(s)"
    assert message in await api.messages(done[1], message)


async def test_two_at_a_time(api: Api, gate: Gate):
    flow = await api.save([gate.task()], concurrency=limit(count=2))
    started = [await api.start(flow) for _ in range(3)]
    for item, is_late in zip(started, (False, False, True), strict=True):
        await api.wait(item, "QUEUED" if is_late else "RUNNING")
    gate.open()
    done = [await api.wait(item) for item in started]
    assert sorted(history(item) for item in done) == ["CQRS", "CRS", "CRS"]


@pytest.mark.parametrize(("behavior", "expected"), [("CANCEL", "CX"), ("FAIL", "CF")])
async def test_a_paused_one_counts(api: Api, behavior, expected):
    flow, first = await hold(api, behavior)
    assert history(await api.wait(await api.start(flow))) == expected
    await api.act(first, "resume", 204)
    assert history(await api.wait(first)) == "CRPTRS"


async def test_a_paused_one_keeps_others_waiting(api: Api):
    flow, first = await hold(api)
    second = await api.wait(await api.start(flow), "QUEUED")
    await api.act(first, "resume", 204)
    await api.wait(first)
    held = await api.wait(second, "PAUSED")
    assert history(held) == "CQRP"
    await api.act(held, "resume", 204)
    assert history(await api.wait(held)) == "CQRPTRS"


@pytest.mark.parametrize("ends", ["failure", "kill"])
async def test_a_place_is_given_on(api: Api, ends):
    tasks = [task("flow.Pause", "p"), fail("f", "{{ inputs.fails }}")]
    flow = await api.save(
        tasks,
        concurrency=limit(),
        inputs=[{"id": "fails", "type": "BOOLEAN", "defaults": ends == "failure"}],
    )
    first = await api.wait(await api.start(flow), "PAUSED")
    second = await api.wait(await api.start(flow, inputs={"fails": "false"}), "QUEUED")
    await api.act(first, *(("kill", 202) if ends == "kill" else ("resume", 204)))
    assert state(await api.wait(first)) in ("KILLED", "FAILED")
    await api.wait(second, "PAUSED")
    await api.act(second, "resume", 204)
    assert history(await api.wait(second)) == "CQRPTRS"


@pytest.mark.parametrize(
    ("query", "expected"),
    [({}, "RUNNING"), ({"state": "CANCELLED"}, "CANCELLED"), ({"state": "FAILED"}, "FAILED")],
)
async def test_one_is_taken_out_of_the_queue(api: Api, query, expected):
    flow, first = await hold(api)
    second = await api.wait(await api.start(flow), "QUEUED")
    third = await api.wait(await api.start(flow), "QUEUED")
    answer = await api.act(second, "unqueue", params=query)
    assert answer["id"] == second["id"]
    assert [LETTERS[entry["state"]] for entry in answer["state"]["histories"]][:2] == ["C", "Q"]
    if expected == "RUNNING":
        assert history(await api.wait(second, "PAUSED")) == "CQRP"
        await api.act(second, "resume", 204)
        assert history(await api.wait(second)) == "CQRPTRS"
    else:
        assert history(await api.wait(second)) == f"CQ{LETTERS[expected]}"
        assert runs(await api.get(second)) == []
    assert state(await api.get(third)) == "QUEUED"
    await api.act(first, "resume", 204)
    await api.wait(third, "PAUSED")
    answer = await api.act(third, "unqueue", 422)
    assert "Only QUEUED execution can be unqueued" in answer["message"]
    await api.act(third, "kill", 202)


async def test_one_is_forced(api: Api):
    flow, first = await hold(api)
    second = await api.wait(await api.start(flow), "QUEUED")
    await api.act(second, "force-run")
    assert history(await api.wait(second, "PAUSED")) == "CQRP"
    for item in (first, second):
        await api.act(item, "resume", 204)
    assert [history(await api.wait(item)) for item in (first, second)] == ["CRPTRS", "CQRPTRS"]


async def test_a_start_in_the_future_is_forced(api: Api):
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    started = await api.start(await api.save([ret("r")]), scheduleDate=at)
    await api.act(started, "force-run")
    assert history(await api.wait(started)) == "CRS"


@pytest.mark.parametrize("action", ["unqueue", "force-run"])
async def test_many(api: Api, action):
    flow, first = await hold(api)
    ids = [(await api.wait(await api.start(flow), "QUEUED"))["id"] for _ in range(3)]
    over = (await api.run(ret("r")))["id"]
    path = f"/executions/{action}"
    answer = await api.call("POST", f"{path}/by-ids", 400, json=[*ids, over, "nothere"])
    assert answer["message"] == f"invalid bulk {action.replace('-', ' ')}"
    reason = {
        "unqueue": "execution not in state QUEUED",
        "force-run": "execution in a terminated state",
    }[action]
    assert {item["invalidValue"]: item["message"] for item in answer["invalids"]} == {
        over: reason,
        "nothere": "execution not found",
    }
    assert [state(await api.get(item)) for item in ids] == ["QUEUED"] * 3
    assert await api.call("POST", f"{path}/by-ids", json=ids[:1]) == {"count": 1}
    where = {"namespace": flow["namespace"], "flowId": flow["id"], "state": "QUEUED"}
    assert await api.call("POST", f"{path}/by-query", params=where) == {"count": 2}
    assert [history(await api.wait(item, "PAUSED")) for item in ids] == ["CQRP"] * 3
    everyone = [first["id"], *ids]
    await api.call("POST", "/executions/resume/by-ids", json=everyone)
    assert {state(await api.wait(item)) for item in everyone} == {"SUCCESS"}


async def test_children_under_a_limit(api: Api, gate: Gate):
    child = await api.save([gate.task()], concurrency=limit())
    own = {"namespace": child["namespace"], "flowId": child["id"]}
    parents = par("p", *[task("flow.Subflow", f"s{n}", **own) for n in range(3)])
    started = await api.start(await api.save([parents]))
    for item in await api.of_flow(child, 3):
        await api.wait(item, "QUEUED", "RUNNING")
    gate.open()
    assert state(await api.wait(started)) == "SUCCESS"
    below = await api.of_flow(child)
    assert sorted(history(item) for item in below) == ["CQRS", "CQRS", "CRS"]


async def test_an_old_revision_counts(api: Api):
    flow, first = await hold(api)
    await api.load(flow["source"].replace('"p"', '"q"'))
    second = await api.wait(await api.start(flow), "QUEUED")
    assert second["flowRevision"] == 2
    await api.act(first, "resume", 204)
    held = await api.wait(second, "PAUSED")
    assert seen(held) == ["q PAUSED"]
    await api.act(held, "kill", 202)


def sla(kind, behavior, **more):
    return {"id": "rule", "type": kind, "behavior": behavior, **more}


@pytest.mark.parametrize(
    ("behavior", "expected"), [("FAIL", "FAILED"), ("CANCEL", "CANCELLED"), ("NONE", "SUCCESS")]
)
async def test_a_longest_duration(api: Api, gate: Gate, behavior, expected):
    rule = sla("MAX_DURATION", behavior, duration="PT0.2S", labels={"late": "yes"})
    long = gate.task() if behavior == "NONE" else sleep("s", "PT60S")
    flow = await api.save([seq("q", long, ret("after"))], sla=[rule], errors=[ret("e")])
    started = await api.start(flow)
    if behavior == "NONE":
        await api.messages(started, "SLA 'rule' violated")
        gate.open()
    done = await api.wait(started)
    assert (state(done), history(done)) == (expected, f"CR{LETTERS[expected]}")
    assert {"key": "late", "value": "yes"} in done["labels"]
    assert "e" not in [run["taskId"] for run in runs(done)]
    if behavior != "NONE":
        assert seen(done) == [f"q {expected}", f"s {expected}"]
    texts = await api.messages(done, "SLA 'rule' violated")
    assert any(
        text.startswith("WARN SLA 'rule' violated: execution duration of PT")
        and text.endswith("exceed the maximum duration of PT0.2S.")
        for text in texts
    )


async def test_a_duration_that_is_kept(api: Api):
    rule = sla("MAX_DURATION", "FAIL", duration="PT60S", labels={"late": "yes"})
    done = await api.run(ret("r"), sla=[rule])
    assert state(done) == "SUCCESS"
    assert {"key": "late", "value": "yes"} not in done["labels"]


async def test_a_duration_over_a_pause(api: Api):
    rule = sla("MAX_DURATION", "FAIL", duration="PT0.3S")
    done = await api.run(task("flow.Pause", "p"), sla=[rule])
    assert (history(done), seen(done)) == ("CRPF", ["p FAILED"])


@pytest.mark.parametrize(
    ("behavior", "expected"), [("FAIL", "FAILED"), ("CANCEL", "CANCELLED"), ("NONE", "SUCCESS")]
)
async def test_an_assertion(api: Api, behavior, expected):
    text = "{{ (outputs.a.value ?? 'good') == 'good' }}"
    rule = sla("EXECUTION_ASSERTION", behavior, labels={"sla": "violated"}, **{"assert": text})
    last = ret("last") if behavior == "NONE" else sleep("last", "PT60S")
    done = await api.run(ret("a", "bad"), last, sla=[rule], errors=[ret("e")])
    assert state(done) == expected
    assert [item for item in done["labels"] if item["key"] == "sla"] == [
        {"key": "sla", "value": "violated"}
    ]
    reason = f"WARN SLA 'rule' violated: assertion is false: {text}."
    texts = await api.messages(done, reason)
    assert reason in texts
    if behavior == "FAIL":
        failed = f"ERROR Execution failed due to SLA 'rule' violated: assertion is false: {text}."
        assert failed in texts


async def test_an_assertion_that_can_not_be_told(api: Api):
    rule = sla("EXECUTION_ASSERTION", "FAIL", **{"assert": "{{ nope }}"})
    done = await api.run(ret("a"), ret("b"), sla=[rule])
    assert state(done) == "SUCCESS"
    texts = await api.messages(done, "Ignoring SLA")
    ignored = [text for text in texts if "ERROR Ignoring SLA 'rule' because of the error" in text]
    assert len(ignored) == 1


async def test_the_first_of_two_rules(api: Api):
    rules = [
        {**sla("EXECUTION_ASSERTION", "NONE", **{"assert": "{{ false }}"}), "id": "one"},
        {
            **sla("EXECUTION_ASSERTION", "CANCEL", **{"assert": "{{ outputs.a is not defined }}"}),
            "id": "two",
        },
    ]
    done = await api.run(ret("a"), sleep("s", "PT60S"), sla=rules)
    assert state(done) == "CANCELLED"


async def test_a_rule_does_not_reach_children(api: Api, gate: Gate):
    child = await api.save([gate.task()])
    own = task("flow.Subflow", "s", namespace=child["namespace"], flowId=child["id"])
    rule = sla("MAX_DURATION", "CANCEL", duration="PT0.2S")
    done = await api.run(own, sla=[rule])
    assert state(done) == "CANCELLED"
    assert state(run_of(done, "s")) == "CANCELLED"
    (below,) = await api.of_flow(child)
    gate.open()
    assert history(await api.wait(below)) == "CRS"
