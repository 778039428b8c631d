"""Advisory file locks: the one means by which processes that share a server know of each other.

A ``flock`` belongs to the open file, not to a process id: the kernel drops it when the last process
that holds the file dies, however it dies. So a lock can't be stale, and no reused or zombie process
id can pass for its holder.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class FileLock:
    """An open lock file; closed on leaving the ``with`` block.

    Args:
        path: The lock file, created with mode 0600 when missing.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def fd(self) -> int:
        """The open file, for handing it (and with it the lock) to a child process."""
        return self._fd

    def exclusive(self) -> Self:
        """Wait until nobody else holds the lock, then hold it alone."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        return self

    def shared(self) -> Self:
        """Hold the lock beside others, waiting while somebody holds it alone."""
        fcntl.flock(self._fd, fcntl.LOCK_SH)
        return self

    def try_exclusive(self) -> bool:
        """Hold the lock alone if nobody else holds it now.

        A shared hold of ours is given up in any case.
        """
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Close the file. The lock goes with it, unless a child was given the file and lives."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
