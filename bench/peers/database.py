"""A PostgreSQL for peers that keep what they know in one: the same that ours runs on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.peers.processes import with_children
from tiercel.embedded import EmbeddedServers


class Database:
    """A running server.

    Args:
        folder: Its data.
        url: Of a superuser, over TCP.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._made = 0

    def fresh(self) -> str:
        """Make an empty database; return its URL."""
        self._made += 1
        name = f"peer{self._made}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._url.rpartition("/")[0] + f"/{name}"

    def pids(self) -> set[int]:
        """Return its processes."""
        [file] = self._folder.rglob("postmaster.pid")
        return with_children({int(file.read_text().split()[0])})


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """Run PostgreSQL in a folder."""
    servers = EmbeddedServers(folder, postgres_port=0)
    endpoints = servers.start_blocking(nats=False)
    try:
        yield Database(folder, endpoints.tcp_url)
    finally:
        servers.stop_blocking()
