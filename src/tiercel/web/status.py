"""The route that tells how the whole installation is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response

from tiercel.model.errors import ServerUnavailableError
from tiercel.services.status import problems
from tiercel.web.replies import JsonReply
from tiercel.web.services import Services
from tiercel.web.shapes import moment

if TYPE_CHECKING:
    from tiercel.services.presence import Heard
    from tiercel.services.status import Report

router = APIRouter(prefix="/api/v1", tags=["instance"])


@router.get("/services")
async def list_services(services: Services) -> Response:
    """Return all processes, what waits, the servers, and what is wrong with how to mend it."""
    report = await services.views.status.read()
    shown = [_process(heard) for heard in report.processes]
    return JsonReply(
        {
            "results": shown,
            "total": len(shown),
            "queues": _queues(report),
            "servers": [_database(report), _bus(report)],
            "disk": {
                "folder": str(report.disk.folder),
                "free": report.disk.free_bytes,
                "total": report.disk.total_bytes,
            },
            "problems": [
                {
                    "message": problem.message,
                    "hint": problem.hint,
                    "severity": "ERROR" if problem.is_grave else "WARNING",
                }
                for problem in problems(report)
            ],
        }
    )


def _process(heard: Heard) -> dict[str, Any]:
    process = heard.process
    shown: dict[str, Any] = {
        "id": process.id,
        "roles": list(process.roles),
        "state": "LOST" if heard.is_lost else "RUNNING",
        "hostname": process.host,
        "pid": process.pid,
        "version": process.version,
        "createdAt": moment(process.started_at),
        "updatedAt": moment(heard.at),
    }
    if process.slots:
        shown["worker"] = {
            "group": process.group,
            "slots": process.slots,
            "running": process.running,
        }
    return shown


def _queues(report: Report) -> dict[str, Any]:
    """Return what waits; parts whose server is away are left out."""
    shown: dict[str, Any] = {}
    if report.jobs is not None:
        shown["jobs"] = [
            {"group": group, "count": waiting.count, "oldest": moment(waiting.oldest)}
            for group, waiting in report.jobs.items()
            if waiting.oldest is not None
        ]
    if report.news is not None:
        oldest = {"oldest": moment(report.news.oldest)} if report.news.oldest else {}
        shown["inbox"] = {"count": report.news.count, **oldest}
    if report.unindexed is not None:
        shown["logs"] = {"count": report.unindexed}
    return shown


def _database(report: Report) -> dict[str, Any]:
    found = report.database
    if isinstance(found, ServerUnavailableError):
        return {"name": "PostgreSQL", "status": "DOWN", "error": found.message}
    return {
        "name": "PostgreSQL",
        "status": "UP",
        "version": found.version,
        "place": found.name,
        "size": found.size_bytes,
        "connections": found.connections,
        "mostConnections": found.most_connections,
    }


def _bus(report: Report) -> dict[str, Any]:
    found = report.bus
    if isinstance(found, ServerUnavailableError):
        return {"name": "NATS", "status": "DOWN", "error": found.message}
    return {
        "name": "NATS",
        "status": "UP",
        "version": found.version,
        "place": found.place,
        "size": found.stored_bytes,
        "messages": found.stored_messages,
    }
