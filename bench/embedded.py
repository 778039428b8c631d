"""How long the embedded servers take to start and stop, and what memory they hold when idle.

    python bench/embedded.py [--repeats 5]

Memory is PSS: shared pages are divided by the number of processes that share them, so that the
figures of all processes can be added up.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tiercel.embedded import EmbeddedServers
from tiercel.embedded.processes import works_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tiercel.embedded import Endpoints

CONNECTIONS = 5


def main() -> None:
    """Print start times, then memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        measure_starts(Path(folder), repeats)
        measure_memory(Path(folder))


def measure_starts(folder: Path, repeats: int) -> None:
    """Time first starts, each in a folder of its own, and later ones in the last of these."""
    firsts, laters, attaches, stops = [], [], [], []
    data = folder
    for number in range(repeats):
        data = folder / str(number)
        servers = EmbeddedServers(data, postgres_port=0)
        firsts.append(seconds(servers.start_blocking))
        stops.append(seconds(servers.stop_blocking))
    for _ in range(repeats):
        servers = EmbeddedServers(data, postgres_port=0)
        laters.append(seconds(servers.start_blocking))
        second_user = EmbeddedServers(data, postgres_port=0)
        attaches.append(seconds(second_user.start_blocking))
        second_user.stop_blocking()
        stops.append(seconds(servers.stop_blocking))
    for name, values in (
        ("first start (database made)", firsts),
        ("later start", laters),
        ("attach to running servers", attaches),
        ("stop", stops),
    ):
        print(f"{name:<32}{statistics.median(values):8.3f} s   worst {max(values):.3f} s")


def measure_memory(folder: Path) -> None:
    """Print the PSS of each server, idle and with connections that have worked."""
    servers = EmbeddedServers(folder / "memory", postgres_port=0)
    endpoints = servers.start_blocking()
    try:
        time.sleep(1)
        print_memory("idle", folder / "memory")
        connections = [connect_and_work(endpoints) for _ in range(CONNECTIONS)]
        print_memory(f"with {CONNECTIONS} connections", folder / "memory")
        for connection in connections:
            connection.close()
    finally:
        servers.stop_blocking()
    print(f"{'this Python process':<32}{pss_bytes(Path('/proc/self')) / 1e6:8.1f} MB")


def connect_and_work(endpoints: Endpoints) -> psycopg.Connection[tuple[object, ...]]:
    """Open a connection and have it look into the catalogue, as every client does."""
    connection = psycopg.connect(endpoints.database_url, autocommit=True)
    connection.execute("SELECT count(*) FROM information_schema.columns").fetchone()
    return connection


def print_memory(when: str, data: Path) -> None:
    """Print the PSS of the processes that work in the folders of the two servers."""
    for name, place in (
        ("PostgreSQL", data / "postgres/server/data"),
        ("NATS", data / "nats/server"),
    ):
        processes = [
            entry
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and works_in(int(entry.name), place)
        ]
        total = sum(map(pss_bytes, processes))
        print(f"{name + ', ' + when:<32}{total / 1e6:8.1f} MB   {len(processes)} processes")


def pss_bytes(process: Path) -> int:
    """Return the proportional set size of a process, given its folder in ``/proc``."""
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("This needs Linux with /proc.")
    main()
