"""Dashboards over HTTP, and the rows of their charts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from api_answers import YAML
from msgspec.structs import replace

from tiercel.model.execution import Execution, Label
from tiercel.model.job import LogEntry, MetricEntry
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel
from tiercel.services.clock import new_id
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

BASE = "/api/v1/dashboards"
DAY = datetime(2024, 7, 1, tzinfo=UTC)
SPAN = {"startDate": "2024-07-01T00:00:00Z", "endDate": "2024-07-05T00:00:00Z"}
CHARTS = """
title: Loads
description: What was loaded
timeWindow: {default: P7D, max: P30D}
charts:
  - id: per_day
    type: io.kestra.plugin.core.dashboard.chart.TimeSeries
    chartOptions: {column: date, colorByColumn: state}
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        date: {field: START_DATE}
        state: {field: STATE}
        total: {agg: COUNT}
        seconds: {field: DURATION, agg: SUM}
      where:
        - {field: NAMESPACE, type: EQUAL_TO, value: dash.loads}
        - {type: OR, values: [
            {field: STATE, type: IN, values: [SUCCESS, FAILED]},
            {field: DURATION, type: GREATER_THAN, value: 100}]}
      orderBy:
        - {column: date, order: ASC}
        - {column: total, order: DESC}
  - id: list
    type: io.kestra.plugin.core.dashboard.chart.Table
    data:
      type: io.kestra.plugin.core.dashboard.data.Executions
      columns:
        id: {field: ID}
        team: {field: LABELS, labelKey: team}
      where: [{field: NAMESPACE, type: EQUAL_TO, value: dash.loads}]
  - id: text
    type: io.kestra.plugin.core.dashboard.chart.Markdown
    content: hello
