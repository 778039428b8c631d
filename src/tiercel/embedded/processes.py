"""Looking at processes of the operating system: is it alive, and is it the one we mean."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc/self/cwd")


def works_in(pid: int, folder: Path) -> bool:
    """Tell whether a living process has ``folder`` as its working directory.

    A zombie has none and a reused process id has another one, so neither passes for a server that
    is long gone. Where there is no ``/proc`` only the existence of the process is checked.
    """
    if not _PROC.exists():
        return _exists(pid)
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def working_directory_alias(folder: Path) -> str:
    """Return a name of ``folder`` for a process that works in it but can't reach it by path.

    A server that was started by root runs as another user, for whom a parent of the folder may be
    closed. The kernel resolves this name without walking the parents, so none of them has to be
    opened.
    """
    return str(_PROC) if _PROC.exists() else str(folder)


def read_pid(path: Path) -> int | None:
    """Return the process id in the first line of ``path``, None when there is none."""
    try:
        return int(path.read_text().split(maxsplit=1)[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
