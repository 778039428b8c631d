"""Routes of logs and metrics of an execution."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from tiercel.model.errors import NotFoundError
from tiercel.model.job import LogEntry
from tiercel.model.task import LogLevel
from tiercel.web.errors import not_found
from tiercel.web.replies import JsonReply, attachment, page_of
from tiercel.web.resources import LOGS, METRICS
from tiercel.web.search import read_search
from tiercel.web.services import Closing, Number, Services
from tiercel.web.shapes import log_json, log_line, metric_json
from tiercel.web.streams import event, event_stream

router = APIRouter(prefix="/api/v1", tags=["logs", "metrics"])

MinLevel = Annotated[LogLevel | None, Query(alias="minLevel")]
TaskRunId = Annotated[str | None, Query(alias="taskRunId")]
TaskId = Annotated[str | None, Query(alias="taskId")]
Attempt = Number


@router.get("/logs/search")
async def search_logs(request: Request, services: Services) -> Response:
    """Return one page of the log entries of all executions."""
    search = read_search(request.query_params, LOGS)
    found, total = await services.logs.search(
        search.conditions, page=search.page, size=search.size, sort=search.sort
    )
    return page_of([log_json(entry) for entry in found], total)


@router.get("/logs/{execution_id}")
async def read_logs(
    execution_id: str,
    services: Services,
    min_level: MinLevel = None,
    task_run_id: TaskRunId = None,
    task_id: TaskId = None,
    attempt: Attempt = None,
) -> Response:
    """Return the log of an execution, in order of time; nothing for an unknown one."""
    entries = await services.logs.list(
        execution_id,
        min_level=min_level,
        task_run_id=task_run_id,
        task_id=task_id,
        attempt=attempt,
    )
    return JsonReply([log_json(entry) for entry in entries])


@router.get("/logs/{execution_id}/download")
async def download_logs(
    execution_id: str,
    services: Services,
    min_level: MinLevel = None,
    task_run_id: TaskRunId = None,
    task_id: TaskId = None,
    attempt: Attempt = None,
) -> Response:
    """Send the log of an execution as text."""
    entries = await services.logs.list(
        execution_id,
        min_level=min_level,
        task_run_id=task_run_id,
        task_id=task_id,
        attempt=attempt,
    )
    text = "\n".join(map(log_line, entries))
    return Response(text, media_type="text/plain", headers=attachment(f"{execution_id}.log"))


@router.get("/logs/{execution_id}/follow")
async def follow_logs(
    execution_id: str, services: Services, closing: Closing, min_level: MinLevel = None
) -> Response:
    """Send the log of an execution: what there is, then what comes. The client closes."""
    lowest = min_level.rank if min_level else 0

    def events(item: object) -> bytes:
        if isinstance(item, LogEntry) and item.level.rank >= lowest:
            return event("progress", log_json(item))
        return b""

    try:
        watched = services.executions.watch(execution_id)
        return await event_stream(watched, events, closing, stays_open=True)
    except NotFoundError:
        raise not_found(f"Unable to find the execution {execution_id}") from None


@router.delete("/logs/{execution_id}")
async def delete_logs(
    execution_id: str,
    services: Services,
    min_level: MinLevel = None,
    task_run_id: TaskRunId = None,
    task_id: TaskId = None,
    attempt: Attempt = None,
) -> Response:
    """Delete the log of an execution, or what of it fits."""
    await services.logs.delete(
        execution_id,
        min_level=min_level,
        task_run_id=task_run_id,
        task_id=task_id,
        attempt=attempt,
    )
    return Response(status_code=200)


@router.delete("/logs/{namespace}/{flow_id}")
async def delete_flow_logs(
    namespace: str,
    flow_id: str,
    services: Services,
    trigger_id: Annotated[str | None, Query(alias="triggerId")] = None,
) -> Response:
    """Delete the log of all executions of a flow, or that of one of its triggers."""
    await services.logs.delete_of_flow(namespace, flow_id, trigger_id=trigger_id)
    return Response(status_code=200)


@router.get("/metrics/{execution_id}")
async def read_metrics(
    execution_id: str,
    request: Request,
    services: Services,
    task_run_id: TaskRunId = None,
    task_id: TaskId = None,
) -> Response:
    """Return one page of the metrics of an execution."""
    search = read_search(request.query_params, METRICS)
    found, total = await services.logs.metrics(
        execution_id,
        task_run_id=task_run_id,
        task_id=task_id,
        page=search.page,
        size=search.size,
        sort=search.sort,
    )
    return page_of([metric_json(entry) for entry in found], total)
