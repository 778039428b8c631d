"""What is done to executions over HTTP: one by one, by ids, by query."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from api_answers import YAML, recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

BASE = "/api/v1/executions"
SPACE = "api.operations"
APPROVAL = f"""
id: approval
namespace: {SPACE}
tasks:
  - id: ask
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - {{id: approved, type: BOOLEAN, defaults: true}}
      - {{id: reason, type: STRING, required: false}}
  - {{id: after, type: io.kestra.plugin.core.log.Log, message: hi}}
"""
FLAKY = f"""
id: flaky
namespace: {SPACE}
tasks:
  - {{id: boom, type: io.kestra.plugin.core.execution.Fail}}
"""
FINE = f"""
id: fine
namespace: {SPACE}
tasks:
  - {{id: a, type: io.kestra.plugin.core.log.Log, message: hi}}
"""


async def start(api: httpx.AsyncClient, source: str, *, wait: bool = True) -> dict[str, Any]:
    await api.post("/api/v1/flows", content=source, headers=YAML)
    flow_id = source.split()[1]
    reply = await api.post(f"{BASE}/{SPACE}/{flow_id}", params={"wait": wait})
    assert reply.status_code == 200, reply.text
    execution: dict[str, Any] = reply.json()
    return execution


async def until(api: httpx.AsyncClient, execution_id: str, state: str) -> dict[str, Any]:
    async with api.stream("GET", f"{BASE}/{execution_id}/follow") as stream:
        async for line in stream.aiter_lines():
            kind, _, told = line.partition(": ")
            # attempts and task runs have states too
            if kind == "data" and json.loads(told).get("state", {}).get("current") == state:
                break
    execution: dict[str, Any] = (await api.get(f"{BASE}/{execution_id}")).json()
    return execution


async def paused(api: httpx.AsyncClient) -> str:
    execution = await start(api, APPROVAL, wait=False)
    execution_id: str = execution["id"]
    await until(api, execution_id, "PAUSED")
    return execution_id


async def test_a_paused_execution_goes_on_with_its_inputs(api: httpx.AsyncClient) -> None:
    execution_id = await paused(api)
    path = f"{BASE}/{execution_id}"
    checked = await api.post(f"{path}/resume/validate", files={"approved": (None, "false")})
    wanted = recorded("resume_validate")
    assert checked.status_code == 200, checked.text
    assert checked.json() == {**wanted, "namespace": SPACE}
    reply = await api.post(f"{path}/resume", files={"reason": (None, "fine")})
    assert (reply.status_code, reply.content) == (204, b"")
    ended = await until(api, execution_id, "SUCCESS")
    asked = ended["taskRunList"][0]["outputs"]
    assert asked["onResume"] == {"approved": True, "reason": "fine"}
    again = await api.post(f"{path}/resume")
    message = f"Illegal state: Execution '{execution_id}' is not paused, can't resume it"
    assert (again.status_code, again.json()["message"]) == (409, message)


async def test_restart_replay_labels_and_states(api: httpx.AsyncClient) -> None:
    failed = await start(api, FLAKY)
    path = f"{BASE}/{failed['id']}"
    restarted = (await api.post(f"{path}/restart")).json()
    assert restarted["metadata"]["attemptNumber"] == 2
    await until(api, failed["id"], "FAILED")
    replayed = (await api.post(f"{path}/replay")).json()
    assert (replayed["parentId"], replayed["originalId"]) == (failed["id"], failed["id"])
    missing = await api.post(f"{path}/replay?revision=77")
    message = f"Not Found: Unable to find revision 77 on flow {SPACE}.flaky"
    assert (missing.status_code, missing.json()["message"]) == (404, message)
    labels = [{"key": "team", "value": "it"}, {"key": "", "value": ""}]
    labelled = (await api.post(f"{path}/labels", json=labels)).json()
    assert {"key": "team", "value": "it"} in labelled["labels"]
    assert (await api.post(f"{path}/labels", json=[{"key": "a"}])).status_code == 422
    changed = (await api.post(f"{path}/change-status?status=SUCCESS")).json()
    assert changed["state"]["current"] == "SUCCESS"
    for query, status in (("", 400), ("?status=RUNNING", 422), ("?status=NOPE", 422)):
        assert (await api.post(f"{path}/change-status{query}")).status_code == status
    body = {"taskRunId": failed["taskRunList"][0]["id"], "state": "SUCCESS"}
    went_on = (await api.post(f"{path}/state", json=body)).json()
    assert went_on["id"] == failed["id"]
    later = await api.post(f"/api/v1/main/executions/{failed['id']}/actions/replay")
    assert later.json()["parentId"] == failed["id"]


async def test_what_does_not_fit_the_state_is_refused(api: httpx.AsyncClient) -> None:
    fine = await start(api, FINE)
    path = f"{BASE}/{fine['id']}"
    for action, status, message in (
        ("restart", 422, "Illegal argument: No task found to restart execution from!"),
        ("pause", 422, "Illegal argument: The execution is not running"),
        ("force-run", 422, "Illegal argument: Only non terminated executions can be forced run."),
        ("unqueue", 422, "Illegal argument: Only QUEUED execution can be unqueued"),
        ("replay?taskRunId=zzz", 422, "Illegal argument: No task found to restart"),
    ):
        reply = await api.post(f"{path}/{action}")
        found = (reply.status_code, reply.json()["message"][: len(message)])
        assert found == (status, message)
        assert (await api.post(f"{BASE}/nothere/{action}")).status_code == 404
    execution_id = await paused(api)
    reply = await api.post(f"{BASE}/{execution_id}/labels", json=[{"key": "a", "value": "b"}])
    assert (reply.status_code, reply.text) == (400, "The execution is not terminated")
    killed = await api.delete(f"{BASE}/{execution_id}/kill")
    assert (killed.status_code, killed.content) == (202, b"")
    await until(api, execution_id, "KILLED")


async def test_many_at_once_or_none(api: httpx.AsyncClient) -> None:
    fine = await start(api, FINE)
    reply = await api.post(f"{BASE}/restart/by-ids", json=[fine["id"], "nothere"])
    wanted = recorded("bulk_error")
    found = reply.json()
    assert reply.status_code == 400
    assert found["message"] == wanted["message"]
    by_message = {item["message"]: item for item in found["invalids"]}
    for item in wanted["invalids"]:
        ours = by_message[item["message"]]
        assert ours.keys() == item.keys()
        assert ours["propertyPath"] == item["propertyPath"]
    assert by_message["execution not found"]["invalidValue"] == "nothere"
    ids = [fine["id"]]
    for path, body in (
        ("replay/by-ids", ids),
        ("replay/by-ids?latestRevision=true", ids),
        ("change-status/by-ids?newStatus=WARNING", ids),
        (
            "labels/by-ids",
            {"executionsId": ids, "executionLabels": [{"key": "bulk", "value": "yes"}]},
        ),
    ):
        reply = await api.post(f"{BASE}/{path}", json=body)
        assert (reply.status_code, reply.json()) == (200, {"count": 1}), path
    shown = (await api.get(f"{BASE}/{fine['id']}")).json()
    assert shown["state"]["current"] == "WARNING"
    query = {"namespace": SPACE, "labels": "bulk:yes"}
    reply = await api.post(
        f"{BASE}/labels/by-query", params=query, json=[{"key": "more", "value": "x"}]
    )
    assert reply.json() == {"count": 1}
    none = {"namespace": "api.none"}
    for method, path in (
        ("POST", "restart"),
        ("POST", "resume"),
        ("POST", "pause"),
        ("POST", "unqueue"),
        ("POST", "force-run"),
        ("DELETE", "kill"),
    ):
        reply = await api.request(method, f"{BASE}/{path}/by-query", params=none, json={})
        assert (reply.status_code, reply.json()) == (200, {"count": 0}), path
    reply = await api.post(f"{BASE}/change-status/by-query", params=none)
    assert reply.status_code == 400
    reply = await api.request("DELETE", f"{BASE}/by-query", params=query, json={})
    assert reply.json() == {"count": 1}
    assert (await api.get(f"{BASE}/{fine['id']}")).status_code == 404
    reply = await api.request("DELETE", f"{BASE}/by-ids", json=[fine["id"]])
    assert reply.json()["message"] == "invalid bulk delete"
    execution_id = await paused(api)
    reply = await api.request("DELETE", f"{BASE}/kill/by-ids", json=[execution_id])
    assert reply.json() == {"count": 1}
    await until(api, execution_id, "KILLED")
