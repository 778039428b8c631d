"""Routes of the key-value store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response

from tiercel.model.durations import parse_duration
from tiercel.services.kv import Entry, KeyExpiredError, typed_value
from tiercel.services.namespaces import lineage
from tiercel.store import Condition, Operation
from tiercel.web.bodies import content_type, read_json, read_text
from tiercel.web.errors import RefusedRequestError, bad_value, unsupported_type
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
    found = [
        entry
        for entry in await services.views.kv.everywhere()
        if all(_holds(entry, condition) for condition in search.conditions)
    ]
    for sort in reversed(search.sort):
        found.sort(
            key=lambda entry: str(getattr(entry, sort.field) or ""),
            reverse=sort.descending,
        )
    first = (search.page - 1) * search.size
    shown = [entry_json(entry) for entry in found[first : first + search.size]]
    return page_of(shown, len(found))


def _holds(entry: Entry, condition: Condition) -> bool:
    """Tell whether a condition holds for an entry; entries are no rows, so no query can."""
    if condition.operation is Operation.ANY_OF:
        return any(all(_holds(entry, part) for part in group) for group in condition.value)
    if condition.field == "q":
        found = str(condition.value).lower() in f"{entry.namespace} {entry.key}".lower()
        return found is not (condition.operation is Operation.NOT_EQUALS)
    if condition.field == "updated":
        return _compares(entry.updated, condition.operation, condition.value)
    return _fits(entry.namespace, condition.operation, condition.value)


def _compares(left: datetime, operation: Operation, right: datetime) -> bool:
    answers: dict[Operation, bool] = {
        Operation.EQUALS: left == right,
        Operation.NOT_EQUALS: left != right,
        Operation.GREATER_THAN: left > right,
        Operation.LESS_THAN: left < right,
        Operation.GREATER_THAN_OR_EQUAL_TO: left >= right,
        Operation.LESS_THAN_OR_EQUAL_TO: left <= right,
    }
    return answers[operation]


def _fits(text: str, operation: Operation, value: Any) -> bool:
    match operation:
        case Operation.IN | Operation.NOT_IN:
            return (text in value) is (operation is Operation.IN)
        case Operation.CONTAINS | Operation.NOT_CONTAINS:
            return (value.lower() in text.lower()) is (operation is Operation.CONTAINS)
        case Operation.STARTS_WITH:
            return text.startswith(value)
        case Operation.ENDS_WITH:
            return text.endswith(value)
        case Operation.PREFIX:
            return text == value or text.startswith(f"{value}.")
        case Operation.EQUALS | Operation.NOT_EQUALS:
            return (text == value) is (operation is Operation.EQUALS)
        case _:
            detail = f"'namespace' of entries does not have the operation {operation}"
            raise RefusedRequestError(400, "Bad Request", detail)


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
) -> Response:
    """Store a value: JSON, or a bare date, moment, duration or word."""
    given = content_type(request)
    if given not in _TYPES:
        raise unsupported_type(given, ["application/json", "text/plain"])
    length = ttl or ttl_parameter
    try:
        lasts = parse_duration(length) if length else None
    except (ValueError, OverflowError) as error:
        raise bad_value("ttl", length, str(error)) from None
    value = typed_value(await read_text(request))
    await services.views.kv.set(namespace, key, value, ttl=lasts, description=description)
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
