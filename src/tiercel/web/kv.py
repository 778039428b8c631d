"""Routes of the key-value store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response

from tiercel.model.durations import parse_duration
from tiercel.services.kv import Entry, KeyExpiredError, typed_value
from tiercel.services.namespaces import lineage
from tiercel.web.bodies import content_type, read_json, read_text
from tiercel.web.errors import RefusedRequestError, bad_value, unsupported_type
from tiercel.web.listing import select
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import KEYS
from tiercel.web.search import read_search
from tiercel.web.services import Services
from tiercel.web.shapes import moment

router = APIRouter(prefix="/api/v1", tags=["kv"])

_TYPES = ("", "application/json", "text/plain")


class Keys(msgspec.Struct):
    """Keys to delete."""

    keys: list[str] = []


def entry_json(entry: Entry) -> dict[str, Any]:
    """Return what a list shows of an entry: everything but its value."""
    shown: dict[str, Any] = {
        "key": entry.key,
        "namespace": entry.namespace,
        "creationDate": moment(entry.created),
        "updateDate": moment(entry.updated),
        "version": entry.version,
        "revision": entry.version,
    }
    if entry.expires is not None:
        shown["expirationDate"] = moment(entry.expires)
    return shown if entry.description is None else {**shown, "description": entry.description}


@router.get("/kv")
async def list_all_keys(request: Request, services: Services) -> Response:
    """Return one page of the entries of all namespaces."""
    search = read_search(request.query_params, KEYS)
    found, total = select(await services.views.kv.everywhere(), search)
    return page_of([entry_json(entry) for entry in found], total)


@router.get("/namespaces/{namespace}/kv")
async def list_keys(namespace: str, services: Services) -> Response:
    """Return the entries of a namespace, without their values."""
    return JsonReply([entry_json(entry) for entry in await services.views.kv.list(namespace)])


@router.get("/namespaces/{namespace}/kv/inheritance")
async def list_inherited_keys(namespace: str, services: Services) -> Response:
    """Return the entries of the parent namespaces, the nearest first."""
    found: list[Entry] = []
    seen: set[str] = set()
    for parent in reversed(lineage(namespace)[:-1]):
        entries: Sequence[Entry] = await services.views.kv.list(parent)
        found += [entry for entry in entries if entry.key not in seen]
        seen.update(entry.key for entry in entries)
    return JsonReply([entry_json(entry) for entry in found])


@router.get("/namespaces/{namespace}/kv/{key}")
async def read_key(namespace: str, key: str, services: Services) -> Response:
    """Return the value of an entry with its type."""
    try:
        entry = await services.views.kv.get(namespace, key)
    except KeyExpiredError as error:
        raise RefusedRequestError(410, "Resource has expired", error.message) from None
    shown: dict[str, Any] = {"type": entry.type.value}
    if entry.value is not None:
        shown["value"] = entry.value
    return JsonReply({**shown, "revision": entry.version, "updated": moment(entry.updated)})


@router.put("/namespaces/{namespace}/kv/{key}")
async def set_key(
    namespace: str,
    key: str,
    request: Request,
    services: Services,
    ttl: Annotated[str | None, Header()] = None,
    description: Annotated[str | None, Header()] = None,
    ttl_parameter: Annotated[str | None, Query(alias="ttl")] = None,
    description_parameter: Annotated[str | None, Query(alias="description")] = None,
) -> Response:
    """Store a value: JSON, or a bare date, moment, duration or word.

    Headers hold no text beyond Latin letters; a parameter holds any.
    """
    given = content_type(request)
    if given not in _TYPES:
        raise unsupported_type(given, ["application/json", "text/plain"])
    length = ttl or ttl_parameter
    try:
        lasts = parse_duration(length) if length else None
    except (ValueError, OverflowError) as error:
        raise bad_value("ttl", length, str(error)) from None
    value = typed_value(await read_text(request))
    told = description or description_parameter
    await services.views.kv.set(namespace, key, value, ttl=lasts, description=told)
    return Response(status_code=200)


@router.delete("/namespaces/{namespace}/kv/{key}")
async def delete_key(namespace: str, key: str, services: Services) -> Response:
    """Delete an entry; the answer tells whether there was one."""
    return JsonReply(await services.views.kv.delete(namespace, key))


@router.delete("/namespaces/{namespace}/kv")
async def delete_keys(namespace: str, request: Request, services: Services) -> Response:
    """Delete several entries; the answer names those that were there."""
    wanted = await read_json(request, Keys)
    deleted = [key for key in wanted.keys if await services.views.kv.delete(namespace, key)]
    return JsonReply({"keys": deleted})
