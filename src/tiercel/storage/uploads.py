"""Bytes on their way into a bucket. A stopped upload leaves no parts behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, TypeAlias

import obstore
from obstore.exceptions import BaseError

from tiercel.storage.object_errors import storage_error, translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from typing import BinaryIO

    from obstore.store import ObjectStore

PART_BYTES = 8 << 20
"""What is not larger goes up in one request."""
_PARTS_AT_ONCE = 4
_MOST_PARTS = 9_000
_READ_BYTES = 1 << 20
_WAITING_CHUNKS = 2

_Item: TypeAlias = "bytes | Exception | None"


class StoppedError(Exception):
    """Tells the object store's client to give an upload up."""


async def upload_bytes(store: ObjectStore, uri: str, key: str, content: bytes) -> None:
    """Store content that is small enough for one request. Raises StorageError."""
    with translated(uri):
        await obstore.put_async(store, key, content, use_multipart=False)


async def upload_file(store: ObjectStore, uri: str, key: str, file: BinaryIO, size: int) -> None:
    """Store what an open file holds. Raises StorageError."""
    if size <= PART_BYTES:
        await upload_bytes(store, uri, key, await asyncio.to_thread(file.read))
        return
    part_bytes = max(PART_BYTES, size // _MOST_PARTS + 1)
    await _upload(store, uri, key, _file_chunks(file), part_bytes)


async def upload_chunks(
    store: ObjectStore, uri: str, key: str, content: Iterable[bytes] | AsyncIterable[bytes]
) -> None:
    """Store chunks. Raises StorageError, or what the chunks raise; then nothing is stored."""
    chunks, head = _chunks(content), bytearray()
    async for chunk in chunks:
        head += chunk
        if len(head) > PART_BYTES:
            await _upload(store, uri, key, _joined(bytes(head), chunks), 2 * PART_BYTES)
            return
    await upload_bytes(store, uri, key, bytes(head))


async def _upload(
    store: ObjectStore, uri: str, key: str, chunks: AsyncIterator[bytes], part_bytes: int
) -> None:
    """Store chunks in parts.

    Chunks come through a queue, so that an upload can be told to stop while its source is waited
    for: only an error of its source makes the client throw away the parts that are there.
    """
    queue: asyncio.Queue[_Item] = asyncio.Queue(_WAITING_CHUNKS)
    filling = asyncio.create_task(_fill(queue, chunks))
    uploading = asyncio.ensure_future(
        obstore.put_async(
            store,
            key,
            _emptied(queue),
            use_multipart=True,
            chunk_size=part_bytes,
            max_concurrency=_PARTS_AT_ONCE,
        )
    )
    try:
        await asyncio.shield(uploading)
    except (BaseError, FileNotFoundError) as error:
        # What the chunks raised goes on as it was; the rest is the object store's.
        if filling.done() and error is filling.result():
            raise
        raise storage_error(error, uri) from None
    except asyncio.CancelledError:
        filling.cancel()
        await asyncio.wait([filling])
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(StoppedError())
        await asyncio.wait([uploading])
        # Taken, so that nobody is told of an error that is no surprise.
        uploading.exception()
        raise
    finally:
        filling.cancel()


async def _fill(queue: asyncio.Queue[_Item], chunks: AsyncIterator[bytes]) -> Exception | None:
    """Put all chunks into the queue, and what they raised; return that."""
    try:
        async for chunk in chunks:
            await queue.put(chunk)
    except Exception as error:  # noqa: BLE001 - it goes on in the upload
        await queue.put(error)
        return error
    await queue.put(None)
    return None


async def _emptied(queue: asyncio.Queue[_Item]) -> AsyncIterator[bytes]:
    while (item := await queue.get()) is not None:
        if isinstance(item, Exception):
            raise item
        yield item


async def _chunks(content: Iterable[bytes] | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, AsyncIterable):
        async for chunk in content:
            yield chunk
        return
    # They may be read from a disk.
    source: Iterator[bytes] = iter(content)
    while (found := await asyncio.to_thread(next, source, None)) is not None:
        yield found


async def _joined(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk


async def _file_chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _READ_BYTES):
        yield chunk
