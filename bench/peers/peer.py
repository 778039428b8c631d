"""What every peer offers to the harness."""

from __future__ import annotations

import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeVar

from bench.peers.environments import Environments
from bench.peers.processes import PATIENCE_SECONDS, PeerError
from bench.peers.rows import Trial

PROGRAMS = Path(__file__).parent / "programs"

Trials = Mapping[str, Sequence[Trial]]
Stages = Generator[Trials, None, None]


@dataclass(frozen=True)
class Place:
    """Where a sitting works.

    Attributes:
        folder: Empty at its start, removed at its end.
    """

    environments: Environments
    folder: Path


class Peer(ABC):
    """An orchestrator under measurement.

    Attributes:
        key: How it is named on the command line.
        title: How it is named in tables.
        environment: Folder of its packages; none for what runs here.
        package: Whose version is told.
        requirements: What is installed, held to ``pins/<environment>.txt``.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    environment: ClassVar[str] = ""
    package: ClassVar[str] = ""
    requirements: ClassVar[tuple[str, ...]] = ()

    def __init__(self, place: Place) -> None:
        self._place = place
        self.folder = place.folder / self.key
        self.folder.mkdir()
        self.marks = self.folder / "marks.txt"

    def version(self) -> str:
        """Return the version that is measured."""
        return self._place.environments.version(self.environment, self.package)

    def install(self) -> None:
        """Make its environment."""
        if self.environment:
            self._place.environments.make(self.environment, self.requirements)

    def program(self, name: str) -> Path:
        """Return an executable of its environment."""
        return self._place.environments.program(self.environment, name)

    def variables(self) -> dict[str, str]:
        """Return the environment of its processes, besides the one that is here."""
        path = f"{self.program('python').parent}{os.pathsep}{os.environ['PATH']}"
        return {
            "PATH": path,
            "PYTHONPATH": str(PROGRAMS),
            "PEERS_MARKS": str(self.marks),
            "DO_NOT_TRACK": "1",
        }

    @abstractmethod
    def stages(self) -> Stages:
        """Yield trials by the measure they belong to, and keep running what they need meanwhile.

        What comes behind a ``yield`` happens when they were measured; whoever stops before the end
        closes the generator, so that nothing is left running.
        """

    def timed(self, words: Sequence[str | Path], more: Mapping[str, str] | None = None) -> float:
        """Return the seconds that a command takes.

        Raises:
            PeerError: It failed.
        """
        began = time.perf_counter()
        self.said(words, more)
        return time.perf_counter() - began

    def said(self, words: Sequence[str | Path], more: Mapping[str, str] | None = None) -> str:
        """Return what a command prints.

        Raises:
            PeerError: It failed.
        """
        done = subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env={**os.environ, **self.variables(), **(more or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        if done.returncode:
            raise PeerError(f"{words[0]} ended {done.returncode}: {done.stderr[-600:]}")
        return done.stdout

    def inner(self, words: Sequence[str | Path], more: Mapping[str, str] | None = None) -> float:
        """Return the seconds that a program says its work took, without its own start."""
        lines = self.said(words, more).splitlines()
        return next(float(line.split()[1]) for line in reversed(lines) if line[:8] == "seconds ")

    def mark_after(self, act: Callable[[], object]) -> float:
        """Return the seconds from an act until a task has noted that it began."""
        self.marks.write_text("")
        began = time.time()
        act()
        ends = began + PATIENCE_SECONDS
        while not (noted := self.marks.read_text()).endswith("\n"):
            if time.time() > ends:
                raise PeerError("no task began")
            time.sleep(0.005)
        return float(noted.split()[0]) - began


T = TypeVar("T")


def until(read: Callable[[], T | None], every: float) -> T:
    """Return what is read once it is there.

    Raises:
        PeerError: It did not come in time.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while (found := read()) is None:
        if time.monotonic() > ends:
            raise PeerError("it did not end in time")
        time.sleep(every)
    return found