"""


async def save(api: httpx.AsyncClient, source: str = CHARTS) -> dict[str, Any]:
    reply = await api.post(BASE, content=source, headers=YAML)
    assert reply.status_code == 200, reply.text
    saved: dict[str, Any] = reply.json()
    return saved


@pytest.fixture(scope="module")
def loads() -> list[Execution]:
    """Executions of three days."""
    steps = [(0, StateType.SUCCESS), (1, StateType.SUCCESS), (1, StateType.FAILED)]
    found = []
    for day, state in [*steps, (2, StateType.KILLED)]:
        start = DAY + timedelta(days=day, hours=3)
        begun = State.created(start).to(StateType.RUNNING, start)
        execution_id = new_id()
        found.append(
            Execution(
                id=execution_id,
                namespace="dash.loads",
                flow_id="f",
                flow_revision=1,
                state=begun.to(state, start + timedelta(seconds=2)),
                original_id=execution_id,
                labels=(Label("team", "it"),),
            )
        )
    return found


async def test_dashboards_are_saved_changed_and_deleted(api: httpx.AsyncClient) -> None:
    saved = await save(api)
    path = f"{BASE}/{saved['id']}"
    assert saved["title"] == "Loads"
    assert saved["timeWindow"] == {"default": "P7D", "max": "P30D"}
    assert [chart["id"] for chart in saved["charts"]] == ["per_day", "list", "text"]
    assert saved["sourceCode"] == CHARTS
    assert (await api.get(path)).json() == saved
    changed = await api.put(path, content=CHARTS.replace("Loads", "More"), headers=YAML)
    assert changed.json()["title"] == "More"
    page = (await api.get(BASE, params={"q": "more", "sort": "title:asc"})).json()
    assert [item["id"] for item in page["results"]] == [saved["id"]]
    assert (await api.delete(path)).status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        reply = await api.request(method, path, content=CHARTS, headers=YAML)
        assert reply.status_code == 404


async def test_a_dashboard_may_name_its_id(api: httpx.AsyncClient) -> None:
    named = await api.post(BASE, content=f"id: mine\n{CHARTS}", headers=YAML)
    assert named.json()["id"] == "mine"
    again = await api.post(BASE, content=f"id: mine\n{CHARTS}", headers=YAML)
    assert again.json()["message"] == "Illegal argument: Dashboard id already exists"
    other = await api.put(f"{BASE}/mine", content=f"id: other\n{CHARTS}", headers=YAML)
    assert other.json()["message"] == "Illegal argument: Dashboard id is not editable"
    assert (await api.post(BASE, content=f"id: a/b\n{CHARTS}", headers=YAML)).status_code == 422


async def test_charts_count_executions(
    api: httpx.AsyncClient, web_node: Node, loads: list[Execution]
) -> None:
    await web_node.store.executions.create(loads)
    path = f"{BASE}/{(await save(api))['id']}/charts"
    found = (await api.post(f"{path}/per_day", json=SPAN)).json()
    assert found["total"] == 3
    first, *others = found["results"]
    row = {"date": "2024-07-01T00:00:00Z", "state": "SUCCESS", "total": 1, "seconds": 2.0}
    assert first == row
    assert {item["state"] for item in others} == {"SUCCESS", "FAILED"}
    assert {item["date"] for item in others} == {"2024-07-02T00:00:00Z"}
    page = {**SPAN, "pageNumber": 2, "pageSize": 3}
    listed = (await api.post(f"{path}/list", json=page)).json()
    assert (len(listed["results"]), listed["total"]) == (1, 4)
    assert listed["results"][0]["team"] == "it"
    filtered = {**SPAN, "filters": [{"field": "namespace", "operation": "EQUALS", "value": "x"}]}
    assert (await api.post(f"{path}/list", json=filtered)).json()["total"] == 0
    exported = await api.post(f"{path}/list/export/to-csv", json=SPAN)
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.text.splitlines()[0] == "id,team"
    assert len(exported.text.splitlines()) == 5


def of_kind(kind: str, columns: str) -> str:
    """A table of one kind of data."""
    return (
        "id: a\ntype: io.kestra.plugin.core.dashboard.chart.Table\n"
        f"data:\n  type: io.kestra.plugin.core.dashboard.data.{kind}\n  columns: {columns}\n"
    )


RUNS = of_kind("Executions", "{id: {field: ID}}")
LINES = of_kind("Logs", "{message: {field: MESSAGE}}")
VALUES = of_kind("Metrics", "{name: {field: NAME}}")
COUNTED = (
    "id: a\ntype: io.kestra.plugin.core.dashboard.chart.KPI\ndata:\n"
    "  type: io.kestra.plugin.core.dashboard.data.LogsKPI\n  columns: {agg: COUNT}\n"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def narrowed(web_node: Node, loads: list[Execution]) -> None:
    """Executions in a namespace of their own, each with a line of its log and a metric."""
    teams = ("it", "sales", "it", "it")
    for item, team in zip(loads, teams, strict=True):
        item_id = new_id()
        labels = (Label("team", team), Label("x", "a:b"))
        values = {"id": item_id, "original_id": item_id, "namespace": "dash.narrow"}
        await web_node.store.executions.create([replace(item, labels=labels, **values)])
        place: dict[str, Any] = {
            "namespace": "dash.narrow",
            "flow_id": "f",
            "execution_id": item_id,
            "task_id": "t",
            "task_run_id": new_id(),
            "timestamp": item.state.start_date,
        }
        entry = LogEntry(level=LogLevel.INFO, message=f"of {team}", attempt_number=0, **place)
        await web_node.store.logs.copy([entry])
        metric = MetricEntry(type="counter", name=team, value=1, **place)
        await web_node.store.metrics.copy([metric])


@pytest.mark.usefixtures("narrowed")
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([], 4),
        ([("state", "IN", ["SUCCESS", "KILLED"])], 3),
        ([("state", "IN", "FAILED")], 1),
        ([("state", "NOT_IN", ["FAILED"])], 3),
        ([("labels", "EQUALS", {"team": "it"})], 3),
        ([("labels", "EQUALS", ["team:it", "x:a:b"])], 3),
        ([("labels", "EQUALS", ["team:it", "team:sales"])], 0),
        ([("labels", "IN", ["team:it", "team:sales"])], 4),
        ([("labels", "NOT_EQUALS", "team:it")], 1),
        ([("labels", "EQUALS", ["team:it"]), ("state", "EQUALS", "SUCCESS")], 1),
        ([("flowId", "EQUALS", "g")], 0),
        ([("scope", "EQUALS", "USER")], 4),
        ([("childFilter", "EQUALS", "CHILD")], 0),
        ([("whatever", "EQUALS", "x")], 4),
    ],
)
async def test_filters_narrow_every_kind_of_chart(
    api: httpx.AsyncClient, filters: list[tuple[str, str, Any]], count: int
) -> None:
    names = ("field", "operation", "value")
    question = {
        **SPAN,
        "namespace": "dash.narrow",
        "filters": [dict(zip(names, item, strict=True)) for item in filters],
    }
    for chart in (RUNS, LINES, VALUES):
        body = {"chart": chart, "globalFilter": question}
        reply = await api.post(f"{BASE}/charts/preview", json=body)
        assert reply.status_code == 200, reply.text
        assert reply.json()["total"] == count, chart
    counted = await api.post(
        f"{BASE}/charts/preview", json={"chart": COUNTED, "globalFilter": question}
    )
    assert counted.json()["results"] == [{"value": float(count)}]


async def test_the_time_may_come_as_filters(api: httpx.AsyncClient, narrowed: None) -> None:
    dates = [
        ("startDate", "GREATER_THAN_OR_EQUAL_TO", "2024-07-02T00:00:00Z"),
        ("endDate", "LESS_THAN_OR_EQUAL_TO", "2024-07-03T00:00:00Z"),
        ("namespace", "PREFIX", "dash.narrow"),
    ]
    filters = [{"field": name, "operation": how, "value": value} for name, how, value in dates]
    body = {"chart": RUNS, "globalFilter": {"filters": filters}}
    assert (await api.post(f"{BASE}/charts/preview", json=body)).json()["total"] == 2
    lately = [filters[-1], {"field": "timeRange", "value": "PT1H"}]
    body = {"chart": RUNS, "globalFilter": {"filters": lately}}
    assert (await api.post(f"{BASE}/charts/preview", json=body)).json()["total"] == 0


@pytest.mark.parametrize(
    ("name", "operation", "value", "told"),
    [
        ("state", "IN", ["NOPE"], "expected one of CREATED"),
        ("state", "CONTAINS", "FAIL", "'state' has the operations"),
        ("labels", "EQUALS", "team", "Invalid queryString parameter"),
        ("namespace", "ANY_OF", "x", "'namespace' has the operations"),
        ("startDate", "EQUALS", "yesterday", "yesterday"),
    ],
)
async def test_filters_that_can_not_be_read_are_named(
    api: httpx.AsyncClient, name: str, operation: str, value: Any, told: str
) -> None:
    filters = [{"field": name, "operation": operation, "value": value}]
    body = {"chart": RUNS, "globalFilter": {"filters": filters}}
    reply = await api.post(f"{BASE}/charts/preview", json=body)
    assert 400 <= reply.status_code < 500
    assert told in reply.json()["message"]
    assert name in reply.json()["message"]


async def test_flows_are_narrowed_by_their_own_labels(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    for team in ("it", "sales"):
        await web_node.flows.save(
            f"id: {team}\nnamespace: dash.labelled\nlabels: {{team: {team}}}\n"
            "tasks: [{id: t, type: core.log.Log, message: x}]\n"
            "triggers: [{id: d, type: core.trigger.Schedule, cron: 0 9 * * *}]\n"
        )
    filters = [
        {"field": "labels", "operation": "EQUALS", "value": {"team": "it"}},
        {"field": "state", "operation": "IN", "value": ["FAILED"]},
    ]
    question = {"namespace": "dash.labelled", "filters": filters}
    flows = of_kind("Flows", "{id: {field: ID}}")
    body = {"chart": flows, "globalFilter": question}
    reply = await api.post(f"{BASE}/charts/preview", json=body)
    assert reply.json()["results"] == [{"id": "it"}]
    triggers = of_kind("Triggers", "{flow: {field: FLOW_ID}}")
    body = {"chart": triggers, "globalFilter": question}
    assert (await api.post(f"{BASE}/charts/preview", json=body)).json()["total"] == 2


@pytest.mark.parametrize(
    ("chart", "body", "status"),
    [
        ("text", SPAN, 422),
        ("nothere", SPAN, 404),
        ("list", {"startDate": SPAN["endDate"], "endDate": SPAN["startDate"]}, 422),
        ("list", {"startDate": "2020-01-01T00:00:00Z", "endDate": SPAN["endDate"]}, 422),
        ("list", {**SPAN, "pageSize": 0}, 422),
    ],
)
async def test_rows_that_can_not_be_given(
    api: httpx.AsyncClient, chart: str, body: dict[str, Any], status: int
) -> None:
    path = f"{BASE}/{(await save(api))['id']}/charts"
    assert (await api.post(f"{path}/{chart}", json=body)).status_code == status


async def test_dashboards_and_charts_are_checked(api: httpx.AsyncClient) -> None:
    reply = await api.post(f"{BASE}/validate", content=CHARTS, headers=YAML)
    assert reply.json() == {"index": 0, "outdated": False}
    bad = CHARTS.replace("title: Loads", "x: y").replace("field: ID", "field: NOPE")
    checked = (await api.post(f"{BASE}/validate", content=bad, headers=YAML)).json()
    paths = [problem["path"] for problem in checked["problems"]]
    assert paths == ["title", "charts[1].data.columns.id.field"]
    chart = "id: a\ntype: x\n"
    checked = (await api.post(f"{BASE}/validate/chart", content=chart, headers=YAML)).json()
    assert "Invalid type: x" in checked["constraints"]


async def test_a_chart_is_shown_before_it_is_saved(api: httpx.AsyncClient) -> None:
    chart = (
        "id: levels\ntype: io.kestra.plugin.core.dashboard.chart.Pie\ndata:\n"
        "  type: io.kestra.plugin.core.dashboard.data.Logs\n"
        "  columns: {level: {field: LEVEL}, total: {agg: COUNT}}\n"
        "  where: [{field: MESSAGE, type: CONTAINS, value: no such message at all}]\n"
    )
    body = {"chart": chart, "globalFilter": SPAN}
    reply = await api.post(f"{BASE}/charts/preview", json=body)
    assert reply.json() == {"results": [], "total": 0}
    wrong = chart.replace("type: CONTAINS", "type: NOPE")
    reply = await api.post(f"{BASE}/charts/preview", json={**body, "chart": wrong})
    assert reply.status_code == 422


def kpi(data: str, *, number_type: str = "FLAT", kind: str = "ExecutionsKPI") -> str:
    """A chart of one number."""
    return (
        "id: one\ntype: io.kestra.plugin.core.dashboard.chart.KPI\n"
        f"chartOptions: {{displayName: One, numberType: {number_type}}}\n"
        f"data:\n  type: io.kestra.plugin.core.dashboard.data.{kind}\n{data}"
    )


FAILED = "  numerator: [{field: STATE, type: IN, values: [FAILED, KILLED]}]\n"
NUMBERED = (
    "  columns: {field: ID, agg: COUNT}\n"
    "  where: [{field: NAMESPACE, type: EQUAL_TO, value: dash.numbers}]\n"
)


async def preview(api: httpx.AsyncClient, chart: str) -> list[dict[str, Any]]:
    reply = await api.post(f"{BASE}/charts/preview", json={"chart": chart, "globalFilter": SPAN})
    assert reply.status_code == 200, reply.text
    rows: list[dict[str, Any]] = reply.json()["results"]
    return rows


async def test_one_number_of_many_executions(
    api: httpx.AsyncClient, web_node: Node, loads: list[Execution]
) -> None:
    for item in loads:
        item_id = new_id()
        values = {"id": item_id, "original_id": item_id, "namespace": "dash.numbers"}
        await web_node.store.executions.create([replace(item, **values)])
    assert await preview(api, kpi(NUMBERED)) == [{"value": 4.0}]
    assert await preview(api, kpi(NUMBERED + FAILED)) == [{"value": 2.0}]
    share = kpi(NUMBERED + FAILED, number_type="PERCENTAGE")
    assert await preview(api, share) == [{"value": 50.0}]
    longest = NUMBERED.replace("field: ID, agg: COUNT", "field: DURATION, agg: MAX")
    assert await preview(api, kpi(longest)) == [{"value": 2.0}]
    nothing = kpi(NUMBERED.replace("numbers", "nowhere"), number_type="PERCENTAGE")
    assert await preview(api, nothing) == [{"value": 0.0}]


async def test_flows_and_triggers_are_data_too(api: httpx.AsyncClient, web_node: Node) -> None:
    source = (
        "id: shown\nnamespace: dash.flows\ntasks:\n  - {id: t, type: core.log.Log, message: x}\n"
        "triggers:\n  - {id: daily, type: core.trigger.Schedule, cron: 0 9 * * *}\n"
    )
    await web_node.flows.save(source)
    where = "  where: [{field: NAMESPACE, type: EQUAL_TO, value: dash.flows}]\n"
    table = "id: a\ntype: io.kestra.plugin.core.dashboard.chart.Table\ndata:\n"
    data = "io.kestra.plugin.core.dashboard.data"
    flows = (
        f"{table}  type: {data}.Flows\n  columns: {{id: {{field: ID}}, r: {{field: REVISION}}}}\n"
    )
    assert await preview(api, flows + where) == [{"id": "shown", "r": 1}]
    columns = "{flow: {field: FLOW_ID}, next: {field: NEXT_EXECUTION_DATE}}"
    triggers = f"{table}  type: {data}.Triggers\n  columns: {columns}\n"
    (row,) = await preview(api, triggers + where)
    assert row["flow"] == "shown"
    assert row["next"] is not None
    count = kpi("  columns: {field: ID, agg: COUNT}\n" + where, kind="FlowsKPI")
    assert await preview(api, count) == [{"value": 1.0}]


@pytest.mark.parametrize(
    ("chart", "said"),
    [
        (kpi("  columns: {field: ID}\n"), "At least 1 aggregation is needed"),
        (kpi("  columns: {field: NOPE, agg: MAX}\n"), "must be one of"),
        (kpi("  columns: {agg: COUNT}\n", kind="Executions"), "Invalid type: "),
        (kpi("  columns: {agg: COUNT}\n  numerator: x\n"), "must be a list of maps"),
        (kpi("  columns: {agg: COUNT}\n").replace("chart.KPI", "chart.Table"), "Invalid type: "),
    ],
)
async def test_a_number_is_checked(api: httpx.AsyncClient, chart: str, said: str) -> None:
    reply = await api.post(f"{BASE}/validate/chart", content=chart, headers=YAML)
    assert said in reply.json()["constraints"]
