"""Executions over HTTP: starting, reading, following, ending; their logs, metrics and files."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

SaveFlow = Callable[[str], Awaitable[dict[str, Any]]]
START = "/api/v1/executions/api.runs"

HELLO = """id: hello
namespace: api.runs
labels:
  team: finance
inputs:
  - id: rows
    type: INT
  - id: file
    type: FILE
    required: false
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.rows }} rows"
    level: WARN
  - id: text
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.file ?? 'none' }}"
outputs:
  - id: text
    type: STRING
    value: "{{ outputs.text.value }}"
"""
SLEEP = """id: sleep
namespace: api.runs
tasks:
  - id: sleep
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT60S
"""
HELD = """id: held
namespace: api.runs
tasks:
  - id: hold
    type: io.kestra.plugin.core.flow.Pause
"""
NAP = SLEEP.replace("id: sleep\nnamespace", "id: nap\nnamespace").replace("PT60S", "PT0.1S")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")


async def start(
    api: httpx.AsyncClient,
    flow: str = "hello",
    labels: dict[str, str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    query = {"wait": "true", **(labels or {})}
    reply = await api.post(f"{START}/{flow}", params=query, **options)
    assert reply.status_code == 200, reply.text
    shown: dict[str, Any] = reply.json()
    return shown


async def events(reply: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    kind = ""
    async for line in reply.aiter_lines():
        if line.startswith("id: "):
            kind = line.removeprefix("id: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


async def test_a_start_answers_with_the_created_execution(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELLO)
    reply = await api.post(
        f"{START}/hello?labels=run:first&labels=a:b:c", files={"rows": (None, "3")}
    )
    shown = reply.json()
    execution_id = shown["id"]
    assert re.fullmatch("[0-9A-Za-z]{22}", execution_id)
    assert shown["state"]["current"] == "CREATED"
    assert MOMENT.fullmatch(shown["state"]["startDate"])
    assert shown["inputs"] == {"rows": 3, "file": None}
    assert shown["labels"] == [
        {"key": "team", "value": "finance"},
        {"key": "run", "value": "first"},
        {"key": "a", "value": "b:c"},
        {"key": "system.correlationId", "value": execution_id},
    ]
    assert shown["originalId"] == execution_id
    assert shown["metadata"]["attemptNumber"] == 1
    assert shown["url"] == f"{api.base_url}/ui/executions/api.runs/hello/{execution_id}"
    assert "taskRunList" not in shown
    assert "outputs" not in shown


async def test_wait_answers_with_the_final_execution(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "3")})
    say, text = shown["taskRunList"]
    assert shown["state"]["current"] == "SUCCESS"
    assert [entry["state"] for entry in shown["state"]["histories"]] == [
        "CREATED",
        "RUNNING",
        "SUCCESS",
    ]
    assert shown["outputs"] == {"text": "none"}
    assert (say["outputs"], text["outputs"]) == ({}, {"value": "none"})
    assert text["attempts"][0]["state"]["current"] == "SUCCESS"
    assert text["state"]["endDate"] == text["state"]["histories"][-1]["date"]
    read = (await api.get(f"/api/v1/executions/{shown['id']}")).json()
    assert read == {name: value for name, value in shown.items() if name != "url"}


@pytest.mark.parametrize(
    "files",
    [
        {"rows": (None, "1"), "files": ("file", b"a,b\n1,2\n")},
        {"rows": (None, "1"), "file": ("orders.csv", b"a,b\n1,2\n")},
        {"rows": ("rows", b"1"), "file": ("file", b"a,b\n1,2\n")},
    ],
)
async def test_files_reach_their_input_and_can_be_downloaded(
    api: httpx.AsyncClient, save_flow: SaveFlow, web_node: Node, files: Any
) -> None:
    await save_flow(HELLO)
    shown = await start(api, files=files)
    uri = shown["outputs"]["text"]
    assert uri == shown["inputs"]["file"]
    name = uri.rpartition("/")[2]
    file = await api.get(f"/api/v1/executions/{shown['id']}/file", params={"path": uri})
    assert file.content == b"a,b\n1,2\n"
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"] == (
        f"attachment; filename=\"{name}\"; filename*=utf-8''{name}"
    )
    metas = await api.get(f"/api/v1/main/executions/{shown['id']}/file/metas", params={"path": uri})
    assert metas.json() == {"size": 8}
    assert not any((web_node.options.data_dir / "uploads").iterdir())


async def test_files_of_others_are_not_given(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(HELLO)
    owner = await start(api, files={"rows": (None, "1"), "files": ("file", b"secret")})
    other = await start(api, files={"rows": (None, "1")})
    uri = owner["inputs"]["file"]
    path = f"/api/v1/executions/{other['id']}/file"
    sibling = await api.get(path, params={"path": uri})
    assert sibling.status_code == 307
    assert sibling.headers["location"] == f"/api/v1/executions/{owner['id']}/file?path={uri}"
    for foreign in ("kestra:///etc/passwd", f"{uri}/../../../../../x", "/etc/passwd"):
        assert (await api.get(path, params={"path": foreign})).status_code == 422
    missing = await api.get(
        f"/api/v1/executions/{owner['id']}/file", params={"path": f"{uri}.none"}
    )
    assert missing.status_code == 404
    assert "/" + uri.removeprefix("kestra:///") in missing.json()["message"]
    unknown = await api.get("/api/v1/executions/nobody/file", params={"path": uri})
    assert unknown.json()["message"] == "Not Found: Unable to find execution id 'nobody'"


@pytest.mark.parametrize(
    ("path", "files", "status", "message"),
    [
        ("zzz", None, 404, "Not Found: Requested Flow is not found."),
        ("hello?revision=77", None, 404, "Not Found: Requested Flow is not found."),
        (
            "hello",
            None,
            422,
            "Invalid entity: rows: Invalid input for `rows`, missing required input,"
            " but received `null`",
        ),
        ("hello", {"rows": (None, "abc")}, 422, "Invalid entity: rows: Invalid input for `rows`, "),
        (
            "hello",
            {"rows": (None, "1"), "files": ("nofile", b"x")},
            422,
            "Invalid entity: files: no input is called 'files' or 'nofile'",
        ),
        (
            "hello?labels=system.foo:x",
            {"rows": (None, "1")},
            422,
            "Illegal argument: System labels can only be set by Kestra itself,"
            " offending label: system.foo=x",
        ),
        ("hello?labels=x", None, 422, "Unprocessable Entity: Invalid queryString parameter"),
        (
            "hello?scheduleDate=tomorrow",
            {"rows": (None, "1")},
            422,
            "Internal server error: Failed to convert argument [scheduleDate]",
        ),
    ],
)
async def test_a_start_that_can_not_be_is_refused(
    api: httpx.AsyncClient,
    save_flow: SaveFlow,
    path: str,
    files: Any,
    status: int,
    message: str,
) -> None:
    await save_flow(HELLO)
    reply = await api.post(f"{START}/{path}", files=files)
    assert reply.status_code == status
    assert reply.json()["message"].startswith(message)


async def test_only_multipart_bodies_start_executions(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(NAP)
    assert (await api.post(f"{START}/nap", data={"a": "b"})).status_code == 415
    assert (await api.post(f"{START}/nap", json={})).status_code == 415
    assert (await api.post(f"{START}/nap")).status_code == 200
    assert (await api.post("/api/v1/executions/trigger/api.runs/nap")).status_code == 200


async def test_a_disabled_flow_is_not_started(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(NAP.replace("id: nap", "id: switched") + "disabled: true\n")
    reply = await api.post(f"{START}/switched")
    assert (reply.status_code, reply.json()["message"]) == (
        409,
        "Illegal state: Requested Flow is disabled.",
    )


async def test_a_scheduled_start_waits_for_its_date(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(NAP)
    date = "2999-12-31T10:00:00Z"
    shown = (await api.post(f"{START}/nap", params={"scheduleDate": date})).json()
    assert shown["scheduleDate"] == date
    read = (await api.get(f"/api/v1/executions/{shown['id']}")).json()
    assert read["state"]["current"] == "CREATED"


async def test_kill_ends_an_execution(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(SLEEP)
    execution_id = (await api.post(f"{START}/sleep")).json()["id"]
    path = f"/api/v1/executions/{execution_id}"
    killed = await api.delete(f"{path}/kill")
    assert (killed.status_code, killed.content) == (202, b"")
    async with api.stream("GET", f"{path}/follow") as reply:
        last = [item async for item in events(reply)][-1]
    assert last[0] == "end"
    assert last[1]["state"]["current"] == "KILLED"
    again = await api.delete(f"{path}/kill", params={"isOnKillCascade": False})
    assert again.status_code == 409
    assert again.json()["message"] == "Illegal state: Execution is already finished, can't kill it"
    assert (await api.delete(f"{path}/kill")).status_code == 202
    assert (await api.delete("/api/v1/executions/nobody/kill")).status_code == 404


async def test_following_shows_progress_then_the_end(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELD)
    execution_id = (await api.post(f"{START}/held")).json()["id"]
    path = f"/api/v1/executions/{execution_id}/follow"
    seen = []
    async with api.stream("GET", path) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        async for kind, shown in events(reply):
            seen.append((kind, shown))
            if shown["state"]["current"] == "PAUSED":
                await api.post(f"/api/v1/executions/{execution_id}/resume")
    assert [kind for kind, _ in seen][-2:] == ["progress", "end"]
    assert {kind for kind, _ in seen[:-1]} == {"progress"}
    assert seen[-1][1] == seen[-2][1]
    assert seen[-1][1]["state"]["current"] == "SUCCESS"
    async with api.stream("GET", path) as reply:
        assert [kind async for kind, _ in events(reply)] == ["end"]
    assert (await api.get("/api/v1/executions/nobody/follow")).status_code == 404


async def test_search_finds_by_state_label_and_flow(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELLO)
    shown = await start(api, labels={"labels": "search:me"}, files={"rows": (None, "1")})
    await start(api, files={"rows": (None, "1")})

    async def found(**query: Any) -> list[str]:
        reply = await api.get("/api/v1/executions/search", params=query)
        assert reply.status_code == 200, reply.text
        return [item["id"] for item in reply.json()["results"]]

    ours = [shown["id"]]
    assert await found(labels="search:me", namespace="api") == ours
    assert await found(**{"filters[labels][EQUALS][search]": "me"}) == ours
    ours_alone = {"filters[labels][EQUALS][search]": "me"}
    assert await found(**ours_alone, **{"filters[kind][EQUALS]": "NORMAL"}) == ours
    assert await found(**ours_alone, **{"filters[kind][NOT_EQUALS]": "NORMAL"}) == []
    assert await found(labels="search:me", state="SUCCESS,FAILED", timeRange="PT1H") == ours
    assert await found(labels="search:me", state="FAILED") == []
    assert await found(labels="search:me", childFilter="CHILD") == []
    assert await found(labels="search:me", endDate="2000-01-01T00:00:00Z") == []
    of_flow = {"namespace": "api.runs", "flowId": "hello", "size": 1, "page": 1}
    listed = (await api.get("/api/v1/executions", params=of_flow)).json()
    assert listed["total"] >= 2
    assert listed["results"][0]["flowId"] == "hello"
    assert "taskRunList" in listed["results"][0]


async def test_a_deleted_execution_is_gone(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "1"), "files": ("file", b"x")})
    path = f"/api/v1/executions/{shown['id']}"
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).json()["message"] == "Not Found"
    assert (await api.delete(path)).status_code == 404
    assert (await api.get(f"/api/v1/logs/{shown['id']}")).json() == []


async def test_logs_come_as_json_as_text_and_by_level(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "7")})
    path = f"/api/v1/logs/{shown['id']}"
    say, text = (await api.get(path)).json()
    assert MOMENT.fullmatch(say.pop("timestamp"))
    assert say == {
        "namespace": "api.runs",
        "flowId": "hello",
        "taskId": "say",
        "executionId": shown["id"],
        "taskRunId": shown["taskRunList"][0]["id"],
        "attemptNumber": 0,
        "level": "WARN",
        "thread": "executor",
        "message": "7 rows",
        "deleted": False,
    }
    assert text["level"] == "DEBUG"
    warnings = await api.get(path, params={"minLevel": "WARN"})
    assert [entry["taskId"] for entry in warnings.json()] == ["say"]
    download = await api.get(f"{path}/download")
    assert re.fullmatch(r"\S+Z WARN 7 rows\n\S+Z DEBUG none", download.text)
    assert download.headers["content-type"].startswith("text/plain")
    assert download.headers["cache-control"] == "no-store"
    assert f'filename="{shown["id"]}.log"' in download.headers["content-disposition"]
    few = await api.get(f"{path}/download", params={"q": "NONE"})
    assert re.fullmatch(r"\S+Z DEBUG none", few.text)
    query = {"executionId": shown["id"], "minLevel": "INFO", "sort": "timestamp:desc"}
    searched = (await api.get("/api/v1/logs/search", params=query)).json()
    assert (searched["total"], searched["results"][0]["message"]) == (1, "7 rows")
    bad = await api.get(path, params={"minLevel": "LOUD"})
    assert bad.status_code == 422
    assert (await api.delete(path, params={"minLevel": "WARN"})).status_code == 200
    assert [entry["taskId"] for entry in (await api.get(path)).json()] == ["text"]
    assert (await api.delete(path)).status_code == 200
    assert (await api.get(path)).json() == []


async def test_a_log_is_read_in_pages_by_place(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "7")})
    path = f"/api/v1/logs/{shown['id']}"
    pages = (await api.get(f"{path}/pages", params={"size": 1})).json()
    assert (pages["total"], pages["size"], len(pages["ends"])) == (2, 1, 2)
    read: list[list[str]] = []
    places: list[str] = []
    for place in ("", *pages["ends"]):
        reply = await api.get(f"{path}/page", params={"size": 1, "after": place})
        read.append([entry["taskId"] for entry in reply.json()])
        places += [entry["place"] for entry in reply.json()]
    assert read == [["say"], ["text"], []]
    assert places == pages["ends"]
    found = (await api.get(f"{path}/pages", params={"q": "7 ROWS", "minLevel": "WARN"})).json()
    assert found["total"] == 1
    none = await api.get(f"{path}/pages", params={"q": "never said"})
    assert none.json() == {"total": 0, "size": 500, "ends": [], "warnings": [], "errors": []}


async def test_a_log_is_counted_by_task_run(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "7")})
    path = f"/api/v1/logs/{shown['id']}"
    shares = (await api.get(f"{path}/task-runs", params={"minLevel": "WARN"})).json()
    assert [(share["taskId"], share["total"], share["warnings"]) for share in shares] == [
        ("say", 1, 1)
    ]
    [entry] = (await api.get(f"{path}/page", params={"taskRunId": shares[0]["taskRunId"]})).json()
    assert entry["message"] == "7 rows"


@pytest.mark.parametrize("place", ["here", "2024-01-01T00:00:00~1~x", "2024-01-01T00:00:00Z~x~y"])
async def test_a_place_that_the_server_did_not_give_is_refused(
    api: httpx.AsyncClient, place: str
) -> None:
    reply = await api.get("/api/v1/logs/some/page", params={"after": place})
    assert reply.status_code == 422


async def test_followed_logs_stay_open_until_the_client_leaves(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "7")})
    path = f"/api/v1/logs/{shown['id']}/follow"
    async with asyncio.timeout(60), api.stream("GET", path, params={"minLevel": "INFO"}) as reply:
        async for kind, entry in events(reply):
            assert (kind, entry["message"]) == ("progress", "7 rows")
            break


async def test_metrics_are_paged(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "7")})
    query = {"size": 1, "sort": "name:desc", "taskId": "text"}
    page = (await api.get(f"/api/v1/metrics/{shown['id']}", params=query)).json()
    [metric] = page["results"]
    assert page["total"] == 2
    assert MOMENT.fullmatch(metric.pop("timestamp"))
    assert metric == {
        "namespace": "api.runs",
        "flowId": "hello",
        "taskId": "text",
        "executionId": shown["id"],
        "taskRunId": shown["taskRunList"][1]["id"],
        "type": "counter",
        "name": "length",
        "value": 4.0,
        "deleted": False,
    }


async def test_large_replies_are_compressed_and_downloads_are_not(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(HELLO)
    shown = await start(api, files={"rows": (None, "1"), "files": ("file", b"a" * 5000)})
    path = f"/api/v1/executions/{shown['id']}"
    assert (await api.get(path)).headers["content-encoding"] == "gzip"
    file = await api.get(f"{path}/file", params={"path": shown["inputs"]["file"]})
    assert "content-encoding" not in file.headers
    assert file.headers["content-length"] == "5000"
