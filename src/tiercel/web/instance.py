"""Routes about the server itself."""

from __future__ import annotations

import uuid
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response

from tiercel.expressions.library import FILTERS, FUNCTIONS
from tiercel.model.ids import base62
from tiercel.services.stats import buckets_of
from tiercel.services.written import written_tasks
from tiercel.web.access import open_to_all
from tiercel.web.errors import not_found
from tiercel.web.health import LIVENESS, health
from tiercel.web.replies import JsonReply
from tiercel.web.resources import SYSTEM_NAMESPACE
from tiercel.web.services import AppServices, Services
from tiercel.web.stats import count_json
from tiercel.web.telemetry import (
    OPEN_STATES,
    Metric,
    Requests,
    gauge,
    gauge_by,
    metered,
    process_metrics,
    prometheus_text,
    tagged,
)

router = APIRouter(tags=["instance"])


@router.get("/ping")
@open_to_all
async def ping() -> Response:
    """Answer as soon as the process does."""
    return Response("pong", media_type="text/plain")


@router.get("/health")
@router.get("/health/readiness")
@open_to_all
async def readiness(services: Services) -> Response:
    """Tell whether requests can be served: the database answers."""
    status, report = await health(services)
    return JsonReply(report, status)


@router.get("/health/liveness")
@open_to_all
async def liveness() -> Response:
    """Tell that the process answers."""
    return JsonReply(LIVENESS)


@router.get("/api/v1/configs")
async def configs(services: Services) -> Response:
    """Return what a client needs to know about this server."""
    settings = services.options.settings
    instance, shown = settings.instance, settings.preview
    named = {"name": instance.environment_name, "color": instance.environment_color}
    environment = {key: value for key, value in named.items() if value}
    return JsonReply(
        {
            "uuid": _uuid(services),
            "version": version("tiercel"),
            "isCustomDashboardsEnabled": True,
            "isTaskRunEnabled": False,
            "isAnonymousUsageEnabled": False,
            "isTemplateEnabled": True,
            "preview": {"initial": shown.initial_rows, "max": shown.max_rows},
            "isBasicAuthEnabled": services.views.login.is_enabled,
            "isBasicAuthInitialized": services.views.login.is_enabled,
            "systemNamespace": SYSTEM_NAMESPACE,
            "hiddenLabelsPrefixes": list(instance.hidden_labels),
            "pluginsHash": services.views.plugin_docs.digest,
            "edition": "OSS",
            "isAiEnabled": False,
            **({"url": instance.url} if instance.url else {}),
            **({"environment": environment} if environment else {}),
        }
    )


def _uuid(services: AppServices) -> str:
    place = services.options.data_dir.absolute().as_uri()
    return base62(uuid.uuid5(uuid.NAMESPACE_URL, place).int)


@router.get("/api/v1/configs/login")
@open_to_all
async def login_configs(services: Services) -> Response:
    """Return what a client needs to know before it logs in."""
    login = services.views.login
    return JsonReply(
        {
            "isBasicAuthEnabled": login.is_enabled,
            "isBasicAuthInitialized": login.is_enabled,
            "edition": "OSS",
        }
    )


@router.get("/openapi.json")
async def openapi(request: Request, services: Services) -> Response:
    """Return the description of this API."""
    return JsonReply(description_at(request, services))


def description_at(request: Request, services: AppServices) -> dict[str, Any]:
    """Return the description of this API, with the path it is below of if there is one."""
    document: dict[str, Any] = request.app.openapi()
    place = services.options.settings.web.context_path
    return {**document, "servers": [{"url": place}]} if place else document


@router.get("/api/v1/usages")
@router.get("/api/v1/usages/all")
async def usages(services: Services) -> Response:
    """Return what is used how much; it stays here, nobody is told."""
    counts = await services.views.stats.executions(buckets_of(None, None))
    return JsonReply(
        {
            "uuid": _uuid(services),
            "serverType": "STANDALONE",
            "version": version("tiercel"),
            "zoneId": "UTC",
            "configurations": {
                "repositoryType": "postgres",
                "queueType": "nats",
                "storageType": "local",
            },
            "plugins": [
                {"manifest": plugin["manifest"]} for plugin in services.views.plugin_docs.plugins()
            ],
            "flows": await _flow_usage(services),
            "executions": {"dailyExecutionsCount": [count_json(item) for item in counts]},
        }
    )


