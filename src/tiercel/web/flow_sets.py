"""Routes for many flows at once: by ids, by query, from and to files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from tiercel.web.bodies import read_documents, read_flow_ids
from tiercel.web.replies import JsonReply, archive_reply
from tiercel.web.resources import FLOWS
from tiercel.web.search import read_conditions
from tiercel.web.services import AppServices, Services, uploads_folder
from tiercel.web.shapes import flow_json
from tiercel.web.uploads import read_form

if TYPE_CHECKING:
    from tiercel.store import StoredFlow

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])


@router.get("/distinct-namespaces")
async def distinct_namespaces(services: Services, q: str | None = None) -> Response:
    """Return the namespaces that have flows, sorted; with ``q`` those that contain it."""
    return JsonReply(await services.views.namespaces.with_flows(q))


@router.post("/import")
async def import_flows(request: Request, services: Services) -> Response:
    """Create or update the flows of an uploaded file; all of them or none."""
    async with read_form(request, uploads_folder(services)) as form:
        part = form.required_file("fileUpload")
        await services.views.flow_sets.import_file(part.path, part.file_name)
    return JsonReply([])


@router.post("/bulk")
async def replace_flows(
    request: Request,
    services: Services,
    delete: bool = True,
    namespace: str | None = None,
    allow_child: Annotated[bool, Query(alias="allowNamespaceChild")] = False,
) -> Response:
    """Make the namespaces of the given flows hold just those."""
    sources = await read_documents(request)
    flows = await services.views.flow_sets.replace(
        sources, delete=delete, namespace=namespace, with_children=allow_child
    )
    return JsonReply([flow_json(flow, source=True) for flow in flows])


@router.get("/export/by-query")
async def export_by_query(request: Request, services: Services) -> Response:
    """Send an archive of the sources of all flows that a search finds."""
    return await _archive(services, await _matching(request, services))


@router.post("/export/by-ids")
async def export_by_ids(request: Request, services: Services) -> Response:
    """Send an archive of the sources of the named flows."""
    return await _archive(
        services, await services.views.flow_sets.named(await read_flow_ids(request))
    )


async def _archive(services: AppServices, flows: Sequence[StoredFlow]) -> Response:
    return archive_reply(await services.views.flow_sets.archive(flows), "flows.zip")


async def _matching(request: Request, services: AppServices) -> Sequence[StoredFlow]:
    return await services.views.flow_sets.matching(read_conditions(request.query_params, FLOWS))


Change = Callable[[AppServices, Sequence["StoredFlow"]], Awaitable[int]]


def _add_bulk(method: str, word: str, change: Change) -> None:
    """Add the routes of one change: for the flows a search finds, and for named ones."""

    async def by_query(request: Request, services: Services) -> Response:
        return JsonReply({"count": await change(services, await _matching(request, services))})

    async def by_ids(request: Request, services: Services) -> Response:
        flows = await services.views.flow_sets.named(await read_flow_ids(request))
        return JsonReply({"count": await change(services, flows)})

    routes: tuple[tuple[str, Callable[..., Any]], ...] = (("query", by_query), ("ids", by_ids))
    for kind, endpoint in routes:
        summary = f"{word.capitalize()} flows by {kind}; the answer counts them."
        router.add_api_route(
            f"/{word}/by-{kind}",
            endpoint,
            methods=[method],
            name=f"{word}_flows_by_{kind}",
            description=summary,
        )


_add_bulk("DELETE", "delete", lambda services, flows: services.views.flow_sets.delete(flows))
_add_bulk(
    "POST", "disable", lambda services, flows: services.views.flow_sets.set_disabled(flows, True)
)
_add_bulk(
    "POST", "enable", lambda services, flows: services.views.flow_sets.set_disabled(flows, False)
)
