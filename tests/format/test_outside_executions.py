"""Executions by API: searched, followed, asked, deleted."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio
from api_kit import Api, Json, run_of, runs, state
from format_kit import Gate, each, fail, ret, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")
TEXT = {"content-type": "text/plain"}
SPACE = "tests.outside.found"


async def total(api: Api, **query: Any) -> int:
    found: int = (await api.call("GET", "/executions/search", params=query))["total"]
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def known(api: Api) -> Json:
    """An execution that can be searched for: its flow's labels hold separators."""
    space = f"{SPACE}.{api.fresh_id()}".lower().replace("_", "")
    flow = {"id": "wanted", "namespace": space, "labels": {"team": "a,b:c"}}
    saved = await api.load(json.dumps({**flow, "tasks": [ret("t")]}))
    await api.wait(await api.start(saved, labels=["k:v", "z:1:2"]))
    failing = await api.load(
        json.dumps({"id": "other", "namespace": f"{space}.child", "tasks": [fail("f")]})
    )
    await api.wait(await api.start(failing))
    return saved


QUERIES: list[tuple[dict[str, Any], int]] = [
    ({}, 2),
    ({"flowId": "wanted"}, 1),
    ({"flowId": "other"}, 0),
    ({"state": "SUCCESS"}, 1),
    ({"state": ["SUCCESS", "FAILED"]}, 2),
    ({"state": "SUCCESS,FAILED"}, 2),
    ({"state": "KILLED"}, 0),
    ({"labels": "k:v"}, 1),
    ({"labels": "z:1:2"}, 1),
    ({"labels": "team:a,b:c"}, 1),
    ({"labels": ["k:v", "z:1:2"]}, 1),
    ({"labels": ["k:v", "z:other"]}, 0),
    ({"q": "wanted"}, 1),
    ({"q": "*"}, 2),
    ({"q": ""}, 2),
    ({"startDate": "2024-06-03T00:00:00.000Z"}, 2),
    ({"startDate": "2024-06-03T00:00:00.000+02:00"}, 2),
    ({"startDate": "2024-06-03T00:00"}, 2),
    ({"endDate": "2024-06-03T00:00:00Z"}, 0),
    ({"timeRange": "PT1H"}, 2),
    ({"scope": "USER"}, 2),
    ({"scope": "SYSTEM"}, 0),
    ({"scope": ["USER", "SYSTEM"]}, 2),
    ({"childFilter": "MAIN"}, 2),
    ({"childFilter": "CHILD"}, 0),
    ({"triggerExecutionId": "nobody"}, 0),
    ({"unknown": "parameter"}, 2),
    ({"size": 1}, 2),
    ({"page": 9}, 2),
    ({"sort": "state.startDate:desc"}, 2),
    ({"sort": "id:asc,namespace:desc"}, 2),
    ({"filters[state][IN]": "FAILED,WARNING"}, 1),
    ({"filters[labels][EQUALS][k]": "v"}, 1),
    ({"filters[flowId][STARTS_WITH]": "want"}, 1),
]


async def test_searches(api: Api, known: Json):
    space = known["namespace"]
    found = [await total(api, namespace=space, **query) for query, _ in QUERIES]
    assert found == [count for _, count in QUERIES]
    assert await total(api, namespace=space[:-1]) == 0


async def test_pages_are_sorted(api: Api, known: Json):
    query = {"namespace": known["namespace"], "sort": "state.startDate:asc", "size": 1}
    pages = [
        await api.call("GET", "/executions/search", params={**query, "page": page})
        for page in (1, 2)
    ]
    names = [page["results"][0]["flowId"] for page in pages]
    assert names == ["wanted", "other"]
    assert pages[0]["results"][0]["taskRunList"][0]["taskId"] == "t"


REFUSED = [
    ({"page": 0}, "must be greater than or equal to 1"),
    ({"size": 0}, "must be greater than or equal to 1"),
    ({"size": -1}, "must be greater than or equal to 1"),
    ({"page": "abc"}, "Failed to convert argument [page] for value [abc] due to: "),
    ({"sort": "id"}, "Unprocessable Entity: Invalid sort parameter"),
    ({"sort": "id:asc:x"}, "Unprocessable Entity: Invalid sort parameter"),
    ({"sort": "nope:asc"}, "nope"),
    ({"labels": "team"}, "Unprocessable Entity: Invalid queryString parameter"),
    ({"labels": "team:"}, "Unprocessable Entity: Invalid queryString parameter"),
    ({"labels": ":team"}, "Unprocessable Entity: Invalid queryString parameter"),
    ({"state": "NOPE"}, "Failed to convert argument [state] for value [NOPE] due to: "),
    ({"scope": "NOPE"}, "Failed to convert argument [scope] for value [NOPE] due to: "),
    ({"startDate": "yesterday"}, "Text 'yesterday' could not be parsed at index 0"),
    ({"startDate": "2024-06-03"}, "Failed to convert argument [startDate] for value [2024-06-03]"),
    (
        {"startDate": "2030-01-01T00:00:00Z", "endDate": "2029-01-01T00:00:00Z"},
        "Illegal argument: Start date must be before End Date",
    ),
    ({"timeRange": "P1Y"}, "Failed to convert argument [timeRange] for value [P1Y] due to: "),
    ({"timeRange": "PT1H", "startDate": "2024-06-03T00:00:00Z"}, "mutually exclusive"),
]


