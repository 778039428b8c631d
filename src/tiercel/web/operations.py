"""Routes that act on executions: one by one, by ids, by query."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.model.errors import ConflictError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.clock import utc_now
from tiercel.services.executions import Snapshot
from tiercel.services.requirements import BulkRefusedError
from tiercel.services.written import find_task
from tiercel.store import Sort
from tiercel.web.bodies import read_json
from tiercel.web.breakpoints import Breakpoints, read_breakpoints
from tiercel.web.errors import RefusedRequestError, bad_value
from tiercel.web.replies import JsonReply
from tiercel.web.resources import EXECUTIONS
from tiercel.web.search import read_conditions
from tiercel.web.services import AppServices, Number, Services
from tiercel.web.shapes import input_json, snapshot_json
from tiercel.web.uploads import Form, read_form

router = APIRouter(prefix="/api/v1/executions", tags=["executions"])

TaskRunId = Annotated[str | None, Query(alias="taskRunId")]
_PAGE = 1000
_MOST = 100_000
_MOST_SEARCHES = 5


class StateOfTaskRun(msgspec.Struct, rename="camel"):
    """A task run and the state it is to be taken for."""

    task_run_id: str
    state: str


class WrittenLabel(msgspec.Struct):
    """A label as clients send it; one without key and value stands for none."""

    key: str | None = None
    value: str | None = None


class LabelsOfSome(msgspec.Struct, rename="camel"):
    """Executions and the labels they get."""

    executions_id: list[str]
    execution_labels: list[WrittenLabel]


def to_labels(written: Sequence[WrittenLabel]) -> list[Label]:
    """Return labels without the empty ones.

    Raises:
        RefusedRequestError: A key or a value is missing.
    """
    labels = []
    for item in written:
        if item.key == "" and item.value == "":
            continue
        if not item.key or not item.value:
            detail = "the key and the value of a label must not be empty"
            raise RefusedRequestError(422, "Illegal argument", detail)
        labels.append(Label(item.key, item.value))
    return labels


def _state(name: str, text: str) -> StateType:
    if text not in StateType.__members__:
        raise bad_value(name, text, f"expected one of {', '.join(StateType.__members__)}")
    return StateType[text]


def _shown(snapshot: Snapshot) -> Response:
    return JsonReply(snapshot_json(snapshot, utc_now()))


def _folder(services: AppServices) -> Any:
    return services.options.data_dir / "uploads"


# One execution; later clients put the word `actions` before what is to be done.


@router.post("/{execution_id}/restart")
@router.post("/{execution_id}/actions/restart")
async def restart(execution_id: str, services: Services, revision: Number = None) -> Response:
    """Run what failed again; with a revision as a new execution."""
    return _shown(await services.operations.restart(execution_id, revision))


@router.post("/{execution_id}/replay")
@router.post("/{execution_id}/actions/replay")
async def replay(
    execution_id: str,
    services: Services,
    task_run_id: TaskRunId = None,
    revision: Number = None,
    breakpoints: Breakpoints = None,
) -> Response:
    """Run an execution once more as a new one, from its start or from a task run.

    The answer shows its task runs, also when there are none yet.
    """
    stops = read_breakpoints(breakpoints)
    snapshot = await services.operations.replay(
        execution_id, task_run_id, revision, breakpoints=stops
    )
    return JsonReply({"taskRunList": [], **snapshot_json(snapshot, utc_now())})


@router.post("/{execution_id}/replay-with-inputs")
@router.post("/{execution_id}/actions/replay-with-inputs")
async def replay_with_inputs(
    execution_id: str,
    request: Request,
    services: Services,
    task_run_id: TaskRunId = None,
    revision: Number = None,
    breakpoints: Breakpoints = None,
) -> Response:
    """Run an execution once more with other inputs, given as for a start."""
    execution = (await services.executions.get(execution_id)).execution
    wanted = revision if revision is not None else execution.flow_revision
    async with read_form(request, _folder(services)) as form:
        flow = await services.flows.get(execution.namespace, execution.flow_id, wanted)
        declared = flow.definition.get("inputs") or ()
        snapshot = await services.operations.replay(
            execution_id,
            task_run_id,
            revision,
            form.texts,
            uploads=form.uploads({str(item["id"]): item for item in declared}),
            breakpoints=read_breakpoints(breakpoints),
        )
    return _shown(snapshot)


@router.post("/{execution_id}/resume-from-breakpoint")
async def resume_from_breakpoint(
    execution_id: str, services: Services, breakpoints: Breakpoints = None
) -> Response:
    """Go on with an execution that stands at a breakpoint; others may be set."""
    stops = read_breakpoints(breakpoints)
    await services.operations.resume_from_breakpoint(execution_id, stops)
    return Response(status_code=200)


@router.post("/{execution_id}/actions/resume-from-breakpoint")
async def resume_from_breakpoint_and_read(
    execution_id: str, services: Services, breakpoints: Breakpoints = None
) -> Response:
    """Go on with an execution that stands at a breakpoint, and return it."""
    stops = read_breakpoints(breakpoints)
    return _shown(await services.operations.resume_from_breakpoint(execution_id, stops))


@router.post("/{execution_id}/state")
@router.post("/{execution_id}/actions/state")
async def change_task_run_state(
    execution_id: str, request: Request, services: Services
) -> Response:
    """Take a task run for ended in another state, and go on from there."""
    wanted = await read_json(request, StateOfTaskRun)
    snapshot = await services.operations.change_task_run_state(
        execution_id, wanted.task_run_id, _state("state", wanted.state)
    )
    return _shown(snapshot)


@router.post("/{execution_id}/change-status")
@router.post("/{execution_id}/actions/change-status")
async def change_status(execution_id: str, status: str, services: Services) -> Response:
    """Show an execution that is over in another final state."""
    state = _state("status", status)
    return _shown(await services.operations.change_status(execution_id, state))


@router.post("/{execution_id}/pause")
async def pause(execution_id: str, services: Services) -> Response:
    """Start nothing new in an execution until it is resumed."""
    await services.operations.pause(execution_id)
    return Response(status_code=200)


@router.post("/{execution_id}/actions/pause")
async def pause_and_read(execution_id: str, services: Services) -> Response:
    """Pause an execution and return it."""
    return _shown(await services.operations.pause(execution_id))


async def _resumed(execution_id: str, request: Request, services: AppServices) -> Snapshot:
    async with read_form(request, _folder(services)) as form:
        return await services.operations.resume(
            execution_id, form.texts, uploads=await _resume_uploads(services, execution_id, form)
        )


async def _resume_uploads(services: AppServices, execution_id: str, form: Form) -> Any:
    if not form.files:
        return ()
    return form.uploads(
        {str(item["id"]): item for item in await _resume_inputs(services, execution_id)}
    )


async def _resume_inputs(services: AppServices, execution_id: str) -> Sequence[Any]:
    """Return the inputs that the first Pause task that waits asks for."""
    snapshot = await services.executions.get(execution_id)
    execution = snapshot.execution
    flow = await services.flows.get(execution.namespace, execution.flow_id, execution.flow_revision)
    for run in snapshot.task_runs:
        if run.state.current is StateType.PAUSED:
            task = find_task(flow.definition, run.task_id) or {}
            declared = task.get("onResume")
            return declared if isinstance(declared, list) else ()
    return ()


@router.post("/{execution_id}/resume")
async def resume(execution_id: str, request: Request, services: Services) -> Response:
    """Go on with a paused execution; inputs as parts of a multipart body."""
    await _resumed(execution_id, request, services)
    return Response(status_code=204)


@router.post("/{execution_id}/actions/resume")
async def resume_and_read(execution_id: str, request: Request, services: Services) -> Response:
    """Go on with a paused execution and return it."""
    return _shown(await _resumed(execution_id, request, services))


@router.post("/{execution_id}/resume/validate")
@router.post("/{execution_id}/actions/resume/validate")
async def validate_resume(execution_id: str, request: Request, services: Services) -> Response:
    """Tell for each input of a Pause what would become of it."""
    execution = (await services.executions.get(execution_id)).execution
    declared = await _resume_inputs(services, execution_id)
    async with read_form(request, _folder(services)) as form:
        previews = await services.operations.preview_resume(execution_id, form.texts)
    inputs = []
    for item, written in zip(previews, declared, strict=True):
        shown: dict[str, Any] = {"input": input_json(written)}
        if item.value is not None:
            shown["value"] = item.value
        errors = [{"message": message} for message in item.errors]
        inputs.append({**shown, "enabled": item.is_enabled, "errors": errors})
    return JsonReply({"id": execution.flow_id, "namespace": execution.namespace, "inputs": inputs})


@router.post("/{execution_id}/unqueue")
@router.post("/{execution_id}/actions/unqueue")
async def unqueue(execution_id: str, services: Services, state: str = "RUNNING") -> Response:
    """Take an execution out of its flow's queue: run it, or end it."""
    return _shown(await services.operations.unqueue(execution_id, _state("state", state)))


