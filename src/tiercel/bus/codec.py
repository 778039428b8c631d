"""How messages are written: msgpack, which keeps dates as dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.job import Job, LogEntry, MetricEntry, Progress
from tiercel.model.news import ExecutionNews


def _as_text(value: Any) -> str:
    return str(value)


_encoder = msgspec.msgpack.Encoder(enc_hook=_as_text)

decode_news = msgspec.msgpack.Decoder(ExecutionNews).decode
decode_logs = msgspec.msgpack.Decoder(list[LogEntry]).decode
decode_metrics = msgspec.msgpack.Decoder(list[MetricEntry]).decode
decode_progress = msgspec.msgpack.Decoder(Progress).decode


class MessageRefusedError(IllegalArgumentError):
    """A value can't be sent: it is too big for a message, or holds what can't be written."""

    code, http_status = "message_refused", 422


def encode(value: Job | ExecutionNews | Progress, *, limit_bytes: int) -> bytes:
    """Write one value. Values msgpack does not know become their text.

    Raises:
        MessageRefusedError: It takes more than ``limit_bytes``, or can't be written at all.
    """
    try:
        data = _encoder.encode(value)
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        raise MessageRefusedError(f"A value can't be written: {error}") from error
    if len(data) > limit_bytes:
        raise MessageRefusedError(
            f"It takes {len(data):,} bytes and a message may hold {limit_bytes:,}.",
            hint="Keep large data in internal storage and pass its URI.",
        )
    return data


def encode_in_parts(
    entries: Sequence[LogEntry] | Sequence[MetricEntry], *, limit_bytes: int
) -> list[bytes]:
    """Write a list as one message or several, under the limit unless one entry is over it."""
    data = _encoder.encode(entries)
    if len(data) <= limit_bytes or len(entries) <= 1:
        return [data]
    size = math.ceil(len(entries) / math.ceil(len(data) / limit_bytes * 1.2))
    if size >= len(entries):
        size = (len(entries) + 1) // 2
    return [
        part
        for start in range(0, len(entries), size)
        for part in encode_in_parts(entries[start : start + size], limit_bytes=limit_bytes)
    ]
