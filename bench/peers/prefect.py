"""Prefect: its server on SQLite, and a runner that serves flows in processes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bench.peers.peer import PROGRAMS, Place, Stages, Trials, until
from bench.peers.processes import Family, PeerError, answers
from bench.peers.rows import Trial
from bench.peers.served import HasProcesses, Served, beside
from bench.server import free_port

_FLOWS = 5
_ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class Prefect(Served):
    """With what it does by default: its runner asks for work every ten seconds."""

    key = "prefect"
    title = "Prefect"
    environment = package = "prefect"
    requirements = ("prefect", "asyncpg")
    how = "by API, runner polls every 10 s"
    request = "POST /api/deployments/…/create_flow_run"
    runs = 50
    poll = ""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._port = free_port()
        self._address = f"http://127.0.0.1:{self._port}/api"
        self._client = httpx.Client(base_url=self._address, timeout=60)
        self._deployments: dict[str, str] = {}

    def variables(self) -> dict[str, str]:
        """Return its home and its server, and no news to its makers."""
        more = {
            "PREFECT_HOME": str(self.folder / "home"),
            "PREFECT_API_URL": self._address,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLI_PROMPT": "false",
        }
        if self.poll:
            more["PREFECT_RUNNER_POLL_FREQUENCY"] = self.poll
        return super().variables() | more

    def stages(self) -> Stages:
        """Yield the starts of its server, then what it does with a runner."""
        yield from self.starts()
        yield from self.running()

    def starts(self) -> Stages:
        """Yield the starts of its server."""
        yield {
            "start": [
                Trial("first start ever", lambda: self._start(True), "prefect server start"),
                Trial(
                    "database present",
                    lambda: self._start(False),
                    "prefect server start",
                    is_main=False,
                ),
            ]
        }

    def running(self) -> Stages:
        """Run its server and a runner, and know its deployments."""
        server = self._serve()
        runner = None
        try:
            server.until(lambda: answers(f"{self._address}/health"))
            words: list[str | Path] = [
                self.program("python"),
                PROGRAMS / "prefect_flows.py",
                "serve",
            ]
            runner = Family(words, self.variables(), self.folder, self.folder / "runner.log")
            runner.until(self._knows_deployments)
            self.timed_run("one")
            time.sleep(3)
            yield self.trials([server, runner], "prefect server start; flow.serve()")
        finally:
            if runner is not None:
                runner.stop()
            server.stop()

    def trigger(self, name: str) -> str:
        """Ask for a run now."""
        body = {"state": {"type": "SCHEDULED", "state_details": {}}}
        path = f"/deployments/{self._deployments[name]}/create_flow_run"
        return str(self._asked("POST", path, body)["id"])

    def ended(self, name: str, run_id: str) -> float | None:
        """Return when a run had ended."""
        run = self._asked("GET", f"/flow_runs/{run_id}", None)
        if run["state_type"] not in _ENDS:
            return None
        if run["state_type"] != "COMPLETED":
            raise PeerError(f"{name} ended {run['state_type']}: {run['state'].get('message')}")
        return datetime.fromisoformat(run["end_time"]).timestamp()

    def _asked(self, method: str, path: str, body: object) -> Any:
        """Ask again while its server says that its database is busy."""

        def ask() -> httpx.Response | None:
            answer = self._client.request(method, path, json=body)
            return None if answer.status_code == 503 else answer

        answer = until(ask, 0.2)
        answer.raise_for_status()
        return answer.json()

    def _knows_deployments(self) -> bool:
        flows = {item["id"]: item["name"] for item in self._asked("POST", "/flows/filter", {})}
        found = self._asked("POST", "/deployments/filter", {})
        self._deployments = {flows[item["flow_id"]]: item["id"] for item in found}
        return len(found) >= _FLOWS

    def _serve(self) -> Family:
        words: list[str | Path] = [
            self.program("prefect"),
            "server",
            "start",
            "--host",
            "127.0.0.1",
        ]
        log = self.folder / "server.log"
        return Family([*words, "--port", str(self._port)], self.variables(), self.folder, log)

    def _start(self, is_new: bool) -> float:
        if is_new:
            shutil.rmtree(self.folder / "home", ignore_errors=True)
        server = self._serve()
        try:
            return server.until(lambda: answers(f"{self._address}/health"))
        finally:
            server.stop()


class EagerPrefect(Prefect):
    """With a runner that asks every second."""

    key = "prefect-eager"
    how = "by API, runner polls every 1 s"
    poll = "1"
    wanted = ("light", "fan", "latency", "shell")

    def stages(self) -> Stages:
        """Yield what differs from its defaults."""
        yield from self.running()

    def trials(self, families: Sequence[HasProcesses], command: str) -> Trials:
        """Return the same, told beside the figures of its defaults."""
        return beside(super().trials(families, command))