async def _flow_usage(services: AppServices) -> dict[str, Any]:
    flows = await services.views.flow_sets.matching([])
    tasks: dict[str, int] = {}
    triggers: dict[str, int] = {}
    for flow in flows:
        for _, task in written_tasks(flow.definition):
            kind = str(task.get("type"))
            tasks[kind] = tasks.get(kind, 0) + 1
        for trigger in flow.definition.get("triggers") or ():
            kind = str(trigger.get("type"))
            triggers[kind] = triggers.get(kind, 0) + 1
    return {
        "count": len(flows),
        "namespacesCount": len({flow.namespace for flow in flows}),
        "taskTypeCount": tasks,
        "triggerTypeCount": triggers,
    }


@router.get("/api/v1/pebble/filters")
async def pebble_filters() -> Response:
    """Return the names of the filters of expressions."""
    return JsonReply(sorted(FILTERS))


@router.get("/api/v1/pebble/functions")
async def pebble_functions() -> Response:
    """Return the names of the functions of expressions."""
    return JsonReply(sorted(FUNCTIONS))


@router.get("/info")
async def info() -> Response:
    """Return nothing: there is nothing more to tell."""
    return JsonReply({})


@router.get("/version")
async def read_version() -> Response:
    """Return the version of the server."""
    return JsonReply({"version": version("tiercel"), "type": "STANDALONE"})


async def _metrics(request: Request, services: AppServices) -> list[Metric]:
    found = await _own_metrics(request, services)
    return list(tagged(found, services.options.settings.metrics.tags))


async def _own_metrics(request: Request, services: AppServices) -> list[Metric]:
    flows, triggers = await services.views.stats.summary(None)
    counted: Requests = request.app.state.requests
    states = dict.fromkeys(OPEN_STATES, 0) | await services.views.stats.states(OPEN_STATES)
    return [
        gauge_by("tiercel_info", "version", {version("tiercel"): 1}, "The version that runs."),
        gauge("tiercel_flows", flows, "Flows that are stored."),
        gauge("tiercel_triggers", triggers, "Triggers that have a state."),
        gauge_by("tiercel_executions_open", "state", states, "Executions that are not over."),
        *counted.metrics(),
        *process_metrics(),
        *await _work_metrics(services),
    ]


async def _work_metrics(services: AppServices) -> list[Metric]:
    """Return what this process counted of its work, and what is under way everywhere."""
    settings, options = services.options.settings.metrics, services.options
    prefix = f"{settings.name_prefix}_" if settings.name_prefix else ""
    running, _ = await services.views.stats.open_jobs()
    pending = await services.views.status.pending_jobs()
    gauges = {
        "worker_running_count": (running, "Task runs that workers are at."),
        "worker_job_running": (running, "Jobs that workers are at."),
        "worker_job_thread": (options.slots, "Jobs that the worker of this process runs at once."),
    }
    return [
        *(gauge(f"{prefix}{name}", value, text) for name, (value, text) in gauges.items()),
        gauge_by(
            f"{prefix}worker_job_pending",
            "worker_group",
            pending,
            "Jobs that no worker of their group has begun.",
        ),
        *metered(services.views.meters, settings.name_prefix),
    ]


@router.get("/prometheus")
async def prometheus(request: Request, services: Services) -> Response:
    """Return all metrics in the text format of Prometheus."""
    text = prometheus_text(await _metrics(request, services))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/metrics")
async def list_metrics(request: Request, services: Services) -> Response:
    """Return the names of all metrics."""
    return JsonReply({"names": [metric.name for metric in await _metrics(request, services)]})


@router.get("/metrics/{name}")
async def read_metric(name: str, request: Request, services: Services) -> Response:
    """Return one metric, added up over its labels."""
    found = [metric for metric in await _metrics(request, services) if metric.name == name]
    if not found:
        raise not_found()
    [metric] = found
    tags: dict[str, list[str]] = {}
    for sample in metric.samples:
        for key, value in sample.labels:
            if value not in tags.setdefault(key, []):
                tags[key].append(value)
    total = sum(sample.value for sample in metric.samples)
    return JsonReply(
        {
            "name": name,
            "description": metric.description,
            "measurements": [{"statistic": "VALUE", "value": float(total)}],
            "availableTags": [{"tag": key, "values": values} for key, values in tags.items()],
        }
    )
