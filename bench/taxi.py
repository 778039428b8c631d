"""The taxi pipeline with 630,000 green rows, against plain psql doing the same statements.

Both start from the same ``.csv.gz`` and an empty target table, on the same server, in turns: psql
unpacks it, then runs the flow's own statements with ``\\copy`` in the place of CopyIn.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import yaml

from bench.foundation import report, span
from bench.server import Server
from bench.taxi_rows import ROWS, write_month
from tiercel.embedded import EmbeddedServers

RUNS = 5
FLOW = Path(__file__).parents[1] / "examples" / "postgres_taxi.yaml"
NAME = "green_tripdata_2019-01.csv"
TABLES = {"table": "public.green_tripdata", "staging_table": "public.green_tripdata_staging"}
LOGIN = {"user": "kestra", "password": "k3str4", "dbname": "postgres-zoomcamp"}


@dataclass(frozen=True)
class Warehouse:
    """The database that both fill."""

    psql: Path
    port: int

    def make(self, superuser_url: str) -> None:
        """Make the role and the database."""
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            connection.execute("CREATE ROLE kestra LOGIN PASSWORD 'k3str4'")
            connection.execute('CREATE DATABASE "postgres-zoomcamp" OWNER kestra')
            connection.execute("GRANT pg_checkpoint TO kestra")

    def empty(self) -> None:
        """Drop the tables, and let the server write out what is pending."""
        with self.connect() as connection:
            for table in TABLES.values():
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.execute("CHECKPOINT")

    def count(self) -> int:
        """Return how many trips were merged."""
        with self.connect() as connection:
            row = connection.execute(f"SELECT count(*) FROM {TABLES['table']}").fetchone()
            return int(row[0]) if row else 0

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """Connect as the flow does."""
        return psycopg.connect(host="127.0.0.1", port=self.port, autocommit=True, **LOGIN)

    def run_psql(self, script: str) -> None:
        """Run a script of psql, stopping at the first error."""
        subprocess.run(
            [self.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"],
            input=script,
            text=True,
            check=True,
            env={
                **os.environ,
                "PGPORT": str(self.port),
                "PGUSER": LOGIN["user"],
                "PGPASSWORD": LOGIN["password"],
                "PGDATABASE": LOGIN["dbname"],
            },
        )


def flow_source(port: int, trips_url: str) -> str:
    """Return the example flow in the namespace of benchmarks, with our own server and site."""
    source = FLOW.read_text().replace("namespace: company.team", "namespace: bench")
    public = next(line for line in source.splitlines() if line.startswith("  base_url:"))
    source = source.replace(public, f"  base_url: {trips_url}")
    return source.replace("host.docker.internal:5432", f"host.docker.internal:{port}")


def psql_script(csv: Path) -> str:
    """Return the statements of the flow's green branch, ``\\copy`` in the place of CopyIn."""
    flow = yaml.safe_load(FLOW.read_text())
    branch = next(task for task in flow["tasks"] if task["id"] == "if_green_taxi")["then"]
    lines = []
    for task in branch:
        if task["type"].endswith(".CopyIn"):
            columns = ", ".join(task["columns"])
            copied = f"{TABLES['staging_table']} ({columns}) from '{csv}'"
            lines.append(f"\\copy {copied} with (format csv, header)")
        elif "sql" in task:
            sql = task["sql"].replace("{{render(vars.file)}}", NAME)
            for name, table in TABLES.items():
                sql = sql.replace(f"{{{{render(vars.{name})}}}}", table)
            lines.append(sql)
    return "\n".join(lines)


def measure_psql(warehouse: Warehouse, archive: Path, folder: Path) -> float:
    """Return the seconds that unpacking and psql take."""
    warehouse.empty()
    csv = folder / NAME
    began = time.perf_counter()
    with csv.open("wb") as target:
        subprocess.run(["gunzip", "-c", archive], stdout=target, check=True)
    warehouse.run_psql(psql_script(csv))
    return time.perf_counter() - began


def measure_flow(warehouse: Warehouse, server: Server) -> float:
    """Return the seconds that the flow takes, as its execution recorded them."""
    warehouse.empty()
    return span(server.run("postgres_taxi", {"taxi": "green", "year": "2019", "month": "01"}))


def serve_files(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Serve a folder over loopback from a process of its own; return it and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    port = process.stdout.readline().split(b"port ")[1].split()[0].decode()
    return process, f"http://127.0.0.1:{port}"


@contextmanager
def prepared(folder: Path) -> Iterator[tuple[Warehouse, Server, Path]]:
    """Yield a database for trips, a server with the flow, and a month of trips."""
    archive = write_month(folder / "trips", "green", 2019, 1, rows=ROWS)
    site, url = serve_files(folder / "trips")
    server = Server.start(folder / "data")
    servers = EmbeddedServers(folder / "data")
    try:
        endpoints = servers.start_blocking(nats=False)
        if endpoints.psql is None:
            raise SystemExit("psql is needed for the comparison")
        warehouse = Warehouse(endpoints.psql, endpoints.postgres_port)
        warehouse.make(endpoints.database_url)
        server.save(flow_source(endpoints.postgres_port, url))
        yield warehouse, server, archive
    finally:
        servers.stop_blocking()
        server.stop()
        site.terminate()
        site.wait()


def main() -> None:
    """Print the medians and their ratio."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with prepared(folder) as (warehouse, server, archive):
            measure(warehouse, server, archive, folder)


def measure(warehouse: Warehouse, server: Server, archive: Path, folder: Path) -> None:
    """Run both in turns and print."""
    plain, ours = [], []
    for number in range(RUNS):
        # Who comes second finds the machine as the first left it: take turns.
        turns = [
            lambda: plain.append(measure_psql(warehouse, archive, folder)),
            lambda: ours.append(measure_flow(warehouse, server)),
        ]
        for turn in turns if number % 2 else reversed(turns):
            turn()
        if warehouse.count() != ROWS:
            raise SystemExit(f"{warehouse.count()} rows were merged, not {ROWS}")
    report(f"psql: gunzip, copy, UPDATE, MERGE of {ROWS:,} rows", _seconds(plain), "-")
    report(f"postgres_taxi with {ROWS:,} green rows", _seconds(ours), "-")
    ratio = statistics.median(ours) / statistics.median(plain)
    report("postgres_taxi / psql", f"{ratio:.2f}", "1.10")


def _seconds(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} s"


if __name__ == "__main__":
    main()
