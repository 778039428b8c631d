"""CSV exports, values for filters, deprecated flows, blueprints."""

from __future__ import annotations

import csv

import httpx
import pytest
from api_answers import YAML

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOW = """
id: exported
namespace: api.exports
description: "=HYPERLINK(1)"
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.EachSequential
    value: "[1]"
    tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: hi}]
"""


async def test_searches_as_csv(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/flows", content=FLOW, headers=YAML)
    started = (await api.post("/api/v1/executions/api.exports/exported?wait=true")).json()
    query = {"namespace": "api.exports"}
    reply = await api.get("/api/v1/executions/export/by-query/csv", params=query)
    assert reply.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(reply.text.splitlines()))
    assert [(row["id"], row["state"]) for row in rows] == [(started["id"], "SUCCESS")]
    reply = await api.get("/api/v1/flows/export/by-query/csv", params=query)
    [row] = csv.DictReader(reply.text.splitlines())
    assert (row["id"], row["description"]) == ("exported", "'=HYPERLINK(1)")
    path = "/api/v1/executions/distinct-field-values"
    found = await api.get(path, params={"field": "flowId", **query})
    assert found.json() == ["exported"]
    assert (await api.get(path, params={"field": "document"})).status_code == 422
    found = await api.get("/api/v1/flows/deprecated", params=query)
    assert [(item["id"], item["deprecationPaths"]) for item in found.json()] == [
        ("exported", ["tasks[0]"])
    ]


async def test_blueprints_are_flows_to_begin_from(api: httpx.AsyncClient) -> None:
    base = "/api/v1/blueprints/community"
    page = (await api.get(f"{base}/flow", params={"size": 100})).json()
    names = [item["id"] for item in page["results"]]
    assert "hello_world" in names
    assert page["total"] == len(names)
    one = (await api.get(f"{base}/flow/hello_world")).json()
    assert one["source"].startswith("id: hello_world")
    source = await api.get(f"{base}/flow/hello_world/source")
    assert source.text == one["source"]
    graph = (await api.get(f"{base}/flow/hello_world/graph")).json()
    assert graph["nodes"]
    old = (await api.get(f"{base}/hello_world/flow")).text
    assert old == one["source"]
    assert (await api.get(f"{base}", params={"q": "no such thing"})).json()["total"] == 0
    assert {"id", "name"} == (await api.get(f"{base}/tags")).json()[0].keys()
    for path in ("/flow/nothere", "/nothere", "/nope/x/source", "/flow/hello_world/x"):
        assert (await api.get(f"{base}{path}")).status_code == 404


async def test_limits_and_executions_that_belong_together(api: httpx.AsyncClient) -> None:
    limited = FLOW.replace("exported", "limited") + "concurrency: {limit: 1}\n"
    await api.post("/api/v1/flows", content=limited, headers=YAML)
    started = (await api.post("/api/v1/executions/api.exports/limited?wait=true")).json()
    page = (await api.get("/api/v1/main/concurrency-limit/search", params={"size": 100})).json()
    wanted = {"tenantId": "main", "namespace": "api.exports", "flowId": "limited", "running": 0}
    assert wanted in page["results"]
    path = "/api/v1/concurrency-limit/api.exports/limited"
    for told in ({"running": 0}, {}, wanted):
        assert (await api.put(path, json=told)).json() == wanted
    refused = await api.put(path, json={"running": 5})
    assert refused.status_code == 409
    assert "0 executions of api.exports.limited hold a slot, not 5" in refused.text
    for other in ("nothere", "exported"):
        reply = await api.put(path.replace("limited", other), json={"running": 0})
        assert reply.status_code == 404
    reply = await api.get(f"/api/v1/executions/{started['id']}/follow-dependencies")
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert f'"executionId":"{started["id"]}"' in reply.text
    assert (await api.get("/api/v1/executions/nothere/follow-dependencies")).status_code == 404
