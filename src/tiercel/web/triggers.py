"""Routes of triggers, backfills and webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.engine.schedule import Recover
from tiercel.model.errors import ConflictError, IllegalArgumentError, NotFoundError
from tiercel.model.execution import Label, TaskRun
from tiercel.services.backfills import BackfillRequest, Only
from tiercel.services.clock import utc_now
from tiercel.services.triggers import TriggerView
from tiercel.services.webhooks import WebhookCall
from tiercel.store import Backfill, Condition, Operation, TriggerState
from tiercel.web.access import open_to_all
from tiercel.web.bodies import read_bytes, read_json
from tiercel.web.errors import RefusedRequestError, not_found
from tiercel.web.filters import read_moment
from tiercel.web.protocol import written_headers
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import TRIGGERS
from tiercel.web.search import read_conditions, read_search
from tiercel.web.services import AppServices, Services, public_url
from tiercel.web.shapes import execution_json, labels_json, moment

router = APIRouter(prefix="/api/v1", tags=["triggers"])

_WEBHOOK = "/executions/webhook/{namespace}/{flow_id}/{key}"
_BODY_LIMIT_BYTES = 10 * 1024 * 1024
Key = tuple[str, str, str]


def backfill_json(item: Backfill, next_date: str | None = None) -> dict[str, Any]:
    """Return a backfill; ``progress`` is the part of its dates that is over."""
    shown = {
        "id": item.id,
        "start": moment(item.start),
        "end": moment(item.end),
        "currentDate": moment(item.current_date),
        "paused": item.paused,
        "inputs": dict(item.inputs) or None,
        "labels": labels_json(item.labels) or None,
        "previousNextExecutionDate": next_date,
        "only": item.only,
        "newestFirst": item.newest_first,
        "parallel": item.parallel,
        "total": item.total,
        "started": item.started,
        "running": item.running,
        "succeeded": item.succeeded,
        "failed": item.failed,
        "progress": round(item.progress, 4),
        "cancelled": item.cancelled,
        "endedAt": item.ended_at and moment(item.ended_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def trigger_json(state: TriggerState, backfill: Backfill | None = None) -> dict[str, Any]:
    """Return the state of a trigger, in the names of older and newer clients."""
    dates = {
        # strict clients want one, of a trigger that was just made or began anew too
        "date": state.evaluated_at or state.updated_at or state.next_date or utc_now(),
        "nextExecutionDate": state.next_date,
        "updatedDate": state.updated_at,
        "evaluateRunningDate": state.evaluating_since,
        "updatedAt": state.updated_at,
        "evaluatedAt": state.evaluated_at,
        "nextEvaluationDate": state.next_date,
        "lastTriggeredDate": state.fired_at,
    }
    shown: dict[str, Any] = {
        "namespace": state.namespace,
        "flowId": state.flow_id,
        "triggerId": state.trigger_id,
        **{name: moment(date) for name, date in dates.items() if date is not None},
        "disabled": state.disabled,
        "locked": state.execution_id is not None or state.evaluating_since is not None,
        "kind": state.kind,
    }
    next_date = moment(state.next_date) if state.next_date is not None else None
    optional = {
        "stopAfter": list(state.stop_after) or None,
        "executionId": state.execution_id,
        "workerId": state.worker_id,
        "lastResult": state.result,
        "lastMessage": state.message,
        "backfill": backfill and backfill_json(backfill, next_date),
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


def _pair(view: TriggerView) -> dict[str, Any]:
    shown: dict[str, Any] = {"triggerContext": trigger_json(view.state, view.backfill)}
    return {"abstractTrigger": view.definition, **shown} if view.definition else shown


class _Body(msgspec.Struct):
    """What a client sends to name a trigger and to change it; unknown names are passed over."""

    namespace: str
    flowId: str  # noqa: N815  the API's name
    triggerId: str  # noqa: N815  the API's name
    disabled: bool | None = None
    backfill: dict[str, Any] | None = None
    recoverMissedSchedules: str | None = None  # noqa: N815  the API's name

    @property
    def key(self) -> Key:
        return self.namespace, self.flowId, self.triggerId


class _Disabling(msgspec.Struct):
    triggers: list[_Body]
    disabled: bool = True


class _NextDate(msgspec.Struct):
    nextExecutionDate: str  # noqa: N815  the API's name


async def _view(services: AppServices, key: Key) -> dict[str, Any]:
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
    conditions = [
        *search.conditions,
        Condition("namespace", Operation.EQUALS, namespace),
        Condition("flow_id", Operation.EQUALS, flow_id),
    ]
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
    body = await read_json(request, _Body)
    await services.triggers.find(*body.key)
    try:
        state = (await services.triggers.get(*body.key)).state
    except NotFoundError:
        raise not_found() from None
    if body.backfill is not None:
        await services.backfills.create(*body.key, _backfill_of(body.backfill))
    if body.disabled is not None and body.disabled is not state.disabled:
        await services.triggers.set_disabled(*body.key, body.disabled)
    return JsonReply(await _view(services, body.key))


@router.put("/triggers/set-disabled")
async def set_disabled(request: Request, services: Services) -> Response:
    """Disable or enable one trigger."""
    body = await read_json(request, _Body)
    wanted = body.recoverMissedSchedules
    try:
        recover = Recover(wanted) if wanted else None
    except ValueError:
        known = ", ".join(Recover)
        raise IllegalArgumentError(f"No rule '{wanted}'", hint=f"use one of {known}") from None
    await services.triggers.set_disabled(*body.key, body.disabled is not False, recover)
    return JsonReply(await _view(services, body.key))


@router.put("/triggers/{namespace}/{flow_id}/{trigger_id}/next-date")
async def set_next_date(
    namespace: str, flow_id: str, trigger_id: str, request: Request, services: Services
) -> Response:
    """Let a trigger fire at another date next; it goes on from there."""
    body = await read_json(request, _NextDate)
    date = read_moment("nextExecutionDate", body.nextExecutionDate)
    await services.triggers.set_next_date(namespace, flow_id, trigger_id, date)
    return JsonReply(await _view(services, (namespace, flow_id, trigger_id)))


@router.post("/triggers/{namespace}/{flow_id}/{trigger_id}/unlock")
async def unlock_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Clear the locks of a trigger."""
    await services.triggers.unlock(namespace, flow_id, trigger_id)
    return JsonReply(await _view(services, (namespace, flow_id, trigger_id)))


