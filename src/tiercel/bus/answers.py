"""Calls of the NATS client that wait for an answer, made safe."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tiercel.bus.client import errors
from tiercel.model.errors import ServerUnavailableError

_HINT = "Check that NATS runs with JetStream enabled (nats-server -js) and has space left."


@contextmanager
def answered(what: str) -> Iterator[None]:
    """Wrap calls that wait for an answer of the server.

    The client waits with ``asyncio.wait_for``, which in Python 3.11 loses a cancellation that comes
    together with the answer: it is raised here, after the call.

    Args:
        what: What can't be done without the answer, for the message.

    Raises:
        ServerUnavailableError: The server does not answer, or refuses.
    """
    try:
        yield
    except (errors.Error, TimeoutError) as error:
        reason = str(error) or type(error).__name__
        raise ServerUnavailableError(f"{what}: {reason}", hint=_HINT) from error
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
