"""Looking into sources of flows and replacing there; lists as CSV; what those who run it ask."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
from typing import Any

import httpx
import pytest
import yaml

pytestmark = pytest.mark.asyncio(loop_scope="session")

YAML = {"content-type": "application/x-yaml"}


async def save(api: httpx.AsyncClient, flow_id: str, message: str, more: str = "") -> None:
    source = (
        f"# Kept\nid: {flow_id}\nnamespace: sources.edit\ntasks:\n"
        f"  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: {message}\n{more}"
    )
    await api.delete(f"/api/v1/flows/sources.edit/{flow_id}")
    reply = await api.post("/api/v1/flows", content=source, headers=YAML)
    assert reply.status_code == 200, reply.text


async def found(api: httpx.AsyncClient, **query: Any) -> list[tuple[str, list[int]]]:
    params = {"namespace": "sources.edit", "sort": "id:asc", **query}
    reply = await api.get("/api/v1/flows/source", params=params)
    assert reply.status_code == 200, reply.text
    return [
        (row["id"], [match["line"] for match in row["matches"]]) for row in reply.json()["results"]
    ]


async def test_sources_are_searched_by_case_word_and_pattern(api: httpx.AsyncClient) -> None:
    await save(api, "one", "Hello old world")
    await save(api, "two", "hello older world")
    assert await found(api, q="OLD") == [("one", [7]), ("two", [7])]
    assert await found(api, q="Hello", caseSensitive="true") == [("one", [7])]
    assert await found(api, q="old", wholeWord="true") == [("one", [7])]
    assert await found(api, q="old(er)? w", regex="true") == [("one", [7]), ("two", [7])]
    assert await found(api, q="ids?:", regex="true", size=1, page=2) == [("two", [2, 5])]
    refused = await api.get("/api/v1/flows/source", params={"q": "(", "regex": "true"})
    assert refused.status_code == 422
    slow = {"q": "(a+)+$", "regex": "true", "namespace": "sources.edit"}
    await save(api, "slow", "a" * 40 + "!")
    assert (await api.get("/api/v1/flows/source", params=slow)).status_code in (200, 422)


async def test_texts_are_replaced_in_all_flows_or_in_none(api: httpx.AsyncClient) -> None:
    await save(api, "one", "old and old")
    await save(api, "two", "nothing")
    body = {"q": "old", "replacement": "new", "namespace": "sources.edit"}
    base = "/api/v1/flows/source/replace"
    assert (await api.post(f"{base}/preview", json={"replacement": "new"})).status_code == 422
    [preview] = (await api.post(f"{base}/preview", json=body)).json()["results"]
    assert (preview["id"], preview["matches"][0]["replaced"]) == ("one", "    message: new and new")
    assert (await api.post(f"{base}/apply", json=body)).json() == {"count": 1}
    flow = (await api.get("/api/v1/flows/sources.edit/one?source=true")).json()
    assert flow["source"].startswith("# Kept\n")
    assert "message: new and new" in flow["source"]
    breaking = {**body, "q": "core.log.Log", "replacement": "core.log.Nothing"}
    assert (await api.post(f"{base}/apply", json=breaking)).status_code == 422
    renaming = {**body, "q": "id: (one|two)", "regex": True, "replacement": r"id: x\1"}
    assert (await api.post(f"{base}/apply", json=renaming)).status_code == 422
    assert (await api.get("/api/v1/flows/sources.edit/one")).json()["revision"] == flow["revision"]
    none = {**body, "q": "new", "flows": [{"namespace": "sources.edit", "id": "two"}]}
    assert (await api.post(f"{base}/apply", json=none)).json() == {"count": 0}


async def test_one_line_is_replaced_if_nobody_was_faster(api: httpx.AsyncClient) -> None:
    await save(api, "line", "word", "labels: {a: word}\n")
    flow = (await api.get("/api/v1/flows/sources.edit/line")).json()
    body = {"namespace": "sources.edit", "id": "line", "q": "word", "replacement": "other"}
    path = "/api/v1/flows/source/replace/line"
    stale = await api.post(path, json={**body, "line": 7, "revision": flow["revision"] + 1})
    assert stale.status_code == 409
    saved = (await api.post(path, json={**body, "line": 7, "revision": flow["revision"]})).json()
    assert "message: other" in saved["source"]
    assert "{a: word}" in saved["source"]


async def test_hashes_tell_changes(api: httpx.AsyncClient) -> None:
    await save(api, "hash", "one")
    ids = [{"namespace": "sources.edit", "id": "hash"}]
    [first] = (await api.post("/api/v1/flows/hashes/by-ids", json=ids)).json()
    await save(api, "hash", "two")
    [second] = (await api.post("/api/v1/flows/hashes/by-ids", json=ids)).json()
    assert (len(first["hash"]), first["hash"] != second["hash"]) == (64, True)


async def test_triggers_and_logs_as_csv(api: httpx.AsyncClient) -> None:
    trigger = (
        "triggers:\n  - {id: nightly, type: io.kestra.plugin.core.trigger.Schedule,"
        ' cron: "0 1 * * *"}\n'
    )
    await save(api, "cron", "'=cmd()'", trigger)
    await api.post("/api/v1/executions/sources.edit/cron", params={"wait": "true"})
    reply = await api.get(
        "/api/v1/triggers/export/by-query/csv", params={"namespace": "sources.edit"}
    )
    assert reply.headers["content-type"].startswith("text/csv")
    [row] = list(csv.DictReader(io.StringIO(reply.text)))
    assert (row["triggerId"], row["disabled"], row["type"].rpartition(".")[2]) == (
        *("nightly", "False", "Schedule"),
    )
    assert row["nextExecutionDate"].endswith("Z")
    logs = await api.get("/api/v1/logs/export/by-query/csv", params={"namespace": "sources.edit"})
    messages = [row["message"] for row in csv.DictReader(io.StringIO(logs.text))]
    assert "'=cmd()" in messages


async def test_settings_loggers_and_what_runs(api: httpx.AsyncClient) -> None:
    env = (await api.get("/env")).json()
    properties = env["propertySources"][0]["properties"]
    assert properties["tiercel.retention.days"] == "30"
    loggers = (await api.get("/loggers")).json()
    assert "tiercel.services.worker" in loggers["loggers"]
    path = "/loggers/tiercel.services.worker"
    assert (await api.post(path, json={"configuredLevel": "DEBUG"})).status_code == 200
    assert (await api.get(path)).json()["effectiveLevel"] == "DEBUG"
    assert (await api.post(path, json={})).status_code == 200
    assert logging.getLogger("tiercel.services.worker").level == logging.NOTSET
    assert (await api.post(path, json={"configuredLevel": "LOUD"})).status_code == 422
    assert (await api.post("/loggers/nobody.x", json={})).status_code == 404
    running = (await api.get("/worker")).json()
    assert running["runningCount"] == len(running["runnings"])
    scheduled = (await api.get("/scheduler")).json()
    assert {"flowId", "namespace", "trigger", "next"} == set(scheduled["schedulable"][0])


async def test_what_a_worker_is_at_is_shown(api: httpx.AsyncClient) -> None:
    source = (
        "id: busy\nnamespace: sources.busy\ntasks:\n  - id: wait\n"
        "    type: io.kestra.plugin.scripts.shell.Script\n"
        "    taskRunner: {type: io.kestra.plugin.core.runner.Process}\n    script: sleep 60\n"
    )
    await api.post("/api/v1/flows", content=source, headers=YAML)
    started = (await api.post("/api/v1/executions/sources.busy/busy")).json()

    async def shown() -> list[str]:
        runnings = (await api.get("/worker")).json()["runnings"]
        return [item["taskRun"]["executionId"] for item in runnings]

    async with asyncio.timeout(60):
        while started["id"] not in await shown():
            await asyncio.sleep(0.02)
    await api.delete(f"/api/v1/executions/{started['id']}/kill")


async def test_the_description_can_be_read_by_people(api: httpx.AsyncClient) -> None:
    page = await api.get("/api")
    assert page.headers["content-type"].startswith("text/html")
    assert "/api/v1/flows/search" in page.text
    document = yaml.safe_load((await api.get("/swagger/kestra.yml")).text)
    assert document == (await api.get("/openapi.json")).json()
    assert (await api.get("/api/v1/usages")).json().keys() == (
        (await api.get("/api/v1/main/usages/all")).json().keys()
    )
    assert (await api.get("/api/v1/configs/login")).json()["isBasicAuthEnabled"] is False


TEXT = ["EQUALS", "NOT_EQUALS", "CONTAINS", "STARTS_WITH", "ENDS_WITH", "REGEX", "IN", "NOT_IN"]
TEXT += ["PREFIX"]
ID = ["EQUALS", "NOT_EQUALS", "CONTAINS", "STARTS_WITH", "ENDS_WITH", "IN", "NOT_IN"]
COMPARE = ["GREATER_THAN", "LESS_THAN", "GREATER_THAN_OR_EQUAL_TO", "LESS_THAN_OR_EQUAL_TO"]
EQUAL = ["EQUALS", "NOT_EQUALS"]
OPERATIONS = {
    **dict.fromkeys(["q", "scope", "childFilter", "existingOnly", "level", "triggerState"], EQUAL),
    **dict.fromkeys(["namespace", "flowId"], TEXT),
    **dict.fromkeys(["kind", "state"], (*EQUAL, "IN", "NOT_IN")),
    "labels": [*EQUAL, "IN", "NOT_IN", "CONTAINS"],
    **dict.fromkeys(["startDate", "endDate", "updated"], (*COMPARE, *EQUAL)),
    "timeRange": ["EQUALS"],
    **dict.fromkeys(["triggerExecutionId", "triggerId", "executionId", "workerId"], ID),
}
FIELDS = {
    "flows": ["labels", "namespace", "q", "scope", "flowId"],
    "executions": [
        *("q", "scope", "flowId", "startDate", "endDate", "timeRange", "state", "labels"),
        *("triggerExecutionId", "childFilter", "namespace", "kind"),
    ],
    "logs": [
        *("q", "scope", "namespace", "startDate", "endDate", "flowId", "triggerId", "level"),
        "executionId",
    ],
    "triggers": [
        *("q", "scope", "namespace", "workerId", "flowId", "startDate", "endDate", "triggerId"),
        "triggerState",
    ],
    "namespaces": ["q", "existingOnly"],
    "kv": ["q", "namespace", "updated"],
}
VALUES = {
    "scope": "USER",
    "childFilter": "MAIN",
    "existingOnly": "true",
    "level": "INFO",
    "triggerState": "ENABLED",
    "state": "SUCCESS",
    "kind": "NORMAL",
    "labels": "team:finance",
    "startDate": "2024-01-01T00:00:00Z",
    "endDate": "2034-01-01T00:00:00Z",
    "updated": "2024-01-01T00:00:00Z",
    "timeRange": "PT24H",
}


@pytest.mark.parametrize("resource", FIELDS)
async def test_every_filter_is_understood(api: httpx.AsyncClient, resource: str) -> None:
    path = "/api/v1/kv" if resource == "kv" else f"/api/v1/{resource}/search"
    every = sorted({operation for operations in OPERATIONS.values() for operation in operations})
    for field in FIELDS[resource]:
        for operation in every:
            text = VALUES.get(field, "sources")
            reply = await api.get(path, params={f"filters[{field}][{operation}]": text})
            is_known = operation in OPERATIONS[field]
            assert reply.status_code == (200 if is_known else 400), (field, operation, reply.text)


async def test_triggers_are_found_by_their_state(api: httpx.AsyncClient) -> None:
    entry = '  - {id: "ID", type: io.kestra.plugin.core.trigger.Schedule, cron: "0 1 * * *"}\n'
    triggers = "".join(entry.replace("ID", name) for name in ("first", "second"))
    await save(api, "states", "x", f"triggers:\n{triggers}")
    body = {"namespace": "sources.edit", "flowId": "states", "triggerId": "first"}
    await api.put("/api/v1/triggers/set-disabled", json={**body, "disabled": True})
    for state, operation, wanted in [
        ("DISABLED", "EQUALS", ["first"]),
        ("ENABLED", "EQUALS", ["second"]),
        ("ENABLED", "NOT_EQUALS", ["first"]),
    ]:
        query = {f"filters[triggerState][{operation}]": state}
        query["filters[flowId][EQUALS]"] = "states"
        rows = (await api.get("/api/v1/triggers/search", params=query)).json()["results"]
        assert [row["triggerContext"]["triggerId"] for row in rows] == wanted


async def test_work_is_counted_under_the_documented_names(api: httpx.AsyncClient) -> None:
    source = (
        "id: counted\nnamespace: sources.counted\ntasks:\n  - id: echo\n"
        "    type: io.kestra.plugin.scripts.shell.Script\n"
        "    taskRunner: {type: io.kestra.plugin.core.runner.Process}\n    script: echo hi\n"
    )
    await api.post("/api/v1/flows", content=source, headers=YAML)
    await api.post("/api/v1/executions/sources.counted/counted", params={"wait": "true"})
    lines = (await api.get("/prometheus")).text.splitlines()
    flow = 'flow_id="counted",namespace_id="sources.counted"'
    for name in [
        f"kestra_executor_execution_started_count_total{{{flow}}} 1",
        f'kestra_executor_execution_end_count_total{{{flow},state="SUCCESS"}} 1',
        f"kestra_executor_taskrun_next_count_total{{{flow}}} 1",
        f'kestra_executor_execution_duration_seconds_count{{{flow},state="SUCCESS"}} 1',
        f'kestra_worker_started_count_total{{attempt_count="1",{flow}}} 1',
        f'kestra_worker_ended_duration_seconds_count{{attempt_count="1",{flow},state="SUCCESS"}} 1',
    ]:
        assert name in lines
    names = {line.partition(" ")[0] for line in lines}
    assert 'kestra_worker_job_pending{worker_group="default"}' in names
    assert {"kestra_worker_running_count", "kestra_worker_job_thread"} <= names
    for name in ("loop_count_total", "evaluate_count_total", "trigger_count_total"):
        assert f"kestra_scheduler_{name}" in names
    for name in ("trigger_delay", "execution_running", "execution_missing"):
        assert f"kestra_scheduler_{name}_duration_seconds_sum" in names
    assert "kestra_worker_trigger_running_count" in names
    for kind in ("LogEntry", "MetricEntry"):
        for name in ("message_in", "message_out", "message_failed", "request", "request_retry"):
            assert f'kestra_indexer_{name}_count_total{{class_name="{kind}"}}' in names
        for name in ("request", "server"):
            full = f"kestra_indexer_{name}_duration_seconds_count"
            assert f'{full}{{class_name="{kind}"}}' in names
