"""Routes of dashboards and the rows of their charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request, Response

from tiercel.model.problems import InvalidFlowError
from tiercel.services.dashboards import ChartPage
from tiercel.web.bodies import read_json, read_source
from tiercel.web.chart_questions import ChartQuestion, checked_question, conditions_of
from tiercel.web.errors import or_404
from tiercel.web.flow_faults import faults
from tiercel.web.replies import JsonReply, csv_reply, page_of
from tiercel.web.resources import DASHBOARDS
from tiercel.web.search import read_search
from tiercel.web.services import AppServices, Services
from tiercel.web.shapes import moment

if TYPE_CHECKING:
    from tiercel.store import StoredDashboard

router = APIRouter(prefix="/api/v1/dashboards", tags=["dashboards"])

_EXPORTED_ROWS = 10_000


class Preview(msgspec.Struct, rename="camel"):
    """A chart that is not saved, with its question."""

    chart: str
    global_filter: ChartQuestion | None = None


def dashboard_json(services: AppServices, dashboard: StoredDashboard) -> dict[str, Any]:
    """Return a dashboard as it is written, with what the server knows of it."""
    written = services.views.dashboards.parse(dashboard.source)
    return {
        **{name: value for name, value in written.items() if value is not None},
        "id": dashboard.id,
        "timeWindow": {"default": "P30D", "max": "P366D", **(written.get("timeWindow") or {})},
        "charts": written.get("charts") or [],
        "deleted": False,
        "created": moment(dashboard.created_at),
        "updated": moment(dashboard.updated_at),
        "sourceCode": dashboard.source,
    }


@router.get("")
async def search_dashboards(request: Request, services: Services) -> Response:
    """Return one page of dashboards."""
    search = read_search(request.query_params, DASHBOARDS)
    found, total = await services.views.dashboards.search(
        search.conditions, search.page, search.size, search.sort
    )
    return page_of([dashboard_json(services, item) for item in found], total)


@router.post("")
async def create_dashboard(request: Request, services: Services) -> Response:
    """Save a new dashboard; the server makes its id."""
    made = await services.views.dashboards.create(await read_source(request))
    return JsonReply(dashboard_json(services, made))


@router.post("/validate")
async def validate_dashboard(request: Request, services: Services) -> Response:
    """Check a dashboard; what is wrong with it is part of the answer."""
    source = await read_source(request)
    return JsonReply(_checked(lambda: services.views.dashboards.parse(source)))


@router.post("/validate/chart")
async def validate_chart(request: Request, services: Services) -> Response:
    """Check one chart; what is wrong with it is part of the answer."""
    source = await read_source(request)
    return JsonReply(_checked(lambda: services.views.dashboards.parse_chart(source)))


def _checked(parse: Callable[[], object]) -> dict[str, Any]:
    checked: dict[str, Any] = {"index": 0, "outdated": False}
    try:
        parse()
    except InvalidFlowError as error:
        checked |= faults(error.problems)
    return checked


@router.post("/charts/preview")
async def preview_chart(request: Request, services: Services) -> Response:
    """Return rows of a chart that is not saved."""
    page = await _previewed(request, services, None)
    return page_of(list(map(_row, page.rows)), page.total)


@router.post("/charts/export/to-csv")
@router.post("/charts/export")
async def export_chart(request: Request, services: Services) -> Response:
    """Send the rows of a chart that is not saved as CSV."""
    return _csv(await _previewed(request, services, _EXPORTED_ROWS), "chart")


async def _previewed(request: Request, services: AppServices, size: int | None) -> ChartPage:
    wanted = await read_json(request, Preview)
    chart = services.views.dashboards.parse_chart(wanted.chart)
    question = checked_question(wanted.global_filter or ChartQuestion())
    return await services.views.dashboards.rows(
        chart,
        question.start_date,
        question.end_date,
        page=1 if size else question.page_number,
        size=size or question.page_size,
        conditions=conditions_of(question),
    )


@router.get("/settings/default-dashboards")
async def default_dashboards() -> Response:
    """Return which dashboards are shown first: none is chosen."""
    return JsonReply({})


@router.get("/{dashboard_id}")
async def read_dashboard(dashboard_id: str, services: Services) -> Response:
    """Return a dashboard."""
    with or_404():
        found = await services.views.dashboards.get(dashboard_id)
    return JsonReply(dashboard_json(services, found))


@router.put("/{dashboard_id}")
async def update_dashboard(dashboard_id: str, request: Request, services: Services) -> Response:
    """Change a dashboard."""
    source = await read_source(request)
    with or_404():
        changed = await services.views.dashboards.update(dashboard_id, source)
    return JsonReply(dashboard_json(services, changed))


@router.delete("/{dashboard_id}", status_code=204)
async def delete_dashboard(dashboard_id: str, services: Services) -> Response:
    """Delete a dashboard."""
    with or_404():
        await services.views.dashboards.delete(dashboard_id)
    return Response(status_code=204)


@router.post("/{dashboard_id}/charts/{chart_id}")
async def chart_rows(
    dashboard_id: str, chart_id: str, request: Request, services: Services
) -> Response:
    """Return one page of the rows of a chart."""
    page = await _asked(request, services, dashboard_id, chart_id, None)
    return page_of(list(map(_row, page.rows)), page.total)


@router.post("/{dashboard_id}/charts/{chart_id}/export/to-csv")
@router.post("/{dashboard_id}/charts/{chart_id}/export")
async def export_rows(
    dashboard_id: str, chart_id: str, request: Request, services: Services
) -> Response:
    """Send the rows of a chart as CSV."""
    page = await _asked(request, services, dashboard_id, chart_id, _EXPORTED_ROWS)
    return _csv(page, chart_id)


async def _asked(
    request: Request, services: AppServices, dashboard_id: str, chart_id: str, size: int | None
) -> ChartPage:
    question = checked_question(await read_json(request, ChartQuestion, default=ChartQuestion()))
    with or_404():
        return await services.views.dashboards.chart(
            dashboard_id,
            chart_id,
            question.start_date,
            question.end_date,
            page=1 if size else question.page_number,
            size=size or question.page_size,
            conditions=conditions_of(question),
        )


def _row(row: Any) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return float(value) if isinstance(value, Decimal) else value


def _csv(page: ChartPage, name: str) -> Response:
    columns = list(page.rows[0]) if page.rows else []
    rows = [[_value(value) for value in row.values()] for row in page.rows]
    return csv_reply(name, columns, rows)
