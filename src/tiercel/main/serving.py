"""What listens: the API of a node, and the port that tells how a process is."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI

    from tiercel.services.node import Node, WorkerNode
    from tiercel.web.telemetry import Metric


def _refuse_open_address(host: str, *, has_login: bool) -> None:
    import ipaddress

    if host == "localhost" or has_login:
        return
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise IllegalArgumentError(
            f"Refusing to listen on {host}: anyone who reaches it could run programs here",
            hint="set a login with KESTRA_SERVER_BASIC_AUTH_USERNAME and"
            " KESTRA_SERVER_BASIC_AUTH_PASSWORD, or kestra.server.basic-auth with enabled: true,"
            " or listen on 127.0.0.1",
        )


@asynccontextmanager
async def serve(node: Node, host: str, port: int) -> AsyncIterator[str]:
    """Serve the node's API; give its base URL, with its context path, once it answers.

    Raises:
        IllegalArgumentError: The address is open to other machines.
        ServerUnavailableError: The port is taken.
    """
    import asyncio

    from tiercel.web.context_path import BelowPath
    from tiercel.web.late import LateApp
    from tiercel.web.listening import bound, served

    settings = node.options.settings
    prefix = settings.web.context_path

    def load() -> FastAPI:
        from tiercel.web.app import create_app
        from tiercel.web.origins import rules_of

        return create_app(node, rules=rules_of(settings))

    _refuse_open_address(host, has_login=node.views.login.is_enabled)
    app = node.api = LateApp(node, load)
    placed = BelowPath(app, prefix) if prefix else app
    async with served(placed, bound(host, port, "--port"), host) as url:
        loading = asyncio.create_task(app.load(), name="api-routes")
        try:
            yield f"{url}{prefix}"
        finally:
            _close_streams(await loading)


@asynccontextmanager
async def serve_probes(node: Node | WorkerNode, host: str, port: int) -> AsyncIterator[str]:
    """Tell on a port of its own how a server is; give its base URL.

    Raises:
        ServerUnavailableError: The port is taken.
    """
    from tiercel.services.node import Node
    from tiercel.web.listening import bound, served
    from tiercel.web.probes import Probes

    given = node.options.settings.management
    app = Probes(
        partial(_health, node),
        partial(_own_metrics, node),
        given.username,
        given.password.get_secret_value(),
        api=node.api if isinstance(node, Node) else None,
        context_path=node.options.settings.web.context_path,
        shows_all=isinstance(node, Node) and not node.views.login.is_enabled,
    )
    async with served(app, bound(host, port, "endpoints.all.port"), host) as url:
        yield url


async def _health(node: Node | WorkerNode) -> tuple[int, dict[str, Any]]:
    from tiercel.services.node import WorkerNode
    from tiercel.web.health import health, queue_health

    if isinstance(node, WorkerNode):
        return queue_health(node.bus)
    return await health(node)


def _own_metrics(node: Node | WorkerNode) -> Iterator[Metric]:
    """Yield what a process without an API counts."""
    from tiercel.services.node import WorkerNode
    from tiercel.web.telemetry import metered, process_metrics, tagged

    settings = node.options.settings.metrics
    if isinstance(node, WorkerNode):
        meters = node.meters
        group = (("worker_group", node.options.worker_group),)
        meters.gauge("worker.job.running", node.running(), group)
        meters.gauge("worker.job.thread", node.options.slots, group)
    else:
        meters = node.views.meters
    yield from tagged(process_metrics(), settings.tags)
    yield from tagged(metered(meters, settings.name_prefix), settings.tags)


def _close_streams(app: FastAPI) -> None:
    from tiercel.web.app import close_streams

    close_streams(app)
