"""Routes of logs and metrics of an execution."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from tiercel.model.job import LogEntry
from tiercel.model.task import LogLevel
from tiercel.store import LogFilter, LogPlace, LogShare
from tiercel.web.errors import bad_value, or_404
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
PageSize = Annotated[int, Query(ge=1, le=5000)]
After = Annotated[str | None, Query()]

_PLACE_PARTS = 3


def read_filter(
    min_level: MinLevel = None,
    task_run_id: TaskRunId = None,
    task_id: TaskId = None,
    q: Annotated[str | None, Query()] = None,
) -> LogFilter:
    """Return which entries of a log are wanted."""
    return LogFilter(min_level, task_run_id, task_id, q)


def read_attempt(
    min_level: MinLevel = None,
    task_run_id: TaskRunId = None,
    task_id: TaskId = None,
    attempt: Attempt = None,
) -> LogFilter:
    """Return which entries are wanted, by what they belong to."""
    return LogFilter(min_level, task_run_id, task_id, attempt=attempt)


Wanted = Annotated[LogFilter, Depends(read_filter)]
OfAttempt = Annotated[LogFilter, Depends(read_attempt)]


def write_place(place: LogPlace) -> str:
    """Return a place in a log as clients hand it back; its parts mean nothing to them."""
    return f"{place.timestamp.isoformat()}~{place.sequence}~{place.task_run_id or ''}"


def placed_json(entry: LogEntry) -> dict[str, Any]:
    """Return one entry with its place in the log of its execution."""
    place = LogPlace(entry.timestamp, entry.sequence, entry.task_run_id)
    return log_json(entry) | {"place": write_place(place)}


def _share_json(share: LogShare) -> dict[str, Any]:
    counts = {"total": share.total, "warnings": share.warnings, "errors": share.errors}
    if share.task_run_id is None:
        return counts
    return {"taskRunId": share.task_run_id, "taskId": share.task_id} | counts


def read_place(text: str | None) -> LogPlace | None:
    """Return the place that :func:`write_place` wrote; None for none.

    Raises:
        RefusedRequestError: 422, it is no place.
    """
    if not text:
        return None
    parts = text.split("~")
    try:
        # a plus sign that was not percent-encoded arrives as a blank
        timestamp = datetime.fromisoformat(parts[0].replace(" ", "+"))
        if len(parts) == _PLACE_PARTS and timestamp.tzinfo is not None:
            return LogPlace(timestamp, int(parts[1]), parts[2] or None)
    except ValueError:
        pass  # told below, as what has too few parts
    raise bad_value("after", text, "expected a place that the server gave")


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
    wanted: OfAttempt,
) -> Response:
    """Return the log of an execution, in order of time; nothing for an unknown one."""
    entries = await services.logs.list(execution_id, wanted)
    return JsonReply([log_json(entry) for entry in entries])


@router.get("/logs/{execution_id}/pages")
async def pages_of_log(
    execution_id: str, services: Services, wanted: Wanted, size: PageSize = 500
) -> Response:
    """Return how many entries fit and where each page ends: any can then be read at once.

    How many warnings and errors there are up to each end tells which pages have some.
    """
    pages = await services.logs.pages(execution_id, wanted, size)
    return JsonReply(
        {
            "total": pages.total,
            "size": size,
            "ends": [write_place(place) for place in pages.ends],
            "warnings": pages.warnings,
            "errors": pages.errors,
        }
    )


@router.get("/logs/{execution_id}/task-runs")
async def task_runs_of_log(execution_id: str, services: Services, wanted: Wanted) -> Response:
    """Return how many entries that fit are of each task run, by their first.

    Those of the execution itself have no task run.
    """
    shares = await services.logs.task_runs(execution_id, wanted)
    return JsonReply([_share_json(share) for share in shares])


@router.get("/logs/{execution_id}/page")
async def page_of_log(
    execution_id: str, services: Services, wanted: Wanted, after: After = None, size: PageSize = 500
) -> Response:
    """Return the entries that come after a place in the log, or the first, each with its place."""
    entries = await services.logs.list(execution_id, wanted, after=read_place(after), size=size)
    return JsonReply([placed_json(entry) for entry in entries])


@router.get("/logs/{execution_id}/download")
async def download_logs(
    execution_id: str, services: Services, wanted: Wanted, attempt: Attempt = None
) -> Response:
    """Send the log of an execution as text: what of it fits."""
    entries = await services.logs.list(execution_id, replace(wanted, attempt=attempt))
    text = "\n".join(log_line(entry) for entry in entries)
    return Response(text, media_type="text/plain", headers=attachment(f"{execution_id}.log"))


@router.get("/logs/{execution_id}/follow")
async def follow_logs(
    execution_id: str, services: Services, closing: Closing, wanted: Wanted, after: After = None
) -> Response:
    """Send the log of an execution: what there is, or what is behind a place; then what comes.

    The client closes.
    """

    def events(item: object) -> bytes:
        if isinstance(item, LogEntry) and wanted.fits(item):
            return event("progress", placed_json(item))
        return b""

    with or_404(f"Unable to find the execution {execution_id}"):
        watched = services.executions.watch(execution_id, after=read_place(after))
        return await event_stream(watched, events, closing, stays_open=True)


@router.delete("/logs/{execution_id}")
async def delete_logs(
    execution_id: str,
    services: Services,
    wanted: OfAttempt,
) -> Response:
    """Delete the log of an execution, or what of it fits."""
    await services.logs.delete(execution_id, wanted)
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
