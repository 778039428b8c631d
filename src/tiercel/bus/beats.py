"""Beats: the thread that tells JetStream which jobs are still being worked on.

It has an event loop and a connection of its own, so that a task which blocks the worker's loop for
a while does not lose its job to another worker. A loop that is silent for very long is given up:
its jobs lapse.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus.connection import Connection

logger = logging.getLogger(__name__)

IN_PROGRESS = b"+WPI"

_SILENCE_SECONDS = 600.0
_WAIT_SECONDS = 5.0


class Beats:
    """Beats for every job in hand, at a steady pace, until closed.

    Args:
        like: The connection whose jobs are kept; this one has the same servers and login.
        every_seconds: Time between two beats; a small part of the acknowledgement wait.
    """

    def __init__(self, like: Connection, every_seconds: float) -> None:
        self._like = like
        self._every_seconds = every_seconds
        self._subjects: dict[str, None] = {}
        self._thread: threading.Thread | None = None
        self._closing: Future[None] = Future()
        self._owner: asyncio.AbstractEventLoop | None = None
        self._heard = 0.0

    def start(self) -> None:
        """Start the thread; called in the loop whose jobs are kept."""
        self._owner = asyncio.get_running_loop()
        self._heard = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="tiercel-beats", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop beating, and wait for the thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set_result(None)
        await asyncio.to_thread(thread.join)

    def add(self, subject: str) -> None:
        """Begin to beat for the message that is acknowledged at ``subject``."""
        self._subjects[subject] = None

    def remove(self, subject: str) -> None:
        """Beat no more for it; unknown ones are fine."""
        self._subjects.pop(subject, None)

    def _run(self) -> None:
        asyncio.run(self._beat_on())

    async def _beat_on(self) -> None:
        connection: Connection | None = None
        closing = asyncio.wrap_future(self._closing)
        while not (await asyncio.wait({closing}, timeout=self._every_seconds))[0]:
            self._listen_to_owner()
            is_silent = time.monotonic() - self._heard > _SILENCE_SECONDS
            if is_silent or not self._subjects:
                continue
            try:
                connection = connection or await self._connect()
            except ServerUnavailableError as error:
                logger.warning("no beats", extra={"reason": str(error)})
                continue
            for subject in list(self._subjects):
                await connection.send_or_drop(subject, IN_PROGRESS)
        if connection is not None:
            await connection.close()

    async def _connect(self) -> Connection:
        connection = self._like.another(_WAIT_SECONDS)
        await connection.open("tiercel-beats")
        return connection

    def _listen_to_owner(self) -> None:
        if self._owner is not None and not self._owner.is_closed():
            self._owner.call_soon_threadsafe(self._note_owner)

    def _note_owner(self) -> None:
        self._heard = time.monotonic()
