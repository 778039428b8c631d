"""Flows that are named like an action: what is started, the flow or the action?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tiercel.model.errors import TiercelError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tiercel.web.services import AppServices

_PREFIX = "/api/v1/executions/"
_ACTIONS = (
    "pause|resume|kill|restart|replay|replay-with-inputs|state|labels|eval|force-run|unqueue"
    "|change-status|resume-from-breakpoint"
)
_BEGIN = re.compile(rf"{_PREFIX}([^/]+)/({_ACTIONS})(/validate)?")
_EXECUTION_ID = re.compile(r"[0-9A-Za-z]{10,30}")


class FlowsBeforeActions:
    """Starts a flow whose id is a word that the API has a meaning for.

    ``POST /executions/a.b/pause`` pauses the execution ``a.b``, unless there is a flow ``pause`` in
    the namespace ``a.b``: then it starts that flow, by the path that means nothing else.
    """

    def __init__(self, app: ASGIApp, services: AppServices) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path of a start and pass the request on."""
        if scope["type"] == "http" and scope["method"] == "POST":
            found = _BEGIN.fullmatch(scope["path"])
            if found and await self._is_flow(found[1], found[2]):
                scope = {**scope, "path": f"{_PREFIX}trigger/{scope['path'][len(_PREFIX) :]}"}
        await self._app(scope, receive, send)

    async def _is_flow(self, namespace: str, flow_id: str) -> bool:
        try:
            await self._services.flows.get(namespace, flow_id)
        except TiercelError:
            # What is wrong is found again, and told, by the action itself.
            return False
        if not _EXECUTION_ID.fullmatch(namespace):
            return True
        try:
            await self._services.executions.get(namespace)
        except TiercelError:
            return True
        return False
