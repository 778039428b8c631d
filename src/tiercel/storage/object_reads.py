"""Reading objects from code that can't await."""

from __future__ import annotations

from typing import TYPE_CHECKING

import obstore

from tiercel.model.errors import StorageError
from tiercel.storage.keys import key_of
from tiercel.storage.object_errors import translated
from tiercel.storage.uris import shown

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class ObjectReads:
    """:class:`~tiercel.storage.protocol.BlockingReads` of an object store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def read(self, uri: str, *, limit_bytes: int) -> bytes:
        """Return the content. Raises StorageError when missing or over ``limit_bytes``."""
        key = key_of(uri)
        with translated(uri):
            found = obstore.get(self._store, key)
            if found.meta["size"] > limit_bytes:
                raise StorageError(
                    f"{shown(uri)} is larger than {limit_bytes} bytes.",
                    hint="Hand the URI to a task that reads files instead of reading it in a"
                    " template.",
                    uri=uri,
                )
            return bytes(found.bytes())

    def size(self, uri: str) -> int:
        """Return the size in bytes. Raises StorageError when nothing is stored there."""
        key = key_of(uri)
        with translated(uri):
            return obstore.head(self._store, key)["size"]

    def exists(self, uri: str) -> bool:
        """Tell whether a file is stored there."""
        key = key_of(uri)
        with translated(uri):
            try:
                obstore.head(self._store, key)
            except FileNotFoundError:
                return False
        return True
