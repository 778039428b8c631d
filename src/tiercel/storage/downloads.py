"""Objects that were downloaded, as files of this machine that may be read again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT_BYTES = 10 << 30
# A file that was asked for within this time is never removed: its reader may not have opened it.
_KEPT_SECONDS = 3600
_FILE_MODE = 0o400


class Downloads:
    """A folder of downloaded objects; several processes may share it. Calls block.

    Args:
        folder: Made with mode 0700 on first use.
        limit_bytes: Over this, the files that were not asked for longest are removed.
    """

    def __init__(self, folder: Path, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes

    def find(self, version: str) -> Path | None:
        """Return the file of one version of an object, None when it was not downloaded yet.

        Args:
            version: Names object and content: another one never has the same.
        """
        path = self._path(version)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def new_draft(self) -> Path:
        """Return the path of a file to download to; it is not there yet."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder / f"{secrets.token_hex(16)}.draft"

    def add(self, version: str, draft: Path) -> Path:
        """Take a finished download; return where it is."""
        path = self._path(version)
        draft.chmod(_FILE_MODE)
        draft.rename(path)
        self._make_room()
        return path

    def _path(self, version: str) -> Path:
        return self._folder / hashlib.sha256(version.encode()).hexdigest()

    def _make_room(self) -> None:
        files = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                files.append((path.stat(), path))
        over = sum(status.st_size for status, _ in files) - self._limit
        oldest = time.time() - _KEPT_SECONDS
        for status, path in sorted(files, key=lambda file: file[0].st_mtime):
            if over <= 0 or status.st_mtime > oldest:
                break
            path.unlink(missing_ok=True)
            over -= status.st_size
