"""Internal storage in a bucket: S3, MinIO, Google Cloud Storage, Azure Blob Storage."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC
from typing import TYPE_CHECKING, Any

import obstore

from tiercel.model.errors import StorageError
from tiercel.storage.copies import open_regular
from tiercel.storage.downloads import Downloads
from tiercel.storage.keys import key_of, uri_of
from tiercel.storage.object_errors import translated
from tiercel.storage.object_reads import ObjectReads
from tiercel.storage.protocol import CHUNK_BYTES, StoredFile
from tiercel.storage.uploads import upload_bytes, upload_chunks, upload_file
from tiercel.storage.uris import make_uri, parse_uri

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from obstore.store import ObjectStore

    from tiercel.storage.protocol import Content

_READ_BYTES = 1 << 20


class ObjectStorage:
    """:class:`~tiercel.storage.protocol.Storage` in a bucket.

    Object stores know no folders: a name may be a file and have files below it at the same time,
    and a folder is deleted file by file. What takes several parts is there once the last arrived.

    Args:
        store: The bucket.
        downloads: Folder for copies of objects that are read as local files.
    """

    def __init__(self, store: ObjectStore, downloads: Path) -> None:
        self._store = store
        self._downloads = Downloads(downloads)
        self._reads = ObjectReads(store)

    @property
    def blocking(self) -> ObjectReads:
        """The same files for code that can't await."""
        return self._reads

    async def put(self, uri: str, content: Content) -> str:
        """Store content, replacing what is there; return the URI in its canonical form."""
        key = key_of(uri)
        if isinstance(content, bytes):
            await upload_bytes(self._store, uri, key, content)
        else:
            await upload_chunks(self._store, uri, key, content)
        return make_uri(parse_uri(uri))

    async def put_file(self, uri: str, path: Path) -> str:
        """Upload a local regular file, then remove it; return the URI in its canonical form."""
        key = key_of(uri)
        try:
            file = await asyncio.to_thread(open_regular, path)
        except OSError as error:
            raise StorageError(
                f"The file '{path.name}' can't be stored: {error.strerror or 'unknown reason'}."
            ) from error
        with file:
            size = os.fstat(file.fileno()).st_size
            await upload_file(self._store, uri, key, file, size)
        await asyncio.to_thread(path.unlink)
        return make_uri(parse_uri(uri))

    async def open(self, uri: str) -> AsyncIterator[bytes]:
        """Yield the content in chunks of at most ``CHUNK_BYTES``."""
        key = key_of(uri)
        with translated(uri):
            found = await obstore.get_async(self._store, key)
        chunks = found.stream(min_chunk_size=CHUNK_BYTES)
        while True:
            with translated(uri):
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            for start in range(0, len(chunk), CHUNK_BYTES):
                yield bytes(chunk[start : start + CHUNK_BYTES])

    async def local_path(self, uri: str) -> Path:
        """Return where a downloaded copy is, which is shared: read it, never change it.

        It stays for an hour at least after it was asked for last.
        """
        key = key_of(uri)
        with translated(uri):
            meta = await obstore.head_async(self._store, key)
        version = f"{key}\n{meta['e_tag']}\n{meta['size']}\n{meta['last_modified'].isoformat()}"
        path = await asyncio.to_thread(self._downloads.find, version)
        if path is not None:
            return path
        draft = await asyncio.to_thread(self._downloads.new_draft)
        try:
            await self._download(uri, draft)
            return await asyncio.to_thread(self._downloads.add, version, draft)
        finally:
            draft.unlink(missing_ok=True)

    async def copy_to(self, uri: str, destination: Path) -> None:
        """Make a private, writable copy at ``destination``, replacing a file that is there."""
        await self._download(uri, destination)

    async def exists(self, uri: str) -> bool:
        """Tell whether a file is stored there; a folder is none."""
        key = key_of(uri)
        with translated(uri):
            try:
                await obstore.head_async(self._store, key)
            except FileNotFoundError:
                return False
        return True

    async def size(self, uri: str) -> int:
        """Return the size in bytes."""
        return (await self.stat(uri)).size

    async def stat(self, uri: str) -> StoredFile:
        """Return what is known of one file; the time is in whole seconds."""
        key = key_of(uri)
        with translated(uri):
            meta = await obstore.head_async(self._store, key)
        return _stored_file(make_uri(parse_uri(uri)), meta)

    async def list(self, folder: str) -> tuple[StoredFile, ...]:
        """Return all files below a folder, at any depth, ordered by URI; none if it is missing."""
        found = []
        for meta in await self._below(folder):
            uri = uri_of(meta["path"])
            if uri is not None:
                found.append(_stored_file(uri, meta))
        return tuple(sorted(found, key=lambda file: file.uri))

    async def delete(self, uri: str) -> bool:
        """Delete one file; False when there was none."""
        if not await self.exists(uri):
            return False
        with translated(uri):
            await obstore.delete_async(self._store, key_of(uri))
        return True

    async def delete_prefix(self, folder: str) -> tuple[str, ...]:
        """Delete all files below a folder; return their URIs, ordered."""
        keys = [meta["path"] for meta in await self._below(folder)]
        if keys:
            with translated(folder):
                await obstore.delete_async(self._store, keys)
        return tuple(sorted(uri for uri in map(uri_of, keys) if uri is not None))

    async def _below(self, folder: str) -> Sequence[Mapping[str, Any]]:
        key = key_of(folder)
        found: Sequence[Mapping[str, Any]] = ()
        with translated(folder):
            found = await obstore.list(self._store, f"{key}/").collect_async()
        return [meta for meta in found if meta["path"].startswith(f"{key}/")]

    async def _download(self, uri: str, destination: Path) -> None:
        key = key_of(uri)
        with translated(uri):
            found = await obstore.get_async(self._store, key)
        # Not opened in place: what is there may be a link to some other file.
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        with await asyncio.to_thread(destination.open, "xb") as copy:
            chunks = found.stream(min_chunk_size=_READ_BYTES)
            while True:
                with translated(uri):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                await asyncio.to_thread(copy.write, chunk)


def _stored_file(uri: str, meta: Mapping[str, Any]) -> StoredFile:
    # Lists of S3 have fractions of a second, heads of single objects have none.
    return StoredFile(
        uri, meta["size"], meta["last_modified"].astimezone(UTC).replace(microsecond=0)
    )
