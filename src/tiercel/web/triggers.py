"""Routes of triggers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.engine.schedule import Recover
from tiercel.model.errors import ConflictError, IllegalArgumentError
from tiercel.services.triggers import TriggerView
from tiercel.store import TriggerKey
from tiercel.web.bodies import read_json
from tiercel.web.errors import or_404
from tiercel.web.filters import read_moment
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import TRIGGERS
from tiercel.web.search import of_flow, read_conditions, read_search
from tiercel.web.services import AppServices, Services
from tiercel.web.trigger_shapes import TriggerBody, backfill_of, trigger_json

router = APIRouter(prefix="/api/v1", tags=["triggers"])


def _pair(view: TriggerView) -> dict[str, Any]:
    """Return a row of a search: definition and state, in the names of older and newer clients."""
    state = trigger_json(view.state, view.backfill)
    shown: dict[str, Any] = {"triggerContext": state, "state": state}
    if not view.definition:
        return shown
    return {"abstractTrigger": view.definition, "trigger": view.definition, **shown}


class _Disabling(msgspec.Struct):
    triggers: list[TriggerBody]
    disabled: bool = True


class _NextDate(msgspec.Struct):
    nextExecutionDate: str  # noqa: N815  the API's name


async def view_of(services: AppServices, key: TriggerKey) -> dict[str, Any]:
    """Return a trigger as it is now. Raises NotFoundError."""
    view = await services.triggers.get(*key)
    return trigger_json(view.state, view.backfill)


@router.get("/triggers/search")
async def search_triggers(request: Request, services: Services) -> Response:
    """Return one page of triggers with their definitions."""
    search = read_search(request.query_params, TRIGGERS)
    found, total = await services.triggers.search(
        search.conditions, page=search.page, size=search.size, sort=search.sort
    )
    return page_of([_pair(view) for view in found], total)


@router.get("/triggers/{namespace}/{flow_id}")
async def triggers_of_flow(
    namespace: str, flow_id: str, request: Request, services: Services
) -> Response:
    """Return one page of the triggers of one flow."""
    search = read_search(request.query_params, TRIGGERS)
    conditions = [*search.conditions, *of_flow(namespace, flow_id)]
    found, total = await services.triggers.search(
        conditions, page=search.page, size=search.size, sort=search.sort
    )
    return page_of([trigger_json(view.state, view.backfill) for view in found], total)


@router.get("/triggers/{namespace}/{flow_id}/{trigger_id}/why")
async def why_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Return why a trigger did not fire, and its next dates."""
    told = await services.triggers.why(namespace, flow_id, trigger_id)
    state = trigger_json(told.state, told.backfill)
    return JsonReply({"reasons": told.reasons, "nextDates": told.preview, "state": state})


@router.put("/triggers")
async def update_trigger(request: Request, services: Services) -> Response:
    """Disable or enable a trigger, and create a backfill."""
    body = await read_json(request, TriggerBody)
    await services.triggers.find(*body.key)
    with or_404():
        state = (await services.triggers.get(*body.key)).state
    if body.backfill is not None:
        await services.backfills.create(*body.key, backfill_of(body.backfill))
    if body.disabled is not None and body.disabled is not state.disabled:
        await services.triggers.set_disabled(*body.key, body.disabled)
    return JsonReply(await view_of(services, body.key))


@router.put("/triggers/set-disabled")
async def set_disabled(request: Request, services: Services) -> Response:
    """Disable or enable one trigger."""
    body = await read_json(request, TriggerBody)
    wanted = body.recoverMissedSchedules
    try:
        recover = Recover(wanted) if wanted else None
    except ValueError:
        known = ", ".join(Recover)
        raise IllegalArgumentError(f"No rule '{wanted}'", hint=f"use one of {known}") from None
    await services.triggers.set_disabled(*body.key, body.disabled is not False, recover)
    return JsonReply(await view_of(services, body.key))


