"""What a task may ask of namespaces: their files and their key-value entries."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol


class NamespaceFiles(Protocol):
    """Files of namespaces. Paths are relative, with ``/`` between their names."""

    async def paths(self, namespace: str) -> list[str]:
        """Return the paths of all files of a namespace, in order."""

    def uri(self, namespace: str, path: str) -> str:
        """Return the ``kestra://`` URI of a file. Raises StorageError for a path with ``..``."""

    async def exists(self, namespace: str, path: str) -> bool:
        """Tell whether there is a file; a folder is none."""

    async def put(self, namespace: str, path: str, source: Path) -> str:
        """Move a local file there, replacing what is there; return its URI."""

    async def delete(self, namespace: str, path: str) -> bool:
        """Delete a file; False when there was none."""


class KeyValues(Protocol):
    """Key-value entries of namespaces. Entries that have expired are not there.

    Every method raises IllegalArgumentError for a key or a namespace that can't be used.
    """

    async def get(self, namespace: str, key: str) -> tuple[bool, Any]:
        """Return whether there is an entry, and its value, as JSON has it."""

    async def set(
        self,
        namespace: str,
        key: str,
        value: Any,
        kind: str,
        *,
        ttl: timedelta | None = None,
        description: str | None = None,
    ) -> None:
        """Store a value, replacing an older one.

        Args:
            value: As JSON has it; moments, dates and durations as ISO-8601 text.
            kind: STRING, NUMBER, BOOLEAN, DATETIME, DATE, DURATION or JSON.
            ttl: How long it lasts; for ever by default.
        """

    async def delete(self, namespace: str, key: str) -> bool:
        """Delete an entry; False when there was none."""

    async def keys(self, namespace: str) -> list[str]:
        """Return the keys of all entries, in order."""
