"""Statistics over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from api_answers import YAML, recorded

from tiercel.model.execution import Execution, Label
from tiercel.model.job import LogEntry, MetricEntry
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel
from tiercel.services.clock import new_id
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = datetime(2024, 5, 6, tzinfo=UTC)
SPAN = {"startDate": "2024-05-04T00:00:00Z", "endDate": "2024-05-08T00:00:00Z"}


async def ended(
    node: Node,
    namespace: str,
    flow_id: str,
    start: datetime,
    state: StateType,
    seconds: float,
    *labels: Label,
) -> str:
    """Store an execution that is over."""
    execution_id = new_id()
    begun = State.created(start).to(StateType.RUNNING, start)
    execution = Execution(
        id=execution_id,
        namespace=namespace,
        flow_id=flow_id,
        flow_revision=1,
        state=begun.to(state, start + timedelta(seconds=seconds)),
        original_id=execution_id,
        labels=labels,
    )
    await node.store.executions.create([execution])
    return execution_id


async def post(api: httpx.AsyncClient, path: str, **body: Any) -> Any:
    reply = await api.post(f"/api/v1/stats{path}", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_slowest_flows_by_their_ended_executions(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    space = "stats.slow"
    for flow, seconds in (("quick", 1), ("quick", 3), ("slow", 60)):
        await ended(web_node, space, flow, DAY, StateType.SUCCESS, seconds)
    found = await post(api, "/executions/slowest-flows", namespace=space, **SPAN)
    assert [(item["flowId"], item["duration"]["avg"]) for item in found] == [
        ("slow", "PT1M"),
        ("quick", "PT2S"),
    ]
    one = await api.post(
        "/api/v1/stats/executions/slowest-flows?size=1", json={"namespace": space, **SPAN}
    )
    assert len(one.json()) == 1


async def test_statistics_can_be_limited_by_labels(api: httpx.AsyncClient, web_node: Node) -> None:
    space = "stats.labels"
    await ended(web_node, space, "f", DAY, StateType.SUCCESS, 1, Label("team", "a"))
    await ended(web_node, space, "f", DAY, StateType.SUCCESS, 1)
    days = await post(api, "/executions/daily", namespace=space, labels=["team:a"], **SPAN)
    assert sum(day["duration"]["count"] for day in days) == 1


async def test_executions_by_day(api: httpx.AsyncClient, web_node: Node) -> None:
    space = "stats.days"
    await ended(web_node, space, "f", DAY, StateType.SUCCESS, 1)
    await ended(web_node, space, "f", DAY + timedelta(hours=5), StateType.SUCCESS, 3)
    last = await ended(web_node, space, "f", DAY + timedelta(days=1), StateType.FAILED, 9)
    await ended(web_node, f"{space}.child", "g", DAY, StateType.WARNING, 1)
    days = await post(api, "/executions/daily", namespace=space, flowId="f", **SPAN)
    assert [item["startDate"] for item in days] == [
        f"2024-05-0{day}T00:00:00Z"
        for day in range(4, 9)  # the last one begins at the end
    ]
    assert {**days[0], "groupBy": "hour", "startDate": recorded("daily")["startDate"]} == recorded(
        "daily"
    )
    assert days[2]["duration"] == {
        "min": "PT1S",
        "avg": "PT2S",
        "max": "PT3S",
        "sum": "PT4S",
        "count": 2,
    }
    assert days[2]["executionCounts"]["SUCCESS"] == 2
    assert days[3]["executionCounts"]["FAILED"] == 1
    all_of_it = await post(api, "/executions/daily", namespace=space, **SPAN)
    assert all_of_it[2]["duration"]["count"] == 3
    failed = await post(api, "/executions/daily", namespace=space, state=["FAILED"], **SPAN)
    assert [item["duration"]["count"] for item in failed] == [0, 0, 0, 1, 0]
    grouped = await post(api, "/executions/daily/group-by-flow", namespace=space, **SPAN)
    assert {name: list(flows) for name, flows in grouped.items()} == {
        space: ["f"],
        f"{space}.child": ["g"],
    }
    flows = [{"namespace": space, "id": "f"}]
    named = await post(
        api, "/executions/daily/group-by-flow", flows=flows, namespaceOnly=True, **SPAN
    )
    assert [list(inner) for inner in named.values()] == [["*"]]
    states = await post(api, "/executions/daily/group-by-namespace", namespace=space, **SPAN)
    assert [(name, item["total"]) for name, item in states.items()] == [
        (space, 3),
        (f"{space}.child", 1),
    ]
    [wanted] = recorded("by_namespace").values()
    assert states[space]["counts"].keys() == wanted["counts"].keys()
    latest = await post(
        api, "/executions/latest/group-by-flow", flows=[*flows, {"namespace": space, "id": "z"}]
    )
    assert [item["id"] for item in latest] == [last]
    brief = (await api.post("/api/v1/executions/latest", json=flows)).json()
    assert [(item["id"], item["status"]) for item in brief] == [(last, "FAILED")]
    path = f"/api/v1/executions/namespaces/{space}/flows/f/average-duration"
    assert (await api.get(path)).json() == {"count": 2, "duration": "PT2S", "seconds": 2.0}


async def test_the_default_span_is_a_month(api: httpx.AsyncClient) -> None:
    assert len(await post(api, "/executions/daily", namespace="stats.none")) == 31
    hours = {"startDate": "2024-05-04T00:00:00Z", "endDate": "2024-05-05T23:00:00Z"}
    found = await post(api, "/executions/daily", namespace="stats.none", **hours)
    assert (len(found), found[0]["groupBy"]) == (48, "hour")


async def test_logs_by_level(api: httpx.AsyncClient, web_node: Node) -> None:
    entries = [
        LogEntry("e1", "stats.logs", "f", DAY, level, "text", index, "t", "r1", 0)
        for index, level in enumerate((LogLevel.INFO, LogLevel.INFO, LogLevel.ERROR))
    ]
    await web_node.store.logs.copy(entries)
    found = await post(api, "/logs/daily", namespace="stats.logs", **SPAN)
    assert found[2]["counts"] == {"TRACE": 0, "DEBUG": 0, "INFO": 2, "WARN": 0, "ERROR": 1}
    assert {**found[0], "groupBy": "hour"}.keys() == recorded("logs_daily").keys()
    errors = await post(api, "/logs/daily", namespace="stats.logs", logLevel="WARN", **SPAN)
    assert errors[2]["counts"]["INFO"] == 0


async def test_metrics_over_time(api: httpx.AsyncClient, web_node: Node) -> None:
    entries = [
        MetricEntry("e1", "stats.metrics", "f", task, "r1", "counter", "rows", value, DAY)
        for task, value in (("a", 2.0), ("b", 4.0))
    ]
    await web_node.store.metrics.copy(entries)
    path = "/api/v1/metrics"
    assert (await api.get(f"{path}/names/stats.metrics/f")).json() == ["rows"]
    assert (await api.get(f"{path}/names/stats.metrics/f/zzz")).json() == []
    assert (await api.get(f"{path}/tasks/stats.metrics/f")).json() == ["a", "b"]
    query = {**SPAN, "aggregation": "avg"}
    found = (await api.get(f"{path}/aggregates/stats.metrics/f/rows", params=query)).json()
    wanted = recorded("aggregates")
    assert [item.keys() for item in found["aggregations"][:1]] == [
        item.keys() for item in wanted["aggregations"][:1]
    ]
    assert found["groupBy"] == "day"
    assert found["aggregations"][2] == {
        "name": "rows",
        "value": 3.0,
        "date": "2024-05-06T00:00:00Z",
    }
    one = (await api.get(f"{path}/aggregates/stats.metrics/f/b/rows", params=SPAN)).json()
    assert [item["value"] for item in one["aggregations"]] == [0.0, 0.0, 4.0, 0.0]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("aggregation=x", "Illegal argument: Invalid aggregation: x"),
        (
            "startDate=2024-06-03T00:00&endDate=2024-06-02T00:00",
            "Illegal argument: Start date must be before End Date",
        ),
        ("startDate=0001-01-01T00:00", "Illegal argument: The span is too long"),
    ],
)
async def test_what_can_not_be_counted(api: httpx.AsyncClient, query: str, message: str) -> None:
    reply = await api.get(f"/api/v1/metrics/aggregates/a/b/c?{query}")
    assert (reply.status_code, reply.json()["message"][: len(message)]) == (422, message)


async def test_the_summary_counts_flows_and_triggers(api: httpx.AsyncClient) -> None:
    task = "  - {id: a, type: io.kestra.plugin.core.log.Log, message: hi}\n"
    for name in ("a", "b"):
        flow = f"id: {name}\nnamespace: stats.summary\ntasks:\n{task}"
        await api.post("/api/v1/flows", content=flow, headers=YAML)
    assert await post(api, "/summary", namespace="stats.summary") == {"flows": 2, "triggers": 0}
    assert (await post(api, "/summary"))["flows"] >= 2
    reply = await api.post("/api/v1/stats/summary", content=b"[1]")
    assert reply.status_code == 422
