"""Routes of statistics, for dashboards; and of metrics over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.services.clock import utc_now
from tiercel.services.stats import Buckets, ExecutionCount, buckets_of
from tiercel.store import Condition, Operation
from tiercel.web import filters
from tiercel.web.bodies import FlowName, read_json
from tiercel.web.errors import RefusedRequestError
from tiercel.web.filters import read_moment
from tiercel.web.replies import JsonReply
from tiercel.web.search import of_flow
from tiercel.web.services import Services
from tiercel.web.shapes import length, moment, snapshot_json

router = APIRouter(prefix="/api/v1", tags=["stats", "metrics"])

StartDate = Annotated[str | None, Query(alias="startDate")]
EndDate = Annotated[str | None, Query(alias="endDate")]
_MOST_FLOWS = 1000


class Question(msgspec.Struct, rename="camel"):
    """What dashboards send; every route reads what it understands."""

    q: str | None = None
    scope: list[str] | None = None
    namespace: str | None = None
    flow_id: str | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    state: list[str] | None = None
    flows: list[FlowName] | None = None
    labels: list[str] | None = None
    namespace_only: bool = False
    log_level: str | None = None

    def buckets(self) -> Buckets:
        """Return the span of time that is asked for."""
        return buckets_of(_aware(self.start_date), _aware(self.end_date))

    def conditions(self) -> list[Condition]:
        """Return what is selected besides the span."""
        found = []
        if self.q and self.q != "*":
            found.append(Condition("q", Operation.CONTAINS, self.q))
        if self.namespace:
            operation = Operation.EQUALS if self.flow_id else Operation.PREFIX
            found.append(Condition("namespace", operation, self.namespace))
        if self.flow_id:
            found.append(Condition("flow_id", Operation.EQUALS, self.flow_id))
        if self.scope and len(set(self.scope)) == 1:
            found.append(filters.scope(self.scope[0], wanted=True)("namespace"))
        if self.state:
            states = [filters.state("state", text) for text in self.state]
            found.append(Condition("state", Operation.IN, states))
        labels = filters.read_labels(self.labels or [])
        found += [Condition("labels", Operation.EQUALS, label) for label in labels]
        if self.flows:
            groups = [of_flow(flow.namespace, flow.id) for flow in _limited(self.flows)]
            found.append(Condition("", Operation.ANY_OF, groups))
        return found


class Flows(msgspec.Struct):
    """Flows whose last executions are asked for."""

    flows: list[FlowName] = []


def _aware(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=utc_now().tzinfo)


def _limited(flows: Sequence[FlowName]) -> Sequence[FlowName]:
    if len(flows) > _MOST_FLOWS:
        raise RefusedRequestError(422, "Illegal argument", f"more than {_MOST_FLOWS} flows")
    return flows


async def _question(request: Request) -> Question:
    return await read_json(request, Question, default=Question())


def count_json(item: ExecutionCount) -> dict[str, Any]:
    """Return the count of one bucket; without executions its duration has only a count."""
    duration: dict[str, Any] = {"count": item.count}
    if item.count:
        duration = {
            "min": _seconds(item.shortest or 0.0),
            "avg": _seconds(item.total / item.count),
            "max": _seconds(item.longest),
            "sum": _seconds(item.total),
            **duration,
        }
    return {
        "startDate": moment(item.start),
        "duration": duration,
        "executionCounts": item.states,
        "groupBy": item.unit,
    }


def _seconds(value: float) -> str:
    return length(timedelta(seconds=value))


@router.post("/stats/summary")
async def summary(request: Request, services: Services) -> Response:
    """Return how many flows and triggers there are."""
    question = await _question(request)
    flows, triggers = await services.views.stats.summary(question.namespace or None)
    return JsonReply({"flows": flows, "triggers": triggers})


@router.post("/stats/executions/daily")
async def daily_executions(request: Request, services: Services) -> Response:
    """Return counts of executions by buckets of time."""
    question = await _question(request)
    counts = await services.views.stats.executions(question.buckets(), question.conditions())
    return JsonReply([count_json(item) for item in counts])


@router.post("/stats/executions/daily/group-by-flow")
async def daily_by_flow(request: Request, services: Services) -> Response:
    """Return counts of executions by flow and buckets of time."""
    question = await _question(request)
    found = await services.views.stats.executions_by_flow(
        question.buckets(), question.conditions(), whole=question.namespace_only
    )
    shown = {
        namespace: {flow: [count_json(item) for item in counts] for flow, counts in flows.items()}
        for namespace, flows in found.items()
    }
    return JsonReply(shown)


@router.post("/stats/executions/slowest-flows")
async def slowest_flows(
    request: Request, services: Services, size: Annotated[int, Query(ge=1, le=100)] = 10
) -> Response:
    """Return the flows whose ended executions took longest on average, the slowest first."""
    question = await _question(request)
    found = await services.views.stats.slowest(
        question.buckets(), question.conditions(), limit=size
    )
    shown = [
        {
            "namespace": item.namespace,
            "flowId": item.flow_id,
            "duration": {
                "min": _seconds(item.shortest),
                "avg": _seconds(item.total / item.count),
                "max": _seconds(item.longest),
                "sum": _seconds(item.total),
                "count": item.count,
            },
        }
        for item in found
    ]
    return JsonReply(shown)


@router.post("/stats/executions/daily/group-by-namespace")
async def states_by_namespace(request: Request, services: Services) -> Response:
    """Return counts of executions by namespace and state, the busiest namespace first."""
    question = await _question(request)
    found = await services.views.stats.by_namespace(question.buckets(), question.conditions())
    shown = {
        name: {"counts": counts, "total": sum(counts.values())} for name, counts in found.items()
    }
    return JsonReply(shown)


@router.post("/stats/executions/latest/group-by-flow")
async def latest_by_flow(request: Request, services: Services) -> Response:
    """Return the last execution of each named flow that has one."""
    wanted = await read_json(request, Flows, default=Flows())
    flows = [(flow.namespace, flow.id) for flow in _limited(wanted.flows)]
    found = await services.views.stats.latest(flows, services.executions)
    now = utc_now()
    return JsonReply([snapshot_json(snapshot, now) for snapshot in found])


@router.post("/stats/taskruns/daily")
async def daily_task_runs() -> Response:
    """Refuse: task runs are not counted one by one."""
    raise RefusedRequestError(404, "Not Found", "task runs have no statistics of their own")


@router.post("/stats/logs/daily")
async def daily_logs(request: Request, services: Services) -> Response:
    """Return counts of log entries by buckets of time."""
    question = await _question(request)
    buckets, conditions = question.buckets(), question.conditions()
    if question.log_level:
        make = filters.from_level("logLevel", question.log_level, wanted=True)
        conditions.append(make("level"))
    found = await services.views.stats.logs(buckets, conditions)
    shown = [
        {"timestamp": moment(start), "counts": counts, "groupBy": buckets.unit}
        for start, counts in found
    ]
    return JsonReply(shown)


@router.get("/metrics/names/{namespace}/{flow_id}")
async def metric_names(namespace: str, flow_id: str, services: Services) -> Response:
    """Return the names of a flow's metrics, sorted."""
    return JsonReply(await services.logs.metric_names(namespace, flow_id))


