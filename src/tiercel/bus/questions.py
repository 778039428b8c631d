"""A task asks a server that has the database: a question by name, with an answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from tiercel.bus.asking import asked, heard
from tiercel.model.errors import ConflictError, IllegalArgumentError, NotFoundError, TiercelError

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from tiercel.bus.connection import Connection

logger = logging.getLogger(__name__)

_QUEUE = "servers"
_ERRORS = {error.code: error for error in (ConflictError, IllegalArgumentError, NotFoundError)}


class _Question(msgspec.Struct, frozen=True):
    name: str
    values: dict[str, Any]


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for, or why it could not be done: a code and a message."""

    value: Any = None
    code: str | None = None
    message: str = ""


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode
_decode_question = msgspec.msgpack.Decoder(_Question).decode
_decode_answer = msgspec.msgpack.Decoder(_Answer).decode

Handler = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Answers a question, given its name and values; raises TiercelError when it can't."""


async def ask(connection: Connection, subject: str, name: str, values: Mapping[str, Any]) -> Any:
    """Ask any server; return its answer.

    Raises:
        TiercelError: The server refuses, or none answers.
    """
    question = _encode(_Question(name, dict(values)))
    answer = _decode_answer(await asked(connection, subject, question, "No server answers"))
    if answer.code is not None:
        raise _ERRORS.get(answer.code, TiercelError)(answer.message)
    return answer.value


@asynccontextmanager
async def answering(connection: Connection, subject: str, handler: Handler) -> AsyncIterator[None]:
    """Answer questions within the block; of several servers one gets each."""

    async def reply_to(message: Msg) -> bytes:
        try:
            question = _decode_question(message.data)
            reply = _Answer(await handler(question.name, question.values))
        except TiercelError as refusal:
            reply = _Answer(code=refusal.code, message=refusal.message)
        except Exception as error:  # whoever asks must not wait for an answer that never comes
            logger.exception("question not answered", extra={"subject": message.subject})
            reply = _Answer(code=TiercelError.code, message=f"The server can't answer: {error}")
        return _encode(reply)

    async with heard(connection, subject, _QUEUE, reply_to, "Questions of tasks can't be heard"):
        yield
