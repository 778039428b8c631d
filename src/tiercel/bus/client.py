"""The NATS client: the one place that imports it, and without aiohttp.

The client imports aiohttp where it happens to be installed, for connections by WebSocket, which the
bus does not use. That would cost every start a third of a second and every process twenty
megabytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _absent(module: str) -> Iterator[None]:
    """Let imports find that a module is not installed, unless it is in use already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # as the import system has it
    try:
        yield
    finally:
        del sys.modules[module]


with _absent("aiohttp"):
    from nats import errors
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.js.api import (
        AckPolicy,
        ConsumerConfig,
        DiscardPolicy,
        RetentionPolicy,
        StorageType,
        StreamConfig,
    )
    from nats.js.errors import APIError, NotFoundError

__all__ = [
    "APIError",
    "AckPolicy",
    "Client",
    "ConsumerConfig",
    "DiscardPolicy",
    "Msg",
    "NotFoundError",
    "RetentionPolicy",
    "StorageType",
    "StreamConfig",
    "errors",
]