async def test_searches_that_are_refused(api: Api):
    for query, words in REFUSED:
        answer = await api.call("GET", "/executions/search", 422, params=query)
        assert words in answer["message"], (query, answer["message"])
    for query in ({"filters[nope][EQUALS]": "x"}, {"filters[state][REGEX]": "x"}):
        await api.call("GET", "/executions/search", 400, params=query)
    answer = await api.call("GET", "/executions", 400, params={"namespace": "n"})
    assert answer["message"] == "Bad Request: Required QueryValue [flowId] not specified"


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "", "Not Found"),
        ("DELETE", "", "Not Found"),
        ("GET", "/graph", "Not Found"),
        ("GET", "/flow", "Not Found: No value present"),
        ("GET", "/file?path=kestra:///a", "Not Found: Unable to find execution id 'nobody'"),
        ("DELETE", "/kill", "Not Found"),
        ("POST", "/restart", "Not Found"),
        ("POST", "/replay", "Not Found"),
        ("POST", "/pause", "Not Found"),
        ("POST", "/resume", "Not Found: Execution 'nobody' not found"),
        ("POST", "/unqueue", "Not Found"),
        ("POST", "/force-run", "Not Found"),
        ("POST", "/change-status?status=SUCCESS", "Not Found"),
        ("POST", "/eval/x", "Not Found"),
    ],
)
async def test_what_is_not_there_is_not_found(api: Api, method: str, path: str, words: str):
    answer = await api.call(method, f"/executions/nobody{path}", 404)
    assert answer["message"].startswith(words)


async def test_expressions_see_what_the_task_run_saw(api: Api):
    done = await api.run(ret("t", "out"), each("e", ["x", "y"], ret("u", "{{ taskrun.value }}")))
    second = run_of(done, "u", "y")["id"]
    first = run_of(done, "t")["id"]

    async def ask(template: str, task_run: str, status: int = 200) -> Json:
        path = f"/executions/{done['id']}/eval/{task_run}"
        found: Json = await api.call("POST", path, status, content=template, headers=TEXT)
        return found

    assert await ask("{{ taskrun.value }} {{ outputs.t.value }}", second) == {"result": "y out"}
    assert await ask("{{ taskrun.id }}", first) == {"result": first}
    assert await ask("{{ outputs.u.x.value }}", second) == {"result": "x"}
    wrong = await ask("{{ missing.a }}", first)
    message = "Unable to find `missing` used in the expression `{{ missing.a }}` at line 1"
    assert wrong["error"].startswith(message)
    assert "error" in await ask("{{ 1 + }}", first)
    await ask("x", "nobody", 404)