@router.post("/{execution_id}/force-run")
@router.post("/{execution_id}/actions/force-run")
async def force_run(execution_id: str, services: Services) -> Response:
    """Go on at once, whatever the execution waits for."""
    return _shown(await services.operations.force_run(execution_id))


@router.post("/{execution_id}/labels")
@router.post("/{execution_id}/actions/labels")
async def set_labels(execution_id: str, request: Request, services: Services) -> Response:
    """Merge labels over those of an execution that is over."""
    labels = to_labels(await read_json(request, list[WrittenLabel]))
    try:
        snapshot = await services.operations.set_labels(execution_id, labels)
    except ConflictError as error:
        return Response(error.message, 400, media_type="application/json")
    return _shown(snapshot)


# Many executions


async def ids_of_query(request: Request, services: AppServices) -> list[str]:
    """Return the ids of all executions that a search finds.

    Raises:
        RefusedRequestError: 422, they are too many for one call.
    """
    conditions = read_conditions(request.query_params, EXECUTIONS)
    found: list[str] = []
    page = 1
    # until a page is not full: totals are exact only up to a limit
    while len(found) == (page - 1) * _PAGE:
        snapshots, _ = await services.executions.search(
            conditions, page=page, size=_PAGE, sort=[Sort("id")]
        )
        found += [snapshot.execution.id for snapshot in snapshots]
        if len(found) > _MOST:
            detail = f"the search finds more than {_MOST} executions; narrow it"
            raise RefusedRequestError(422, "Illegal argument", detail)
        page += 1
    return found


