"""Where the servers are that flows name: containers' words for this machine, and other names."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping

CONTAINER_HOST = "host.docker.internal"
_LOOPBACK = "127.0.0.1"
_KEPT_SECONDS = 300.0


class AddressBook:
    """Finds the address behind a name in a flow.

    Args:
        aliases: (host, port) as flows write them to (host, port) as they are reached.
    """

    def __init__(self, aliases: Mapping[tuple[str, int], tuple[str, int]] | None = None) -> None:
        self._aliases = dict(aliases or {})
        self._lock = threading.Lock()
        self._resolves = False
        self._asked_at: float | None = None

    def find(self, host: str, port: int) -> tuple[str, int]:
        """Return where ``host:port`` is reached.

        Docker's name of this machine is the loopback address where nobody knows that name. May ask
        the name service, so call it from a thread.
        """
        name = host.lower()
        if (name, port) in self._aliases:
            return self._aliases[name, port]
        if name == CONTAINER_HOST and not self._container_host_resolves():
            return _LOOPBACK, port
        return host, port

    def _container_host_resolves(self) -> bool:
        """Ask once in a while: asking is slow without a network."""
        with self._lock:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at > _KEPT_SECONDS:
                try:
                    socket.getaddrinfo(CONTAINER_HOST, None)
                    self._resolves = True
                except OSError:
                    self._resolves = False
                self._asked_at = now
            return self._resolves
