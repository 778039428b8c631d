"""Dagster: ``dagster dev``, asked by GraphQL."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from bench.peers.peer import PROGRAMS, Place, Stages
from bench.peers.processes import Family, PeerError, answers
from bench.peers.served import Homed, Variant
from bench.server import free_port

_HEALTH = "{instance{daemonHealth{allDaemonStatuses{required healthy}}}}"
_PLACES = "{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}"
_LAUNCH = (
    "mutation($p: ExecutionParams!){launchRun(executionParams:$p){__typename"
    " ... on LaunchRunSuccess{run{runId}} ... on PythonError{message}}}"
)
_RUN = "query($id: ID!){runOrError(runId:$id){... on Run{status endTime}}}"


class Dagster(Homed):
    """With ops that run in their run's own process."""

    key = "dagster"
    title = "Dagster"
    environment = package = "dagster"
    requirements = ("dagster", "dagster-webserver")
    how = "by API, in_process executor"
    request = "POST /graphql launchRun"
    runs = 50
    command = "dagster dev"
    later = "home present"
    configuration: Mapping[str, Any] = {"execution": {"config": {"in_process": {}}}}

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._port = free_port()
        self._address = f"http://127.0.0.1:{self._port}"
        self._client = httpx.Client(base_url=self._address, timeout=120)
        self._repository: dict[str, str] = {}

    def variables(self) -> dict[str, str]:
        """Return its home, and no news to its makers."""
        home = {"DAGSTER_HOME": str(self.folder / "home"), "DAGSTER_DISABLE_TELEMETRY": "1"}
        return super().variables() | home

    def running(self) -> Stages:
        """Run everything that ``dagster dev`` starts."""
        server = self.serve()
        try:
            server.until(self.is_up)
            server.until(self._is_healthy)
            self.timed_run("one")
            time.sleep(5)
            yield self.trials([server], self.command)
        finally:
            server.stop()

    def trigger(self, name: str) -> str:
        """Launch a run."""
        selector = {**self._repository, "jobName": name}
        asked = {"selector": selector, "runConfigData": self.configuration}
        launched = self._asked(_LAUNCH, p=asked)["launchRun"]
        if "run" not in launched:
            raise PeerError(f"{name} was not launched: {launched}")
        return str(launched["run"]["runId"])

    def ended(self, name: str, run_id: str) -> float | None:
        """Return when a run had ended."""
        run = self._asked(_RUN, id=run_id)["runOrError"]
        if run["status"] in ("FAILURE", "CANCELED"):
            raise PeerError(f"{name} ended {run['status']}")
        return float(run["endTime"]) if run["status"] == "SUCCESS" else None

    def _asked(self, query: str, **variables: object) -> Any:
        answer = self._client.post("/graphql", json={"query": query, "variables": variables})
        body = answer.raise_for_status().json()
        if "errors" in body:
            raise PeerError(str(body["errors"]))
        return body["data"]

    def is_up(self) -> bool:
        """Tell whether its server answers."""
        return answers(f"{self._address}/server_info")

    def _is_healthy(self) -> bool:
        places = self._asked(_PLACES)["repositoriesOrError"]["nodes"]
        if places:
            self._repository = {
                "repositoryName": places[0]["name"],
                "repositoryLocationName": places[0]["location"]["name"],
            }
        states = self._asked(_HEALTH)["instance"]["daemonHealth"]["allDaemonStatuses"]
        return bool(places) and all(item["healthy"] for item in states if item["required"])

    def serve(self) -> Family:
        """Start its server."""
        (self.folder / "home").mkdir(exist_ok=True)
        (self.folder / "home" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        words: list[str | Path] = [
            self.program("dagster"),
            "dev",
            "-f",
            PROGRAMS / "dagster_jobs.py",
        ]
        where = ["-h", "127.0.0.1", "-p", str(self._port)]
        log = self.folder / "dagster.log"
        return Family([*words, *where], self.variables(), self.folder / "home", log)


class MultiprocessDagster(Variant, Dagster):
    """With its default: a process for each op."""

    key = "dagster-multiprocess"
    how = "by API, multiprocess executor (default)"
    configuration: Mapping[str, Any] = {}
    wanted = ("light", "heavy", "shell")
