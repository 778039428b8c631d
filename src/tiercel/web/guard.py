"""What happens before routing: the tenant segment, and requests that come from elsewhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from tiercel.web.errors import error_body
from tiercel.web.origins import SAFE_METHODS, Rule, rule_for
from tiercel.web.replies import JsonReply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/api/v1/"
_JSON = "application/json"
TENANT = "main"
RESOURCES = frozenset(
    {
        *("flows", "executions", "triggers", "logs", "metrics", "stats", "namespaces", "kv"),
        *("dashboards", "blueprints", "plugins", "templates", "taskruns", "configs", "usages"),
        *("basicAuth", "basicAuthValidationErrors", "setup", "license-info", "pebble"),
        *("outputs", "concurrency-limit", "login", "logout", "tokens", "secrets"),
    }
)


class TenantPath:
    """Serves ``/api/v1/main/…`` as ``/api/v1/…``; there is one tenant, ``main``.

    Whether the first segment is a tenant is told by the known words for resources, so that a
    namespace may be called ``main`` too. A slash at the end says nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path and pass the request on."""
        if scope["type"] == "http" and _has_nul(scope):
            detail = "the address holds the character U+0000"
            reply = JsonReply(error_body(Request(scope), f"Bad Request: {detail}"), 400)
            await reply(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            rest = scope["path"].removeprefix(PREFIX)
            first, slash, inner = rest.partition("/")
            if first not in RESOURCES and first == TENANT and slash:
                rest = inner
            if rest.endswith("/") and not rest.endswith("//"):
                rest = rest.removesuffix("/")
            scope = {**scope, "path": PREFIX + rest}
        await self._app(scope, receive, send)


def _has_nul(scope: Scope) -> bool:
    """Whether a name or a parameter holds U+0000: nothing stored does, and no query takes it."""
    return "\0" in scope["path"] or b"%00" in scope.get("query_string", b"")


class AcceptedTypes:
    """Answers 406 to a GET that accepts no JSON where JSON would be the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; replace the reply if it is not of an accepted type."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        accepted = Headers(scope=scope).get("accept", "")
        if not accepted or _accepts_json(accepted):
            await self._app(scope, receive, send)
            return
        is_replaced = False

        async def checking(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start":
                is_json = Headers(raw=message["headers"]).get("content-type") == _JSON
                if is_json and message["status"] < 300:
                    is_replaced = True
                    detail = (
                        f"Specified Accept Types [{accepted}] not supported."
                        f" Supported types: [{_JSON}]"
                    )
                    body = error_body(Request(scope), f"Not Acceptable: {detail}")
                    await JsonReply(body, 406)(scope, receive, send)
            if not is_replaced:
                await send(message)

        await self._app(scope, receive, checking)


def _accepts_json(accepted: str) -> bool:
    kinds = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    return any(kind in ("*/*", "application/*", "") or "json" in kind for kind in kinds)


class LocalOnly:
    """Refuses what a foreign web page may send to a server that listens on loopback.

    A page can make the browser call ``127.0.0.1`` under a name of its own (DNS rebinding), or send
    a form to it. So on loopback the Host header must name this machine, and a request that changes
    something must come from the same origin if it says where it comes from, or from one that the
    configuration names.

    Args:
        allowed_hosts: Further names under which the server is reached, e.g. by a proxy.
        rules: What pages of other origins may do.
    """

    def __init__(
        self, app: ASGIApp, allowed_hosts: Collection[str] = (), rules: Sequence[Rule] = ()
    ) -> None:
        self._app = app
        self._rules = rules
        self._allowed = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 or pass the request on."""
        if scope["type"] == "http":
            request = Request(scope)
            if reason := self._reason_to_refuse(request):
                reply = JsonReply(error_body(request, f"Forbidden: {reason}"), 403)
                await reply(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _reason_to_refuse(self, request: Request) -> str:
        host = request.headers.get("host", "")
        server = request.scope.get("server")
        if server and _is_loopback(server[0]) and not self._is_known(_host_name(host)):
            return f"this server is local and not known as '{host}'"
        origin = request.headers.get("origin")
        if origin is None or request.method in SAFE_METHODS:
            return ""
        if origin != "null":
            if urlsplit(origin).netloc.lower() == host.lower():
                return ""
            rule = rule_for(self._rules, origin)
            if rule is not None and rule.lets_change(request.method):
                return ""
        return f"a page of '{origin}' may not change anything here"

    def _is_known(self, name: str) -> bool:
        return _is_loopback(name) or name in self._allowed


def _host_name(host: str) -> str:
    name = urlsplit(f"//{host}").hostname
    return (name or "").rstrip(".").lower()


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
