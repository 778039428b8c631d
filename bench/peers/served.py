"""What peers with a server of their own have in common: runs are asked for, then waited for."""

from __future__ import annotations

import random
import shutil
import time
from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Protocol

from bench.peers.peer import Peer, Stages, Trials, until
from bench.peers.processes import Family, proportional_megabytes
from bench.peers.rows import Trial

_chance = random.Random(1)


class HasProcesses(Protocol):
    """Something whose memory counts."""

    def pids(self) -> set[int]:
        """Return its processes."""


class Served(Peer):
    """A peer that is asked over HTTP.

    Attributes:
        how: How it runs tasks, in a few words.
        request: How a run is asked for.
        runs: How many are started at once; fewer than 200 where those would take many minutes.
        wanted: The measures that are taken of it.
    """

    how = "by API"
    request = ""
    runs = 200
    wanted: Sequence[str] = ("memory", "light", "heavy", "fan", "burst", "latency", "shell")

    @abstractmethod
    def trigger(self, name: str) -> str:
        """Ask for a run; return its id."""

    @abstractmethod
    def ended(self, name: str, run_id: str) -> float | None:
        """Return the POSIX time of its end as it was recorded; none while it runs.

        Raises:
            PeerError: It failed.
        """

    def timed_run(self, name: str) -> float:
        """Return the seconds from the request to the recorded end."""
        began = time.time()
        run_id = self.trigger(name)
        return until(lambda: self.ended(name, run_id), 0.1) - began

    def rate(self) -> float:
        """Return how many runs ended per second, of many that were asked for one by one."""
        began = time.time()
        run_ids = [self.trigger("one") for _ in range(self.runs)]
        ends = [until(partial(self.ended, "one", item), 0.5) for item in run_ids]
        return self.runs / (max(ends) - began)

    def latency(self) -> float:
        """Return the seconds from the request to the first line of the task."""
        asked: list[str] = []
        seconds = self.mark_after(lambda: asked.append(self.trigger("one")))
        until(lambda: self.ended("one", asked[0]), 0.1)
        time.sleep(_chance.uniform(0.1, 1.1))
        return seconds

    def trials(self, families: Sequence[HasProcesses], command: str) -> Trials:
        """Return what is measured while it runs."""

        def memory() -> float:
            return proportional_megabytes(set().union(*(item.pids() for item in families)))

        def run(name: str) -> list[Trial]:
            return [Trial(self.how, lambda: self.timed_run(name), self.request)]

        offered = {
            "memory": [Trial(self.how, memory, command)],
            "light": run("chain"),
            "heavy": run("long"),
            "fan": run("fan"),
            "burst": [Trial(f"{self.runs} {self.how}", self.rate, self.request)],
            "latency": [Trial(self.how, self.latency, self.request, times=20)],
            "shell": run("shell"),
        }
        return {key: trials for key, trials in offered.items() if key in self.wanted}


class Homed(Served):
    """A peer with one server, which keeps all it knows in the folder ``home``.

    Attributes:
        command: How its server is started.
        later: What a start finds that is not the first one.
    """

    command: ClassVar[str]
    later: ClassVar[str]

    def stages(self) -> Stages:
        """Yield the starts of its server, then what it does."""
        yield {
            "start": [
                Trial("first start ever", lambda: self._start(True), self.command),
                Trial(self.later, lambda: self._start(False), self.command, is_main=False),
            ]
        }
        yield from self.running()

    @abstractmethod
    def running(self) -> Stages:
        """Run all that it needs, and yield what it does."""

    @abstractmethod
    def serve(self) -> Family:
        """Start its server."""

    @abstractmethod
    def is_up(self) -> bool:
        """Tell whether its server answers."""

    def _start(self, is_new: bool) -> float:
        if is_new:
            shutil.rmtree(self.folder / "home", ignore_errors=True)
        server = self.serve()
        try:
            return server.until(self.is_up)
        finally:
            server.stop()


class Variant(Homed):
    """The same peer set up in another way: no starts, and told beside the figures of the first."""

    def stages(self) -> Stages:
        """Yield what differs."""
        yield from self.running()

    def trials(self, families: Sequence[HasProcesses], command: str) -> Trials:
        """Return the same, as trials that do not stand for their peer."""
        return beside(super().trials(families, command))


def beside(offered: Trials) -> Trials:
    """Return trials that do not stand for their peer."""
    return {
        key: [
            Trial(item.what, item.run, item.command, item.times, is_main=False) for item in trials
        ]
        for key, trials in offered.items()
    }