async def test_an_expression_gives_no_secret_away(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_OUTSIDE", base64.b64encode(b"open-sesame").decode())
    inputs = [{"id": "s", "type": "SECRET"}]
    flow = await api.save([ret("t")], inputs=inputs)
    done = await api.wait(await api.start(flow, inputs={"s": "hush-hush"}))
    path = f"/executions/{done['id']}/eval/{run_of(done, 't')['id']}"
    for template in ("{{ inputs.s }}", "{{ inputs }}", "{{ secret('OUTSIDE') }}"):
        answer = await api.call("POST", path, content=template, headers=TEXT)
        assert "hush-hush" not in str(answer)
        assert "open-sesame" not in str(answer)
    assert done["inputs"]["s"] != "hush-hush"


async def events(
    api: Api, execution_id: str, begun: Callable[[], object] = bool
) -> list[tuple[str, Json]]:
    """Return the events of an execution until the server closes the stream.

    Args:
        begun: Called once the first of them is there.
    """
    text = ""
    async with api.http.stream("GET", f"/api/v1/executions/{execution_id}/follow") as reply:
        async for part in reply.aiter_text():
            text += part
            if "data: " in text:
                begun()
    parts = [part.partition("data: ") for part in text.replace("\r", "").strip().split("\n\n")]
    return [(head[4:].strip(), json.loads(data)) for head, _, data in parts if "id:" in head]


async def test_a_run_is_followed_to_its_end(api: Api, gate: Gate):
    flow = await api.save([gate.task(), ret("t")])
    started = await api.start(flow)
    seen = await events(api, started["id"], gate.open)
    names = [name for name, _ in seen]
    assert names == ["progress"] * (len(seen) - 1) + ["end"]
    assert (len(seen) >= 2, state(seen[-1][1])) == (True, "SUCCESS")
    assert seen[-2][1] == seen[-1][1]
    assert [run["taskId"] for run in runs(seen[-1][1])] == ["s", "t"]
    assert [name for name, _ in await events(api, started["id"])] == ["end"]


async def test_a_start_may_wait_for_the_end(api: Api):
    flow = await api.save([sleep("s", "PT0.1S"), ret("t", "x")])
    done = await api.start(flow, wait="true")
    assert (state(done), len(runs(done))) == ("SUCCESS", 2)
    assert done["url"].endswith(f"/ui/executions/{flow['namespace']}/{flow['id']}/{done['id']}")
    quick = await api.start(flow, wait="false")
    assert state(quick) == "CREATED"


async def test_metrics_of_tasks(api: Api):
    flow = await api.save([ret("one", "12345"), ret("two", "1")])
    done = await api.wait(await api.start(flow))
    async with asyncio.timeout(60):
        while (found := await api.call("GET", f"/metrics/{done['id']}"))["total"] < 4:
            await asyncio.sleep(0.05)
    lengths = {
        item["taskId"]: item["value"] for item in found["results"] if item["name"] == "length"
    }
    assert lengths == {"one": 5.0, "two": 1.0}
    of_one = await api.call("GET", f"/metrics/{done['id']}", params={"taskId": "one"})
    assert {item["type"] for item in of_one["results"]} == {"counter", "timer"}
    where = f"{flow['namespace']}/{flow['id']}"
    assert await api.call("GET", f"/metrics/names/{where}") == ["duration", "length"]
    assert await api.call("GET", f"/metrics/tasks/{where}") == ["one", "two"]
    sums = await api.call("GET", f"/metrics/aggregates/{where}/length")
    assert sum(item["value"] for item in sums["aggregations"]) == 6.0
    assert await api.call("GET", "/metrics/nobody") == {"results": [], "total": 0}
    path = f"/metrics/aggregates/{where}/length"
    answer = await api.call("GET", path, 422, params={"aggregation": "x"})
    assert answer["message"] == "Illegal argument: Invalid aggregation: x"


async def test_an_execution_is_deleted_with_what_belongs_to_it(api: Api):
    done = await api.run(ret("t"))
    await api.call("DELETE", f"/executions/{done['id']}", 204)
    await api.call("GET", f"/executions/{done['id']}", 404)
    assert await api.logs(done["id"]) == []
    assert (await api.call("GET", f"/metrics/{done['id']}"))["total"] == 0


async def test_many_are_deleted_or_none(api: Api):
    flow = await api.save([ret("t")])
    ids = [(await api.wait(await api.start(flow)))["id"] for _ in range(2)]
    answer = await api.call("DELETE", "/executions/by-ids", 400, json=[*ids, "nobody"])
    assert answer["message"] == "invalid bulk delete"
    assert [item["invalidValue"] for item in answer["invalids"]] == ["nobody"]
    assert len(await api.of_flow(flow)) == 2
    assert await api.call("DELETE", "/executions/by-ids", json=ids[:1]) == {"count": 1}
    query = {"namespace": flow["namespace"], "flowId": flow["id"]}
    assert await api.call("DELETE", "/executions/by-query", params=query) == {"count": 1}
    assert await api.call("DELETE", "/executions/by-query", params=query) == {"count": 0}


async def test_what_still_runs_is_deleted_on_request_only(api: Api):
    flow = await api.save([task("flow.Pause", "p")])
    waiting = await api.start(flow)
    await api.wait(waiting, "PAUSED")
    await api.call("DELETE", "/executions/by-ids", 400, json=[waiting["id"]])
    query = {"includeNonTerminated": "true"}
    answer = await api.call("DELETE", "/executions/by-ids", json=[waiting["id"]], params=query)
    assert answer == {"count": 1}


async def test_the_flow_of_an_execution_tells_no_properties(api: Api):
    flow = await api.save(
        [each("e", [1], ret("r"))], inputs=[{"id": "n", "type": "INT", "defaults": 1}]
    )
    done = await api.wait(await api.start(flow))
    await api.save([ret("other")], flow["id"])
    found = await api.call("GET", f"/executions/{done['id']}/flow")
    assert (found["id"], found["revision"], "source" in found) == (flow["id"], 1, False)
    assert found["inputs"] == [{"id": "n", "type": "INT", "required": True, "defaults": 1}]
    [loop] = found["tasks"]
    assert (loop["id"], loop["tasks"][0].keys()) == ("e", {"id", "type"})
    latest = await api.call("GET", f"/executions/flows/{flow['namespace']}/{flow['id']}")
    assert [item["id"] for item in latest["tasks"]] == ["other"]
