"""Whether a server is well, on a port of its own: for monitoring of servers without an API."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from tiercel.web.health import LIVENESS
from tiercel.web.telemetry import process_metrics, prometheus_text

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Health = Callable[[], Awaitable[tuple[int, dict[str, Any]]]]
_JSON = b"application/json"
_TEXT = b"text/plain; version=0.0.4; charset=utf-8"
_ASKS = (b"www-authenticate", b'Basic realm="Tiercel"')


class Probes:
    """Answers ``/health``, ``/health/readiness``, ``/health/liveness``, ``/ping``, ``/prometheus``.

    Args:
        health: Gives status code and report of readiness.
        username, password: Needed for every answer; both empty let everybody ask.
    """

    def __init__(self, health: Health, username: str = "", password: str = "") -> None:
        self._health = health
        self._login = base64.b64encode(f"{username}:{password}".encode()) if username else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if not self._may_ask(scope):
            await _reply(send, 401, b"", _TEXT, _ASKS)
        elif scope["method"] not in ("GET", "HEAD"):
            await _reply(send, 405, b"", _TEXT, (b"allow", b"GET, HEAD"))
        else:
            await self._answer(scope["path"], send)

    async def _answer(self, path: str, send: Send) -> None:
        if path in ("/health", "/health/readiness"):
            status, report = await self._health()
            await _reply(send, status, msgspec.json.encode(report), _JSON)
        elif path == "/health/liveness":
            await _reply(send, 200, msgspec.json.encode(LIVENESS), _JSON)
        elif path == "/ping":
            await _reply(send, 200, b"pong", _TEXT)
        elif path == "/prometheus":
            await _reply(send, 200, prometheus_text(list(process_metrics())).encode(), _TEXT)
        else:
            await _reply(send, 404, b"", _TEXT)

    def _may_ask(self, scope: Scope) -> bool:
        if not self._login:
            return True
        given = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, value = given.partition(b" ")
        return scheme.lower() == b"basic" and hmac.compare_digest(value.strip(), self._login)


async def _reply(
    send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]
) -> None:
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", kind), length, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
