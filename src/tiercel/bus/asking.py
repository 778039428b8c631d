"""Questions and their answers, also while nobody is there to answer for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tiercel.bus.answers import answered
from tiercel.bus.client import errors
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from nats.aio.msg import Msg

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
            is_nobody_there = isinstance(error.__cause__, errors.NoRespondersError)
            if not is_nobody_there or loop.time() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return bytes(reply.data)


@asynccontextmanager
async def heard(
    connection: Connection,
    subject: str,
    queue: str,
    reply_to: Callable[[Msg], Awaitable[bytes]],
    what: str,
) -> AsyncIterator[None]:
    """Answer questions within the block, each on its own; those at work are ended after it.

    Args:
        queue: Of those that listen under the same name, one gets each question.
        reply_to: Returns the answer to a question; never raises.
        what: What can't be done when nobody can listen, for the message.

    Raises:
        ServerUnavailableError: NATS does not let it listen.
    """
    running: set[asyncio.Task[None]] = set()

    async def answer(message: Msg) -> None:
        reply = await reply_to(message)
        if message.reply:
            await message.respond(reply)

    async def on_message(message: Msg) -> None:
        task = asyncio.create_task(answer(message), name=f"answer {subject}")
        running.add(task)
        task.add_done_callback(running.discard)

    await connection.ready()
    with answered(what):
        subscription = await connection.client.subscribe(subject, queue=queue, cb=on_message)
    try:
        yield
    finally:
        if not connection.client.is_closed:
            await subscription.unsubscribe()
        await asyncio.gather(*running, return_exceptions=True)
