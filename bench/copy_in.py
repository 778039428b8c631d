"""CopyIn of 630,000 generated rows against psql's own ``\\copy`` on the same server.

Where there is no psql, a plain COPY by the driver is the yardstick. Prints medians and their ratio;
exit code 1 when the ratio is over the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

import psycopg

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from context import FakeTaskContext
from tiercel.embedded import EmbeddedServers, Endpoints
from tiercel.plugins.sql.postgresql import CopyIn

ROWS = 630_000
LIMIT = 1.05
COLUMNS = (
    *("VendorID int", "lpep_pickup_datetime timestamp", "lpep_dropoff_datetime timestamp"),
    *("store_and_fwd_flag text", "RatecodeID text", "PULocationID text", "DOLocationID text"),
    *("passenger_count int", "trip_distance float8", "fare_amount float8", "extra float8"),
    *("mta_tax float8", "tip_amount float8", "tolls_amount float8", "ehail_fee float8"),
    *("improvement_surcharge float8", "total_amount float8", "payment_type int"),
    *("trip_type int", "congestion_surcharge float8"),
)


def write_trips(path: Path, rows: int) -> None:
    """Write a CSV with a header and ``rows`` taxi trips, the same ones every time."""
    numbers = random.Random(2019)
    with path.open("w") as file:
        file.write(",".join(column.split()[0] for column in COLUMNS) + "\n")
        for row in range(rows):
            minute, second = divmod(row, 60)
            hour, minute = divmod(minute, 60)
            start = f"2019-01-{1 + hour % 28:02} {hour % 24:02}:{minute:02}:{second:02}"
            fare = numbers.randint(300, 6000) / 100
            file.write(
                f"{1 + row % 2},{start},{start},N,1,{numbers.randint(1, 265)},"
                f"{numbers.randint(1, 265)},{1 + row % 5},{fare / 4:.2f},{fare},0.5,0.5,"
                f"{fare / 10:.2f},0,,0.3,{fare + 1.3:.2f},{1 + row % 2},1,0\n"
            )


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Measurement:
    """One server, one file, and the two ways of loading it."""

    def __init__(self, endpoints: Endpoints, folder: Path) -> None:
        self._endpoints = endpoints
        self._context = FakeTaskContext(folder / "task")
        self._path = self._context.working_dir / "trips.csv"
        self._connection = psycopg.connect(endpoints.tcp_url, autocommit=True)
        self._connection.execute(f"CREATE TABLE trips ({', '.join(COLUMNS)})")

    def prepare(self, rows: int) -> str:
        """Generate the file, a copy of it in internal storage, and return its URI."""
        write_trips(self._path, rows)
        stored = self._context.working_dir / "stored.csv"
        stored.hardlink_to(self._path)
        return asyncio.run(self._context.store_file(stored))

    def fresh(self) -> None:
        """Empty the table and leave the server with nothing to do."""
        self._connection.execute("TRUNCATE trips")
        self._connection.execute("CHECKPOINT")

    def copy_in(self, uri: str) -> None:
        """Load the file as a flow does."""
        parts = urlsplit(self._endpoints.tcp_url)
        task = CopyIn(
            **{"from": uri},
            url=f"jdbc:postgresql://127.0.0.1:{parts.port}{parts.path}",
            username=parts.username,
            password=unquote(parts.password or ""),
            table="trips",
            format="CSV",
            header=True,
        )
        asyncio.run(task.run(self._context))

    def yardstick(self) -> tuple[str, Callable[[], object]]:
        """Return the name and the call of what CopyIn is measured against."""
        if self._endpoints.psql is None:
            return "driver", self._copy_by_driver
        command = [
            str(self._endpoints.psql),
            "--quiet",
            "--no-psqlrc",
            self._endpoints.tcp_url,
            "--command",
            f"\\copy trips from '{self._path}' with (format csv, header true)",
        ]
        return "psql", lambda: subprocess.run(command, check=True)

    def _copy_by_driver(self) -> None:
        statement = "COPY trips FROM STDIN WITH (FORMAT CSV, HEADER TRUE)"
        with (
            psycopg.connect(self._endpoints.tcp_url) as connection,
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
            self._path.open("rb", buffering=0) as source,
        ):
            while chunk := source.read(1 << 20):
                copy.write(chunk)


def measure(endpoints: Endpoints, folder: Path, rows: int, rounds: int) -> float:
    """Measure in turns, print the medians, return the ratio."""
    measurement = Measurement(endpoints, folder)
    uri = measurement.prepare(rows)
    name, yardstick = measurement.yardstick()
    ours, theirs = [], []
    for _ in range(rounds):
        measurement.fresh()
        theirs.append(seconds(yardstick))
        measurement.fresh()
        ours.append(seconds(lambda: measurement.copy_in(uri)))
    ratio = median(ours) / median(theirs)
    print(f"CopyIn {median(ours):.2f} s, {name} {median(theirs):.2f} s, ratio {ratio:.3f}")
    return ratio


def main() -> int:
    """Run the measurement on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = EmbeddedServers(folder / "servers", postgres_port=0)
        endpoints = servers.start_blocking(nats=False)
        try:
            ratio = measure(endpoints, folder, arguments.rows, arguments.rounds)
        finally:
            servers.stop_blocking()
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
