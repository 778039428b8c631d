"""Tiercel: a real ``tiercel server local``, asked over HTTP."""

from __future__ import annotations

import asyncio
import shutil
import time
from importlib.metadata import version

from bench.foundation import ONE, RETURNS, SCRIPTS, _burst, _indent, first_start, flow, span
from bench.peers.peer import PROGRAMS, Peer, Stages, Trials
from bench.peers.rows import Trial
from bench.server import Server
from bench.taxi import measure_flow, measure_psql, prepared

_PROCESS = "    taskRunner:\n      type: io.kestra.plugin.core.runner.Process\n"
_SHELL = "    type: io.kestra.plugin.scripts.shell.Commands\n" + _PROCESS + "    commands:\n"
_HEAVY = f"    type: io.kestra.plugin.scripts.python.Script\n{_PROCESS}    script: |\n" + _indent(
    f"import sys\nsys.path.insert(0, {str(PROGRAMS)!r})\nimport work\nwork.fib(33)", 6
)
_RETURN = "    type: io.kestra.plugin.core.debug.Return\n    format: hi"


def _fan(name: str, body: str) -> str:
    inner = flow(name, 100, body).partition("tasks:\n")[2]
    head = f"id: {name}\nnamespace: bench\ntasks:\n  - id: all\n"
    return head + "    type: io.kestra.plugin.core.flow.Parallel\n    tasks:\n" + _indent(inner, 4)


class Tiercel(Peer):
    """Ours."""

    key = "tiercel"
    title = "Tiercel"

    def version(self) -> str:
        """Return that of the installed package."""
        return version("tiercel")

    def stages(self) -> Stages:
        """Yield the starts, then what a running set does."""
        yield {
            "start": [
                Trial("first start ever", lambda: self._start(is_new=True), "tiercel server local"),
                Trial(
                    "data folder present",
                    lambda: self._start(is_new=False),
                    "tiercel server local",
                    is_main=False,
                ),
            ]
        }

        server = Server.start(self.folder / "data")
        try:
            self._save(server)
            time.sleep(3)
            yield self._trials(server)
        finally:
            server.stop()

    def _start(self, *, is_new: bool) -> float:
        data_dir = self.folder / "start"
        if is_new:
            shutil.rmtree(data_dir, ignore_errors=True)
        server = Server.start(data_dir)
        server.stop()
        return server.started_in

    def _save(self, server: Server) -> None:
        mark = f"{_SHELL}      - date +%s.%6N >> {self.marks}"
        for source in (
            RETURNS,
            SCRIPTS,
            ONE,
            flow("heavy", 10, _HEAVY),
            _fan("fan", _RETURN),
            _fan("fan_shell", f"{_SHELL}      - 'true'"),
            flow("shell", 20, f"{_SHELL}      - echo hi"),
            flow("mark", 1, mark),
        ):
            server.save(source)

    def _trials(self, server: Server) -> Trials:
        def run(name: str, what: str, *, is_main: bool = True) -> Trial:
            request = f"POST /api/v1/executions/bench/{name}"
            return Trial(what, lambda: span(server.run(name)), request, is_main=is_main)

        one = "POST /api/v1/executions/bench/one"
        return {
            "memory": [Trial("whole set", lambda: _megabytes(server), "tiercel server local")],
            "light": [
                run("scripts", "python.Script, a process each"),
                run("returns", "Return", is_main=False),
            ],
            "heavy": [run("heavy", "python.Script, a process each")],
            "fan": [
                run("fan", "Parallel of Return"),
                run("fan_shell", "Parallel of shell tasks, true", is_main=False),
            ],
            "burst": [
                Trial("200 by API", lambda: asyncio.run(_burst(server.client.base_url, 200)), one)
            ],
            "latency": [
                Trial(
                    "shell task on a worker",
                    lambda: self.mark_after(lambda: server.run("mark")),
                    "POST /api/v1/executions/bench/mark",
                    times=20,
                ),
                Trial("inline task", lambda: _recorded(server), one, times=20, is_main=False),
            ],
            "shell": [run("shell", "shell.Commands")],
        }


class TaxiLoad(Peer):
    """The taxi pipeline, and psql with the same statements."""

    key = "load"
    title = "Tiercel"

    def version(self) -> str:
        """Return that of the installed package."""
        return version("tiercel")

    def stages(self) -> Stages:
        """Run a server, a database for trips and a site that has them."""
        self.folder.chmod(0o755)
        with prepared(self.folder) as (warehouse, server, archive):
            yield {
                "load": [
                    Trial(
                        "gunzip, then psql with the flow's statements",
                        lambda: measure_psql(warehouse, archive, self.folder),
                        "psql -f …",
                        peer="no orchestrator",
                    ),
                    Trial(
                        "postgres_taxi, green",
                        lambda: measure_flow(warehouse, server),
                        "POST /api/v1/executions/bench/postgres_taxi",
                    ),
                ]
            }


def _megabytes(server: Server) -> float:
    return sum(server.memory().values()) / 1e6


def _recorded(server: Server) -> float:
    began = time.time()
    return first_start(server.run("one")) - began
