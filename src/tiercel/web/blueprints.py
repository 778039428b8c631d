"""Routes of blueprints: flows to begin from."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response

from tiercel.services.blueprints import Blueprint
from tiercel.web.errors import not_found, or_404
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import BLUEPRINTS
from tiercel.web.search import read_search, several
from tiercel.web.services import AppServices, Services
from tiercel.web.shapes import moment

router = APIRouter(prefix="/api/v1/blueprints/community", tags=["blueprints"])

_KINDS = ("flow", "dashboard", "app")


def blueprint_json(item: Blueprint) -> dict[str, Any]:
    """Return a blueprint without its source."""
    return {
        "id": item.id,
        "title": item.title,
        "description": item.description,
        "includedTasks": list(item.types),
        "tags": list(item.tags),
        "publishedAt": moment(item.published),
    }


async def _page(request: Request, services: AppServices, kind: str) -> Response:
    if kind not in _KINDS:
        raise not_found()
    search = read_search(request.query_params, BLUEPRINTS)
    query = next((str(item.value) for item in search.conditions if item.field == "q"), "")
    tags = several(request.query_params, "tags")
    found: list[Blueprint] = []
    if kind == "flow":
        found = await asyncio.to_thread(services.views.blueprints.search, query, tags)
    if search.sort and search.sort[0].descending:
        found.reverse()
    first = (search.page - 1) * search.size
    shown = [blueprint_json(item) for item in found[first : first + search.size]]
    return page_of(shown, len(found))


async def _one(services: AppServices, kind: str, blueprint_id: str) -> Blueprint:
    with or_404():
        if kind == "flow":
            return await asyncio.to_thread(services.views.blueprints.get, blueprint_id)
    raise not_found()


async def _tags(services: AppServices, q: str) -> Response:
    tags = await asyncio.to_thread(lambda: services.views.blueprints.tags)
    return JsonReply([{"id": tag, "name": tag} for tag in tags if q.lower() in tag.lower()])


@router.get("")
async def search_blueprints(request: Request, services: Services) -> Response:
    """Return one page of blueprints."""
    return await _page(request, services, "flow")


@router.get("/tags")
async def list_tags(services: Services, q: str = "") -> Response:
    """Return the tags of blueprints."""
    return await _tags(services, q)


@router.get("/{kind}/tags")
async def list_tags_of_kind(kind: str, services: Services, q: str = "") -> Response:
    """Return the tags of blueprints of one kind."""
    return await _tags(services, q) if kind == "flow" else JsonReply([])


@router.get("/{first}")
async def read_or_search(first: str, request: Request, services: Services) -> Response:
    """Return one page of a kind, or else one blueprint with its source."""
    if first in _KINDS:
        return await _page(request, services, first)
    item = await _one(services, "flow", first)
    return JsonReply({**blueprint_json(item), "flow": item.source})


@router.get("/{first}/{second}")
async def read_blueprint(first: str, second: str, services: Services) -> Response:
    """Return a blueprint of a kind; or its source or graph when no kind is named."""
    if first in _KINDS:
        item = await _one(services, first, second)
        return JsonReply({**blueprint_json(item), "source": item.source})
    return await _part(services, "flow", first, second)


@router.get("/{kind}/{blueprint_id}/{part}")
async def read_part(kind: str, blueprint_id: str, part: str, services: Services) -> Response:
    """Return the source or the graph of a blueprint."""
    return await _part(services, kind, blueprint_id, part)


async def _part(services: AppServices, kind: str, blueprint_id: str, part: str) -> Response:
    item = await _one(services, kind, blueprint_id)
    if part in ("source", "flow"):
        return Response(item.source, media_type="application/yaml")
    if part == "graph":
        return JsonReply(await services.views.graphs.of_source(item.source))
    raise not_found()