@router.put("/triggers/{namespace}/{flow_id}/{trigger_id}/next-date")
async def set_next_date(
    namespace: str, flow_id: str, trigger_id: str, request: Request, services: Services
) -> Response:
    """Let a trigger fire at another date next; it goes on from there."""
    body = await read_json(request, _NextDate)
    date = read_moment("nextExecutionDate", body.nextExecutionDate)
    await services.triggers.set_next_date(namespace, flow_id, trigger_id, date)
    return JsonReply(await view_of(services, (namespace, flow_id, trigger_id)))


@router.post("/triggers/{namespace}/{flow_id}/{trigger_id}/unlock")
async def unlock_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Clear the locks of a trigger."""
    await services.triggers.unlock(namespace, flow_id, trigger_id)
    return JsonReply(await view_of(services, (namespace, flow_id, trigger_id)))


@router.post("/triggers/{namespace}/{flow_id}/{trigger_id}/restart")
async def restart_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Let a trigger begin anew."""
    await services.triggers.restart(namespace, flow_id, trigger_id)
    return JsonReply(await view_of(services, (namespace, flow_id, trigger_id)))


@router.delete("/triggers/{namespace}/{flow_id}/{trigger_id}", status_code=204)
async def delete_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Remove the state of a trigger; one that its flow still has begins anew."""
    await services.triggers.forget(namespace, flow_id, trigger_id)
    return Response(status_code=204)


# Many at once


async def found_keys(request: Request, services: AppServices) -> list[TriggerKey]:
    """Return the keys of the triggers that the query of a request selects."""
    return await services.triggers.keys(read_conditions(request.query_params, TRIGGERS))


async def named_keys(services: AppServices, bodies: Sequence[TriggerBody]) -> list[TriggerKey]:
    """Return the keys of triggers that all exist; else none is touched."""
    for body in bodies:
        await services.triggers.get(*body.key)
    return [body.key for body in bodies]


async def _unlock_all(services: AppServices, keys: Sequence[TriggerKey]) -> Response:
    count = 0
    for key in keys:
        try:
            await services.triggers.unlock(*key)
        except ConflictError:
            # those that are not locked do not count
            continue
        count += 1
    return JsonReply({"count": count})


@router.post("/triggers/unlock/by-triggers")
async def unlocknamed_keys(request: Request, services: Services) -> Response:
    """Clear the locks of triggers; those without are passed over."""
    keys = await named_keys(services, await read_json(request, list[TriggerBody]))
    return await _unlock_all(services, keys)


@router.post("/triggers/unlock/by-query")
async def unlockfound_keys(request: Request, services: Services) -> Response:
    """Clear the locks of all triggers that a query selects."""
    return await _unlock_all(services, await found_keys(request, services))


async def _disable_all(
    services: AppServices, keys: Sequence[TriggerKey], disabled: bool
) -> Response:
    for key in keys:
        await services.triggers.set_disabled(*key, disabled)
    return JsonReply({"count": len(keys)})


@router.post("/triggers/set-disabled/by-triggers")
async def disablenamed_keys(request: Request, services: Services) -> Response:
    """Disable or enable triggers: all of them, or none when one is unknown."""
    body = await read_json(request, _Disabling)
    return await _disable_all(services, await named_keys(services, body.triggers), body.disabled)


@router.post("/triggers/set-disabled/by-query")
async def disablefound_keys(
    request: Request, services: Services, disabled: Annotated[bool, Query()] = True
) -> Response:
    """Disable or enable all triggers that a query selects."""
    return await _disable_all(services, await found_keys(request, services), disabled)


async def _delete_all(services: AppServices, keys: Sequence[TriggerKey]) -> Response:
    for key in keys:
        await services.triggers.forget(*key)
    return JsonReply({"count": len(keys), "totalItems": len(keys)})


@router.delete("/triggers/delete/by-triggers")
async def deletenamed_keys(request: Request, services: Services) -> Response:
    """Remove the states of triggers."""
    keys = await named_keys(services, await read_json(request, list[TriggerBody]))
    return await _delete_all(services, keys)


@router.delete("/triggers/delete/by-query")
async def deletefound_keys(request: Request, services: Services) -> Response:
    """Remove the states of all triggers that a query selects."""
    return await _delete_all(services, await found_keys(request, services))
