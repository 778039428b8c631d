"""Routes of flows."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tiercel.model.errors import NotFoundError
from tiercel.services.written import find_task, in_namespace
from tiercel.store import Condition, Operation
from tiercel.web.bodies import read_documents, read_json, read_source
from tiercel.web.errors import RefusedRequestError, bad_value, not_found, or_404
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import FLOWS
from tiercel.web.search import read_search, several
from tiercel.web.services import Number, Services
from tiercel.web.shapes import flow_json, moment

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])


@router.get("/search")
async def search_flows(request: Request, services: Services) -> Response:
    """Return one page of the latest revisions."""
    search = read_search(request.query_params, FLOWS)
    found, total = await services.flows.search(
        search.conditions, page=search.page, size=search.size, sort=search.sort
    )
    return page_of([flow_json(flow) for flow in found], total)


@router.post("")
async def create_flow(request: Request, services: Services) -> Response:
    """Save a new flow."""
    saved = await services.flows.create(await read_source(request))
    return JsonReply(flow_json(saved.stored, source=True))


@router.put("/{namespace}/{flow_id}")
async def update_flow(
    namespace: str, flow_id: str, request: Request, services: Services
) -> Response:
    """Save the next revision of a flow; the same source again adds none."""
    source = await read_source(request)
    with or_404():
        saved = await services.flows.update(namespace, flow_id, source)
    return JsonReply(flow_json(saved.stored, source=True))


@router.get("/{namespace}/{flow_id}")
async def read_flow(
    namespace: str,
    flow_id: str,
    services: Services,
    source: bool = False,
    revision: Number = None,
    allow_deleted: Annotated[bool, Query(alias="allowDeleted")] = False,
) -> Response:
    """Return one revision of a flow, by default the latest.

    One that is not valid any more, as a plugin is gone, says why in ``exception``.
    """
    with or_404():
        if allow_deleted and revision is None:
            flow = (await services.flows.revisions(namespace, flow_id))[-1]
        else:
            flow = await services.flows.get(namespace, flow_id, revision)
    shown = flow_json(flow, source=source)
    if fault := await services.views.flow_sets.fault_of(flow):
        shown["exception"] = fault
    return JsonReply(shown)


@router.get("/{namespace}/{flow_id}/revisions")
async def read_revisions(
    namespace: str,
    flow_id: str,
    services: Services,
    allow_deleted: Annotated[bool, Query(alias="allowDelete")] = True,
) -> Response:
    """Return all revisions with sources and dates, oldest first; none for an unknown flow."""
    try:
        revisions = await services.flows.revisions(namespace, flow_id)
    except NotFoundError:
        revisions = []
    shown = [flow for flow in revisions if allow_deleted or not flow.deleted]
    return JsonReply(
        [{**flow_json(flow, source=True), "updated": moment(flow.updated_at)} for flow in shown]
    )


@router.delete("/{namespace}/{flow_id}", status_code=204)
async def delete_flow(namespace: str, flow_id: str, services: Services) -> Response:
    """Delete a flow; its executions stay."""
    with or_404():
        await services.flows.delete(namespace, flow_id)
    return Response(status_code=204)


@router.delete("/{namespace}/{flow_id}/revisions")
async def delete_revisions(
    namespace: str, flow_id: str, request: Request, services: Services
) -> Response:
    """Forget old revisions; the latest stays."""
    wanted = several(request.query_params, "revisions")
    if not wanted:
        raise RefusedRequestError(
            400, "Bad Request", "Required QueryValue [revisions] not specified"
        )
    numbers = [int(text) for text in wanted if text.isdigit() and len(text) < 10]
    if len(numbers) < len(wanted):
        raise bad_value("revisions", ",".join(wanted), "expected whole numbers")
    await services.flows.delete_revisions(namespace, flow_id, numbers)
    return Response(status_code=200)


@router.get("/{namespace}/{flow_id}/tasks/{task_id}")
async def read_task(
    namespace: str, flow_id: str, task_id: str, services: Services, revision: Number = None
) -> Response:
    """Return one task of a flow as it is written, at any depth."""
    with or_404():
        flow = await services.flows.get(namespace, flow_id, revision)
    task = find_task(flow.definition, task_id)
    if task is None:
        raise not_found()
    return JsonReply(task)


@router.patch("/{namespace}/{flow_id}/{task_id}")
async def replace_task(
    namespace: str, flow_id: str, task_id: str, request: Request, services: Services
) -> Response:
    """Save a flow with another task in the place of one; its comments are lost."""
    task = await read_json(request, dict[str, Any])
    with or_404():
        saved = await services.views.flow_sets.replace_task(namespace, flow_id, task_id, task)
    return JsonReply(flow_json(saved.stored))


@router.get("/{namespace}")
async def list_flows(namespace: str, services: Services) -> Response:
    """Return all flows of exactly one namespace."""
    condition = Condition("namespace", Operation.EQUALS, namespace)
    flows = await services.views.flow_sets.matching([condition])
    return JsonReply([flow_json(flow) for flow in flows])


@router.post("/{namespace}")
async def replace_namespace(
    namespace: str,
    request: Request,
    services: Services,
    delete: bool = True,
    override: bool = False,
) -> Response:
    """Make a namespace hold just the flows of the body; the answer lists the deleted ones first.

    With ``override`` they are taken into it, whatever namespace they name.
    """
    sources = await read_documents(request)
    if override:
        sources = [in_namespace(text, namespace) for text in sources]
    flows = await services.views.flow_sets.replace(sources, delete=delete, namespace=namespace)
    return JsonReply([flow_json(flow, source=True) for flow in flows])
