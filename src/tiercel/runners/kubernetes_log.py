"""The log of a container, line by line, each once, also when the connection breaks meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from tiercel.plugin.runner import LineSink
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.lines import LineSplitter

if TYPE_CHECKING:
    from tiercel.runners.kubernetes_api import Pods

_OVERLAP_SECONDS = 10
_AGAIN_SECONDS = 0.3


class ContainerLog:
    """Hands the lines of one container to a sink.

    The server puts a time before each line; the lines of a new connection that are not later than
    the last one are known already. A cluster has one stream for both outputs of a container.
    """

    def __init__(self, pods: Pods, pod: str, container: str, sink: LineSink) -> None:
        self._pods = pods
        self._pod = pod
        self._container = container
        self._sink = sink
        self._splitter = LineSplitter()
        self._last = ""
        self.heard_at = asyncio.get_running_loop().time()

    async def follow(self, is_over: Callable[[], bool]) -> None:
        """Hand on all lines; return when the log ended and ``is_over`` says so."""
        since: int | None = None
        while not (await self._ended(since) and is_over()):
            await asyncio.sleep(_AGAIN_SECONDS)
            silent = asyncio.get_running_loop().time() - self.heard_at
            since = int(silent) + _OVERLAP_SECONDS if self._last else None
        for text in self._splitter.end():
            self._sink(text, is_stderr=False)

    async def _ended(self, since: int | None) -> bool:
        """Hand on one connection's lines; tell whether it came to the end of the log."""
        chunks = self._pods.log(self._pod, self._container, since_seconds=since)
        try:
            async with aclosing(chunks):
                await self._hand_on(chunks)
        except TaskFailedError:
            # A log that can't be had for a while is no reason to end what runs.
            return False
        return True

    async def _hand_on(self, chunks: AsyncIterator[bytes]) -> None:
        known, rest = self._last, bytearray()
        async for chunk in chunks:
            self.heard_at = asyncio.get_running_loop().time()
            rest += chunk
            *lines, last = rest.split(b"\n")
            rest = last
            for line in lines:
                self._take(line, known, b"\n")
        if rest:
            self._take(rest, known, b"")

    def _take(self, line: bytearray, known: str, end: bytes) -> None:
        """Hand on one line, unless an earlier connection did."""
        time, _, content = line.partition(b" ")
        at = _sortable(time.decode(errors="replace"))
        if known and at <= known:
            return
        self._last = at
        for text in self._splitter.feed(bytes(content) + end):
            self._sink(text, is_stderr=False)


def _sortable(time: str) -> str:
    """Return a time with nine digits after the point: the server leaves zeros at the end out."""
    whole, _, fraction = time.removesuffix("Z").partition(".")
    return f"{whole}.{fraction.ljust(9, '0')}"
