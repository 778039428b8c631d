"""Routes that send lists as CSV, and values for the drop-downs of filters."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from tiercel.services.clock import utc_now
from tiercel.web.errors import bad_value
from tiercel.web.replies import JsonReply, csv_reply
from tiercel.web.resources import EXECUTIONS, FLOWS, LOGS, TRIGGERS
from tiercel.web.search import read_conditions, read_search
from tiercel.web.services import Services
from tiercel.web.shapes import labels_json, length, moment
from tiercel.web.trigger_shapes import trigger_json

router = APIRouter(prefix="/api/v1", tags=["exports"])

MOST_ROWS = 10_000
_FIELDS = {"namespace": "namespace", "flowId": "flow_id", "state": "state"}


def _labels(labels: Any) -> str:
    return ",".join(f"{label['key']}:{label['value']}" for label in labels_json(labels))


@router.get("/executions/export/by-query/csv")
async def export_executions(request: Request, services: Services) -> Response:
    """Send the executions that a search finds as CSV, ten thousand at most."""
    search = read_search(request.query_params, EXECUTIONS)
    found, _ = await services.executions.search(search.conditions, size=MOST_ROWS, sort=search.sort)
    now = utc_now()
    columns = ("id", "namespace", "flowId", "flowRevision", "state", "startDate", "endDate")
    rows = []
    for snapshot in found:
        execution, state = snapshot.execution, snapshot.execution.state
        rows.append(
            (
                execution.id,
                execution.namespace,
                execution.flow_id,
                execution.flow_revision,
                state.current.value,
                moment(state.start_date),
                moment(state.end_date) if state.end_date else "",
                length(state.duration(now)),
                _labels(execution.labels),
            )
        )
    return csv_reply("executions", (*columns, "duration", "labels"), rows)


@router.get("/flows/export/by-query/csv")
async def export_flows(request: Request, services: Services) -> Response:
    """Send the flows that a search finds as CSV."""
    conditions = read_conditions(request.query_params, FLOWS)
    flows = await services.views.flow_sets.matching(conditions)
    columns = ("namespace", "id", "revision", "disabled", "description", "labels")
    rows = (
        (
            flow.namespace,
            flow.id,
            flow.revision,
            flow.disabled,
            flow.description or "",
            _labels(flow.labels),
        )
        for flow in flows
    )
    return csv_reply("flows", columns, rows)


@router.get("/triggers/export/by-query/csv")
async def export_triggers(request: Request, services: Services) -> Response:
    """Send the triggers that a search finds as CSV, ten thousand at most."""
    search = read_search(request.query_params, TRIGGERS)
    found, _ = await services.triggers.search(
        search.conditions, page=1, size=MOST_ROWS, sort=search.sort
    )
    dates = ("nextExecutionDate", "date", "lastTriggeredDate")
    columns = ("namespace", "flowId", "triggerId", "kind", "disabled", "locked", "executionId")
    rows = []
    for view in found:
        shown = trigger_json(view.state)
        kind = (view.definition or {}).get("type", "")
        rows.append([*(shown.get(name, "") for name in (*columns, *dates)), kind])
    return csv_reply("triggers", (*columns, *dates, "type"), rows)


@router.get("/logs/export/by-query/csv")
async def export_logs(request: Request, services: Services) -> Response:
    """Send the log entries that a search finds as CSV, ten thousand at most."""
    search = read_search(request.query_params, LOGS)
    found, _ = await services.logs.search(
        search.conditions, page=1, size=MOST_ROWS, sort=search.sort
    )
    columns = ("timestamp", "level", "namespace", "flowId", "taskId", "executionId", "message")
    rows = (
        (
            moment(entry.timestamp),
            entry.level.value,
            entry.namespace,
            entry.flow_id,
            entry.task_id or "",
            entry.execution_id,
            entry.message,
        )
        for entry in found
    )
    return csv_reply("logs", columns, rows)


@router.get("/executions/distinct-field-values")
async def distinct_values(
    request: Request, services: Services, field: str, size: int = 100
) -> Response:
    """Return the values that a field has in recent executions, sorted."""
    if field not in _FIELDS:
        raise bad_value("field", field, f"expected one of {', '.join(_FIELDS)}")
    conditions = read_conditions(request.query_params, EXECUTIONS)
    values = await services.views.stats.distinct(_FIELDS[field], conditions)
    return JsonReply(values[: max(size, 0)])


@router.get("/flows/deprecated")
async def deprecated_flows(services: Services, namespace: str | None = None) -> Response:
    """Return the flows that use something deprecated, with the places."""
    found = []
    for flow in await services.views.flow_sets.matching([]):
        if namespace and not f"{flow.namespace}.".startswith(f"{namespace}."):
            continue
        paths = services.views.flow_sets.deprecated_in(flow)
        if paths:
            found.append({"namespace": flow.namespace, "id": flow.id, "deprecationPaths": paths})
    return JsonReply(found)
