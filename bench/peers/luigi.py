"""Luigi: a library that builds tasks in one process, and a page that shows them."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.peers.peer import PROGRAMS, Peer, Stages
from bench.peers.processes import Family, answers, proportional_megabytes
from bench.peers.rows import Trial
from bench.server import free_port

_BUILD = "luigi.build([…], local_scheduler=True)"


class Luigi(Peer):
    """Its central scheduler for start and memory, its local one for work."""

    key = "luigi"
    title = "Luigi (library)"
    environment = package = "luigi"
    requirements = ("luigi",)

    def variables(self) -> dict[str, str]:
        """Return where its tasks leave their files, besides."""
        return super().variables() | {"PEERS_OUTPUT": str(self.folder / "output")}

    def stages(self) -> Stages:
        """Yield what runs in one process, then what its scheduler takes."""
        yield {
            "start": [Trial("its scheduler, luigid", self._start, "luigid")],
            "light": [self._build("chain")],
            "heavy": [self._build("long")],
            "fan": [self._build("fan")],
            "burst": [
                Trial("200 one after another", lambda: 200 / self._inner("one", "200"), _BUILD)
            ],
            "latency": [
                Trial(
                    "a command for each",
                    lambda: self.mark_after(self._command),
                    "luigi --module luigi_tasks One --local-scheduler",
                    times=20,
                )
            ],
            "shell": [self._build("shell")],
        }
        server, url = self._serve()
        try:
            server.until(lambda: answers(url))
            yield {
                "memory": [Trial("luigid", lambda: proportional_megabytes(server.pids()), "luigid")]
            }
        finally:
            server.stop()

    def _build(self, name: str) -> Trial:
        return Trial("in one process", lambda: self._inner(name), _BUILD)

    def _inner(self, *words: str) -> float:
        shutil.rmtree(self.folder / "output", ignore_errors=True)
        (self.folder / "output").mkdir()
        return self.inner([self.program("python"), PROGRAMS / "luigi_tasks.py", *words])

    def _command(self) -> None:
        shutil.rmtree(self.folder / "output", ignore_errors=True)
        (self.folder / "output").mkdir()
        words = ["--module", "luigi_tasks", "One", "--run-id", "r", "--local-scheduler"]
        self.said([self.program("luigi"), *words, "--log-level", "WARNING"])

    def _serve(self) -> tuple[Family, str]:
        port = str(free_port())
        words: list[str | Path] = [self.program("luigid"), "--port", port, "--address", "127.0.0.1"]
        state: list[str | Path] = ["--state-path", self.folder / "state.pickle"]
        log = self.folder / "luigid.log"
        server = Family([*words, *state], self.variables(), self.folder, log)
        return server, f"http://127.0.0.1:{port}/static/visualiser/index.html"

    def _start(self) -> float:
        server, url = self._serve()
        try:
            return server.until(lambda: answers(url))
        finally:
            server.stop()
