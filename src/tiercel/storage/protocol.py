"""The door to internal storage, whatever keeps the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable
    from datetime import datetime
    from pathlib import Path

CHUNK_BYTES = 256 * 1024
"""Largest chunk that reading yields."""

Content: TypeAlias = "bytes | Iterable[bytes] | AsyncIterable[bytes]"
"""What can be stored: all at once, or in chunks."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One stored file.

    Attributes:
        uri: Its URI, percent-encoded.
        size: Bytes.
        modified_at: When it was stored, aware UTC.
    """

    uri: str
    size: int
    modified_at: datetime


class BlockingReads(Protocol):
    """Reading from code that can't await: expressions. Calls block their thread."""

    def read(self, uri: str, *, limit_bytes: int) -> bytes:
        """Return the content. Raises StorageError when missing or over ``limit_bytes``."""
        ...

    def size(self, uri: str) -> int:
        """Return the size in bytes. Raises StorageError when nothing is stored there."""
        ...

    def exists(self, uri: str) -> bool:
        """Tell whether a file is stored there."""
        ...


class Storage(Protocol):
    """Files under URIs. Safe to use from many tasks and processes at once.

    A file is there whole or not at all; one that is stored again is replaced in one moment, and
    readers of the old one keep reading the old one. Every method raises StorageError for a URI that
    is refused (see :func:`tiercel.storage.uris.parse_uri`); messages show the URI, never a path of
    the disk.
    """

    @property
    def blocking(self) -> BlockingReads:
        """The same files for code that can't await."""
        ...

    async def put(self, uri: str, content: Content) -> str:
        """Store content, replacing what is there; return the URI in its canonical form.

        When the chunks end with an error nothing is stored and the error goes on.
        """
        ...

    async def put_file(self, uri: str, path: Path) -> str:
        """Move a local regular file into storage; return the URI in its canonical form.

        The local file is gone afterwards. It must not be written to any more.
        """
        ...

    def open(self, uri: str) -> AsyncIterator[bytes]:
        """Yield the content in chunks of at most ``CHUNK_BYTES``."""
        ...

    async def local_path(self, uri: str) -> Path:
        """Return a path where the file can be read, and only read, without a copy if possible."""
        ...

    async def copy_to(self, uri: str, destination: Path) -> None:
        """Make a private, writable copy at ``destination``, replacing a file that is there."""
        ...

    async def exists(self, uri: str) -> bool:
        """Tell whether a file is stored there; a folder is none."""
        ...

    async def size(self, uri: str) -> int:
        """Return the size in bytes."""
        ...

    async def stat(self, uri: str) -> StoredFile:
        """Return what is known of one file."""
        ...

    async def list(self, folder: str) -> tuple[StoredFile, ...]:
        """Return all files below a folder, at any depth, ordered by URI; none if it is missing."""
        ...

    async def delete(self, uri: str) -> bool:
        """Delete one file; False when there was none."""
        ...

    async def delete_prefix(self, folder: str) -> tuple[str, ...]:
        """Delete a folder with all that is below; return the URIs of the files, ordered."""
        ...
