"""Which processes that share a data folder are alive: each holds a lock that dies with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tiercel.embedded.locks import FileLock
from tiercel.services.clock import new_id

if TYPE_CHECKING:
    from pathlib import Path


class Holders:
    """The holders of jobs in one data folder, this process among them.

    A holder is named by the folder and an id of its own, so that processes elsewhere, which can't
    see its lock, do not take it for lost.

    Args:
        folder: Folder of the lock files, made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._place = f"{folder.resolve()}/"
        name = new_id()
        self._lock = FileLock(self._path(name)).exclusive()
        self._stopping = asyncio.Event()
        self.name = self._place + name
        """This process, as the outbox knows it."""

    def is_lost(self, holder: str) -> bool:
        """Whether a holder of this folder has died; of others it is not known, and False."""
        if not holder.startswith(self._place) or holder == self.name:
            return False
        path = self._path(holder.removeprefix(self._place))
        if not path.exists():
            return True
        with FileLock(path) as lock:
            if not lock.try_exclusive():
                return False
            path.unlink(missing_ok=True)
        return True

    async def run(self) -> None:
        """Be known as alive until :meth:`stop`."""
        await self._stopping.wait()
        self._lock.close()

    async def stop(self) -> None:
        """Let the lock go: what this process still holds is given out again."""
        self._stopping.set()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"
