"""Graphs of flows and executions, compared with those of the original."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import pytest_asyncio
from api_answers import YAML, recorded, recorded_graph, shape, source

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOW = "/api/v1/flows/demo.recorded/orders"


@pytest_asyncio.fixture(loop_scope="session")
async def orders(api: httpx.AsyncClient) -> None:
    """Save the flows that the recorded answers are about."""
    for name in ("child", "orders"):
        reply = await api.post("/api/v1/flows", content=source(name), headers=YAML)
        assert reply.status_code in (200, 422), reply.text


def without_trigger_state(graph: dict[str, Any]) -> dict[str, Any]:
    """Whether a trigger has a state yet depends on the scheduler's pace."""
    for node in graph["nodes"]:
        if node["type"] == "GraphTrigger":
            node["keys"] = [key for key in node["keys"] if key != "trigger"]
    return graph


@pytest.mark.usefixtures("orders")
async def test_a_flow_has_the_graph_of_the_original(api: httpx.AsyncClient) -> None:
    graph = (await api.get(f"{FLOW}/graph")).json()
    wanted = without_trigger_state(recorded_graph("flow"))
    assert without_trigger_state(shape(graph)) == wanted
    by_uid = {node["uid"]: node for node in graph["nodes"]}
    assert by_uid["root.each.print"]["task"] == recorded("flow_task")


@pytest.mark.usefixtures("orders")
async def test_a_subflow_can_be_opened(api: httpx.AsyncClient) -> None:
    query = {"subflows": "root.summary"}
    graph = shape((await api.get(f"{FLOW}/graph", params=query)).json())
    wanted = without_trigger_state(recorded_graph("subflows"))
    assert without_trigger_state(graph) == wanted


@pytest.mark.usefixtures("orders")
async def test_an_execution_shows_task_runs_and_iterations(api: httpx.AsyncClient) -> None:
    reply = await api.post("/api/v1/executions/demo.recorded/orders?wait=true")
    execution = reply.json()
    assert execution["state"]["current"] in ("SUCCESS", "WARNING"), execution
    path = f"/api/v1/executions/{execution['id']}"
    graph = (await api.get(f"{path}/graph")).json()
    wanted = without_trigger_state(recorded_graph("execution"))
    assert without_trigger_state(shape(graph)) == wanted
    by_uid = {node["uid"]: node for node in graph["nodes"]}
    assert by_uid["root.each.print_a"]["values"] == ["a"]
    assert by_uid["root.each.print_a"]["taskRun"]["value"] == "a"
    assert (await api.get(f"{path}/flow")).json() == {
        **recorded("executions_flow"),
        "revision": execution["flowRevision"],
    }


async def test_clusters_know_their_parents(api: httpx.AsyncClient) -> None:
    flow = """
id: nested
namespace: api.graphs
tasks:
  - id: outer
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - id: dag
        type: io.kestra.plugin.core.flow.Dag
        tasks:
          - task: {id: a, type: io.kestra.plugin.core.log.Log, message: a}
          - task: {id: b, type: io.kestra.plugin.core.log.Log, message: b}
            dependsOn: [a]
      - {id: c, type: io.kestra.plugin.core.log.Log, message: c}
  - id: choice
    type: io.kestra.plugin.core.flow.Switch
    value: x
    cases:
      x: [{id: d, type: io.kestra.plugin.core.log.Log, message: d}]
    defaults: [{id: e, type: io.kestra.plugin.core.log.Log, message: e}]
errors:
  - {id: sorry, type: io.kestra.plugin.core.log.Log, message: f}
"""
    reply = await api.post("/api/v1/flows/graph", content=flow, headers=YAML)
    graph = shape(reply.json())
    clusters = {item["uid"]: item for item in graph["clusters"]}
    assert clusters["cluster_root.outer.dag"]["parents"] == ["cluster_root.outer"]
    assert clusters["cluster_root.outer.dag"]["relationType"] == "DYNAMIC"
    assert graph["edges"] == sorted(
        [
            ["root.R", "root.outer.R", "", ""],
            ["root.outer.R", "root.outer", "", ""],
            ["root.outer", "root.outer.dag.R", "PARALLEL", ""],
            ["root.outer.dag.R", "root.outer.dag", "", ""],
            ["root.outer.dag", "root.outer.dag.a", "PARALLEL", ""],
            ["root.outer.dag.a", "root.outer.dag.b", "PARALLEL", ""],
            ["root.outer.dag.b", "root.outer.dag.E", "", ""],
            ["root.outer.dag.E", "root.outer.E", "", ""],
            ["root.outer", "root.outer.c", "PARALLEL", ""],
            ["root.outer.c", "root.outer.E", "", ""],
            ["root.outer.E", "root.choice.R", "SEQUENTIAL", ""],
            ["root.choice.R", "root.choice", "", ""],
            ["root.choice", "root.choice.d", "CHOICE", "x"],
            ["root.choice", "root.choice.e", "CHOICE", "defaults"],
            ["root.choice.d", "root.choice.E", "", ""],
            ["root.choice.e", "root.choice.E", "", ""],
            ["root.choice.E", "root.E", "", ""],
            ["root.R", "root.sorry", "ERROR", ""],
            ["root.sorry", "root.E", "", ""],
        ]
    )
    assert {node["uid"] for node in graph["nodes"] if node["error"]} == {"root.sorry"}


async def test_what_has_no_graph(api: httpx.AsyncClient) -> None:
    reply = await api.get("/api/v1/flows/api.graphs/nothere/graph")
    message = "Not Found: Unable to find flow api.graphs_nothere"
    assert (reply.status_code, reply.json()["message"]) == (404, message)
    reply = await api.post("/api/v1/flows/graph", content="id: x", headers=YAML)
    assert reply.status_code == 422
    assert (await api.get("/api/v1/executions/nothere/graph")).status_code == 404


@pytest.mark.usefixtures("orders")
async def test_dependencies_of_a_flow_and_of_a_namespace(api: httpx.AsyncClient) -> None:
    listener = """
id: listener
namespace: api.graphs.deps
tasks: [{id: a, type: io.kestra.plugin.core.log.Log, message: a}]
triggers:
  - id: after
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionFlow
        namespace: demo.recorded
        flowId: child
"""
    reply = await api.post("/api/v1/flows", content=listener, headers=YAML)
    assert reply.status_code in (200, 422)
    found = (await api.get(f"{FLOW}/dependencies")).json()
    assert found == recorded("dependencies")
    found = (await api.get("/api/v1/flows/demo.recorded/child/dependencies")).json()
    assert {
        "source": "demo.recorded_child",
        "target": "api.graphs.deps_listener",
        "relation": "FLOW_TRIGGER",
    } in found["edges"]
    query = {"destinationOnly": True}
    found = (await api.get(f"{FLOW}/dependencies", params=query)).json()
    assert found == {"nodes": [], "edges": []}
    found = (await api.get(f"{FLOW}/dependencies", params={"expandAll": True})).json()
    assert len(found["edges"]) == 2
    unknown = (await api.get("/api/v1/flows/x/y/dependencies")).json()
    assert unknown == {"nodes": [], "edges": []}
    whole = (await api.get("/api/v1/namespaces/demo.recorded/dependencies")).json()
    assert {node["id"] for node in whole["nodes"]} >= {"orders", "child"}
