"""Triggers, backfills and webhooks over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from schedule_flows import flow, on_dates, schedule

from tiercel.main import serve

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEBHOOK = """
id: hook
type: io.kestra.plugin.core.trigger.Webhook
key: "{{ 'sec' ~ 'ret' }}"
"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def client(node) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serve(node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=60) as made,
    ):
        yield made


def named(flow_id: str, **more) -> dict:
    return {"namespace": "n", "flowId": flow_id, "triggerId": "t", **more}


YEAR = {"start": "2019-01-01T00:00:00Z", "end": "2019-12-31T00:00:00Z"}


async def test_triggers_are_found_disabled_and_explained(node, client):
    await node.flows.save(flow("routed", schedule("0 9 1 * *")))
    found = await client.get("/triggers/search", params={"flowId": "routed", "namespace": "n"})
    (pair,) = found.json()["results"]
    assert pair["abstractTrigger"]["cron"] == "0 9 1 * *"
    assert pair["triggerContext"]["nextExecutionDate"].endswith("09:00:00Z")
    # what clients of later releases call the two
    assert (pair["trigger"], pair["state"]) == (pair["abstractTrigger"], pair["triggerContext"])
    listed = (await client.get("/triggers/n/routed")).json()
    assert listed["total"] == 1
    off = await client.put("/triggers", json=named("routed", disabled=True))
    assert off.json()["disabled"] is True
    assert "nextExecutionDate" not in off.json()
    why = (await client.get("/triggers/n/routed/t/why")).json()
    assert "disabled" in why["reasons"][0]
    assert len(why["nextDates"]) == 20
    many = await client.post(
        "/triggers/set-disabled/by-triggers",
        json={"triggers": [named("routed")], "disabled": False},
    )
    assert many.json() == {"count": 1}


async def test_bulk_changes_are_all_or_nothing(node, client):
    await node.flows.save(flow("bulk", schedule("0 9 1 * *")))
    both = {"triggers": [named("bulk"), named("nope")], "disabled": True}
    refused = await client.post("/triggers/set-disabled/by-triggers", json=both)
    assert refused.status_code == 404
    assert (await client.get("/triggers/n/bulk")).json()["results"][0]["disabled"] is False


async def test_locks_and_unknown_triggers_are_refused_as_clients_expect(node, client):
    await node.flows.save(flow("locks", schedule("0 9 1 * *")))
    reply = await client.post("/triggers/n/locks/t/unlock")
    assert (reply.status_code, reply.json()["message"]) == (
        409,
        "Illegal state: Trigger is not locked",
    )
    unknown = await client.put("/triggers", json=named("nope"))
    assert (unknown.status_code, unknown.json()["message"]) == (
        404,
        "Not Found: Flow of trigger t not found",
    )
    for body, said in (("{", "Invalid json"), ("", "Required Body not specified")):
        refused = await client.put("/triggers", content=body)
        assert (refused.status_code, said in refused.text) == (422, True)
    assert (await client.post("/triggers/n/locks/t/restart")).status_code == 200
    assert (await client.delete("/triggers/n/locks/t")).status_code == 204


async def test_a_backfill_is_planned_run_and_ended(node, client):
    source = flow("filled", schedule("0 9 1 * *"))
    source = source.replace("debug.Return\n    format: hello", "flow.Sleep\n    duration: PT1H")
    await node.flows.save(source)
    plan = await client.post("/triggers/backfill/plan", json=named("filled", backfill=YEAR))
    assert plan.json()["total"] == 12
    labels = [{"key": "backfill", "value": "true"}]
    made = await client.put("/triggers", json=named("filled", backfill={**YEAR, "labels": labels}))
    shown = made.json()["backfill"]
    assert (shown["total"], shown["paused"], shown["labels"]) == (12, False, labels)
    again = await client.put("/triggers", json=named("filled", backfill=YEAR))
    assert again.status_code == 409
    paused = await client.put("/triggers/backfill/pause", json=named("filled"))
    assert paused.json()["backfill"]["paused"] is True
    on = await client.put("/triggers/backfill/unpause", json=named("filled"))
    assert on.json()["backfill"]["paused"] is False
    over = await client.post("/triggers/backfill/delete", json=named("filled"))
    assert "backfill" not in over.json()
    none = await client.post("/triggers/backfill/delete", json=named("filled"))
    assert (none.status_code, none.json()["message"]) == (400, "Bad Request: No backfill found")
    bulk = await client.post("/triggers/backfill/pause/by-triggers", json=[named("filled")])
    assert bulk.json() == {"count": 0}
    listed = (await client.get("/triggers/n/filled/t/backfills")).json()["results"]
    assert listed[0]["cancelled"] is True


