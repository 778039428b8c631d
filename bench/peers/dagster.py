"""Dagster: ``dagster dev``, asked by GraphQL."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from bench.peers.peer import PROGRAMS, Place, Stages, Trials
from bench.peers.processes import Family, PeerError, answers
from bench.peers.rows import Trial
from bench.peers.served import HasProcesses, Served, beside
from bench.server import free_port

_HEALTH = "{instance{daemonHealth{allDaemonStatuses{required healthy}}}}"
_PLACES = "{repositoriesOrError{... on RepositoryConnection{nodes{name location{name}}}}}"
_LAUNCH = (
    "mutation($p: ExecutionParams!){launchRun(executionParams:$p){__typename"
    " ... on LaunchRunSuccess{run{runId}} ... on PythonError{message}}}"
)
_RUN = "query($id: ID!){runOrError(runId:$id){... on Run{status endTime}}}"


class Dagster(Served):
    """With ops that run in their run's own process."""

    key = "dagster"
    title = "Dagster"
    environment = package = "dagster"
    requirements = ("dagster", "dagster-webserver")
    how = "by API, in_process executor"
    request = "POST /graphql launchRun"
    runs = 50
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

    def stages(self) -> Stages:
        """Yield the starts, then what it does."""
        yield from self.starts()
        yield from self.running()

    def starts(self) -> Stages:
        """Yield the starts."""
        yield {
            "start": [
                Trial("first start ever", lambda: self._start(True), "dagster dev"),
                Trial("home present", lambda: self._start(False), "dagster dev", is_main=False),
            ]
        }

    def running(self) -> Stages:
        """Run everything that ``dagster dev`` starts."""
        server = self._serve()
        try:
            server.until(self._is_up)
            server.until(self._is_healthy)
            self.timed_run("one")
            time.sleep(5)
            yield self.trials([server], "dagster dev")
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

    def _is_up(self) -> bool:
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

    def _serve(self) -> Family:
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

    def _start(self, is_new: bool) -> float:
        if is_new:
            shutil.rmtree(self.folder / "home", ignore_errors=True)
        server = self._serve()
        try:
            return server.until(self._is_up)
        finally:
            server.stop()


class MultiprocessDagster(Dagster):
    """With its default: a process for each op."""

    key = "dagster-multiprocess"
    how = "by API, multiprocess executor (default)"
    configuration: Mapping[str, Any] = {}
    wanted = ("light", "heavy", "shell")

    def stages(self) -> Stages:
        """Yield what differs from the faster executor."""
        yield from self.running()

    def trials(self, families: Sequence[HasProcesses], command: str) -> Trials:
        """Return the same, told beside the figures of the faster executor."""
        return beside(super().trials(families, command))
