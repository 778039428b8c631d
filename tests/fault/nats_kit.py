"""A NATS server with settings of its own."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tiercel.embedded.binaries import find_nats


@contextmanager
def nats_server(
    folder: Path, settings: str, *, host: str = "127.0.0.1", env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a server that keeps its streams in ``folder``; give the port it listens on.

    Args:
        settings: Lines of its configuration, besides where it listens and stores.
    """
    with socket.socket() as probe:
        probe.bind((host, 0))
        port = int(probe.getsockname()[1])
    written = folder / "nats.conf"
    written.write_text(
        f"listen: {host}:{port}\njetstream: {{store_dir: '{folder}/streams'}}\n"
        f"max_payload: 8MB\n{settings}"
    )
    server = subprocess.Popen(
        [str(find_nats()), "-c", str(written)],
        env={**os.environ, **(env or {})},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        if not any("Server is ready" in line for line in server.stderr):
            raise AssertionError("NATS did not start")
        yield port
    finally:
        server.terminate()
        server.wait(20)
        server.stderr.close()
