"""How a process tells the others that it is there, and what it does."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from nats.aio.msg import Msg

logger = logging.getLogger(__name__)


class Process(msgspec.Struct, frozen=True, omit_defaults=True):
    """One process, as it tells of itself.

    Attributes:
        id: Its own while it runs; of a worker the one in the history of attempts.
        roles: What it does, sorted.
        started_at: When it began.
        group, slots, running: Of its worker: whose jobs it takes, how many at once, and how many
            it has in hand. No slots, no worker.
        has_ended: It is about to leave; nobody need wait for it.
    """

    id: str
    roles: tuple[str, ...]
    host: str
    pid: int
    version: str
    started_at: datetime
    group: str = ""
    slots: int = 0
    running: int = 0
    has_ended: bool = False


class BusFacts(msgspec.Struct, frozen=True):
    """What the server tells of itself.

    Attributes:
        version: Of the server.
        place: Host and port, without the password.
        stored_bytes: What its streams take.
        stored_messages: Messages in them.
    """

    version: str
    place: str
    stored_bytes: int
    stored_messages: int


encode_process = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Process).decode


def heard(message: Msg) -> Process | None:
    """Read what a process told; None for what another version tells in another way."""
    try:
        return _decode(message.data)
    except msgspec.MsgspecError as error:
        logger.warning("a process can't be understood", extra={"reason": str(error)})
        return None
