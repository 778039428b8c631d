"""Routes of graphs, and of what flows have to do with each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from tiercel.services.clock import utc_now
from tiercel.web.bodies import read_source
from tiercel.web.errors import or_404
from tiercel.web.namespaces import DestinationOnly, ExpandAll, topology_json
from tiercel.web.replies import JsonReply
from tiercel.web.search import of_flow, several
from tiercel.web.services import AppServices, Number, Services
from tiercel.web.shapes import task_run_json
from tiercel.web.trigger_shapes import trigger_json

if TYPE_CHECKING:
    from tiercel.model.execution import TaskRun
    from tiercel.services.executions import Snapshot

router = APIRouter(prefix="/api/v1", tags=["graphs"])
_MOST_TRIGGERS = 1000


@router.get("/flows/{namespace}/{flow_id}/graph")
async def flow_graph(
    namespace: str,
    flow_id: str,
    request: Request,
    services: Services,
    revision: Number = None,
) -> Response:
    """Return the graph of a flow; ``subflows`` names nodes that are to be opened."""
    graph = await services.views.graphs.of_flow(
        namespace,
        flow_id,
        revision,
        opened=several(request.query_params, "subflows"),
        triggers=partial(_trigger_states, services),
    )
    return JsonReply(graph)


async def _trigger_states(
    services: AppServices, namespace: str, flow_id: str
) -> dict[str, dict[str, Any]]:
    found, _ = await services.triggers.search(of_flow(namespace, flow_id), size=_MOST_TRIGGERS)
    return {view.state.trigger_id: trigger_json(view.state, view.backfill) for view in found}


@router.post("/flows/graph")
async def source_graph(request: Request, services: Services) -> Response:
    """Return the graph of a flow that is not saved."""
    opened = several(request.query_params, "subflows")
    return JsonReply(
        await services.views.graphs.of_source(await read_source(request), opened=opened)
    )


@router.get("/executions/{execution_id}/graph")
async def execution_graph(execution_id: str, request: Request, services: Services) -> Response:
    """Return the graph of an execution: nodes carry task runs."""
    now = utc_now()

    def show(task_run: TaskRun, snapshot: Snapshot) -> dict[str, Any]:
        return task_run_json(task_run, snapshot.execution, now)

    opened = several(request.query_params, "subflows")
    with or_404():
        graph = await services.views.graphs.of_execution(
            execution_id, show, opened=opened, triggers=partial(_trigger_states, services)
        )
    return JsonReply(graph)


@router.get("/flows/{namespace}/{flow_id}/dependencies")
async def flow_dependencies(
    namespace: str,
    flow_id: str,
    services: Services,
    destination_only: DestinationOnly = False,
    expand_all: ExpandAll = False,
) -> Response:
    """Return the flows that a flow starts or is started by."""
    topology = await services.views.namespaces.topology(
        namespace, flow_id, destination_only=destination_only, expand=expand_all
    )
    return JsonReply(topology_json(topology))
