"""Whether requests can be served: what probes ask, answered without the rest of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
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
