"""Routes about the server itself."""

from __future__ import annotations

import uuid
from importlib.metadata import version

from fastapi import APIRouter, Response

from tiercel.model.errors import ServerUnavailableError
from tiercel.model.ids import base62
from tiercel.web.replies import JsonReply
from tiercel.web.resources import SYSTEM_NAMESPACE
from tiercel.web.services import Services

router = APIRouter(tags=["instance"])


@router.get("/ping")
async def ping() -> Response:
    """Answer as soon as the process does."""
    return Response("pong", media_type="text/plain")


@router.get("/health")
@router.get("/health/readiness")
async def health(services: Services) -> Response:
    """Tell whether requests can be served: the database answers."""
    try:
        await services.flows.search(size=1)
    except ServerUnavailableError as error:
        details = {"database": {"status": "DOWN", "details": {"error": error.message}}}
        return JsonReply({"name": "tiercel", "status": "DOWN", "details": details}, 503)
    details = {"database": {"status": "UP"}}
    return JsonReply({"name": "tiercel", "status": "UP", "details": details})


@router.get("/health/liveness")
async def liveness() -> Response:
    """Tell that the process answers."""
    return JsonReply({"name": "tiercel", "status": "UP", "details": {}})


@router.get("/api/v1/configs")
async def configs(services: Services) -> Response:
    """Return what a client needs to know about this server."""
    place = services.options.data_dir.absolute().as_uri()
    return JsonReply(
        {
            "uuid": base62(uuid.uuid5(uuid.NAMESPACE_URL, place).int),
            "version": version("tiercel"),
            "isCustomDashboardsEnabled": False,
            "isTaskRunEnabled": False,
            "isAnonymousUsageEnabled": False,
            "isTemplateEnabled": False,
            "preview": {"initial": 100, "max": 5000},
            "isBasicAuthEnabled": False,
            "systemNamespace": SYSTEM_NAMESPACE,
            "hiddenLabelsPrefixes": ["system.", "internal."],
        }
    )
