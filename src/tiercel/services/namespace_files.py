"""Files of namespaces, as tasks reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiercel.storage.paths import namespace_file, namespace_files_folder
from tiercel.storage.uris import parse_uri

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.storage import Storage


class StoredNamespaceFiles:
    """The :class:`~tiercel.plugin.namespaces.NamespaceFiles` of internal storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def paths(self, namespace: str) -> list[str]:
        """Return the paths of all files of a namespace, in order."""
        folder = namespace_files_folder(namespace)
        depth = len(parse_uri(folder))
        stored = await self._storage.list(folder)
        return sorted("/".join(parse_uri(file.uri)[depth:]) for file in stored)

    def uri(self, namespace: str, path: str) -> str:
        """Return the URI of a file."""
        return namespace_file(namespace, path)

    async def exists(self, namespace: str, path: str) -> bool:
        """Tell whether there is a file."""
        return await self._storage.exists(namespace_file(namespace, path))

    async def put(self, namespace: str, path: str, source: Path) -> str:
        """Move a local file there; return its URI."""
        return await self._storage.put_file(namespace_file(namespace, path), source)

    async def delete(self, namespace: str, path: str) -> bool:
        """Delete a file; False when there was none."""
        return await self._storage.delete(namespace_file(namespace, path))
