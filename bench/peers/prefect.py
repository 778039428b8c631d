"""Prefect: its server on SQLite, and a runner that serves flows in processes."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bench.peers.peer import PROGRAMS, Place, Stages, until
from bench.peers.processes import Family, PeerError, answers
from bench.peers.served import Homed, Variant
from bench.server import free_port

_FLOWS = 5
_ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


class Prefect(Homed):
    """With what it does by default: its runner asks for work every ten seconds."""

    key = "prefect"
    title = "Prefect"
    environment = package = "prefect"
    requirements = ("prefect", "asyncpg")
    how = "by API, runner polls every 10 s"
    request = "POST /api/deployments/…/create_flow_run"
    runs = 50
    command = "prefect server start"
    later = "database present"
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

    def running(self) -> Stages:
        """Run its server and a runner, and know its deployments."""
        server = self.serve()
        runner = None
        try:
            server.until(self.is_up)
            words: list[str | Path] = [
                self.program("python"),
                PROGRAMS / "prefect_flows.py",
                "serve",
            ]
            runner = Family(words, self.variables(), self.folder, self.folder / "runner.log")
            runner.until(self._knows_deployments)
            self.timed_run("one")
            time.sleep(3)
            yield self.trials([server, runner], f"{self.command}; flow.serve()")
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

    def is_up(self) -> bool:
        """Tell whether its server answers."""
        return answers(f"{self._address}/health")

    def serve(self) -> Family:
        """Start its server."""
        words: list[str | Path] = [
            self.program("prefect"),
            "server",
            "start",
            "--host",
            "127.0.0.1",
        ]
        log = self.folder / "server.log"
        return Family([*words, "--port", str(self._port)], self.variables(), self.folder, log)


class EagerPrefect(Variant, Prefect):
    """With a runner that asks every second."""

    key = "prefect-eager"
    how = "by API, runner polls every 1 s"
    poll = "1"
    wanted = ("light", "fan", "latency", "shell")
