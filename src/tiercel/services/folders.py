"""Working directories of attempts."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import stat
from collections import deque
from contextlib import suppress
from pathlib import Path

from tiercel.services.clock import new_id

_MODE = 0o700


class Folders:
    """Gives out empty folders, and takes them back.

    To make and to remove one takes a good part of the time of a task that does nothing else, so one
    that comes back empty is given to the next attempt of the same execution.

    Args:
        work_dir: Where this process makes a root for them, with the first of them.
        kept: How many empty ones wait for their next attempt at most; the oldest go first.
    """

    def __init__(self, work_dir: Path, *, kept: int = 0) -> None:
        self.root = work_dir / f"{socket.gethostname()}-{os.getpid()}-{new_id()}"
        self._limit = kept
        self._kept: deque[tuple[str, Path]] = deque()

    def take(self, execution_id: str) -> Path:
        """Return an empty folder that only this process's user may enter.

        Raises:
            OSError: None can be made.
        """
        for entry in self._kept:
            if entry[0] == execution_id:
                self._kept.remove(entry)
                if entry[1].is_dir():
                    return entry[1]
                break
        folder = self.root / new_id()
        folder.mkdir(mode=_MODE, parents=True)
        return folder

    async def give_back(self, execution_id: str, folder: Path) -> None:
        """Delete a folder with all that is in it, or keep it; what can't be deleted stays."""
        if not _is_as_made(folder):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            return
        self._kept.append((execution_id, folder))
        if len(self._kept) > self._limit:
            with suppress(OSError):
                self._kept.popleft()[1].rmdir()

    async def close(self) -> None:
        """Delete the root, with all folders below it."""
        self._kept.clear()
        await asyncio.to_thread(shutil.rmtree, self.root, ignore_errors=True)


def remove_remains(work_dir: Path) -> None:
    """Delete the roots of processes of this machine that are dead."""
    if not work_dir.is_dir():
        return
    host = f"{socket.gethostname()}-"
    for folder in work_dir.iterdir():
        pid = folder.name.removeprefix(host).partition("-")[0]
        if folder.name.startswith(host) and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _is_as_made(folder: Path) -> bool:
    """Whether a folder is still one, is empty, and as accessible as it was in the beginning."""
    try:
        mode = folder.lstat().st_mode
        if not stat.S_ISDIR(mode) or stat.S_IMODE(mode) != _MODE:
            return False
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return False
