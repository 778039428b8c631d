"""NATS servers with settings of their own, and clients that leave nothing open."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from tiercel.embedded.binaries import find_nats

_LISTENS = re.compile(r"Listening for client connections on \S+:(\d+)")
_READY = "Server is ready"
_PATIENCE_SECONDS = 60
# Below those that the kernel gives to whoever asks for any.
_PORTS = range(20_000, 32_000)


@contextmanager
def nats_server(
    folder: Path, settings: str, *, host: str = "127.0.0.1", env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a server that keeps its streams in ``folder``; give the port it listens on.

    Args:
        settings: Lines of its configuration, besides where it listens and stores.
    """
    written, log = folder / "nats.conf", folder / "nats.log"
    written.write_text(
        f"listen: '{host}:-1'\njetstream: {{store_dir: '{folder}/streams'}}\n"
        f"max_payload: 8MB\n{settings}"
    )
    with log.open("w") as file:
        server = subprocess.Popen(
            [str(find_nats()), "-c", str(written)], env={**os.environ, **(env or {})}, stderr=file
        )
    try:
        yield _port_of(server, log)
    finally:
        server.terminate()
        server.wait(20)


def _port_of(server: subprocess.Popen[bytes], log: Path) -> int:
    """Wait until a server is ready; return the port that it has taken."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _READY not in (said := log.read_text()):
        assert server.poll() is None, f"NATS did not start: {said}"
        assert time.monotonic() < deadline, f"NATS is not ready: {said}"
        time.sleep(0.01)
    [port] = _LISTENS.findall(said)
    return int(port)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses, for servers that must know each other's beforehand.

    They are none that a program gets which asks for any port: nobody takes them meanwhile.
    """
    found: list[int] = []
    with ExitStack() as probes:
        while len(found) < count:
            port = secrets.choice(_PORTS)
            probe = probes.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    return found


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[Client]:
    """Connect a client, which is closed after the block also when it could not log in."""
    client = Client()
    try:
        await client.connect(url, **options)
        yield client
    finally:
        await client.close()
