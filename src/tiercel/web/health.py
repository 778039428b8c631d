"""Whether requests can be served: what probes ask, answered without the rest of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.web.late import HasFlows

LIVENESS: dict[str, Any] = {"name": "tiercel", "status": "UP", "details": {}}
"""The process answers."""


async def health(services: HasFlows) -> tuple[int, dict[str, Any]]:
    """Return status code and report: 200 when the database answers, else 503."""
    try:
        await services.flows.search(size=1)
    except ServerUnavailableError as error:
        details = {"database": {"status": "DOWN", "details": {"error": error.message}}}
        return 503, {"name": "tiercel", "status": "DOWN", "details": details}
    return 200, {"name": "tiercel", "status": "UP", "details": {"database": {"status": "UP"}}}


def queue_health(bus: Bus) -> tuple[int, dict[str, Any]]:
    """Return status code and report of a server that has no database: 200 when NATS is there."""
    status = "UP" if bus.is_connected else "DOWN"
    report = {"name": "tiercel", "status": status, "details": {"queue": {"status": status}}}
    return 200 if bus.is_connected else 503, report
