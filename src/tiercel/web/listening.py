"""Listening on a port with an ASGI application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from tiercel.model.errors import ServerUnavailableError
from tiercel.web.protocol import HeadersAsWritten

_LAST_REQUESTS_SECONDS = 2
"""How long requests that are being served may take at the end."""


class _Server(uvicorn.Server):
    """Says when it answers, and leaves signals to the command."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def bound(host: str, port: int, option: str) -> socket.socket:
    """Return a socket that listens; 0 takes any port.

    Args:
        option: How the user chooses another port.

    Raises:
        ServerUnavailableError: The port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServerUnavailableError(
            f"Port {port} of {host} can't be used: {error.strerror}",
            hint=f"stop what uses it, or choose another with {option}",
        ) from error
    # connections take it over: answers go out in two parts, and not every event loop sees to it
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@asynccontextmanager
async def served(app: Any, listening: socket.socket, host: str) -> AsyncIterator[str]:
    """Serve an application within the block; give its base URL once it answers.

    Args:
        host: How the address is called in the URL.
    """
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        app,
        http=HeadersAsWritten,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_LAST_REQUESTS_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listening]), name=f"http {port}")
    try:
        await server.answering.wait()
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving
