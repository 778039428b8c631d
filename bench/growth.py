"""Whether an installation that has run for a month is as fast as a new one.

    python -m bench.growth [--executions 300000] [--lines 10000000]

Steps and boots are measured on an empty database, then beside so many finished executions of the
last sixty days and their log lines, put there by COPY; then retention takes everything older than
thirty days away while steps go on. What costs the same at a tenth of the size costs the same at
full size: the last lines reckon three million executions and a hundred million lines from it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench.api import BATCH, COLUMNS
from bench.million_retention import RUNS, probe, shown, step
from bench.server import Server
from tiercel.embedded import EmbeddedServers
from tiercel.model.execution import Execution
from tiercel.model.state import State, StateType
from tiercel.services.kv import KeyValues
from tiercel.services.retention import Retention, RetentionOptions, Swept
from tiercel.storage import LocalStorage
from tiercel.store import Store
from tiercel.store.codec import encode, encode_labels

FULL_EXECUTIONS, FULL_LINES = 3_000_000, 100_000_000
DAYS, KEPT_DAYS = 60, 30
FLOWS = 50
STEPS, BOOTS = 400, 3
_LINE = "an entry of the length that entries usually have, more or less"
_LINES_AT_ONCE = 20_000
_PATIENCE = 3_600


def finished(count: int, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Yield executions of the last days as rows, oldest first."""
    for index in range(count):
        start = now - timedelta(days=DAYS) * (1 - index / count)
        ended = start + timedelta(seconds=1 + index % 60)
        done = State.of(
            (StateType.CREATED, start), (StateType.RUNNING, start), (StateType.SUCCESS, ended)
        )
        execution = Execution(
            id=f"grown{index:09d}",
            namespace=f"company.team{index % 20}",
            flow_id=f"flow{index % FLOWS}",
            flow_revision=1,
            state=done,
            original_id=f"grown{index:09d}",
        )
        yield (
            *(execution.id, execution.namespace, execution.flow_id, 1, "SUCCESS"),
            *(start, ended, ended, encode_labels(()), encode(execution)),
        )


def lines_of(day: datetime, first: int, count: int, executions: int) -> Iterator[bytes]:
    """Yield a day's log lines as COPY reads them, some thousand at a time."""
    for start in range(0, count, _LINES_AT_ONCE):
        yield b"".join(
            (
                f"grown{(first + number) * executions // (count * DAYS) % executions:09d}\t"
                f"{day + timedelta(days=1) * (number / count)}\t{number % 30}\trun\t"
                f"company.team{number % 20}\tflow{number % FLOWS}\ttask\t0\t\\N\tINFO\tmain\t"
                f"{_LINE}\n"
            ).encode()
            for number in range(start, min(start + _LINES_AT_ONCE, count))
        )


async def fill_executions(connection: Any, count: int, now: datetime) -> None:
    """Copy finished executions into the table, each with a task run."""
    source = finished(count, now)
    while batch := list(islice(source, BATCH)):
        await connection.copy_records_to_table(
            "executions", records=batch, columns=COLUMNS, timeout=_PATIENCE
        )
        runs = [
            (row[0], f"{row[0]}r", 0, "t", "SUCCESS", json.dumps({"id": row[0]}).encode())
            for row in batch
        ]
        await connection.copy_records_to_table(
            "task_runs", records=runs, columns=RUNS, timeout=_PATIENCE
        )


async def fill_lines(connection: Any, count: int, executions: int, now: datetime) -> None:
    """Copy log lines into partitions of a day."""
    each = count // DAYS
    for number in range(DAYS):
        day = (now - timedelta(days=DAYS - number)).replace(hour=0, minute=0, second=0)
        name = f"logs_{day:%Y%m%d}"
        await connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF logs"
            f" FOR VALUES FROM ('{day:%Y-%m-%d}+00') TO ('{day + timedelta(days=1):%Y-%m-%d}+00')"
        )
        await connection.copy_to_table(
            name,
            source=_each(lines_of(day, number * each, each, executions)),
            timeout=_PATIENCE,
        )


async def _each(pieces: Iterator[bytes]) -> Any:
    for piece in pieces:
        yield piece


