"""A wire between a client and a server that can be slow, silent or cut."""

from __future__ import annotations

import asyncio
from types import TracebackType
from urllib.parse import urlsplit

_CHUNK_BYTES = 64 * 1024


class Wire:
    """Listens on loopback and passes bytes to and fro, as long as the test lets it.

    Args:
        url: Of the server behind it; :attr:`url` is the same by way of the wire.
    """

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._open = asyncio.Event()
        self._open.set()
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.delay = 0.0
        """Seconds that each piece of data is held up."""
        self.url = ""

    async def __aenter__(self) -> Wire:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        parts = self._parts
        place = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
        self.url = parts._replace(netloc=place).geturl()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """End all connections, and refuse new ones."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._is_cut = False

    def freeze(self) -> None:
        """Pass nothing on, and end nothing: neither side hears from the other."""
        self._open.clear()

    def thaw(self) -> None:
        """Pass on what waited."""
        self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            if not self._is_cut:
                await self._join(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._parts.port is not None
        try:
            inner, outer = await asyncio.open_connection("127.0.0.1", self._parts.port)
        except OSError:
            return
        self._writers.add(outer)
        pumps = [
            asyncio.create_task(self._pump(reader, outer)),
            asyncio.create_task(self._pump(inner, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers.discard(outer)
            outer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK_BYTES):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return
