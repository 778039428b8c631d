"""Replies in JSON, encoded in one pass."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

_encoder = msgspec.json.Encoder(enc_hook=str)
encode_json = _encoder.encode
"""Encode a value of :mod:`tiercel.web.shapes` as JSON bytes."""


class JsonReply(Response):
    """A JSON reply; keys that are null were left out by the shapes already."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode the content."""
        return encode_json(content)


def page_of(results: list[Any], total: int) -> JsonReply:
    """Return one page of a list with the number of all entries."""
    return JsonReply({"results": results, "total": total})


def attachment(file_name: str) -> dict[str, str]:
    """Return the headers that make a browser save a reply, and nobody keep a copy of it."""
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in file_name
    )
    encoded = "".join(
        chr(byte) if (chr(byte).isalnum() and byte < 128) or chr(byte) in "-._~" else f"%{byte:02X}"
        for byte in file_name.encode("utf-8", "replace")
    )
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=utf-8''{encoded}",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
