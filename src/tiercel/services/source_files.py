"""Sources of flows and templates in files: YAML documents, alone or in a zip archive."""

from __future__ import annotations

from collections.abc import Iterator
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


def read_sources(path: Path, file_name: str) -> Iterator[tuple[str, str]]:
    """Yield the sources in an uploaded file, a zip archive or YAML documents, with a name each.

    They are read as they are asked for, in the thread that asks.

    Args:
        file_name: As the client names it; without an ending the content decides.

    Raises:
        IllegalArgumentError: Another kind of file, or an archive that is refused.
    """
    ending = f".{file_name.rpartition('.')[2].lower()}" if "." in file_name else ""
    if ending not in ("", ".zip", *_YAML_ENDS):
        raise IllegalArgumentError(f"Cannot import file of type {ending}")
    if ending == ".zip" or (not ending and is_zip(path)):
        yield from _zip_sources(path)
    else:
        yield from _yaml_sources(path)


def _zip_sources(path: Path) -> Iterator[tuple[str, str]]:
    seen = set()
    for name, content in read_zip(path, limit_bytes=MAX_SOURCES_BYTES):
        if not name.lower().endswith(_YAML_ENDS):
            continue
        if name in seen:
            raise IllegalArgumentError(
                f"The archive has '{name[:200]}' twice", hint="Pack it anew."
            )
        seen.add(name)
        for index, text in enumerate(split_documents(_text(content, name))):
            yield f"{name}#{index}" if index else name, text.strip()


def _yaml_sources(path: Path) -> Iterator[tuple[str, str]]:
    if path.stat().st_size > MAX_SOURCES_BYTES:
        raise IllegalArgumentError(f"The file is over {MAX_SOURCES_BYTES} bytes")
    for index, text in enumerate(split_documents(_text(path.read_bytes(), "the file"))):
        yield str(index), text.strip()


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IllegalArgumentError(f"{name} is not UTF-8: {error}") from error
