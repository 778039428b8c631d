"""Graphs of flows and executions: nodes, edges with their relations, clusters, opened subflows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from api_kit import NAMESPACE, YAML, Api, Json
from format_kit import CORE, Task, each, log, par, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Graph:
    """A graph whose random names are ``<cluster>.R`` and ``<cluster>.E``."""

    def __init__(self, body: Json) -> None:
        self._names = {}
        for node in body["nodes"]:
            kind, place = self._kind(node), node["uid"].rpartition(".")[0]
            if kind in ("GraphClusterRoot", "GraphClusterEnd"):
                self._names[node["uid"]] = f"{place}.{'R' if kind.endswith('Root') else 'E'}"
        self.body = body
        self.nodes = {self._name(node["uid"]): node for node in body["nodes"]}

    def _kind(self, node: Json) -> str:
        found: str = node["type"].rpartition(".")[2]
        return found

    def _name(self, uid: str) -> str:
        return str(self._names.get(uid, uid)).removeprefix("root.")

    @property
    def edges(self) -> set[str]:
        """Edges as ``from > to RELATION value``."""
        return {
            " ".join(
                [self._name(edge["source"]), ">", self._name(edge["target"])]
                + [
                    str(edge["relation"][k])
                    for k in ("relationType", "value")
                    if edge["relation"].get(k)
                ]
            )
            for edge in self.body["edges"]
        }

    @property
    def clusters(self) -> dict[str, tuple[str, list[str], list[str]]]:
        """Of each cluster its relation, what is in it, and the clusters around it."""
        return {
            item["cluster"]["uid"].removeprefix("cluster_root."): (
                item["cluster"].get("relationType", ""),
                [self._name(uid) for uid in item["nodes"]],
                [uid.removeprefix("cluster_root.") for uid in item["parents"]],
            )
            for item in self.body["clusters"]
        }

    def relations(self, *uids: str) -> list[str | None]:
        return [self.nodes[uid].get("relationType") for uid in uids]


async def drawn(api: Api, *tasks: Task, **more: Any) -> Graph:
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": list(tasks), **more}
    return Graph(await api.call("POST", "/flows/graph", content=json.dumps(flow), headers=YAML))


async def test_plain_tasks_are_a_chain(api: Api):
    graph = await drawn(api, ret("a"), ret("b", disabled=True))
    assert list(graph.nodes) == ["R", "E", "a", "b"]
    assert graph.edges == {"R > a", "a > b SEQUENTIAL", "b > E"}
    assert graph.clusters == {}
    assert graph.nodes["a"]["task"] == ret("a")


async def test_parallel_tasks_hang_off_their_owner(api: Api):
    graph = await drawn(api, par("p", ret("a"), seq("s", ret("b"), ret("c"))), ret("z"))
    assert graph.edges == {
        "R > p.R",
        "p.R > p",
        "p > p.a PARALLEL",
        "p > p.s.R PARALLEL",
        "p.s.R > p.s",
        "p.s > p.s.b SEQUENTIAL",
        "p.s.b > p.s.c SEQUENTIAL",
        "p.s.c > p.s.E",
        "p.a > p.E",
        "p.s.E > p.E",
        "p.E > z SEQUENTIAL",
        "z > E",
    }
    relation, nodes, parents = graph.clusters["p.s"]
    assert (relation, parents) == ("SEQUENTIAL", ["p"])
    assert nodes == ["p.s.R", "p.s.E", "p.s", "p.s.b", "p.s.c"]
    assert graph.clusters["p"] == ("PARALLEL", ["p.R", "p.E", "p", "p.a"], [])
    assert graph.relations("p", "p.a", "p.s") == ["PARALLEL", "SEQUENTIAL", "SEQUENTIAL"]


async def test_choices_carry_their_value(api: Api):
    chosen = task("flow.If", "i", condition="x", then=[ret("a"), ret("b")], **{"else": [ret("c")]})
    switch = task(
        "flow.Switch", "s", value="x", cases={"1": [ret("d")], "2": [ret("e")]}, defaults=[ret("f")]
    )
    graph = await drawn(api, chosen, switch)
    assert {edge for edge in graph.edges if "CHOICE" in edge} == {
        "i > i.a CHOICE then",
        "i > i.c CHOICE else",
        "s > s.d CHOICE 1",
        "s > s.e CHOICE 2",
        "s > s.f CHOICE defaults",
    }
    assert {"i.a > i.b SEQUENTIAL", "i.b > i.E", "i.c > i.E"} <= graph.edges
    assert graph.clusters["i"][0] == graph.clusters["s"][0] == "CHOICE"


async def test_a_dag_follows_its_dependencies(api: Api):
    items = [("a", []), ("b", ["a"]), ("c", ["a"]), ("d", ["b", "c"])]
    dag = task("flow.Dag", "g", tasks=[{"task": ret(i), "dependsOn": on} for i, on in items])
    graph = await drawn(api, dag)
    assert {edge for edge in graph.edges if "PARALLEL" in edge} == {
        "g > g.a PARALLEL",
        "g.a > g.b PARALLEL",
        "g.a > g.c PARALLEL",
        "g.b > g.d PARALLEL",
        "g.c > g.d PARALLEL",
    }
    assert ("g.d > g.E" in graph.edges, graph.clusters["g"][0]) == (True, "DYNAMIC")


async def test_error_handlers_are_chains_of_their_own(api: Api):
    graph = await drawn(
        api, seq("s", ret("a"), errors=[log("h"), log("i")]), errors=[log("x"), log("y")]
    )
    assert {edge for edge in graph.edges if "ERROR" in edge} == {
        "R > x ERROR",
        "x > y ERROR",
        "s > s.h ERROR",
        "s.h > s.i ERROR",
    }
    assert {uid for uid, node in graph.nodes.items() if node["error"]} == {"x", "y", "s.h", "s.i"}
    assert graph.relations("x", "s.h") == ["ERROR", "ERROR"]


async def test_triggers_lead_to_the_start(api: Api):
    hourly = task("trigger.Schedule", "t", cron="0 * * * *")
    hook = task("trigger.Webhook", "w", key="k")
    flow = await api.save([ret("a")], triggers=[hourly, hook])
    path = f"/flows/{flow['namespace']}/{flow['id']}/graph"
    graph = Graph(await api.call("GET", path))
    assert {edge for edge in graph.edges if "Triggers" in edge} == {
        "Triggers.R > Triggers.t",
        "Triggers.R > Triggers.w",
        "Triggers.t > Triggers.E",
        "Triggers.w > Triggers.E",
        "Triggers.E > R",
    }
    assert graph.nodes["Triggers.t"]["triggerDeclaration"] == hourly
    assert graph.nodes["Triggers.t"]["trigger"]["triggerId"] == "t"
    assert "trigger" not in graph.nodes["Triggers.w"]


async def test_a_subflow_is_opened_on_request(api: Api):
    child = await api.save([ret("inner")])
    below = task("flow.Subflow", "sub", namespace=child["namespace"], flowId=child["id"])
    flow = await api.save([below, ret("z")])
    path = f"/flows/{flow['namespace']}/{flow['id']}/graph"
    closed = Graph(await api.call("GET", path))
    assert closed.nodes["sub"]["type"].endswith(".SubflowGraphTask")
    opened = Graph(await api.call("GET", path, params={"subflows": "root.sub"}))
    assert opened.clusters.keys() == {"sub"}
    kind = opened.body["clusters"][0]["cluster"]["type"]
    assert (kind.rpartition(".")[2], "sub.inner" in opened.nodes) == ("SubflowGraphCluster", True)
    named = task("flow.Subflow", "sub", namespace=NAMESPACE, flowId="{{ inputs.x }}")
    other = await api.save([named], inputs=[{"id": "x", "type": "STRING"}])
    path = f"/flows/{other['namespace']}/{other['id']}/graph"
    await api.call("GET", path, 422, params={"subflows": "root.sub"})


async def test_an_execution_shows_its_task_runs_and_iterations(api: Api):
    chosen = task("flow.If", "i", condition="true", then=[ret("yes")], **{"else": [ret("no")]})
    done = await api.run(each("e", ["x", "y"], ret("a"), ret("b")), chosen)
    graph = Graph(await api.call("GET", f"/executions/{done['id']}/graph"))
    assert [graph.nodes[uid]["values"] for uid in ("e.a_x", "e.b_x", "e.a_y", "e.b_y")] == [
        ["x"],
        ["x"],
        ["y"],
        ["y"],
    ]
    run = graph.nodes["e.a_y"]["taskRun"]
    assert (run["value"], run["state"]["current"]) == ("y", "SUCCESS")
    assert graph.nodes["e.a_y"]["task"] == {"id": "a", "type": f"{CORE}debug.Return"}
    assert "taskRun" in graph.nodes["i.yes"]
    assert "taskRun" not in graph.nodes.get("i.no", {})


async def test_graphs_of_what_is_not_there(api: Api):
    answer = await api.call("GET", "/flows/no/where/graph", 404)
    assert answer["message"] == "Not Found: Unable to find flow no_where"
    await api.call("POST", "/flows/graph", 422, content="id: [", headers=YAML)


async def test_dependencies_of_flows(api: Api):
    child = await api.save([ret("a")])
    below = task("flow.Subflow", "s", namespace=child["namespace"], flowId=child["id"])
    parent = await api.save([below])
    heard = {
        "type": f"{CORE}condition.ExecutionFlow",
        "namespace": child["namespace"],
        "flowId": child["id"],
    }
    after = await api.save([ret("a")], triggers=[task("trigger.Flow", "t", conditions=[heard])])
    path = f"/flows/{child['namespace']}/{child['id']}/dependencies"
    found = await api.call("GET", path)
    uid = {flow["id"]: f"{flow['namespace']}_{flow['id']}" for flow in (child, parent, after)}
    edges = {
        (edge["source"], edge["target"], edge["relation"])
        for edge in found["edges"]
        if {edge["source"], edge["target"]} <= set(uid.values())  # others may listen to all
    }
    assert edges == {
        (uid[parent["id"]], uid[child["id"]], "FLOW_TASK"),
        (uid[child["id"]], uid[after["id"]], "FLOW_TRIGGER"),
    }
    ends = await api.call("GET", path, params={"destinationOnly": "true"})
    assert [edge["source"] for edge in ends["edges"]] == [uid[parent["id"]]]
    assert await api.call("GET", "/flows/no/where/dependencies") == {"nodes": [], "edges": []}
