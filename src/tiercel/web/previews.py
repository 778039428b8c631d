"""What of a stored file is shown without downloading it."""

from __future__ import annotations

import base64
import codecs
from collections.abc import AsyncIterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from tiercel.web.errors import RefusedRequestError

if TYPE_CHECKING:
    from tiercel.config import PreviewSettings
    from tiercel.storage import Storage

MOST_TEXT_BYTES = 2 << 20
MOST_IMAGE_BYTES = 20 << 20
_IMAGES = frozenset({"jpg", "jpeg", "png", "svg", "gif", "bmp", "webp"})


def row_limit(wanted: int | None, settings: PreviewSettings) -> int:
    """Return how many rows are shown."""
    return min(wanted or settings.initial_rows, settings.max_rows)


async def preview(storage: Storage, uri: str, *, rows: int, encoding: str) -> dict[str, Any]:
    """Return the beginning of a file: rows, text, or a whole image or PDF.

    Args:
        rows: Rows or lines at most.

    Raises:
        RefusedRequestError: 422, an encoding that nobody knows.
        StorageError: There is no such file.
    """
    try:
        codec = codecs.lookup(encoding)
        if not getattr(codec, "_is_text_encoding", True):
            raise LookupError(encoding)
    except (LookupError, ValueError):
        detail = f"Unable to preview using encoding '{encoding}'"
        raise RefusedRequestError(422, "Illegal argument", detail) from None
    name = uri.rpartition("/")[2]
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    shown: dict[str, Any] = {"extension": extension, "maxLine": rows}
    if extension == "ion":
        found, truncated = await _rows(storage, uri, rows)
        return {**shown, "type": "LIST", "content": found, "truncated": truncated}
    if extension in _IMAGES or extension == "pdf":
        data, truncated = await _start(storage.open(uri), MOST_IMAGE_BYTES)
        kind = "PDF" if extension == "pdf" else "IMAGE"
        content = "" if truncated else base64.b64encode(data).decode()
        return {**shown, "type": kind, "content": content, "truncated": truncated}
    data, is_cut = await _start(storage.open(uri), MOST_TEXT_BYTES)
    text, truncated = _lines(data.decode(_with_order(codec.name, data), "replace"), rows)
    kind = "MARKDOWN" if extension == "md" else "TEXT"
    return {**shown, "type": kind, "content": text, "truncated": truncated or is_cut}


def _with_order(name: str, data: bytes) -> str:
    """Return the codec of a text: one of two bytes a sign begins with the high one, unless told."""
    is_told = data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE))
    return "utf-16-be" if name == "utf-16" and not is_told else name


async def _start(chunks: AsyncIterator[bytes], limit: int) -> tuple[bytes, bool]:
    """Return at most ``limit`` bytes, and whether there are more."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > limit:
            return bytes(data[:limit]), True
    return bytes(data), False


def _lines(text: str, rows: int) -> tuple[str, bool]:
    """Return the first lines; the end of the last one is dropped when nothing was cut."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if len(lines) > rows:
        return "".join(f"{line}\n" for line in lines[:rows]), True
    return "\n".join(lines), False


async def _rows(storage: Storage, uri: str, rows: int) -> tuple[list[Any], bool]:
    """Return the first rows of a row file: one value a line, in Ion or JSON."""
    from tiercel.plugins.rows.ion import IonError, read_rows
    from tiercel.plugins.rows.plain import json_value

    data, is_cut = await _start(storage.open(uri), MOST_TEXT_BYTES)
    lines = [line for line in data.decode("utf-8", "replace").split("\n") if line.strip()]
    if is_cut and lines:
        lines.pop()
    try:
        shown = [json_value(row) for row in islice(read_rows(lines), rows + 1)]
    except IonError as error:
        detail = f"The file holds no rows: {error}"
        raise RefusedRequestError(422, "Illegal argument", detail) from error
    return shown[:rows], is_cut or len(shown) > rows