async def test_a_backfill_shows_where_it_is(node, client):
    await node.flows.save(flow("walked", schedule("0 9 1 * *")))
    await client.put("/triggers", json=named("walked", backfill=YEAR))
    async with asyncio.timeout(60):
        while not (shown := await _newest(client, "walked")).get("endedAt"):
            assert YEAR["start"] <= shown["currentDate"] <= YEAR["end"]
            await asyncio.sleep(0.02)
    assert (shown["currentDate"], shown["progress"]) == ("2019-12-01T09:00:00Z", 1.0)


async def _newest(client, flow_id: str) -> dict:
    return (await client.get(f"/triggers/n/{flow_id}/t/backfills")).json()["results"][0]


async def test_a_backfill_without_start_or_in_the_wrong_order_is_refused(node, client):
    await node.flows.save(flow("refused", schedule("0 9 1 * *")))
    none = await client.put("/triggers", json=named("refused", backfill={"end": YEAR["end"]}))
    assert none.status_code == 400
    turned = {"start": YEAR["end"], "end": YEAR["start"]}
    reply = await client.put("/triggers", json=named("refused", backfill=turned))
    assert reply.status_code == 422
    assert "ends before it starts" in reply.json()["message"]


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
async def test_dates_from_the_first_that_there_can_be_are_too_many(node, client, start):
    await node.flows.save(flow("ancient", schedule("0 9 * * *")))
    reply = await client.put("/triggers", json=named("ancient", backfill={"start": start}))
    assert reply.status_code == 422
    found = await client.get("/triggers/search", params={"startDate": start})
    assert found.status_code == 200


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_dates_that_can_not_be_reckoned_with_are_refused(client, date):
    source = flow("far", on_dates(date))
    headers = {"content-type": "application/x-yaml"}
    reply = await client.post("/flows", content=source, headers=headers)
    assert reply.status_code == 422
    assert "is not between 1000 and 8999" in reply.json()["message"]


async def test_a_next_date_is_not_long_ago(node, client):
    await node.flows.save(flow("moved", schedule("0 9 * * *")))
    for date in ("0001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"):
        path = "/triggers/n/moved/t/next-date"
        reply = await client.put(path, json={"nextExecutionDate": date})
        assert (reply.status_code, "over a year ago" in reply.text) == (422, True)


async def test_a_webhook_starts_an_execution_with_what_was_sent(node, client):
    await node.flows.save(flow("hooked", WEBHOOK, more="labels: {a: b}\n"))
    reply = await client.post(
        "/executions/webhook/n/hooked/secret?x=1&x=2", json={"k": [1]}, headers={"X-Own": "yes"}
    )
    assert reply.status_code == 200
    trigger = reply.json()["trigger"]
    assert trigger["type"].endswith(".Webhook")
    variables = trigger["variables"]
    assert variables["body"] == {"k": [1]}
    assert variables["parameters"] == {"x": ["1", "2"]}
    assert variables["headers"]["X-Own"] == ["yes"]
    done = await node.executions.wait(reply.json()["id"])
    assert done.execution.state.current == "SUCCESS"


async def test_the_trace_of_who_calls_a_webhook_goes_on(node, client):
    await node.flows.save(flow("traced", WEBHOOK))
    caller = f"00-{'a' * 32}-{'b' * 16}-01"
    for sent, taken in ((caller, caller), ("nonsense", None), (f"00-{'0' * 32}-1-01", None)):
        reply = await client.post(
            "/executions/webhook/n/traced/secret", headers={"traceparent": sent}
        )
        assert (reply.status_code, reply.json().get("traceParent")) == (200, taken)


