"""The server process is killed with -9 in the middle of the taxi pipeline, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psycopg
import pytest

from tiercel.cli.demo import DATABASE, PASSWORD, ROLE
from tiercel.embedded import EmbeddedServers
from tiercel.services.demo_data import TaxiServer

TIERCEL = Path(sys.executable).with_name("tiercel")
FLOW = (Path(__file__).parents[2] / "examples" / "postgres_taxi.yaml").read_text()
ROWS = 20_000


class Server:
    """``tiercel server local`` as a child process."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [TIERCEL, "server", "local", "--data-dir", data_dir, "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(5)]
        assert lines[0].startswith("Server Running:"), lines
        self.client = httpx.Client(base_url=lines[0].split()[-1], timeout=60)
        self.postgres_port = int(lines[3].rpartition(":")[2])

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.close()

    def close(self) -> None:
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.client.close()

    def save(self, source: str) -> None:
        answer = self.client.post(
            "/api/v1/flows", content=source, headers={"content-type": "application/x-yaml"}
        )
        assert answer.status_code == 200, answer.text

    def read(self, execution_id: str) -> dict:
        """Return an execution; while the database is away, once it is back."""
        deadline = time.monotonic() + 60
        while (reply := self.client.get(f"/api/v1/executions/{execution_id}")).status_code == 503:
            assert time.monotonic() < deadline, reply.text
            time.sleep(0.1)
        return reply.json()

    def wait(self, execution_id: str, until) -> dict:
        deadline = time.monotonic() + 60
        while not until(execution := self.read(execution_id)):
            assert time.monotonic() < deadline, execution["state"]
            time.sleep(0.02)
        return execution


@pytest.fixture(scope="module")
def used_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with all tables and the flow's database, which nobody uses now."""
    folder = tmp_path_factory.mktemp("once") / "data"
    make_database(folder)
    Server(folder).stop()
    return folder


@pytest.fixture
def data_dir(used_once: Path, tmp_path: Path) -> Path:
    """A copy of it: making the first databases takes longer than most tests."""
    folder = tmp_path / "data"
    subprocess.run(["cp", "-a", used_once, folder], check=True)
    return folder


def make_database(data_dir: Path) -> None:
    servers = EmbeddedServers(data_dir)
    try:
        url = servers.start_blocking(nats=False).database_url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
            connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER {ROLE}')
    finally:
        servers.stop_blocking()


def rows(server: Server) -> tuple[int, int]:
    with psycopg.connect(
        host="127.0.0.1", port=server.postgres_port, user=ROLE, password=PASSWORD, dbname=DATABASE
    ) as connection:
        return connection.execute(
            "SELECT count(*), count(DISTINCT unique_row_id) FROM yellow_tripdata"
        ).fetchone()


def source_for(server: Server, trips_url: str) -> str:
    public = next(line for line in FLOW.splitlines() if line.strip().startswith("base_url:"))
    source = FLOW.replace(public.strip(), f"base_url: {trips_url}")
    return source.replace(
        "host.docker.internal:5432", f"host.docker.internal:{server.postgres_port}"
    )


@pytest.mark.parametrize("task_id", ["extract", "yellow_copy_in_to_staging_table"])
async def test_the_pipeline_ends_right_after_kill_9(data_dir, task_id):
    async with TaxiServer(rows=ROWS) as trips:
        server = Server(data_dir)
        try:
            server.save(source_for(server, trips.base_url))
            started = server.client.post("/api/v1/executions/company.team/postgres_taxi")
            execution_id = started.json()["id"]
            server.wait(
                execution_id,
                lambda execution: any(
                    run["taskId"] == task_id for run in execution.get("taskRunList") or ()
                ),
            )
            server.kill()
            server = Server(data_dir)
            done = server.wait(execution_id, lambda it: it["state"]["current"] == "SUCCESS")
            assert rows(server) == (ROWS, ROWS)
            assert all(run["state"]["current"] == "SUCCESS" for run in done["taskRunList"])
        finally:
            server.stop()


def test_embedded_servers_that_are_killed_are_started_again(data_dir, tmp_path):
    server = Server(data_dir)
    try:
        server.save(ONCE_MORE.replace("FOLDER", str(tmp_path)).replace("sleep 300", "sleep 3"))
        started = server.client.post("/api/v1/executions/tests.fault/once_more").json()["id"]
        server.wait(started, lambda _: (tmp_path / "runs").exists())
        for folder, file in (("postgres", "postmaster.pid"), ("nats", "nats.pid")):
            (found,) = (data_dir / folder).rglob(file)
            os.kill(int(found.read_text().split()[0]), signal.SIGKILL)
        server.wait(started, lambda it: it["state"]["current"] == "SUCCESS")
    finally:
        server.stop()


def test_two_processes_share_a_data_folder(data_dir, tmp_path):
    server = Server(data_dir)
    flow = tmp_path / "shared.yaml"
    flow.write_text(
        "id: shared\nnamespace: tests.fault\ntasks:\n"
        "  - {id: say, type: io.kestra.plugin.core.debug.Return, format: hi}\n"
    )
    try:
        done = subprocess.run(
            [TIERCEL, "run", flow, "--data-dir", data_dir],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        found = server.client.get(
            "/api/v1/executions/search", params={"namespace": "tests.fault"}
        ).json()
        assert found["total"] == 1
    finally:
        server.stop()


ONCE_MORE = """
id: once_more
namespace: tests.fault
tasks:
  - id: stay
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    commands:
      - "echo $PPID >> FOLDER/runs"
      - "if [ $(wc -l < FOLDER/runs) = 1 ]; then exec sleep 300; fi"
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: done}
"""


def test_a_process_takes_over_what_another_one_held_when_it_was_killed(data_dir, tmp_path):
    servers = [Server(data_dir), Server(data_dir)]
    try:
        asked = servers[0]
        asked.save(ONCE_MORE.replace("FOLDER", str(tmp_path)))
        started = asked.client.post("/api/v1/executions/tests.fault/once_more").json()["id"]
        runs = tmp_path / "runs"
        asked.wait(started, lambda _: runs.exists() and runs.read_text().endswith("\n"))
        asked.wait(started, lambda it: it["taskRunList"][0]["state"]["current"] == "RUNNING")
        by_pid = {server.process.pid: server for server in servers}
        holder = by_pid.pop(int(runs.read_text()))
        (other,) = by_pid.values()
        holder.kill()
        done = other.wait(started, lambda it: it["state"]["current"] == "SUCCESS")
        assert runs.read_text().split() == [str(holder.process.pid), str(other.process.pid)]
        assert [run["taskId"] for run in done["taskRunList"]] == ["stay", "after"]
    finally:
        for server in servers:
            server.stop()
