"""A worker asks a scheduler to let a trigger fire or not: a question with an answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec

from tiercel.bus.asking import asked, heard
from tiercel.model.errors import NotFoundError, TiercelError

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from tiercel.bus.connection import Connection

logger = logging.getLogger(__name__)

_QUEUE = "schedulers"


class TriggerToggle(msgspec.Struct, frozen=True):
    """Which trigger, and whether it may fire from now on."""

    namespace: str
    flow_id: str
    trigger_id: str
    enabled: bool


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why it could not be done; None when it was."""

    error: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode_toggle = msgspec.msgpack.Decoder(TriggerToggle).decode
_decode_answer = msgspec.msgpack.Decoder(_Answer).decode

Handler = Callable[[TriggerToggle], Awaitable[None]]
"""Does what is asked; raises TiercelError when it can't be done."""


async def ask(connection: Connection, subject: str, toggle: TriggerToggle) -> None:
    """Ask any scheduler; return when it is done.

    Raises:
        NotFoundError: There is no such flow or trigger.
        ServerUnavailableError: No scheduler answers.
    """
    reply = await asked(connection, subject, _encode(toggle), "No scheduler answers")
    answer = _decode_answer(reply)
    if answer.error is not None:
        raise NotFoundError(answer.error)


@asynccontextmanager
async def answering(connection: Connection, subject: str, handler: Handler) -> AsyncIterator[None]:
    """Answer questions within the block; of several schedulers one gets each."""

    async def reply_to(message: Msg) -> bytes:
        error = None
        try:
            await handler(_decode_toggle(message.data))
        except TiercelError as refusal:
            error = refusal.message
        except Exception as problem:  # whoever asks must not wait for an answer that never comes
            logger.exception("trigger not switched", extra={"subject": message.subject})
            error = f"The scheduler can't do it: {problem}"
        return _encode(_Answer(error))

    what = "Questions to schedulers can't be heard"
    async with heard(connection, subject, _QUEUE, reply_to, what):
        yield
