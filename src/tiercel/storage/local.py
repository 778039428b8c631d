"""Internal storage in a folder of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING

from tiercel.storage.files import LocalFiles
from tiercel.storage.protocol import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tiercel.storage.protocol import Content, StoredFile


class LocalStorage:
    """:class:`~tiercel.storage.protocol.Storage` in a folder; disk work is done in threads.

    Args:
        root: The folder, made with mode 0700 on the first write. Other processes may use it at the
            same time.
    """

    def __init__(self, root: Path) -> None:
        self._files = LocalFiles(root)

    @property
    def blocking(self) -> LocalFiles:
        """The same files for code that can't await."""
        return self._files

    async def put(self, uri: str, content: Content) -> str:
        """Store content, replacing what is there; return the URI in its canonical form."""
        if isinstance(content, AsyncIterable):
            return await self._put_chunks(uri, content)
        chunks = (content,) if isinstance(content, bytes) else content
        return await asyncio.to_thread(self._files.put, uri, chunks)

    async def put_file(self, uri: str, path: Path) -> str:
        """Move a local regular file into storage: renamed, or copied from another file system."""
        return await asyncio.to_thread(self._files.put_file, uri, path)

    async def open(self, uri: str) -> AsyncIterator[bytes]:
        """Yield the content in chunks of at most ``CHUNK_BYTES``."""
        file = await asyncio.to_thread(self._files.open, uri)
        try:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk
        finally:
            file.close()

    async def local_path(self, uri: str) -> Path:
        """Return where the file itself is. It is shared: read it, never change it."""
        return await asyncio.to_thread(self._files.local_path, uri)

    async def copy_to(self, uri: str, destination: Path) -> None:
        """Make a private, writable copy at ``destination``, replacing a file that is there.

        Never a hard link: a script that appends to its input would change what is stored, and as
        root no file mode keeps it from doing so.
        """
        await asyncio.to_thread(self._files.copy_to, uri, destination)

    async def exists(self, uri: str) -> bool:
        """Tell whether a file is stored there; a folder is none."""
        return await asyncio.to_thread(self._files.exists, uri)

    async def size(self, uri: str) -> int:
        """Return the size in bytes."""
        return await asyncio.to_thread(self._files.size, uri)

    async def stat(self, uri: str) -> StoredFile:
        """Return what is known of one file."""
        return await asyncio.to_thread(self._files.stat, uri)

    async def list(self, folder: str) -> tuple[StoredFile, ...]:
        """Return all files below a folder, at any depth, ordered by URI; none if it is missing."""
        return await asyncio.to_thread(self._files.list, folder)

    async def delete(self, uri: str) -> bool:
        """Delete one file; False when there was none."""
        return await asyncio.to_thread(self._files.delete, uri)

    async def delete_prefix(self, folder: str) -> tuple[str, ...]:
        """Delete a folder with all that is below; return the URIs of the files, ordered."""
        return await asyncio.to_thread(self._files.delete_prefix, folder)

    async def _put_chunks(self, uri: str, chunks: AsyncIterable[bytes]) -> str:
        draft = await asyncio.to_thread(self._files.new_draft, uri)
        try:
            async for chunk in chunks:
                await asyncio.to_thread(draft.file.write, chunk)
            return await asyncio.to_thread(draft.publish)
        finally:
            draft.discard()