@router.post("/triggers/{namespace}/{flow_id}/{trigger_id}/restart")
async def restart_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Let a trigger begin anew."""
    await services.triggers.restart(namespace, flow_id, trigger_id)
    return JsonReply(await _view(services, (namespace, flow_id, trigger_id)))


@router.delete("/triggers/{namespace}/{flow_id}/{trigger_id}", status_code=204)
async def delete_trigger(
    namespace: str, flow_id: str, trigger_id: str, services: Services
) -> Response:
    """Remove the state of a trigger; one that its flow still has begins anew."""
    await services.triggers.forget(namespace, flow_id, trigger_id)
    return Response(status_code=204)


# Many at once


async def _queried(request: Request, services: AppServices) -> list[Key]:
    return await services.triggers.keys(read_conditions(request.query_params, TRIGGERS))


async def _named(services: AppServices, bodies: Sequence[_Body]) -> list[Key]:
    """Return the keys of triggers that all exist; else none is touched."""
    for body in bodies:
        await services.triggers.get(*body.key)
    return [body.key for body in bodies]


async def _unlock_all(services: AppServices, keys: Sequence[Key]) -> Response:
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
async def unlock_named(request: Request, services: Services) -> Response:
    """Clear the locks of triggers; those without are passed over."""
    keys = await _named(services, await read_json(request, list[_Body]))
    return await _unlock_all(services, keys)


@router.post("/triggers/unlock/by-query")
async def unlock_queried(request: Request, services: Services) -> Response:
    """Clear the locks of all triggers that a query selects."""
    return await _unlock_all(services, await _queried(request, services))


async def _disable_all(services: AppServices, keys: Sequence[Key], disabled: bool) -> Response:
    for key in keys:
        await services.triggers.set_disabled(*key, disabled)
    return JsonReply({"count": len(keys)})


@router.post("/triggers/set-disabled/by-triggers")
async def disable_named(request: Request, services: Services) -> Response:
    """Disable or enable triggers: all of them, or none when one is unknown."""
    body = await read_json(request, _Disabling)
    return await _disable_all(services, await _named(services, body.triggers), body.disabled)


@router.post("/triggers/set-disabled/by-query")
async def disable_queried(
    request: Request, services: Services, disabled: Annotated[bool, Query()] = True
) -> Response:
    """Disable or enable all triggers that a query selects."""
    return await _disable_all(services, await _queried(request, services), disabled)


async def _delete_all(services: AppServices, keys: Sequence[Key]) -> Response:
    for key in keys:
        await services.triggers.forget(*key)
    return JsonReply({"count": len(keys), "totalItems": len(keys)})


@router.delete("/triggers/delete/by-triggers")
async def delete_named(request: Request, services: Services) -> Response:
    """Remove the states of triggers."""
    keys = await _named(services, await read_json(request, list[_Body]))
    return await _delete_all(services, keys)


@router.delete("/triggers/delete/by-query")
async def delete_queried(request: Request, services: Services) -> Response:
    """Remove the states of all triggers that a query selects."""
    return await _delete_all(services, await _queried(request, services))


# Backfills


def _backfill_of(given: Mapping[str, Any]) -> BackfillRequest:
    if not given.get("start"):
        raise RefusedRequestError(400, "Bad Request", "A backfill needs a `start`")
    labels = given.get("labels") or ()
    pairs = (
        labels.items() if isinstance(labels, Mapping) else ((i["key"], i["value"]) for i in labels)
    )
    try:
        return BackfillRequest(
            start=read_moment("start", str(given["start"])),
            end=read_moment("end", str(given["end"])) if given.get("end") else None,
            inputs=dict(given.get("inputs") or {}),
            labels=[Label(str(key), str(value)) for key, value in pairs],
            only=Only(given.get("only") or Only.ALL),
            newest_first=bool(given.get("newestFirst")),
            parallel=int(given.get("parallel") or 1),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedRequestError(
            400, "Bad Request", f"The backfill can't be read: {error}"
        ) from None


@router.put("/triggers/backfill/create")
async def create_backfill(request: Request, services: Services) -> Response:
    """Create a backfill."""
    body = await read_json(request, _Body)
    await services.backfills.create(*body.key, _backfill_of(body.backfill or {}))
    return JsonReply(await _view(services, body.key))


@router.post("/triggers/backfill/plan")
async def plan_backfill(request: Request, services: Services) -> Response:
    """Return the dates that a backfill would run, and store nothing."""
    body = await read_json(request, _Body)
    dates = await services.backfills.plan(*body.key, _backfill_of(body.backfill or {}))
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
    body = await read_json(request, _Body)
    try:
        await _change(services, body.key, request.url.path.rpartition("/")[2])
    except IllegalArgumentError as error:
        raise RefusedRequestError(400, "Bad Request", error.message) from error
    return JsonReply(await _view(services, body.key))


async def _change(services: AppServices, key: Key, action: str) -> None:
    backfills = services.backfills
    changes = {"pause": backfills.pause, "unpause": backfills.unpause, "delete": backfills.cancel}
    await changes[action](*key)


async def _change_all(services: AppServices, keys: Sequence[Key], action: str) -> Response:
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
    keys = await _named(services, await read_json(request, list[_Body]))
    return await _change_all(services, keys, _known(action))


@router.post("/triggers/backfill/{action}/by-query")
async def change_queried_backfills(action: str, request: Request, services: Services) -> Response:
    """Pause, go on with or end the backfills of all triggers that a query selects."""
    return await _change_all(services, await _queried(request, services), _known(action))


def _known(action: str) -> str:
    if action not in ("pause", "unpause", "delete"):
        raise not_found()
    return action


# Webhooks


@router.get(f"{_WEBHOOK}/{{path:path}}")
@router.post(f"{_WEBHOOK}/{{path:path}}")
@router.put(f"{_WEBHOOK}/{{path:path}}")
@router.get(_WEBHOOK)
@router.post(_WEBHOOK)
@router.put(_WEBHOOK)
@open_to_all
async def call_webhook(
    namespace: str, flow_id: str, key: str, request: Request, services: Services
) -> Response:
    """Start an execution by a webhook's key."""
    headers = written_headers(request.scope)
    parameters: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        parameters.setdefault(name, []).append(value)
    body = (await read_bytes(request, _BODY_LIMIT_BYTES)).decode("utf-8", "replace")
    call = WebhookCall(body or None, headers, parameters, request.headers.get("traceparent"))
    answer = await services.webhooks.call(namespace, flow_id, key, call)
    if answer is None:
        return Response(status_code=204)
    execution, task_runs = answer.execution, tuple[TaskRun, ...]()
    if answer.wait:
        snapshot = await services.executions.wait(execution.id)
        execution, task_runs = snapshot.execution, tuple(snapshot.task_runs)
        if answer.return_outputs:
            return _outputs(execution.outputs or {}, answer.content_type, answer.status)
    shown = execution_json(execution, task_runs, utc_now())
    path = f"/ui/executions/{namespace}/{flow_id}/{execution.id}"
    return JsonReply({**shown, "url": f"{public_url(request, services)}{path}"}, answer.status)


def _outputs(outputs: Mapping[str, Any], content_type: str, status: int) -> Response:
    if content_type == "text/plain":
        text = "".join(str(value) for value in outputs.values())
        return Response(text, status, media_type=content_type)
    return JsonReply(outputs, status)
