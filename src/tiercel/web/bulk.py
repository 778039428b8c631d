"""Routes that act on many executions, named by ids or found by a query: on all or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from fastapi import APIRouter, Request, Response

from tiercel.model.state import StateType
from tiercel.services.requirements import BulkRefusedError
from tiercel.web.bodies import read_json
from tiercel.web.errors import RefusedRequestError, bad_value
from tiercel.web.operations import WrittenLabel, read_state, to_labels
from tiercel.web.replies import JsonReply
from tiercel.web.resources import EXECUTIONS
from tiercel.web.search import read_conditions
from tiercel.web.services import AppServices, Services

router = APIRouter(prefix="/api/v1/executions", tags=["executions"])

_MOST_FOUND = 100_000
_MOST_NAMED = 10_000
_MOST_SEARCHES = 5


class LabelsOfSome(msgspec.Struct, rename="camel"):
    """Executions and the labels they get."""

    executions_id: list[str]
    execution_labels: list[WrittenLabel]


async def _ids_of_query(request: Request, services: AppServices) -> list[str]:
    """Return the ids of all executions that a search finds.

    Raises:
        RefusedRequestError: 422, they are too many for one call.
    """
    conditions = read_conditions(request.query_params, EXECUTIONS)
    found = await services.executions.ids(conditions, most=_MOST_FOUND + 1)
    if len(found) > _MOST_FOUND:
        detail = f"the search finds more than {_MOST_FOUND} executions; narrow it"
        raise RefusedRequestError(422, "Illegal argument", detail)
    return found


Action = Callable[[AppServices, Sequence[str], Request], Awaitable[int]]


async def _act_on_ids(services: AppServices, request: Request, action: Action) -> int:
    return await action(services, _not_too_many(await read_json(request, list[str])), request)


def _not_too_many(ids: list[str]) -> list[str]:
    if len(ids) > _MOST_NAMED:
        detail = f"{len(ids)} executions are named, and more than {_MOST_NAMED} are too many"
        hint = "send them in parts, or let a search choose them: …/by-query"
        raise RefusedRequestError(422, "Illegal argument", detail, hint=hint)
    return ids


async def _act_on_query(services: AppServices, request: Request, action: Action) -> int:
    """Act on what a search finds; what has changed since it was found is left to another search."""
    selected = await _ids_of_query(request, services)
    for _ in range(_MOST_SEARCHES):
        try:
            return await action(services, selected, request)
        except BulkRefusedError as error:
            selected = await _ids_of_query(request, services)
            if not {item for item, _ in error.invalids}.isdisjoint(selected):
                raise
    return await action(services, selected, request)


def _add_bulk(method: str, path: str, word: str, action: Action) -> None:
    """Add the routes of one action: for named executions, and for those that a search finds."""
    for kind, act in (("ids", _act_on_ids), ("query", _act_on_query)):
        router.add_api_route(
            f"{path}/by-{kind}",
            _endpoint(act, action),
            methods=[method],
            name=f"{word}_by_{kind}",
            description=f"{word.replace('_', ' ').capitalize()} executions by {kind}, all or none.",
        )


def _endpoint(
    act: Callable[[AppServices, Request, Action], Awaitable[int]], action: Action
) -> Callable[..., Awaitable[Response]]:
    async def endpoint(request: Request, services: Services) -> Response:
        return JsonReply({"count": await act(services, request, action)})

    return endpoint


def _flag(request: Request, name: str, default: bool) -> bool:
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if text.lower() not in ("true", "false"):
        raise bad_value(name, text, "expected true or false")
    return text.lower() == "true"


def _required_state(request: Request) -> StateType:
    text = request.query_params.get("newStatus") or request.query_params.get("status")
    if not text:
        detail = "Required QueryValue [newStatus] not specified"
        raise RefusedRequestError(400, "Bad Request", detail)
    return read_state("newStatus", text)


async def _replay_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    latest = _flag(request, "latestRevision", False)
    return len(await services.replays.replay_many(ids, latest_revision=latest))


async def _change_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    return await services.bulk.change_status(ids, _required_state(request))


async def _unqueue_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    # a search has a parameter `state` of its own
    name = "newState" if request.url.path.endswith("query") else "state"
    state = read_state(name, request.query_params.get(name) or "RUNNING")
    return await services.bulk.unqueue(ids, state)


async def _delete_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    return await services.bulk.delete(
        ids,
        include_non_terminated=_flag(request, "includeNonTerminated", False),
        files=_flag(request, "deleteStorage", True),
        logs=_flag(request, "deleteLogs", True),
        metrics=_flag(request, "deleteMetrics", True),
    )


_add_bulk("POST", "/restart", "restart", lambda s, ids, _: s.bulk.restart(ids))
_add_bulk("POST", "/replay", "replay", _replay_all)
_add_bulk("POST", "/change-status", "change_status", _change_all)
_add_bulk("DELETE", "/kill", "kill", lambda s, ids, _: s.bulk.kill(ids))
_add_bulk("POST", "/resume", "resume", lambda s, ids, _: s.bulk.resume(ids))
_add_bulk("POST", "/pause", "pause", lambda s, ids, _: s.bulk.pause(ids))
_add_bulk("POST", "/unqueue", "unqueue", _unqueue_all)
_add_bulk("POST", "/force-run", "force_run", lambda s, ids, _: s.bulk.force_run(ids))
_add_bulk("DELETE", "", "delete", _delete_all)


@router.post("/labels/by-ids")
async def set_labels_by_ids(request: Request, services: Services) -> Response:
    """Merge labels over those of named executions, of all or of none."""
    wanted = await read_json(request, LabelsOfSome)
    labels = to_labels(wanted.execution_labels)
    ids = _not_too_many(wanted.executions_id)
    count = await services.bulk.set_labels(ids, labels)
    return JsonReply({"count": count})


@router.post("/labels/by-query")
async def set_labels_by_query(request: Request, services: Services) -> Response:
    """Merge labels over those of all executions that a search finds, or of none."""
    labels = to_labels(await read_json(request, list[WrittenLabel]))

    def action(services: AppServices, ids: Sequence[str], _: Request) -> Awaitable[int]:
        return services.bulk.set_labels(ids, labels)

    return JsonReply({"count": await _act_on_query(services, request, action)})
