"""Replies: JSON that is encoded in one pass, and files to be saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from starlette.responses import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

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


def archive_reply(content: bytes, file_name: str) -> Response:
    """Return an archive to be saved."""
    headers = attachment(file_name)
    return Response(content, media_type="application/octet-stream", headers=headers)


def csv_reply(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Return a CSV file. Texts that a spreadsheet would take for a formula get a quote in front.

    Args:
        columns: Names for a first line; none for none.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if columns:
        writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return Response(buffer.getvalue(), media_type="text/csv", headers=attachment(f"{name}.csv"))


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
