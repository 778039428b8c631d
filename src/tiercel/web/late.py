"""An application that answers probes at once, and loads the rest of itself meanwhile.

Importing the routes takes longer than starting everything else. Other requests that come before
they are there wait for them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tiercel.web.health import LIVENESS, health

if TYPE_CHECKING:
    from collections.abc import Callable

    from tiercel.services.flows import Flows

_HEALTH = frozenset({"/health", "/health/readiness"})
_LIVENESS = "/health/liveness"


class HasFlows(Protocol):
    """What probes need of a node."""

    @property
    def flows(self) -> Flows: ...


class LateApp:
    """An ASGI application before and after it is loaded.

    Args:
        load: Gives the whole application; called in a thread, by :meth:`load`.
    """

    def __init__(self, services: HasFlows, load: Callable[[], Any]) -> None:
        self._services = services
        self._load = load
        self._app: Any = None
        self._loaded = asyncio.Event()

    async def load(self) -> Any:
        """Load the application and return it; what that raises ends the waiting requests too."""
        try:
            self._app = await asyncio.to_thread(self._load)
        finally:
            self._loaded.set()
        return self._app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if self._app is None and scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            if scope["path"] in _HEALTH:
                await _reply(send, *await health(self._services))
                return
            if scope["path"] == _LIVENESS:
                await _reply(send, 200, LIVENESS)
                return
        await self._loaded.wait()
        if self._app is None:
            await _reply(send, 503, {"message": "The API could not be loaded"})
            return
        await self._app(scope, receive, send)


async def _reply(send: Any, status: int, content: dict[str, Any]) -> None:
    body = msgspec.json.encode(content)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
