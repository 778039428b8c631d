"""Routes of backfills."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from tiercel.model.errors import IllegalArgumentError
from tiercel.store import TriggerKey
from tiercel.web.bodies import read_json
from tiercel.web.errors import RefusedRequestError, not_found
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.services import AppServices, Services
from tiercel.web.trigger_shapes import TriggerBody, backfill_json, backfill_of
from tiercel.web.triggers import found_keys, named_keys, view_of

router = APIRouter(prefix="/api/v1", tags=["triggers"])


@router.put("/triggers/backfill/create")
async def create_backfill(request: Request, services: Services) -> Response:
    """Create a backfill."""
    body = await read_json(request, TriggerBody)
    await services.backfills.create(*body.key, backfill_of(body.backfill or {}))
    return JsonReply(await view_of(services, body.key))


@router.post("/triggers/backfill/plan")
async def plan_backfill(request: Request, services: Services) -> Response:
    """Return the dates that a backfill would run, and store nothing."""
    body = await read_json(request, TriggerBody)
    dates = await services.backfills.plan(*body.key, backfill_of(body.backfill or {}))
    return JsonReply({"total": len(dates), "dates": dates})


@router.get("/triggers/{namespace}/{flow_id}/{trigger_id}/backfills")
async def backfills_of_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Return the backfills of a trigger, newest first, with their progress."""
    found = await services.backfills.of_trigger(namespace, flow_id, trigger_id)
    return page_of([backfill_json(item) for item in found], len(found))


@router.put("/triggers/backfill/pause")
@router.put("/triggers/backfill/unpause")
@router.post("/triggers/backfill/delete")
async def change_backfill(request: Request, services: Services) -> Response:
    """Pause a backfill, let it go on, or end it."""
    body = await read_json(request, TriggerBody)
    try:
        await _change(services, body.key, request.url.path.rpartition("/")[2])
    except IllegalArgumentError as error:
        raise RefusedRequestError(400, "Bad Request", error.message) from error
    return JsonReply(await view_of(services, body.key))


async def _change(services: AppServices, key: TriggerKey, action: str) -> None:
    backfills = services.backfills
    changes = {"pause": backfills.pause, "unpause": backfills.unpause, "delete": backfills.cancel}
    await changes[action](*key)


async def _change_all(services: AppServices, keys: Sequence[TriggerKey], action: str) -> Response:
    count = 0
    for key in keys:
        try:
            await _change(services, key, action)
        except IllegalArgumentError:
            # those without a backfill do not count
            continue
        count += 1
    return JsonReply({"count": count})


@router.post("/triggers/backfill/{action}/by-triggers")
async def change_named_backfills(action: str, request: Request, services: Services) -> Response:
    """Pause, go on with or end the backfills of triggers."""
    keys = await named_keys(services, await read_json(request, list[TriggerBody]))
    return await _change_all(services, keys, _known(action))


@router.post("/triggers/backfill/{action}/by-query")
async def change_queried_backfills(action: str, request: Request, services: Services) -> Response:
    """Pause, go on with or end the backfills of all triggers that a query selects."""
    return await _change_all(services, await found_keys(request, services), _known(action))


def _known(action: str) -> str:
    if action not in ("pause", "unpause", "delete"):
        raise not_found()
    return action