async def fill(url: str, executions: int, lines: int) -> None:
    """Fill everything, and let the planner know."""
    now = datetime.now(UTC).replace(microsecond=0)
    store = await Store.connect(url)
    began = time.perf_counter()
    try:
        async with store._database.connection() as connection:
            await connection.execute("SET statement_timeout = 0")
            await fill_executions(connection, executions, now)
            await fill_lines(connection, lines, executions, now)
            await connection.execute(
                "VACUUM (ANALYZE) executions, task_runs, logs", timeout=_PATIENCE
            )
            # what was copied in a minute would have been on disk for long, had it grown in months
            await connection.execute("CHECKPOINT", timeout=_PATIENCE)
            size = await connection.fetchval("SELECT pg_database_size(current_database())")
    finally:
        await store.close()
    seconds = time.perf_counter() - began
    print(f"{executions:,} executions, {lines:,} lines: {size / 1e9:.1f} GB in {seconds:.0f} s")


async def steps(url: str) -> list[float]:
    """Return the milliseconds of steps, one after the other."""
    store = await Store.connect(url)
    try:
        for _ in range(20):
            await step(store)
        return [await step(store) for _ in range(STEPS)]
    finally:
        await store.close()


def boots(data_dir: Path) -> float:
    """Return the median seconds from ``tiercel server local`` to its first answer."""
    taken = []
    for _ in range(BOOTS):
        server = Server.start(data_dir)
        taken.append(server.started_in)
        server.stop()
    return statistics.median(taken)


async def purge(url: str, folder: Path) -> tuple[Swept, float, list[float]]:
    """Sweep beside steps; return what went, the seconds, and the milliseconds of steps."""
    store, prober = await Store.connect(url), await Store.connect(url)
    storage = LocalStorage(folder)
    retention = Retention(store, storage, KeyValues(storage), RetentionOptions(days=KEPT_DAYS))
    done = asyncio.Event()
    probing = asyncio.create_task(probe(prober, done))
    began = time.perf_counter()
    swept = await retention.sweep()
    seconds = time.perf_counter() - began
    done.set()
    taken = await probing
    await store.close()
    await prober.close()
    return swept, seconds, taken


def told(when: str, boot: float, taken: Sequence[float]) -> None:
    """Print the figures of one size."""
    print(f"{when}: boot {boot:.2f} s; a step: {shown(list(taken))}")


def measure(data_dir: Path, executions: int, lines: int) -> None:
    """Measure empty, full and while purging; print."""
    Server.start(data_dir).stop()
    boot_empty = boots(data_dir)
    servers = EmbeddedServers(data_dir)
    url = servers.start_blocking(nats=False).database_url
    try:
        empty = asyncio.run(steps(url))
        told("empty", boot_empty, empty)
        asyncio.run(fill(url, executions, lines))
        full = asyncio.run(steps(url))
    finally:
        servers.stop_blocking()
    boot_full = boots(data_dir)
    told("full", boot_full, full)
    ratio = statistics.median(full) / statistics.median(empty)
    print(f"full / empty: boot {boot_full / boot_empty:.2f}, a step (p50) {ratio:.2f}")
    servers = EmbeddedServers(data_dir)
    url = servers.start_blocking(nats=False).database_url
    try:
        swept, seconds, taken = asyncio.run(purge(url, data_dir / "storage"))
    finally:
        servers.stop_blocking()
    print(f"a step beside retention: {shown(taken)}")
    rate = swept.executions / seconds
    days = len(swept.partitions)
    print(f"retention: {swept.executions:,} executions, {days} days of lines in {seconds:.0f} s")
    print(
        f"reckoned for {FULL_EXECUTIONS:,} executions and {FULL_LINES:,} lines:"
        f" {FULL_EXECUTIONS / 2 / rate / 3600:.1f} h to purge the older half at this rate,"
        f" a day's {FULL_EXECUTIONS / DAYS:,.0f} in {FULL_EXECUTIONS / DAYS / rate / 60:.1f} min"
    )


def main() -> None:
    """Measure with the sizes of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth")
    parser.add_argument("--executions", type=int, default=FULL_EXECUTIONS // 10)
    parser.add_argument("--lines", type=int, default=FULL_LINES // 10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True, prefix="growth-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        measure(folder / "data", options.executions, options.lines)


if __name__ == "__main__":
    main()
