"""Those who follow executions: one subscription and one reading for all who follow the same one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.services.executions import Snapshot

_LOOK_AGAIN_SECONDS = 5.0
_LONGEST_REST_SECONDS = 0.25

Heard: TypeAlias = "Sequence[bytes | None]"
"""What :class:`~tiercel.services.live.Live` told since the last reading, None where everything is
to be looked at."""
Read: TypeAlias = "Callable[[str, Snapshot | None, Heard], Awaitable[Snapshot]]"
"""Returns an execution as it is now, given what was read last; raises NotFoundError."""


class Followers:
    """Gives everybody who follows an execution the same snapshots, each read once.

    Args:
        read: Reads an execution, what has changed of it where that is known.
    """

    def __init__(self, bus: Bus, read: Read) -> None:
        self._bus = bus
        self._read = read
        self._feeds: dict[str, _Feed] = {}

    async def follow(self, execution_id: str) -> AsyncGenerator[Snapshot, None]:
        """Yield the execution as it is, then after every change, until it is settled.

        Changes that come faster than they are taken are taken together.

        Raises:
            NotFoundError: There is none.
        """
        feed = self._feeds.get(execution_id)
        if feed is None:
            feed = _Feed(self._bus, execution_id, self._read)
            self._feeds[execution_id] = feed
        feed.listeners += 1
        try:
            await feed.listen()
            number, snapshot = await feed.fresh()
            yield snapshot
            while not snapshot.settled:
                number, snapshot = await feed.after(number)
                yield snapshot
        finally:
            feed.listeners -= 1
            if not feed.listeners:
                if self._feeds.get(execution_id) is feed:
                    del self._feeds[execution_id]
                await feed.close()


class _Feed:
    """Snapshots of one execution, numbered as they are read; one reading at a time."""

    def __init__(self, bus: Bus, execution_id: str, read: Read) -> None:
        self._bus = bus
        self._execution_id = execution_id
        self._read = read
        self._reading: asyncio.Task[tuple[int, Snapshot]] | None = None
        self._queued: asyncio.Task[tuple[int, Snapshot]] | None = None
        self._latest: tuple[int, Snapshot] | None = None
        self._heard: list[bytes | None] = []
        self._number = 0
        self._changed = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.listeners = 0

    async def listen(self) -> None:
        """Return once every change from now on is heard."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="follow")
        ready = asyncio.ensure_future(self._ready.wait())
        try:
            await asyncio.wait({ready, self._listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        self._raise_failure()

    async def fresh(self) -> tuple[int, Snapshot]:
        """Return a snapshot all of which was read after this call, with its number."""
        self._heard.append(None)
        return await self._read_soon()

    async def after(self, number: int) -> tuple[int, Snapshot]:
        """Wait for a snapshot with a higher number and return the latest."""
        while self._latest is None or self._latest[0] <= number:
            self._raise_failure()
            await self._changed.wait()
        return self._latest

    async def close(self) -> None:
        """Stop listening and reading."""
        tasks = [task for task in (self._listening, self._reading, self._queued) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            async with self._bus.follow(self._execution_id, merge=False) as signals:
                self._ready.set()
                while True:
                    # A signal may get lost: look again once in a while.
                    signal = await signals.next(_LOOK_AGAIN_SECONDS)
                    self._heard.append(signal)
                    while signals.is_waiting:
                        signal = await signals.next()
                        self._heard.append(signal)
                    begun = time.monotonic()
                    await self._read_soon()
                    # what has many task runs is not read all the time
                    await asyncio.sleep(min(time.monotonic() - begun, _LONGEST_REST_SECONDS))
        finally:
            self._wake()

    async def _read_soon(self) -> tuple[int, Snapshot]:
        if self._queued is None:
            self._queued = asyncio.create_task(self._read_next(self._reading), name="read")
        return await asyncio.shield(self._queued)

    async def _read_next(
        self, before: asyncio.Task[tuple[int, Snapshot]] | None
    ) -> tuple[int, Snapshot]:
        if before is not None:
            await asyncio.wait({before})
        self._reading, self._queued = self._queued, None
        heard, self._heard = self._heard, []
        latest = None if self._latest is None else self._latest[1]
        snapshot = await self._read(self._execution_id, latest, heard)
        self._number += 1
        self._latest = (self._number, snapshot)
        self._wake()
        return self._latest

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _raise_failure(self) -> None:
        if self._listening is not None and self._listening.done():
            self._listening.result()
