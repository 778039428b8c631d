"""Routes of templates: tasks that flows share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from tiercel.model.errors import NotFoundError
from tiercel.model.problems import InvalidFlowError
from tiercel.services.source_files import split_documents
from tiercel.web.bodies import read_documents, read_flow_ids, read_source
from tiercel.web.errors import not_found, or_404
from tiercel.web.flow_faults import faults
from tiercel.web.replies import JsonReply, archive_reply, page_of
from tiercel.web.resources import TEMPLATES
from tiercel.web.search import read_conditions, read_search
from tiercel.web.services import AppServices, Services, uploads_folder
from tiercel.web.uploads import read_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tiercel.store import StoredTemplate

router = APIRouter(prefix="/api/v1/templates", tags=["templates"])


def template_json(template: StoredTemplate) -> dict[str, Any]:
    """Return a template as it is written."""
    shown: dict[str, Any] = {"id": template.id, "namespace": template.namespace}
    if template.description is not None:
        shown["description"] = template.description
    for name in ("tasks", "errors"):
        if template.definition.get(name) is not None:
            shown[name] = template.definition[name]
    return shown | {"deleted": template.deleted}


@router.get("/search")
async def search_templates(request: Request, services: Services) -> Response:
    """Return one page of templates."""
    search = read_search(request.query_params, TEMPLATES)
    found, total = await services.views.templates.search(
        search.conditions, page=search.page, size=search.size, sort=search.sort
    )
    return page_of([template_json(one) for one in found], total)


@router.get("/distinct-namespaces")
async def distinct_namespaces(services: Services, q: str | None = None) -> Response:
    """Return the namespaces that have templates, sorted; with ``q`` those that contain it."""
    return JsonReply(await services.views.templates.namespaces(q))


@router.post("/validate")
async def validate_templates(request: Request, services: Services) -> Response:
    """Check one or several documents; what is wrong with them is part of the answer."""
    documents = split_documents(await read_source(request))
    return JsonReply([_checked(services, text, index) for index, text in enumerate(documents)])


def _checked(services: AppServices, source: str, index: int) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    try:
        written: Mapping[str, Any] = services.views.templates.validate(source).flow.definition
    except InvalidFlowError as error:
        written = error.definition
        wrong = faults(error.problems, written)
    checked: dict[str, Any] = {"index": index, "outdated": False}
    if written:
        checked |= {"flow": written.get("id"), "namespace": written.get("namespace")}
    return checked | wrong


@router.get("/export/by-query")
async def export_by_query(request: Request, services: Services) -> Response:
    """Send an archive of the sources of all templates that a search finds."""
    return await _archive(services, await _matching(request, services))


@router.post("/export/by-ids")
async def export_by_ids(request: Request, services: Services) -> Response:
    """Send an archive of the sources of the named templates."""
    return await _archive(services, await _wanted(request, services))


async def _archive(services: AppServices, templates: Sequence[StoredTemplate]) -> Response:
    return archive_reply(await services.views.templates.archive(templates), "templates.zip")


async def _matching(request: Request, services: AppServices) -> Sequence[StoredTemplate]:
    conditions = read_conditions(request.query_params, TEMPLATES)
    return await services.views.templates.matching(conditions)


async def _wanted(request: Request, services: AppServices) -> Sequence[StoredTemplate]:
    names = dict.fromkeys(await read_flow_ids(request))
    try:
        return [await services.views.templates.get(*name) for name in names]
    except NotFoundError as error:
        raise NotFoundError("No value present", hint=error.message) from None


@router.delete("/delete/by-query")
async def delete_by_query(request: Request, services: Services) -> Response:
    """Delete all templates that a search finds; the answer counts them."""
    return await _delete(services, await _matching(request, services))


@router.delete("/delete/by-ids")
async def delete_by_ids(request: Request, services: Services) -> Response:
    """Delete the named templates; the answer counts them."""
    return await _delete(services, await _wanted(request, services))


async def _delete(services: AppServices, templates: Sequence[StoredTemplate]) -> Response:
    names = [(one.namespace, one.id) for one in templates]
    return JsonReply({"count": await services.views.templates.delete(names)})


@router.post("/import")
async def import_templates(request: Request, services: Services) -> Response:
    """Create or update the templates of an uploaded file."""
    async with read_form(request, uploads_folder(services)) as form:
        part = form.required_file("fileUpload")
        await services.views.templates.import_file(part.path, part.file_name)
    return JsonReply([])


@router.post("")
async def create_template(request: Request, services: Services) -> Response:
    """Save a new template."""
    return JsonReply(
        template_json(await services.views.templates.create(await read_source(request)))
    )


@router.get("/{namespace}/{template_id}")
async def read_template(namespace: str, template_id: str, services: Services) -> Response:
    """Return one template."""
    with or_404():
        return JsonReply(template_json(await services.views.templates.get(namespace, template_id)))


@router.put("/{namespace}/{template_id}")
async def update_template(
    namespace: str, template_id: str, request: Request, services: Services
) -> Response:
    """Save a template again."""
    source = await read_source(request)
    with or_404():
        saved = await services.views.templates.update(namespace, template_id, source)
    return JsonReply(template_json(saved))


@router.delete("/{namespace}/{template_id}", status_code=204)
async def delete_template(namespace: str, template_id: str, services: Services) -> Response:
    """Delete a template; executions under way go on with it."""
    if not await services.views.templates.delete([(namespace, template_id)]):
        raise not_found()
    return Response(status_code=204)


@router.post("/{namespace}")
async def replace_namespace(
    namespace: str, request: Request, services: Services, delete: bool = True
) -> Response:
    """Make a namespace hold just the templates of the body."""
    documents = await read_documents(request)
    saved = await services.views.templates.save_sources(
        {str(index): text for index, text in enumerate(documents)},
        namespace=namespace,
        delete=delete,
    )
    return JsonReply([template_json(one) for one in saved])
