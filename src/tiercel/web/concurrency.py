"""Routes about what runs together: limits of flows, and executions that belong together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from tiercel.model.errors import ConflictError
from tiercel.model.execution import CORRELATION_LABEL, Label
from tiercel.services.executions import Snapshot
from tiercel.store import Condition, Operation
from tiercel.web.bodies import read_json
from tiercel.web.errors import not_found
from tiercel.web.executions import found
from tiercel.web.guard import TENANT
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import NAMESPACES
from tiercel.web.search import read_search
from tiercel.web.services import AppServices, Closing, Services
from tiercel.web.streams import event, event_stream

router = APIRouter(prefix="/api/v1", tags=["executions"])

_LOOK_EVERY_SECONDS = 0.5
_MOST_RELATED = 1000


class RunningCount(msgspec.Struct):
    """How many executions of a flow somebody believes to hold a slot; None asks."""

    running: int | None = None


def _limit(namespace: str, flow_id: str, running: int) -> dict[str, Any]:
    return {"tenantId": TENANT, "namespace": namespace, "flowId": flow_id, "running": running}


@router.get("/concurrency-limit/search")
async def search_limits(request: Request, services: Services) -> Response:
    """Return one page of the flows with a limit, and how many of their slots are taken."""
    search = read_search(request.query_params, NAMESPACES)
    limited = [
        (flow.namespace, flow.id)
        for flow in await services.views.flow_sets.matching([])
        if flow.definition.get("concurrency")
    ]
    first = (search.page - 1) * search.size
    page = limited[first : first + search.size]
    taken = await services.views.stats.slots(page)
    shown = [_limit(*flow, taken.get(flow, 0)) for flow in page]
    return page_of(shown, len(limited))


@router.put("/concurrency-limit/{namespace}/{flow_id}")
async def correct_limit(
    namespace: str, flow_id: str, request: Request, services: Services
) -> Response:
    """Return how many slots of a flow are taken; another number is refused: they are counted."""
    believed = await read_json(request, RunningCount, default=RunningCount())
    flow = await services.flows.get(namespace, flow_id)
    if not flow.definition.get("concurrency"):
        raise not_found(f"the flow {namespace}.{flow_id} has no limit")
    taken = await services.views.stats.slots([(namespace, flow_id)])
    running = taken.get((namespace, flow_id), 0)
    if believed.running not in (None, running):
        raise ConflictError(
            f"{running} executions of {namespace}.{flow_id} hold a slot, not {believed.running}:"
            " they are counted, so the number can't be set",
            hint="kill an execution to free its slot, or raise the limit of the flow",
        )
    return JsonReply(_limit(namespace, flow_id, running))


@router.get("/executions/{execution_id}/follow-dependencies")
async def follow_related(execution_id: str, services: Services, closing: Closing) -> Response:
    """Send the states of all executions that one started, until they are over."""
    first = await found(services, execution_id)

    def events(snapshot: Snapshot) -> bytes:
        execution = snapshot.execution
        shown = {
            "tenantId": TENANT,
            "executionId": execution.id,
            "namespace": execution.namespace,
            "flowId": execution.flow_id,
            "state": {"current": execution.state.current.value},
        }
        return event("end" if snapshot.settled else "progress", shown)

    return await event_stream(_related(services, first), events, closing)


async def _related(services: AppServices, first: Snapshot) -> AsyncGenerator[Snapshot, None]:
    """Yield executions with the same correlation id, and again when their state has changed."""
    labels = {label.key: label.value for label in first.execution.labels}
    shared = Label(CORRELATION_LABEL, labels.get(CORRELATION_LABEL, first.execution.id))
    condition = Condition("labels", Operation.EQUALS, shared)
    shown: dict[str, str] = {}
    while True:
        snapshots, _ = await services.executions.search([condition], size=_MOST_RELATED)
        for snapshot in snapshots or [first]:
            execution = snapshot.execution
            if shown.get(execution.id) != execution.state.current:
                shown[execution.id] = execution.state.current
                yield snapshot
        if all(snapshot.settled for snapshot in snapshots or [first]):
            return
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
