"""Values to JSON and back, and what PostgreSQL can't hold made fit for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tiercel.model.execution import Execution, Label, TaskRun
from tiercel.model.job import Job
from tiercel.model.news import News

_encoder = msgspec.json.Encoder(enc_hook=str)

decode_execution = msgspec.json.Decoder(Execution).decode
decode_task_run = msgspec.json.Decoder(TaskRun).decode
decode_job = msgspec.json.Decoder(Job).decode
decode_news = msgspec.json.Decoder[News](News).decode
decode_any = msgspec.json.decode


def encode(value: object) -> bytes:
    """Return ``value`` as JSON, keys in their order.

    What JSON has no word for is kept as its text, so that no value a plugin returns can stop the
    step it is in.
    """
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, TypeError):
        return _encoder.encode(_plain(msgspec.to_builtins(value, enc_hook=str, str_keys=False)))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, dict):
        return {storable_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def storable_text(text: str) -> str:
    """Return ``text`` with U+FFFD for what no text column takes: U+0000, lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def encode_labels(labels: Iterable[Label]) -> bytes:
    """Return labels as the ``labels`` columns hold them: a list of key and value, order kept."""
    return _encoder.encode(
        [Label(storable_text(label.key), storable_text(label.value)) for label in labels]
    )
