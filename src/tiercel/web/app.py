"""The API as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from tiercel.services.login import TooManyFailuresError
from tiercel.web import (
    backfills,
    blueprints,
    bulk,
    concurrency,
    dashboards,
    data,
    execution_views,
    executions,
    exports,
    files,
    flow_sets,
    flows,
    graphs,
    instance,
    kv,
    login,
    logs,
    management,
    namespace_files,
    namespaces,
    operations,
    pages,
    plugins,
    secrets,
    sources,
    stats,
    status,
    templates,
    triggers,
    validation,
    webhooks,
)
from tiercel.web.access import (
    LoginNeededError,
    on_login_needed,
    on_too_many_failures,
    require_login,
)
from tiercel.web.description import describe
from tiercel.web.errors import install_error_handlers
from tiercel.web.guard import AcceptedTypes, LocalOnly, TenantPath
from tiercel.web.origins import OtherOrigins
from tiercel.web.telemetry import Counted, Requests
from tiercel.web.unread import UnreadBodies
from tiercel.web.words import FlowsBeforeActions

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tiercel.web.origins import Rule
    from tiercel.web.services import AppServices

_COMPRESS_FROM_BYTES = 1024
_DOWNLOADS = ("/file", "/files", "/export", "/export/by-query", "/export/by-ids")


# Fixed words come before names: the first route that fits is taken.
_ROUTERS = (
    instance.router,
    management.router,
    status.router,
    login.router,
    plugins.router,
    stats.router,
    dashboards.router,
    data.router,
    blueprints.router,
    exports.router,
    concurrency.router,
    graphs.router,
    validation.router,
    templates.router,
    sources.router,
    flow_sets.router,
    flows.router,
    files.router,
    triggers.router,
    backfills.router,
    webhooks.router,
    operations.router,
    bulk.router,
    execution_views.router,
    executions.router,
    logs.router,
    kv.router,
    namespace_files.router,
    secrets.router,
    namespaces.router,
    pages.router,
)


class _Compressed:
    """Compresses replies, but no downloads: those are as large as they are, or compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=_COMPRESS_FROM_BYTES, compresslevel=4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_download = scope["type"] == "http" and scope["path"].endswith(_DOWNLOADS)
        app = self._plain if is_download else self._compressed
        await app(scope, receive, send)


def create_app(
    services: AppServices, *, allowed_hosts: Collection[str] = (), rules: Sequence[Rule] = ()
) -> FastAPI:
    """Build the application over the use cases of a running node.

    Args:
        allowed_hosts: Names, besides those of loopback, under which a server that listens on
            loopback may be asked, e.g. through a proxy.
        rules: What pages of other origins may do; none lets them do nothing.
    """
    app = FastAPI(
        title="Tiercel",
        version=version("tiercel"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(require_login)],
    )
    generate = app.openapi
    described: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not described:
            described.update(describe(generate()))
        return described

    app.openapi = openapi  # type: ignore[method-assign]
    app.state.services = services
    app.state.closing = asyncio.Event()
    for router in (executions.polled, *_ROUTERS):
        app.include_router(router)
    app.state.routes = [route for router in _ROUTERS for route in router.routes]
    install_error_handlers(app)
    app.add_exception_handler(LoginNeededError, on_login_needed)
    app.add_exception_handler(TooManyFailuresError, on_too_many_failures)
    app.state.requests = Requests()
    app.add_middleware(_Compressed)
    app.add_middleware(FlowsBeforeActions, services=services)
    app.add_middleware(AcceptedTypes)
    app.add_middleware(TenantPath)
    if rules:
        app.add_middleware(OtherOrigins, rules=rules)
    app.add_middleware(LocalOnly, allowed_hosts=allowed_hosts, rules=rules)
    app.add_middleware(Counted, requests=app.state.requests)
    app.add_middleware(UnreadBodies)
    return app


def close_streams(app: FastAPI) -> None:
    """End all event streams, so that the server can stop; to be called in its event loop."""
    closing: asyncio.Event = app.state.closing
    closing.set()