async def test_webhooks_refuse_what_they_should(node, client):
    await node.flows.save(flow("hooked", WEBHOOK))
    for path, message in (("nope/secret", "Flow not found"), ("hooked/wrong", "Webhook not found")):
        reply = await client.get(f"/executions/webhook/n/{path}")
        assert (reply.status_code, reply.json()["message"]) == (404, f"Not Found: {message}")
    await node.flows.save(flow("hooked", WEBHOOK + "disabled: true\n"))
    assert (await client.get("/executions/webhook/n/hooked/secret")).status_code == 404
    await node.flows.save(flow("hooked", WEBHOOK, more="disabled: true\n"))
    assert (await client.get("/executions/webhook/n/hooked/secret")).status_code == 409
    condition = "io.kestra.plugin.core.condition.Expression"
    conditions = f'conditions: [{{type: {condition}, expression: "{{{{ trigger.body.go }}}}"}}]\n'
    await node.flows.save(flow("hooked", WEBHOOK + conditions))
    address = "/executions/webhook/n/hooked/secret"
    assert (await client.post(address, json={"go": False})).status_code == 204
    assert (await client.post(address, json={"go": True})).status_code == 200


async def test_a_webhook_that_waits_answers_with_the_outputs(node, client):
    hook = WEBHOOK + "wait: true\nreturnOutputs: true\nresponseCode: 201\n"
    more = "outputs: [{id: told, type: STRING, value: '{{ outputs.r.value }}'}]\n"
    await node.flows.save(flow("waits", hook, more=more))
    reply = await client.put("/executions/webhook/n/waits/secret")
    assert (reply.status_code, reply.json()) == (201, {"told": "hello"})


async def test_an_execution_waits_for_the_date_it_was_given(node):
    from datetime import timedelta

    from tiercel.services.clock import utc_now

    await node.flows.save(flow("later"))
    at = utc_now() + timedelta(seconds=0.5)
    execution = await node.executions.start("n", "later", schedule_date=at)
    waiting = await node.executions.get(execution.id)
    assert waiting.execution.state.current == "CREATED" or utc_now() >= at
    async with asyncio.timeout(60):
        done = await node.executions.wait(execution.id)
    assert done.task_runs[0].state.start_date >= at


TOGGLE = """\
id: {id}
namespace: n
tasks:
  - id: toggle
    type: io.kestra.plugin.core.trigger.Toggle
    flowId: {flow}
    trigger: {trigger}
    enabled: {enabled}
"""


async def test_a_task_can_disable_and_enable_a_trigger(node):
    await node.flows.save(flow("toggled", schedule("0 9 1 * *")))
    for enabled in (False, True):
        source = TOGGLE.format(
            id="toggle", flow="toggled", trigger="t", enabled=str(enabled).lower()
        )
        await node.flows.save(source)
        done = await node.executions.wait((await node.executions.start("n", "toggle")).id)
        assert done.execution.state.current == "SUCCESS"
        assert (await node.triggers.get("n", "toggled", "t")).state.disabled is not enabled


@pytest.mark.parametrize(
    ("flow_id", "trigger", "message"),
    [
        ("nope", "t", "Unable to find flow n.nope. Make sure the flow exists"),
        ("toggled", "nope", "Unable to find trigger nope for the flow n.toggled"),
    ],
)
async def test_a_trigger_that_is_not_there_fails_the_task(node, flow_id, trigger, message):
    await node.flows.save(flow("toggled", schedule("0 9 1 * *")))
    await node.flows.save(TOGGLE.format(id="toggle", flow=flow_id, trigger=trigger, enabled="true"))
    done = await node.executions.wait((await node.executions.start("n", "toggle")).id)
    async for _ in node.executions.watch(done.execution.id):
        pass
    assert done.execution.state.current == "FAILED"
    logs = await node.logs.list(done.execution.id)
    assert any(message in entry.message for entry in logs)
