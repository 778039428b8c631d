"""Answers of the original server that ours are compared with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "api"
YAML = {"content-type": "application/x-yaml"}


def recorded(name: str) -> Any:
    """Return one recorded answer."""
    return json.loads((FOLDER / "answers.json").read_text())[name]


def recorded_graph(name: str) -> Any:
    """Return a recorded graph; random names of nodes are ``<cluster>.R`` and ``<cluster>.E``."""
    return json.loads((FOLDER / "graphs.json").read_text())[name]


def source(name: str) -> str:
    """Return the source of a flow that the answers are about."""
    return (FOLDER / f"{name}.yaml").read_text()


def shape(graph: dict[str, Any]) -> dict[str, Any]:
    """Return a graph in the form of the recorded ones."""
    names = {}
    for node in graph["nodes"]:
        kind, path = node["type"].rpartition(".")[2], node["uid"].rpartition(".")[0]
        if kind in ("GraphClusterRoot", "GraphClusterEnd"):
            names[node["uid"]] = f"{path}.{'R' if kind.endswith('Root') else 'E'}"

    def name(uid: str) -> str:
        return names.get(uid, uid)

    nodes = []
    for node in graph["nodes"]:
        shown = {
            "uid": name(node["uid"]),
            "type": node["type"].rpartition(".")[2],
            "error": node["error"],
            "keys": sorted(set(node) - {"uid", "type", "error"}),
        }
        if "relationType" in node:
            shown["relationType"] = node["relationType"]
        nodes.append(shown)
    edges = sorted(
        [
            name(edge["source"]),
            name(edge["target"]),
            edge["relation"].get("relationType", ""),
            edge["relation"].get("value", ""),
        ]
        for edge in graph["edges"]
    )
    clusters = [
        {
            "uid": item["cluster"]["uid"],
            "type": item["cluster"]["type"].rpartition(".")[2],
            "relationType": item["cluster"].get("relationType", ""),
            "nodes": [name(uid) for uid in item["nodes"]],
            "parents": item["parents"],
            "start": name(item["start"]),
            "end": name(item["end"]),
        }
        for item in graph["clusters"]
    ]
    return {"nodes": nodes, "edges": edges, "clusters": clusters}
