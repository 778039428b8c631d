"""Whether a server is well, on a port of its own: for monitoring of servers without an API."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from tiercel.web.context_path import below
from tiercel.web.health import LIVENESS
from tiercel.web.telemetry import Metric, prometheus_text

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Health = Callable[[], Awaitable[tuple[int, dict[str, Any]]]]
MANAGED = "tiercel.managed"
"""Key of the scope of requests that came here: the API asks for no login of its own."""
_NUMBERS = re.compile(r"/prometheus|/metrics(/[^/]+)?|/info|/version")
_INNER = re.compile(r"/env|/loggers(/[^/]+)?|/worker|/scheduler")
_JSON = b"application/json"
_TEXT = b"text/plain; version=0.0.4; charset=utf-8"
_ASKS = (b"www-authenticate", b'Basic realm="Tiercel"')


class Probes:
    """Answers ``/health``, ``/health/readiness``, ``/health/liveness``, ``/ping``, ``/prometheus``.

    A server with an API tells more, as the API does: ``/metrics``, ``/info``, ``/version``; and to
    those who may know, ``/env``, ``/loggers``, ``/worker`` and ``/scheduler``.

    Args:
        health: Gives status code and report of readiness.
        metrics: Gives what this process counts.
        username, password: Needed for every answer; both empty let everybody ask.
        api: Has the routes of the rest.
        shows_all: Whether ``/env`` and the like are there without a password.
        context_path: All paths may begin with it, as those of the API do.
    """

    def __init__(
        self,
        health: Health,
        metrics: Callable[[], Iterable[Metric]],
        username: str = "",
        password: str = "",
        *,
        api: ASGIApp | None = None,
        shows_all: bool = False,
        context_path: str = "",
    ) -> None:
        self._health = health
        self._metrics = metrics
        self._api = api
        self._shows_all = shows_all or bool(username)
        self._context_path = context_path
        self._login = base64.b64encode(f"{username}:{password}".encode()) if username else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        scope = {**scope, "path": below(scope["path"], self._context_path) or scope["path"]}
        if not self._may_ask(scope):
            await _reply(send, 401, b"", _TEXT, _ASKS)
        elif self._api is not None and self._is_of_api(scope["path"]):
            await self._api({**scope, MANAGED: True}, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _reply(send, 405, b"", _TEXT, (b"allow", b"GET, HEAD"))
        else:
            await self._answer(scope["path"], send)

    def _is_of_api(self, path: str) -> bool:
        if _NUMBERS.fullmatch(path):
            return True
        return self._shows_all and _INNER.fullmatch(path) is not None

    async def _answer(self, path: str, send: Send) -> None:
        if path in ("/health", "/health/readiness"):
            status, report = await self._health()
            await _reply(send, status, msgspec.json.encode(report), _JSON)
        elif path == "/health/liveness":
            await _reply(send, 200, msgspec.json.encode(LIVENESS), _JSON)
        elif path == "/ping":
            await _reply(send, 200, b"pong", _TEXT)
        elif path == "/prometheus":
            await _reply(send, 200, prometheus_text(list(self._metrics())).encode(), _TEXT)
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
