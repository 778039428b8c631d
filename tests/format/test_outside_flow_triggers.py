"""Flow triggers: executions that other executions start."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json, runs, state
from format_kit import CORE, Task, fail, ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def condition(kind: str, **more: Any) -> Json:
    return {"type": f"{CORE}condition.{kind}", **more}


def of(flow: Json) -> Json:
    return condition("ExecutionFlow", namespace=flow["namespace"], flowId=flow["id"])


async def upstream(api: Api, *tasks: Task, **more: Any) -> Json:
    outputs = [{"id": "o", "type": "STRING", "value": "{{ outputs.t.value ?? 'none' }}"}]
    return await api.save(tasks or [ret("t", "made")], outputs=outputs, **more)


async def listener(api: Api, *, flow: Json | None = None, **more: Any) -> Json:
    """Save a flow with one Flow trigger; ``flow`` holds other properties of the flow."""
    trigger = task("trigger.Flow", "heard", **more)
    return await api.save([ret("a")], triggers=[trigger], **(flow or {}))


async def settled(api: Api, flow: Json, count: int) -> list[Json]:
    """Return the executions of a flow when there are so many, and see that no more come."""
    await api.of_flow(flow, count)
    await asyncio.sleep(0.2)
    found = await api.of_flow(flow)
    assert len(found) == count
    return found


async def ended(api: Api, flow: Json, **more: Any) -> Json:
    return await api.wait(await api.start(flow, **more))


async def test_inputs_come_from_outputs_and_the_trigger_tells_who_it_was(api: Api):
    up = await upstream(api)
    inputs = [{"id": key, "type": kind} for key, kind in (("x", "STRING"), ("y", "STRING"))]
    down = await listener(
        api,
        conditions=[of(up)],
        inputs={"x": "{{ outputs.t.value }}", "y": "{{ trigger.outputs.o }}"},
        flow={"inputs": inputs},
    )
    done = await ended(api, up)
    (heard,) = await settled(api, down, 1)
    assert heard["inputs"] == {"x": "made", "y": "made"}
    assert heard["trigger"]["id"] == "heard"
    assert heard["trigger"]["type"] == f"{CORE}trigger.Flow"
    told = heard["trigger"]["variables"]
    assert (told["executionId"], told["state"]) == (done["id"], "SUCCESS")
    assert (told["namespace"], told["flowId"], told["flowRevision"]) == (NAMESPACE, up["id"], 1)


async def test_inputs_are_typed_and_defaults_are_filled_in(api: Api):
    up = await upstream(api)
    inputs = [
        {"id": "n", "type": "INT"},
        {"id": "d", "type": "STRING", "defaults": "given"},
        {"id": "o", "type": "STRING", "required": False},
    ]
    down = await listener(
        api, conditions=[of(up)], inputs={"n": "{{ 1 + 2 }}"}, flow={"inputs": inputs}
    )
    await ended(api, up)
    (heard,) = await settled(api, down, 1)
    assert heard["inputs"] == {"n": 3, "d": "given", "o": None}


@pytest.mark.parametrize("value", ["{{ nope.x }}", "no number"])
async def test_inputs_that_can_not_be_had_start_nothing(api: Api, value: str):
    up = await upstream(api)
    inputs = [{"id": "n", "type": "INT"}]
    down = await listener(api, conditions=[of(up)], inputs={"n": value}, flow={"inputs": inputs})
    also = await listener(api, conditions=[of(up)])
    await ended(api, up)
    await settled(api, also, 1)
    assert await api.of_flow(down) == []


async def test_labels_are_of_the_flow_and_the_trigger(api: Api):
    up = await upstream(api)
    down = await listener(
        api,
        conditions=[of(up)],
        labels={"who": "{{ execution.id }}", "none": "", "bad": "{{ nope }}", "own": "trigger"},
        flow={"labels": {"own": "flow", "team": "a"}},
    )
    done = await ended(api, up)
    (heard,) = await settled(api, down, 1)
    found = {label["key"]: label["value"] for label in heard["labels"]}
    correlation = {"system.correlationId": heard["id"]}
    own = {"own": "trigger", "team": "a", "who": done["id"], "none": ""}
    assert found == own | correlation


async def test_every_state_change_but_the_creation_is_heard(api: Api):
    up = await upstream(api, task("flow.Pause", "p", delay="PT0.2S"))
    states = ["CREATED", "RUNNING", "PAUSED", "SUCCESS", "WARNING", "FAILED"]
    down = await listener(api, conditions=[of(up)], states=states)
    await ended(api, up)
    found = await settled(api, down, 4)
    heard = sorted(item["trigger"]["variables"]["state"] for item in found)
    assert heard == ["PAUSED", "RUNNING", "RUNNING", "SUCCESS"]


async def test_by_default_ends_are_heard_whatever_they_are(api: Api):
    up = await upstream(api, fail("f"))
    down = await listener(api, conditions=[of(up)])
    await ended(api, up)
    (heard,) = await settled(api, down, 1)
    assert heard["trigger"]["variables"]["state"] == "FAILED"


CONDITIONS = [
    ([condition("ExecutionStatus", **{"in": ["SUCCESS"]})], True),
    ([condition("ExecutionStatus", notIn=["SUCCESS"])], False),
    ([condition("ExecutionStatus", **{"in": ["FAILED", "WARNING"]})], False),
    ([condition("ExecutionNamespace", namespace=NAMESPACE)], True),
    ([condition("ExecutionNamespace", namespace="tests", comparison="PREFIX")], True),
    ([condition("ExecutionNamespace", namespace="tests")], False),
    ([condition("ExecutionNamespace", namespace="outside", comparison="SUFFIX")], True),
    ([condition("ExecutionNamespace", namespace="tests", prefix=True)], True),
    ([condition("ExecutionLabels", labels={"k": "v"})], True),
    ([condition("ExecutionLabels", labels={"k": "w"})], False),
    ([condition("ExecutionLabels", labels=[{"key": "k", "value": "v"}])], True),
    ([condition("Expression", expression="{{ outputs.t.value == 'made' }}")], True),
    ([condition("Expression", expression="{{ outputs.t.value == 'x' }}")], False),
    ([condition("Expression", expression="{{ nope.x }}")], False),
    ([condition("ExecutionOutputs", expression="{{ trigger.outputs.o == 'made' }}")], True),
    ([condition("ExecutionOutputs", expression="{{ trigger.outputs.o == 'x' }}")], False),
    ([condition("Not", conditions=[condition("ExecutionLabels", labels={"k": "v"})])], False),
    ([condition("HasRetryAttempt", **{"in": ["FAILED"]})], False),
    (
        [
            condition("ExecutionLabels", labels={"k": "v"}),
            condition("ExecutionStatus", **{"in": ["FAILED"]}),
        ],
        False,
    ),
    (
        [
            condition(
                "Or",
                conditions=[
                    condition("ExecutionLabels", labels={"k": "w"}),
                    condition("ExecutionStatusCondition", **{"in": ["SUCCESS"]}),
                ],
            )
        ],
        True,
    ),
]


async def test_conditions(api: Api):
    up = await upstream(api)
    downs = [await listener(api, conditions=[of(up), *given]) for given, _ in CONDITIONS]
    await ended(api, up, labels=["k:v"])
    last = await listener(api, conditions=[of(up)])
    await ended(api, up, labels=["k:v"])
    await api.of_flow(last, 1)
    heard = [is_heard for _, is_heard in CONDITIONS]
    found = [
        bool(await api.of_flow(down, int(is_heard)))
        for down, is_heard in zip(downs, heard, strict=True)
    ]
    assert found == heard


async def test_what_is_disabled_hears_nothing_and_a_flow_never_hears_itself(api: Api):
    up = await upstream(api)
    quiet = await listener(api, conditions=[of(up)], disabled=True)
    off = await listener(api, conditions=[of(up)], flow={"disabled": True})
    name = api.fresh_id()
    own = condition("ExecutionFlow", namespace=NAMESPACE, flowId=name)
    selfish = await api.save(
        [ret("a")], name, triggers=[task("trigger.Flow", "heard", conditions=[own])]
    )
    also = await listener(api, conditions=[of(selfish)])
    await ended(api, up)
    await ended(api, selfish)
    await settled(api, also, 1)
    assert (await api.of_flow(quiet), await api.of_flow(off)) == ([], [])
    assert len(await api.of_flow(selfish)) == 1


async def test_chains_go_on(api: Api):
    first = await upstream(api)
    second = await listener(api, conditions=[of(first)])
    third = await listener(api, conditions=[of(second)])
    await ended(api, first)
    (last,) = await settled(api, third, 1)
    assert state(await api.wait(last)) == "SUCCESS"
    assert [run["taskId"] for run in runs(await api.get(last))] == ["a"]


def flows(*found: tuple[Json, list[str] | None]) -> list[Json]:
    return [
        {"namespace": flow["namespace"], "flowId": flow["id"]} | ({"states": on} if on else {})
        for flow, on in found
    ]


async def test_preconditions_wait_for_all_of_them(api: Api):
    one, two = await upstream(api), await upstream(api, fail("f"))
    wanted = {"id": "both", "flows": flows((one, ["SUCCESS"]), (two, ["FAILED"]))}
    down = await listener(api, preconditions=wanted)
    for _ in range(2):
        await ended(api, one)
    assert await api.of_flow(down) == []
    done = await ended(api, two)
    (heard,) = await settled(api, down, 1)
    assert heard["trigger"]["variables"]["executionId"] == done["id"]
    await ended(api, two)
    await settled(api, down, 1)
    await ended(api, one)
    await settled(api, down, 2)


async def test_a_state_that_does_not_fit_counts_for_nothing(api: Api):
    one, two = await upstream(api, fail("f")), await upstream(api)
    down = await listener(
        api, preconditions={"id": "both", "flows": flows((one, ["SUCCESS"]), (two, None))}
    )
    await ended(api, one)
    await ended(api, two)
    also = await listener(api, conditions=[of(two)])
    await ended(api, two)
    await api.of_flow(also, 1)
    assert await api.of_flow(down) == []


async def test_without_reset_each_event_that_matches_fires_again(api: Api):
    one, two, other = await upstream(api), await upstream(api), await upstream(api)
    wanted = {"id": "both", "resetOnSuccess": False, "flows": flows((one, None), (two, None))}
    down = await listener(api, preconditions=wanted)
    for flow in (one, two, two, other):
        await ended(api, flow)
    await settled(api, down, 2)


async def test_filters_of_preconditions(api: Api):
    one, two = await upstream(api), await upstream(api)
    names = [one["id"], two["id"]]
    spaces = {"field": "NAMESPACE", "type": "STARTS_WITH", "value": "tests."}
    by_name = {"field": "FLOW_ID", "type": "EQUAL_TO", "value": one["id"]}
    told = {"field": "EXPRESSION", "type": "IS_TRUE", "value": "{{ labels.k == 'v' }}"}
    known = {"field": "FLOW_ID", "type": "IN", "values": names}
    where = [{"id": "a", "filters": [spaces, by_name]}, {"id": "b", "filters": [told, known]}]
    down = await listener(api, preconditions={"id": "p", "where": where})
    await ended(api, one)
    await ended(api, two)
    assert await api.of_flow(down) == []
    done = await ended(api, two, labels=["k:v"])
    (heard,) = await settled(api, down, 1)
    assert heard["trigger"]["variables"]["executionId"] == done["id"]


async def test_labels_of_an_execution_in_preconditions(api: Api):
    up = await upstream(api)
    wanted = [{"namespace": up["namespace"], "flowId": up["id"], "labels": {"k": "v"}}]
    down = await listener(api, preconditions={"id": "p", "flows": wanted})
    await ended(api, up)
    await ended(api, up, labels=["k:v", "more:x"])
    await settled(api, down, 1)


async def test_a_multiple_condition_fires_once_when_all_hold(api: Api):
    one, two = await upstream(api), await upstream(api)
    good = condition("ExecutionStatus", **{"in": ["SUCCESS"]})
    both = condition(
        "MultipleCondition",
        id="both",
        window="P1D",
        windowAdvance="P0D",
        conditions={"one": of(one), "two": of(two)},
    )
    down = await listener(api, conditions=[good, both])
    await ended(api, one)
    done = await ended(api, two)
    (heard,) = await settled(api, down, 1)
    assert heard["trigger"]["variables"]["executionId"] == done["id"]


async def test_outside_of_a_window_nothing_counts(api: Api):
    up = await upstream(api)
    never = {"type": "DAILY_TIME_WINDOW", "startTime": "00:00:00", "endTime": "00:00:00.001"}
    down = await listener(
        api, preconditions={"id": "p", "timeWindow": never, "flows": flows((up, None))}
    )
    also = await listener(
        api,
        preconditions={
            "id": "p",
            "timeWindow": {"type": "SLIDING_WINDOW", "window": "PT1H"},
            "flows": flows((up, None)),
        },
    )
    await ended(api, up)
    await settled(api, also, 1)
    assert await api.of_flow(down) == []
