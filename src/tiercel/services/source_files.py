"""Sources of flows and templates in files: YAML documents, alone or in a zip archive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tiercel.model.errors import IllegalArgumentError
from tiercel.services.archives import is_zip, read_zip

if TYPE_CHECKING:
    from pathlib import Path

MAX_SOURCES_BYTES = 64 << 20
MOST_DOCUMENTS = 10_000
_SEPARATOR = "\n---"
_YAML_ENDS = (".yml", ".yaml")


def split_documents(source: str) -> list[str]:
    """Return the documents of a source: a line that begins with ``---`` separates them.

    Raises:
        IllegalArgumentError: There are more than anybody writes.
    """
    text = f"\n{source}"
    if text.count(_SEPARATOR) > MOST_DOCUMENTS:
        raise IllegalArgumentError(
            f"There are more than {MOST_DOCUMENTS} documents", hint="Send them in parts."
        )
    first, *others = text.split(_SEPARATOR)
    # what else is in the line of a separator is no part of a document
    documents = [first[1:], *("".join(part.partition("\n")[1:]) for part in others)]
    return [document for document in documents if document.strip()]


async def read_sources(path: Path, file_name: str) -> dict[str, str]:
    """Return the sources in an uploaded file, a zip archive or YAML documents, by a name each.

    Args:
        file_name: As the client names it; without an ending the content decides.

    Raises:
        IllegalArgumentError: Another kind of file, or an archive that is refused.
    """
    ending = f".{file_name.rpartition('.')[2].lower()}" if "." in file_name else ""
    if ending not in ("", ".zip", *_YAML_ENDS):
        raise IllegalArgumentError(f"Cannot import file of type {ending}")
    as_zip = ending == ".zip" or (not ending and is_zip(path))
    read: Callable[[Path], dict[str, str]] = _zip_sources if as_zip else _yaml_sources
    return await asyncio.to_thread(read, path)


def _zip_sources(path: Path) -> dict[str, str]:
    sources = {}
    for name, content in read_zip(path, limit_bytes=MAX_SOURCES_BYTES):
        if name.lower().endswith(_YAML_ENDS):
            for index, text in enumerate(split_documents(_text(content, name))):
                sources[f"{name}#{index}" if index else name] = text.strip()
    return sources


def _yaml_sources(path: Path) -> dict[str, str]:
    if path.stat().st_size > MAX_SOURCES_BYTES:
        raise IllegalArgumentError(f"The file is over {MAX_SOURCES_BYTES} bytes")
    documents = split_documents(_text(path.read_bytes(), "the file"))
    return {str(index): text.strip() for index, text in enumerate(documents)}


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IllegalArgumentError(f"{name} is not UTF-8: {error}") from error
