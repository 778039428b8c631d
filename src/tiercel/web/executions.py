"""Routes of executions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from tiercel.model.errors import ConflictError
from tiercel.model.problems import InvalidFlowError
from tiercel.services.clock import utc_now
from tiercel.services.executions import Snapshot
from tiercel.web.breakpoints import Breakpoints, read_breakpoints
from tiercel.web.errors import or_404
from tiercel.web.filters import read_labels, read_moment
from tiercel.web.following import ChangedEvents, WholeEvents
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import EXECUTIONS
from tiercel.web.search import of_flow, read_search
from tiercel.web.services import (
    AppServices,
    Closing,
    Number,
    Services,
    execution_url,
    uploads_folder,
)
from tiercel.web.shapes import execution_json, snapshot_json
from tiercel.web.streams import event_stream
from tiercel.web.uploads import read_form

router = APIRouter(prefix="/api/v1/executions", tags=["executions"])

Wait = Annotated[bool, Query()]
ScheduleDate = Annotated[str | None, Query(alias="scheduleDate")]
Cascade = Annotated[bool, Query(alias="isOnKillCascade")]
Changes = Annotated[bool, Query()]


@router.get("/search")
async def search_executions(request: Request, services: Services) -> Response:
    """Return one page of executions with their task runs."""
    search = read_search(request.query_params, EXECUTIONS)
    found, total = await services.executions.search(
        search.conditions, page=search.page, size=search.size, sort=search.sort
    )
    now = utc_now()
    return page_of([snapshot_json(snapshot, now) for snapshot in found], total)


@router.get("")
async def executions_of_flow(
    request: Request,
    services: Services,
    namespace: str,
    flow_id: Annotated[str, Query(alias="flowId")],
) -> Response:
    """Return one page of the executions of one flow."""
    search = read_search(request.query_params, EXECUTIONS)
    found, total = await services.executions.search(
        of_flow(namespace, flow_id), page=search.page, size=search.size, sort=search.sort
    )
    now = utc_now()
    return page_of([snapshot_json(snapshot, now) for snapshot in found], total)


@router.post("/trigger/{namespace}/{flow_id}")
@router.post("/{namespace}/{flow_id}")
async def start_execution(
    namespace: str,
    flow_id: str,
    request: Request,
    services: Services,
    wait: Wait = False,
    revision: Number = None,
    schedule_date: ScheduleDate = None,
    breakpoints: Breakpoints = None,
) -> Response:
    """Start a flow: inputs as parts of a multipart body, files too."""
    labels = read_labels(request.query_params.getlist("labels"))
    start_at = read_moment("scheduleDate", schedule_date) if schedule_date else None
    async with read_form(request, uploads_folder(services)) as form:
        declared = (
            await declared_inputs(services, namespace, flow_id, revision) if form.files else {}
        )
        uploads = form.uploads(declared)
        try:
            execution = await services.executions.start(
                namespace,
                flow_id,
                inputs=form.texts,
                uploads=uploads,
                labels=labels,
                revision=revision,
                schedule_date=start_at,
                breakpoints=read_breakpoints(breakpoints),
                trace_parent=request.headers.get("traceparent"),
            )
        except InvalidFlowError as error:
            raise ConflictError(f"The flow is not valid any more: {error.message}") from error
    snapshot = Snapshot(execution, ())
    if wait:
        snapshot = await services.executions.wait(execution.id)
    shown = execution_json(snapshot.execution, snapshot.task_runs, utc_now())
    return JsonReply({**shown, "url": execution_url(request, services, execution)})


async def declared_inputs(
    services: AppServices, namespace: str, flow_id: str, revision: int | None
) -> Mapping[str, Mapping[str, Any]]:
    """Return the inputs of a flow by id, as they are written."""
    flow = await services.flows.require_enabled(namespace, flow_id, revision)
    declared = flow.definition.get("inputs") or ()
    return {str(item["id"]): item for item in declared if isinstance(item, Mapping)}


@router.get("/{execution_id}")
async def read_execution(execution_id: str, services: Services) -> Response:
    """Return an execution with its task runs."""
    return JsonReply(snapshot_json(await found(services, execution_id), utc_now()))


class _OwnId(StringConvertor):
    """An id as this server gives them: no word of the API looks like one."""

    regex = "[0-9A-Za-z]{22}"


register_url_convertor("own_id", _OwnId())
polled = APIRouter(prefix="/api/v1/executions")
polled.add_api_route(
    "/{execution_id:own_id}", read_execution, methods=["GET"], include_in_schema=False
)
"""What clients ask for again and again; found before all other routes are looked through."""


async def found(services: AppServices, execution_id: str) -> Snapshot:
    """Return an execution, or make the answer a plain 404."""
    with or_404():
        return await services.executions.get(execution_id)


@router.get("/{execution_id}/follow")
async def follow_execution(
    execution_id: str, services: Services, closing: Closing, changes: Changes = False
) -> Response:
    """Send the execution as it changes; the last event is called ``end``.

    With ``changes`` the first event alone is whole.
    """
    events = ChangedEvents() if changes else WholeEvents()
    with or_404(f"Unable to find the execution {execution_id}"):
        return await event_stream(services.executions.follow(execution_id), events.of, closing)


@router.delete("/{execution_id}/kill", status_code=202)
async def kill_execution(
    execution_id: str, services: Services, cascade: Cascade = True
) -> Response:
    """Ask for the end of an execution."""
    await services.executions.kill(execution_id, cascade=cascade)
    return Response(status_code=202)


@router.delete("/{execution_id}/actions/kill")
async def kill_and_read(execution_id: str, services: Services, cascade: Cascade = True) -> Response:
    """Ask for the end of an execution and return it as it is."""
    await services.executions.kill(execution_id, cascade=cascade)
    return JsonReply(snapshot_json(await found(services, execution_id), utc_now()))


@router.delete("/{execution_id}", status_code=204)
async def delete_execution(
    execution_id: str,
    services: Services,
    delete_storage: Annotated[bool, Query(alias="deleteStorage")] = True,
    delete_logs: Annotated[bool, Query(alias="deleteLogs")] = True,
    delete_metrics: Annotated[bool, Query(alias="deleteMetrics")] = True,
) -> Response:
    """Delete an execution with everything that belongs to it, save what is to be kept."""
    with or_404():
        await services.executions.delete(
            execution_id, files=delete_storage, logs=delete_logs, metrics=delete_metrics
        )
    return Response(status_code=204)
