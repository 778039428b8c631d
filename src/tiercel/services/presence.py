"""Which processes there are: each tells of itself every few seconds, and servers hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.services.clock import utc_now

if TYPE_CHECKING:
    from tiercel.bus import Bus, Process

BEAT_SECONDS = 5.0
LOST_AFTER = timedelta(seconds=3 * BEAT_SECONDS + 1)
FORGOTTEN_AFTER = timedelta(minutes=15)


class Presence:
    """Tells of one process until stopped, and then that it leaves.

    Args:
        busy: Returns how many attempts its worker has in hand.
    """

    def __init__(self, bus: Bus, process: Process, busy: Callable[[], int] = lambda: 0) -> None:
        self._bus = bus
        self._process = process
        self._busy = busy
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Tell at once, then every five seconds and whenever somebody asks, until :meth:`stop`."""
        async with self._bus.on_presence_asked() as asked:
            stopping = asyncio.create_task(self._stopping.wait(), name="presence-stopping")
            try:
                while not stopping.done():
                    await self._tell()
                    hearing = asyncio.create_task(asked.next(BEAT_SECONDS), name="presence-asked")
                    await asyncio.wait([hearing, stopping], return_when=asyncio.FIRST_COMPLETED)
                    hearing.cancel()
                    await asyncio.gather(hearing, return_exceptions=True)
            finally:
                stopping.cancel()
                await self._bus.tell_presence(replace(self._process, has_ended=True))

    async def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    async def _tell(self) -> None:
        await self._bus.tell_presence(replace(self._process, running=self._busy()))


@dataclass(frozen=True, slots=True)
class Heard:
    """A process, and when it was heard last; lost ones have been silent for too long."""

    process: Process
    at: datetime
    is_lost: bool


class Attendance:
    """Hears all processes until stopped.

    Who leaves is forgotten at once; who falls silent counts as lost, and is forgotten a quarter of
    an hour later.
    """

    def __init__(self, bus: Bus, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._bus = bus
        self._clock = clock
        self._heard: dict[str, tuple[Process, datetime]] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Listen until :meth:`stop`; those that are there already are asked to tell it."""
        async with self._bus.on_presence() as told:
            await self._bus.ask_presence()

            async def listen() -> None:
                async for process in told:
                    self.note(process)

            listening = asyncio.create_task(listen(), name="presence-heard")
            stopping = asyncio.create_task(self._stopping.wait(), name="attendance-stopping")
            try:
                await asyncio.wait([listening, stopping], return_when=asyncio.FIRST_COMPLETED)
                if listening.done():
                    listening.result()
            finally:
                listening.cancel()
                stopping.cancel()
                await asyncio.gather(listening, stopping, return_exceptions=True)

    async def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    def note(self, process: Process) -> None:
        """Take down what a process tells of itself."""
        if process.has_ended:
            self._heard.pop(process.id, None)
        else:
            self._heard[process.id] = (process, self._clock())

    def processes(self) -> list[Heard]:
        """Return the processes in the order in which they started, lost ones among them."""
        now = self._clock()
        for id, (_, at) in list(self._heard.items()):
            if now - at > FORGOTTEN_AFTER:
                del self._heard[id]
        found = [Heard(process, at, now - at > LOST_AFTER) for process, at in self._heard.values()]
        return sorted(found, key=lambda heard: (heard.process.started_at, heard.process.id))
