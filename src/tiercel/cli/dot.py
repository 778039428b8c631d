"""The graph of a flow as text for Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.check import parse_flow
from tiercel.cli.console import show_error, write
from tiercel.cli.reading import read_source
from tiercel.model.errors import TiercelError
from tiercel.services.clock import new_id
from tiercel.services.graph import GraphBuilder

if TYPE_CHECKING:
    from tiercel.plugin.registry import Registry

_ENDS = ("GraphClusterRoot", "GraphClusterEnd")


def show_dot(registry: Registry, file: Path) -> int:
    """Print the graph of a flow file; return the exit code."""
    try:
        flow = parse_flow(read_source(file), registry).flow
    except TiercelError as error:
        show_error(error, file=str(file))
        return 1
    write(to_dot(GraphBuilder(new_id).build(flow)))
    return 0


def to_dot(graph: Mapping[str, Any]) -> str:
    """Return a graph, as the API gives it, in the language of Graphviz.

    A cluster is a box around what belongs to it; edges carry their value or, unless it is
    ``SEQUENTIAL``, their relation.
    """
    nodes = {node["uid"]: node for node in graph["nodes"]}
    inside = {uid for cluster in graph["clusters"] for uid in cluster["nodes"]}
    lines = ["digraph G {", "  layout=dot;"]
    lines += [f"  {_node(node)}" for uid, node in nodes.items() if uid not in inside]
    lines += _clusters(graph["clusters"], nodes, (), "  ")
    lines += [f"  {_edge(edge)}" for edge in graph["edges"]]
    return "\n".join([*lines, "}"])


def _clusters(
    clusters: Sequence[Mapping[str, Any]],
    nodes: Mapping[str, Mapping[str, Any]],
    parents: tuple[str, ...],
    indent: str,
) -> Iterator[str]:
    """Yield the clusters whose parents are these, with all that they hold."""
    for cluster in clusters:
        if tuple(cluster["parents"]) != parents:
            continue
        uid = cluster["cluster"]["uid"]
        yield f"{indent}subgraph {_quoted(uid)} {{"
        yield f"{indent}  label={_quoted(uid.rpartition('.')[2])};"
        yield from (f"{indent}  {_node(nodes[item])}" for item in cluster["nodes"] if item in nodes)
        yield from _clusters(clusters, nodes, (*parents, uid), f"{indent}  ")
        yield f"{indent}}}"


def _node(node: Mapping[str, Any]) -> str:
    uid, kind = node["uid"], node["type"].rpartition(".")[2]
    if kind in _ENDS:
        return f'{_quoted(uid)}[shape=point,label=""];'
    colour = ",color=red" if node.get("error") else ""
    return f"{_quoted(uid)}[shape=box,label={_quoted(uid.rpartition('.')[2])}{colour}];"


def _edge(edge: Mapping[str, Any]) -> str:
    relation = edge.get("relation") or {}
    label = relation.get("value") or relation.get("relationType") or ""
    shown = f"[label={_quoted(str(label))}]" if label not in ("", "SEQUENTIAL") else ""
    return f"{_quoted(edge['source'])} -> {_quoted(edge['target'])} {shown};"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
