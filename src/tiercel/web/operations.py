"""Routes that act on one execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.model.errors import ConflictError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.clock import utc_now
from tiercel.services.executions import Snapshot
from tiercel.services.written import find_task
from tiercel.web.bodies import read_json
from tiercel.web.breakpoints import Breakpoints, read_breakpoints
from tiercel.web.errors import RefusedRequestError, bad_value
from tiercel.web.replies import JsonReply
from tiercel.web.services import AppServices, Number, Services, uploads_folder
from tiercel.web.shapes import input_json, snapshot_json
from tiercel.web.uploads import Form, read_form

router = APIRouter(prefix="/api/v1/executions", tags=["executions"])

TaskRunId = Annotated[str | None, Query(alias="taskRunId")]


class StateOfTaskRun(msgspec.Struct, rename="camel"):
    """A task run and the state it is to be taken for."""

    task_run_id: str
    state: str


class WrittenLabel(msgspec.Struct):
    """A label as clients send it; one without key and value stands for none."""

    key: str | None = None
    value: str | None = None


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


def read_state(name: str, text: str) -> StateType:
    """Return the state that a parameter names. Raises RefusedRequestError: there is none."""
    if text not in StateType.__members__:
        raise bad_value(name, text, f"expected one of {', '.join(StateType.__members__)}")
    return StateType[text]


def _shown(snapshot: Snapshot) -> Response:
    return JsonReply(snapshot_json(snapshot, utc_now()))


# Later clients put the word `actions` before what is to be done.


@router.post("/{execution_id}/restart")
@router.post("/{execution_id}/actions/restart")
async def restart(execution_id: str, services: Services, revision: Number = None) -> Response:
    """Run what failed again; with a revision as a new execution."""
    if revision is None:
        return _shown(await services.operations.restart(execution_id))
    return _shown(await services.replays.restart(execution_id, revision))


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
    snapshot = await services.replays.replay(execution_id, task_run_id, revision, breakpoints=stops)
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
    async with read_form(request, uploads_folder(services)) as form:
        flow = await services.flows.get(execution.namespace, execution.flow_id, wanted)
        declared = flow.definition.get("inputs") or ()
        snapshot = await services.replays.replay(
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
        execution_id, wanted.task_run_id, read_state("state", wanted.state)
    )
    return _shown(snapshot)


@router.post("/{execution_id}/change-status")
@router.post("/{execution_id}/actions/change-status")
async def change_status(execution_id: str, status: str, services: Services) -> Response:
    """Show an execution that is over in another final state."""
    state = read_state("status", status)
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
    async with read_form(request, uploads_folder(services)) as form:
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
    async with read_form(request, uploads_folder(services)) as form:
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
    return _shown(await services.operations.unqueue(execution_id, read_state("state", state)))


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
