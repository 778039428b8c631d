"""Webhooks: calls that start executions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_kit import NAMESPACE, Api, Json, run_of, state
from format_kit import CORE, ret, task

pytestmark = pytest.mark.asyncio(loop_scope="session")
JSON = {"content-type": "application/json"}
TEXT = {"content-type": "text/plain"}


async def hooked(api: Api, key: str = "k", *, flow: Json | None = None, **more: Any) -> Json:
    """Save a flow with one webhook; ``flow`` holds other properties of the flow."""
    trigger = task("trigger.Webhook", "hook", key=key, **more)
    shown = ret("a", "{{ trigger.body ?? 'nothing' }}")
    return await api.save([shown], triggers=[trigger], **(flow or {}))


async def called(
    api: Api, flow: Json, key: str = "k", method: str = "POST", **more: Any
) -> httpx.Response:
    path = f"/api/v1/executions/webhook/{flow['namespace']}/{flow['id']}/{key}"
    return await api.http.request(method, path, **more)


BODIES = [
    ({"json": {"a": [1, None]}}, {"a": [1, None]}),
    ({"json": [1, 2]}, [1, 2]),
    ({"content": '{"ä": "é"}'}, {"ä": "é"}),
    ({"content": "42", "headers": JSON}, "42"),
    ({"content": '"quoted"', "headers": JSON}, '"quoted"'),
    ({"content": "{bad", "headers": JSON}, "{bad"),
    ({"content": "plain", "headers": TEXT}, "plain"),
    ({"data": {"a": "b"}}, "a=b"),
    ({"content": "<a/>", "headers": {"content-type": "application/xml"}}, "<a/>"),
]


@pytest.mark.parametrize(("sent", "body"), BODIES, ids=lambda value: str(value)[:30])
async def test_a_body_is_json_or_the_text_it_is(api: Api, sent: Json, body: Any):
    reply = await called(api, await hooked(api), **sent)
    assert reply.status_code == 200, reply.text
    started = reply.json()
    assert started["trigger"]["variables"]["body"] == body
    assert (started["state"]["current"], started["trigger"]["id"]) == ("CREATED", "hook")
    assert started["trigger"]["type"] == f"{CORE}trigger.Webhook"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_every_method_starts_also_without_a_body(api: Api, method: str):
    started = (await called(api, await hooked(api), method=method)).json()
    assert "body" not in started["trigger"]["variables"]
    done = await api.wait(started)
    assert run_of(done, "a")["outputs"] == {"value": "nothing"}


async def test_other_methods_are_not_allowed(api: Api):
    reply = await called(api, await hooked(api), method="DELETE")
    assert reply.status_code == 405
    assert reply.json()["message"].endswith("Allowed methods: [GET, POST, PUT]")


async def test_parameters_and_headers_are_lists_under_the_names_that_were_sent(api: Api):
    headers = [("X-Event", "one"), ("X-Event", "two")]
    flow = await hooked(api)
    reply = await called(api, flow, "k?a=1&a=2&b=", headers=headers, json={})
    told = reply.json()["trigger"]["variables"]
    assert told["parameters"] == {"a": ["1", "2"], "b": [""]}
    assert told["headers"]["X-Event"] == ["one", "two"]


@pytest.mark.parametrize(
    ("key", "called_with"),
    [
        ("{{ 'se' ~ 'cret' }} ", "secret"),
        ("{{ vars.key }}", "known"),
        ("{{ flow.namespace }}", NAMESPACE),
    ],
)
async def test_a_key_may_be_an_expression(api: Api, key: str, called_with: str):
    flow = await hooked(api, key, flow={"variables": {"key": "known"}})
    assert (await called(api, flow, called_with)).status_code == 200
    assert (await called(api, flow, "other")).status_code == 404


async def test_a_key_that_can_not_be_rendered_is_passed_over(api: Api):
    hooks = [
        task("trigger.Webhook", name, key=key) for name, key in (("a", "{{ no }}"), ("b", "k"))
    ]
    flow = await api.save([ret("x")], triggers=hooks)
    assert (await called(api, flow)).json()["trigger"]["id"] == "b"


async def test_what_is_not_there_is_told(api: Api):
    flow = await hooked(api)
    reply = await called(api, flow, "wrong")
    assert (reply.status_code, reply.json()["message"]) == (404, "Not Found: Webhook not found")
    reply = await called(api, {**flow, "id": "missing"})
    assert (reply.status_code, reply.json()["message"]) == (404, "Not Found: Flow not found")
    quiet = await called(api, await hooked(api, disabled=True))
    assert quiet.status_code == 404
    off = await called(api, await hooked(api, flow={"disabled": True}))
    assert (off.status_code, off.json()["message"]) == (
        409,
        "Illegal state: Cannot execute a disabled flow",
    )
    assert await api.of_flow(flow) == []


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"type": "Expression", "expression": "{{ trigger.body.x == 'go' }}"}, 200),
        ({"type": "Expression", "expression": "{{ trigger.body.x == 'no' }}"}, 204),
        ({"type": "Expression", "expression": "{{ trigger.body.y.z }}"}, 204),
        ({"type": "ExecutionNamespace", "namespace": NAMESPACE}, 200),
        ({"type": "ExecutionNamespace", "namespace": "other"}, 204),
        ({"type": "ExecutionLabels", "labels": {"team": "a"}}, 200),
        ({"type": "ExecutionStatus", "in": ["CREATED"]}, 200),
    ],
    ids=map(str, range(7)),
)
async def test_conditions_look_at_the_call_and_its_execution(
    api: Api, condition: Json, status: int
):
    written = {**condition, "type": f"{CORE}condition.{condition['type']}"}
    flow = await hooked(api, conditions=[written], flow={"labels": {"team": "a"}})
    reply = await called(api, flow, json={"x": "go"})
    assert (reply.status_code, bool(reply.content)) == (status, status == 200)
    assert len(await api.of_flow(flow)) == (status == 200)


async def test_a_missing_input_is_noticed_where_it_is_read(api: Api):
    inputs = [
        {"id": "needed", "type": "STRING"},
        {"id": "given", "type": "INT", "defaults": 5},
    ]
    flow = await hooked(api, flow={"inputs": inputs})
    done = await api.wait((await called(api, flow)).json())
    assert state(done) == "SUCCESS"
    reading = await api.save(
        [ret("a", "{{ inputs.given }} {{ inputs.needed }}")],
        inputs=inputs,
        triggers=[task("trigger.Webhook", "hook", key="k")],
    )
    failed = await api.wait((await called(api, reading)).json())
    assert state(failed) == "FAILED"
    assert any("needed" in line for line in await api.messages(failed, "needed"))


async def test_labels_are_those_of_the_flow_and_the_trigger(api: Api):
    flow = await hooked(api, labels={"own": "x"}, flow={"labels": {"team": "a"}})
    started = (await called(api, flow)).json()
    assert [label["key"] for label in started["labels"]] == ["team", "own", "system.correlationId"]


async def test_a_webhook_may_wait_and_answer_with_outputs(api: Api):
    outputs = [{"id": "o", "type": "STRING", "value": "{{ outputs.a.value }}"}]
    flow = await hooked(api, wait=True, returnOutputs=True, flow={"outputs": outputs})
    assert (await called(api, flow, json={"x": 1})).json() == {"o": '{"x":1}'}