async def _ids_of_body(request: Request, services: AppServices) -> list[str]:
    return _not_too_many(await read_json(request, list[str]))


def _not_too_many(ids: list[str]) -> list[str]:
    if len(ids) > _MOST:
        detail = f"there are more than {_MOST} executions; send them in parts"
        raise RefusedRequestError(422, "Illegal argument", detail)
    return ids


Action = Callable[[AppServices, Sequence[str], Request], Awaitable[int]]


async def _act_on_ids(services: AppServices, request: Request, action: Action) -> int:
    return await action(services, await _ids_of_body(request, services), request)


async def _act_on_query(services: AppServices, request: Request, action: Action) -> int:
    """Act on what a search finds; what has changed since it was found is left to another search."""
    selected = await ids_of_query(request, services)
    for _ in range(_MOST_SEARCHES):
        try:
            return await action(services, selected, request)
        except BulkRefusedError as error:
            selected = await ids_of_query(request, services)
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
    return _state("newStatus", text)


async def _replay_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    latest = _flag(request, "latestRevision", False)
    return len(await services.operations.replay_many(ids, latest_revision=latest))


async def _change_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    return await services.operations.change_status_many(ids, _required_state(request))


async def _unqueue_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    # a search has a parameter `state` of its own
    name = "newState" if request.url.path.endswith("query") else "state"
    state = _state(name, request.query_params.get(name) or "RUNNING")
    return await services.operations.unqueue_many(ids, state)


async def _delete_all(services: AppServices, ids: Sequence[str], request: Request) -> int:
    return await services.operations.delete_many(
        ids,
        include_non_terminated=_flag(request, "includeNonTerminated", False),
        files=_flag(request, "deleteStorage", True),
        logs=_flag(request, "deleteLogs", True),
        metrics=_flag(request, "deleteMetrics", True),
    )


_add_bulk("POST", "/restart", "restart", lambda s, ids, _: s.operations.restart_many(ids))
_add_bulk("POST", "/replay", "replay", _replay_all)
_add_bulk("POST", "/change-status", "change_status", _change_all)
_add_bulk("DELETE", "/kill", "kill", lambda s, ids, _: s.operations.kill_many(ids))
_add_bulk("POST", "/resume", "resume", lambda s, ids, _: s.operations.resume_many(ids))
_add_bulk("POST", "/pause", "pause", lambda s, ids, _: s.operations.pause_many(ids))
_add_bulk("POST", "/unqueue", "unqueue", _unqueue_all)
_add_bulk("POST", "/force-run", "force_run", lambda s, ids, _: s.operations.force_run_many(ids))
_add_bulk("DELETE", "", "delete", _delete_all)


@router.post("/labels/by-ids")
async def set_labels_by_ids(request: Request, services: Services) -> Response:
    """Merge labels over those of named executions, of all or of none."""
    wanted = await read_json(request, LabelsOfSome)
    labels = to_labels(wanted.execution_labels)
    ids = _not_too_many(wanted.executions_id)
    count = await services.operations.set_labels_many(ids, labels)
    return JsonReply({"count": count})


@router.post("/labels/by-query")
async def set_labels_by_query(request: Request, services: Services) -> Response:
    """Merge labels over those of all executions that a search finds, or of none."""
    labels = to_labels(await read_json(request, list[WrittenLabel]))

    def action(services: AppServices, ids: Sequence[str], _: Request) -> Awaitable[int]:
        return services.operations.set_labels_many(ids, labels)

    return JsonReply({"count": await _act_on_query(services, request, action)})