@router.get("/metrics/names/{namespace}/{flow_id}/{task_id}")
async def task_metric_names(
    namespace: str, flow_id: str, task_id: str, services: Services
) -> Response:
    """Return the names of a task's metrics, sorted."""
    return JsonReply(await services.logs.metric_names(namespace, flow_id, task_id))


@router.get("/metrics/tasks/{namespace}/{flow_id}")
async def metric_tasks(namespace: str, flow_id: str, services: Services) -> Response:
    """Return the ids of a flow's tasks that have metrics, sorted."""
    return JsonReply(await services.logs.metric_tasks(namespace, flow_id))


@router.get("/metrics/aggregates/{namespace}/{flow_id}/{metric}")
async def flow_metric(
    namespace: str,
    flow_id: str,
    metric: str,
    services: Services,
    start_date: StartDate = None,
    end_date: EndDate = None,
    aggregation: str = "sum",
) -> Response:
    """Return a metric of a flow by buckets of time."""
    span = _span(start_date, end_date)
    return await _aggregated(services, span, (namespace, flow_id, metric, None), aggregation)


@router.get("/metrics/aggregates/{namespace}/{flow_id}/{task_id}/{metric}")
async def task_metric(
    namespace: str,
    flow_id: str,
    task_id: str,
    metric: str,
    services: Services,
    start_date: StartDate = None,
    end_date: EndDate = None,
    aggregation: str = "sum",
) -> Response:
    """Return a metric of one task by buckets of time."""
    span = _span(start_date, end_date)
    return await _aggregated(services, span, (namespace, flow_id, metric, task_id), aggregation)


def _span(start: str | None, end: str | None) -> Buckets:
    return buckets_of(
        read_moment("startDate", start) if start else None,
        read_moment("endDate", end) if end else None,
    )


async def _aggregated(
    services: Services, buckets: Buckets, names: tuple[str, str, str, str | None], aggregation: str
) -> Response:
    namespace, flow_id, metric, task_id = names
    found = await services.views.stats.metrics(
        buckets, namespace, flow_id, metric, task_id=task_id, aggregation=aggregation
    )
    shown = []
    for item in found:
        value = {"value": item.value, "date": moment(item.start)}
        shown.append({"name": metric, **value} if item.found else value)
    return JsonReply({"groupBy": buckets.unit, "aggregations": shown})
