"""One question and its answer, also while nobody is there to answer for a moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import nats.errors

from tiercel.bus.answers import answered
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus.connection import Connection

_ANSWER_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


async def asked(connection: Connection, subject: str, question: bytes, nobody: str) -> bytes:
    """Return the answer of any of those who listen to a subject.

    Servers that are started anew are waited for, as long as for an answer.

    Args:
        nobody: What can't be done without an answer, for the message.

    Raises:
        ServerUnavailableError: Nobody answers.
    """
    await connection.ready()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(_ANSWER_SECONDS, connection.wait_seconds)
    while True:
        seconds = max(deadline - loop.time(), _PAUSE_SECONDS)
        try:
            with answered(nobody):
                reply = await connection.client.request(subject, question, timeout=seconds)
        except ServerUnavailableError as error:
            is_nobody_there = isinstance(error.__cause__, nats.errors.NoRespondersError)
            if not is_nobody_there or loop.time() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return bytes(reply.data)
