"""Commands with everything that they start: memory, end, and how busy the machine is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx

PATIENCE_SECONDS = 300.0
_MARK = "TIERCEL_BENCH_FAMILY"


class PeerError(Exception):
    """A peer did not do what it was asked; the text says what it said."""


class Family:
    """A running command and all that came of it, also what left its session.

    Args:
        words: The command.
        environment: Besides the one that this process has.
        log: Where both of its outputs go.
    """

    def __init__(
        self, words: Sequence[str | Path], environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self._mark = f"{_MARK}={uuid.uuid4().hex}"
        self._log = log
        self.began = time.time()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(word) for word in words],
                cwd=folder,
                env={**os.environ, **environment, _MARK: self._mark.partition("=")[2]},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def pids(self) -> set[int]:
        """Return its processes: marked in their environment, of its session, or children."""
        table = dict(_processes())
        found = {
            pid
            for pid, (_, session) in table.items()
            if session == self._process.pid or self._mark in _environment(pid)
        }
        return with_children(found)

    def until(self, is_ready: Callable[[], bool], patience: float = PATIENCE_SECONDS) -> float:
        """Return the seconds from its start until it is ready.

        Raises:
            PeerError: It ended, or was not ready in time.
        """
        while not is_ready():
            if self._process.poll() is not None:
                raise PeerError(f"it ended: {self.tail()}")
            if time.time() - self.began > patience:
                raise PeerError(f"it is not ready after {patience:.0f} s: {self.tail()}")
            time.sleep(0.01)
        return time.time() - self.began

    def tail(self) -> str:
        """Return the end of what it said."""
        return self._log.read_text(errors="replace")[-600:]

    def stop(self) -> None:
        """End all of it: kindly, then not."""
        for number, seconds in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 10.0)):
            pids = self.pids()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            ends = time.monotonic() + seconds
            while pids and time.monotonic() < ends:
                self._process.poll()
                time.sleep(0.05)
                pids = self.pids()
            if not pids:
                break
        self._process.wait(10)


def answers(url: str) -> bool:
    """Whether a server answers a request with 200."""
    try:
        return httpx.get(url, timeout=5, follow_redirects=True).status_code == 200
    except httpx.TransportError:
        return False


def proportional_megabytes(pids: set[int]) -> float:
    """Return the PSS of processes; shared pages count once among them."""
    kilobytes = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6


def with_children(pids: set[int]) -> set[int]:
    """Return processes and all that came of them."""
    table = dict(_processes())
    found = set(pids)
    while more := {pid for pid, (parent, _) in table.items() if parent in found} - found:
        found |= more
    return found


def busy_share(seconds: float = 0.3) -> float:
    """Return the share of all processors that was in use for a moment."""
    idle, total = _jiffies()
    time.sleep(seconds)
    later_idle, later_total = _jiffies()
    return 1 - (later_idle - idle) / max(1, later_total - total)


def _jiffies() -> tuple[int, int]:
    numbers = [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return numbers[3] + numbers[4], sum(numbers)


def _environment(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def _processes() -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield every process that is not a zombie: its id, its parent's and its session's."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[0] != "Z":
                    yield int(entry.name), (int(fields[1]), int(fields[3]))
