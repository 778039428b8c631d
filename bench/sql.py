"""PostgreSQL tasks against what psql and a plain loop over the driver do on the same server.

    python -m bench.sql [--rows 1000000] [--rounds 3]

STORE of rows, CopyOut, CopyIn of a compressed file. Exit code 1 when a figure is over its limit.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).parent.parent))
from bench.copy_in import COLUMNS, seconds, write_trips
from context import FakeTaskContext
from tiercel.embedded import EmbeddedServers, Endpoints
from tiercel.plugins.sql.postgresql import CopyIn, CopyOut, Query

QUERY = (
    "SELECT n AS id, 'name ' || n AS name, n * 1.5 AS amount, n % 2 = 0 AS flag, "
    "timestamp '2019-01-01' + n * interval '1 second' AS at, (n * 0.25)::float8 AS ratio "
    "FROM generate_series(1, {rows}) AS n"
)


class Measurement:
    """One server with one table of trips, and a task's context over a folder."""

    def __init__(self, endpoints: Endpoints, folder: Path) -> None:
        self.folder = folder
        self._url = endpoints.tcp_url
        self._psql = endpoints.psql
        parts = urlsplit(endpoints.tcp_url)
        self._login: dict[str, Any] = {
            "url": f"jdbc:postgresql://127.0.0.1:{parts.port}{parts.path}",
            "username": parts.username,
            "password": unquote(parts.password or ""),
        }
        self._context = FakeTaskContext(folder / "task")
        self._connection = psycopg.connect(endpoints.tcp_url, autocommit=True)
        self._connection.execute(f"CREATE TABLE trips ({', '.join(COLUMNS)})")

    def run(self, task: type[Any], **properties: Any) -> dict[str, Any]:
        """Run a task as a worker does."""
        output = asyncio.run(task(**self._login, **properties).run(self._context))
        return dict(output.values)

    def psql(self, command: str, *, before: str = "") -> None:
        """Run a command of psql, its input from ``before``."""
        call = [str(self._psql), "--quiet", "--no-psqlrc", self._url, "--command", command]
        text = f"{before} {shlex.join(call)}"
        subprocess.run(["bash", "-o", "pipefail", "-c", text], check=True)

    def fresh(self) -> None:
        """Empty the table and leave the server with nothing to do."""
        self._connection.execute("TRUNCATE trips")
        self._connection.execute("CHECKPOINT")

    def loop(self, query: str) -> None:
        """Write the rows as a plain script would: fetchmany, a line of JSON per row."""
        path = self.folder / "rows.jsonl"
        with psycopg.connect(self._url) as connection, connection.cursor("rows") as cursor:
            cursor.itersize = 10_000
            cursor.execute(query)
            names = [column.name for column in cursor.description or ()]
            with path.open("w") as file:
                while rows := cursor.fetchmany(10_000):
                    for row in rows:
                        record = dict(zip(names, row, strict=True))
                        file.write(json.dumps(record, default=str) + "\n")

    def store(self, path: Path) -> str:
        """Put a copy of a file into internal storage; return its URI."""
        copy = self._context.working_dir / path.name
        copy.hardlink_to(path)
        return asyncio.run(self._context.store_file(copy))


def compare(
    name: str,
    rounds: int,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    before: Callable[[], None] = lambda: None,
) -> float:
    """Measure both in turns; print the medians and return ours over theirs."""
    pairs = []
    for _ in range(rounds):
        before()
        reference = seconds(theirs)
        before()
        pairs.append((seconds(ours), reference))
    mine, reference = (median(pair[index] for pair in pairs) for index in (0, 1))
    print(f"{name:24}{mine:8.2f} s{reference:10.2f} s yardstick{mine / reference:8.3f}")
    return mine / reference


def measure(measurement: Measurement, rows: int, rounds: int) -> bool:
    """Print all figures; return whether they are within their limits."""
    query = QUERY.format(rows=rows)
    store = compare(
        "STORE",
        rounds,
        lambda: measurement.run(Query, sql=query, fetchType="STORE"),
        lambda: measurement.loop(query),
    )
    plain, packed = measurement.folder / "trips.csv", measurement.folder / "trips.csv.gz"
    write_trips(plain, 630_000)
    with gzip.open(packed, "wb", 6) as file:
        file.write(plain.read_bytes())
    uri = measurement.store(packed)
    copy = "trips from stdin with (format csv, header true)"
    copied_in = compare(
        "CopyIn of .csv.gz",
        rounds,
        lambda: measurement.run(CopyIn, **{"from": uri}, table="trips", format="CSV", header=True),
        lambda: measurement.psql(f"\\copy {copy}", before=f"gunzip -c {packed} |"),
        measurement.fresh,
    )
    target = measurement.folder / "out.csv"
    copied_out = compare(
        "CopyOut",
        rounds,
        lambda: measurement.run(CopyOut, table="trips", format="CSV", header=True),
        lambda: measurement.psql(f"\\copy trips to '{target}' with (format csv, header true)"),
    )
    return store <= 1 / 3 and copied_in <= 1.05 and copied_out <= 1.1


def main() -> int:
    """Run the measurement on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = EmbeddedServers(folder / "servers", postgres_port=0)
        endpoints = servers.start_blocking(nats=False)
        try:
            measurement = Measurement(endpoints, folder)
            is_fine = measure(measurement, arguments.rows, arguments.rounds)
        finally:
            servers.stop_blocking()
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
