"""Airflow: ``airflow standalone`` with the LocalExecutor, on PostgreSQL."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.peers.database import Database, database
from bench.peers.peer import PROGRAMS, Place, Stages
from bench.peers.processes import Family, PeerError, answers
from bench.peers.rows import Trial
from bench.peers.served import Served
from bench.server import free_port

_DAGS = 5
_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
_KEY = "for-measurements-only-for-measurements-only-0123456789"


class Airflow(Served):
    """On the PostgreSQL that ours runs on: on SQLite its own defaults lock each other out."""

    key = "airflow"
    title = "Airflow"
    environment = "airflow"
    package = "apache-airflow"
    requirements = (
        *("apache-airflow", "apache-airflow-providers-standard"),
        *("apache-airflow-providers-postgres", "psycopg2-binary", "asyncpg"),
    )
    how = "by API, LocalExecutor"
    request = "POST /api/v2/dags/…/dagRuns"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._ports = [str(free_port()) for _ in range(3)]
        self._address = f"http://127.0.0.1:{self._ports[0]}"
        self._client = httpx.Client(base_url=self._address, timeout=120)
        self._url = ""

    def variables(self) -> dict[str, str]:
        """Return its settings: open to all on loopback, no examples, no news to its makers."""
        return super().variables() | {
            "AIRFLOW_HOME": str(self.folder / "home"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self._url,
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROGRAMS / "airflow_dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self._address}/execution/",
            "AIRFLOW__CORE__INTERNAL_API_SECRET_KEY": _KEY,
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": self._ports[0],
            "AIRFLOW__API__BASE_URL": self._address,
            "AIRFLOW__API__SECRET_KEY": _KEY,
            "AIRFLOW__API_AUTH__JWT_SECRET": _KEY,
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": self._ports[1],
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": self._ports[2],
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "SCARF_ANALYTICS": "false",
        }

    def stages(self) -> Stages:
        """Run PostgreSQL; yield the starts, then what ``airflow standalone`` does on it."""
        with database(self.folder / "postgres") as own:
            self._url = _of_sqlalchemy(own.fresh())
            yield {
                "start": [
                    Trial("first start ever", lambda: self._start(own), "airflow standalone"),
                    Trial("database present", self._start, "airflow standalone", is_main=False),
                ]
            }
            server = self._serve()
            try:
                server.until(self._is_healthy)
                token = self._client.get("/auth/token").raise_for_status().json()
                self._client.headers["authorization"] = f"Bearer {token['access_token']}"
                server.until(self._knows_dags)
                self.timed_run("one")
                time.sleep(6)
                yield self.trials([server, own], "airflow standalone")
            finally:
                server.stop()

    def trigger(self, name: str) -> str:
        """Ask for a run of a DAG."""
        body = {"logical_date": datetime.now(UTC).isoformat()}
        answer = self._client.post(f"/api/v2/dags/{name}/dagRuns", json=body)
        return str(answer.raise_for_status().json()["dag_run_id"])

    def ended(self, name: str, run_id: str) -> float | None:
        """Return when a run had ended."""
        answer = self._client.get(f"/api/v2/dags/{name}/dagRuns/{run_id}")
        run = answer.raise_for_status().json()
        if run["state"] == "failed":
            raise PeerError(f"{name} failed")
        if run["state"] != "success":
            return None
        return datetime.fromisoformat(run["end_date"]).timestamp()

    def _is_healthy(self) -> bool:
        try:
            answer = self._client.get("/api/v2/monitor/health")
        except httpx.TransportError:
            return False
        parts = answer.json() if answer.status_code == 200 else {}
        return all((parts.get(name) or {}).get("status") == "healthy" for name in _PARTS)

    def _knows_dags(self) -> bool:
        found = self._client.get("/api/v2/dags").raise_for_status().json()
        return int(found["total_entries"]) >= _DAGS

    def _serve(self) -> Family:
        words: list[str | Path] = [self.program("airflow"), "standalone"]
        return Family(words, self.variables(), self.folder, self.folder / "airflow.log")

    def _start(self, on: Database | None = None) -> float:
        if on is not None:
            self._url = _of_sqlalchemy(on.fresh())
        server = self._serve()
        try:
            return server.until(lambda: answers(f"{self._address}/api/v2/monitor/health"))
        finally:
            server.stop()


def _of_sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg2://", 1)
