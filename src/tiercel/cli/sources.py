"""Flow files on disk: finding them, reading them, filling in what they include."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tiercel.cli.reading import read_source
from tiercel.model.errors import IllegalArgumentError
from tiercel.services.source_files import split_documents

_SUFFIXES = {".yml", ".yaml"}
_INCLUDE = re.compile(r"^(?P<prefix>.*?)\[\[>\s*(?P<file>.+?)\s*\]\](?P<suffix>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One flow in a file."""

    file: Path
    text: str


def flow_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files named, and all ``.yml`` and ``.yaml`` files below the folders named."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES)
        else:
            yield path


def read_documents(paths: Sequence[Path], *, expanded: bool = False) -> list[Document]:
    """Return the flows of files and folders, in the order of their files' names.

    Args:
        expanded: Put the content of other files in the place of ``[[> file ]]``.

    Raises:
        IllegalArgumentError: A file can't be read.
    """
    found = []
    for file in flow_files(paths):
        text = read_source(file)
        if expanded:
            text = expand(text, file.parent)
        found += [Document(file, document.strip()) for document in split_documents(text)]
    return found


def join(documents: Sequence[Document]) -> str:
    """Return documents as one text, as the API takes several."""
    return "\n---\n".join(document.text for document in documents)


def expand(text: str, folder: Path) -> str:
    """Put the content of other files in the place of ``[[> file ]]``.

    What stands before it in its line comes before each line of the content.

    Args:
        folder: Where relative names begin.

    Raises:
        IllegalArgumentError: A file can't be read.
    """

    def content(match: re.Match[str]) -> str:
        lines = read_source(folder / match["file"]).rstrip("\n").split("\n")
        return "\n".join(f"{match['prefix']}{line}" for line in lines) + match["suffix"]

    return _INCLUDE.sub(content, text)


def require_folder(path: Path) -> None:
    """Refuse what is no folder.

    Raises:
        IllegalArgumentError: Nothing is there, or a file.
    """
    if not path.is_dir():
        raise IllegalArgumentError(f"{path} is no folder", hint="name a folder of flow files")
