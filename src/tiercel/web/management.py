"""Routes for those who run the server: settings, loggers, what runs and what is about to."""

from __future__ import annotations

import logging
from html import escape
from typing import Any, Literal

import msgspec
import yaml
from fastapi import APIRouter, Request, Response

from tiercel.config import shown_settings
from tiercel.web.bodies import read_json
from tiercel.web.errors import not_found
from tiercel.web.instance import description_at
from tiercel.web.replies import JsonReply
from tiercel.web.services import Services
from tiercel.web.shapes import moment

router = APIRouter(tags=["management"])

_MOST = 1_000
_LEVELS = ("OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")
_NUMBERS = {
    "OFF": logging.CRITICAL + 10,
    "ERROR": logging.ERROR,
    "WARN": logging.WARNING,
    "INFO": logging.INFO,
    "DEBUG": logging.DEBUG,
    "TRACE": 5,
}
_ROOT = "ROOT"


class LoggerLevel(msgspec.Struct, rename="camel"):
    """The level that a logger is to have; None leaves it to its parent."""

    configured_level: Literal["OFF", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"] | None = None


@router.get("/env")
async def environment(services: Services) -> Response:
    """Return all settings in force; what may be secret is masked."""
    settings = shown_settings(services.options.settings)
    source = {"name": "tiercel", "order": 0, "properties": settings}
    return JsonReply({"activeEnvironments": [], "packages": [], "propertySources": [source]})


@router.get("/loggers")
async def list_loggers() -> Response:
    """Return the loggers of the server with their levels."""
    names = sorted(name for name in logging.root.manager.loggerDict if name.startswith("tiercel"))
    shown = {name: _logger_json(logging.getLogger(name)) for name in names}
    return JsonReply({"levels": _LEVELS, "loggers": {_ROOT: _logger_json(logging.root), **shown}})


@router.get("/loggers/{name}")
async def read_logger(name: str) -> Response:
    """Return one logger with its level."""
    return JsonReply(_logger_json(_logger(name)))


@router.post("/loggers/{name}")
async def set_logger(name: str, request: Request) -> Response:
    """Set the level of a logger, until the server stops."""
    wanted = await read_json(request, LoggerLevel)
    level = wanted.configured_level
    _logger(name).setLevel(logging.NOTSET if level is None else _NUMBERS[level])
    return Response(status_code=200)


def _logger(name: str) -> logging.Logger:
    if name.upper() == _ROOT:
        return logging.root
    if name not in logging.root.manager.loggerDict:
        # a name that nobody uses is not made here: it would stay
        raise not_found()
    return logging.getLogger(name)


def _logger_json(logger: logging.Logger) -> dict[str, str]:
    shown = {"effectiveLevel": _level(logger.getEffectiveLevel())}
    if logger.level != logging.NOTSET:
        shown["configuredLevel"] = _level(logger.level)
    return shown


def _level(number: int) -> str:
    return next((name for name in _LEVELS if number >= _NUMBERS[name]), "TRACE")


@router.get("/worker")
async def running_jobs(services: Services) -> Response:
    """Return the attempts that workers have begun and not ended."""
    jobs = await services.views.stats.running_jobs(_MOST)
    shown = [
        {
            "type": "task",
            "taskRun": {
                "id": job.task_run_id,
                "executionId": job.execution_id,
                "namespace": job.namespace,
                "flowId": job.flow_id,
                "taskId": job.task_id,
            },
            "task": {"id": job.task_id, "type": job.type},
            "workerGroup": job.worker_group,
            "startDate": moment(started),
        }
        for started, job in jobs
    ]
    return JsonReply({"runningCount": len(shown), "runnings": shown})


@router.get("/scheduler")
async def schedulable_triggers(services: Services) -> Response:
    """Return the triggers that fire by themselves, with their next dates."""
    found, total = await services.triggers.search([], page=1, size=_MOST, sort=[])
    shown: list[dict[str, Any]] = [
        {
            "flowId": view.state.flow_id,
            "namespace": view.state.namespace,
            "trigger": view.definition or {"id": view.state.trigger_id},
            "next": moment(view.state.next_date),
        }
        for view in found
        if view.state.next_date is not None and not view.state.disabled
    ]
    return JsonReply(
        {"schedulableCount": len(shown) if total <= _MOST else total, "schedulable": shown}
    )


@router.get("/api")
async def browse_api(request: Request) -> Response:
    """Return a page that lists the requests of this API."""
    document = request.app.openapi()
    rows = [
        f"<tr><td>{method.upper()}<td><code>{escape(path)}</code>"
        f"<td>{escape(operation.get('description', ''))}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    title = f"{document['info']['title']} {document['info']['version']}"
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:15px sans-serif;margin:2em}td{padding:.2em 1em;vertical-align:top}"
        f"</style><h1>{escape(title)}</h1><p>As OpenAPI document: "
        '<a href="openapi.json">JSON</a>, <a href="swagger/kestra.yml">YAML</a>.'
        f"<table>{''.join(rows)}</table></html>"
    )
    return Response(page, media_type="text/html")


@router.get("/swagger/kestra.yml")
async def openapi_as_yaml(request: Request, services: Services) -> Response:
    """Return the description of this API as YAML."""
    described = description_at(request, services)
    text = yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    return Response(text, media_type="application/yaml")
