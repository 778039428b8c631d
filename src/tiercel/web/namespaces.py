"""Routes of namespaces."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.services.namespaces import Topology
from tiercel.web.bodies import read_json
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import NAMESPACES
from tiercel.web.search import read_search
from tiercel.web.services import Services

router = APIRouter(prefix="/api/v1/namespaces", tags=["namespaces"])

DestinationOnly = Annotated[bool, Query(alias="destinationOnly")]
ExpandAll = Annotated[bool, Query(alias="expandAll")]


class Autocomplete(msgspec.Struct):
    """What somebody has typed, and the names that are wanted in any case."""

    q: str = ""
    ids: list[str] = []


def topology_json(topology: Topology) -> dict[str, Any]:
    """Return flows and who starts whom."""
    nodes = [
        {"uid": f"{namespace}_{flow_id}", "namespace": namespace, "id": flow_id}
        for namespace, flow_id in topology.flows
    ]
    edges = [
        {"source": "_".join(source), "target": "_".join(target), "relation": relation}
        for source, target, relation in topology.edges
    ]
    return {"nodes": nodes, "edges": edges}


@router.get("/search")
async def search_namespaces(request: Request, services: Services) -> Response:
    """Return one page of namespaces with flows, their parents, and the system's."""
    search = read_search(request.query_params, NAMESPACES)
    query = next((str(item.value) for item in search.conditions if item.field == "q"), "")
    found = await services.views.namespaces.all(query)
    if search.sort and search.sort[0].descending:
        found.reverse()
    first = (search.page - 1) * search.size
    shown = [
        {"id": name, "deleted": False, "disabled": True}
        for name in found[first : first + search.size]
    ]
    return page_of(shown, len(found))


@router.post("/autocomplete")
async def autocomplete(request: Request, services: Services) -> Response:
    """Return the names of namespaces that contain a text, and those asked for by name."""
    wanted = await read_json(request, Autocomplete, default=Autocomplete())
    found = await services.views.namespaces.all(wanted.q)
    return JsonReply(sorted({*found, *wanted.ids}))


@router.get("/{namespace}")
async def read_namespace(namespace: str) -> Response:
    """Return a namespace; they are no objects of their own, so any name is one."""
    return JsonReply({"id": namespace, "deleted": False})


@router.get("/{namespace}/dependencies")
async def namespace_dependencies(
    namespace: str, services: Services, destination_only: DestinationOnly = False
) -> Response:
    """Return the flows of a namespace, and those that they start or are started by."""
    topology = await services.views.namespaces.topology(
        namespace, destination_only=destination_only
    )
    return JsonReply(topology_json(topology))
