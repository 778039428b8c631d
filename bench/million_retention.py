"""How long retention takes to delete 300,000 executions, and what steps notice of it.

    python -m bench.million_retention [--executions 300000]

A prober creates an execution and writes a step of it, 20 times a second, before and during the
sweep; what counts is that its slowest step stays fast.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from bench.api import BATCH, COLUMNS, rows
from bench.store import new_executions
from tiercel.embedded import EmbeddedServers
from tiercel.services.kv import KeyValues
from tiercel.services.retention import Retention, RetentionOptions, Swept
from tiercel.storage import LocalStorage
from tiercel.store import StepResult, Store

RUNS = ["execution_id", "id", "sequence", "task_id", "state", "document"]
PAUSE_SECONDS = 0.05


async def fill(store: Store, count: int) -> None:
    """Copy executions of long ago into the table, each with a task run."""
    async with store._database.connection() as connection:
        source = rows(count)
        while batch := list(islice(source, BATCH)):
            await connection.copy_records_to_table(
                "executions", records=batch, columns=COLUMNS, timeout=600
            )
            runs = [
                (row[0], f"{row[0]}r", 0, "t", "SUCCESS", json.dumps({"id": row[0]}).encode())
                for row in batch
            ]
            await connection.copy_records_to_table(
                "task_runs", records=runs, columns=RUNS, timeout=600
            )
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM (ANALYZE) executions", timeout=600)


async def step(store: Store) -> float:
    """Create an execution and write a step of it; return how many milliseconds that took."""
    [execution] = new_executions(1)
    begun = time.perf_counter()
    await store.executions.create([execution])
    async with store.step(datetime.now(UTC), also=[execution.id]) as transaction:
        for claim in transaction.claims:
            consumed = [item.id for item in claim.news]
            transaction.write(StepResult(claim.execution_id, claim.version, consumed=consumed))
    return (time.perf_counter() - begun) * 1000


async def probe(store: Store, done: asyncio.Event) -> list[float]:
    """Write steps until told to stop."""
    taken = []
    while not done.is_set():
        taken.append(await step(store))
        await asyncio.sleep(PAUSE_SECONDS)
    return taken


def shown(taken: list[float]) -> str:
    """Return the figures of steps."""
    p99 = statistics.quantiles(taken, n=100)[-1]
    return f"p50 {statistics.median(taken):.1f} ms, p99 {p99:.1f} ms, slowest {max(taken):.1f} ms"


async def measure(database_url: str, folder: Path, count: int) -> None:
    """Fill, probe, sweep, and print."""
    store, prober = await Store.connect(database_url), await Store.connect(database_url)
    await store.migrate()
    await fill(store, count)
    print(f"{count} executions filled")
    done = asyncio.Event()
    probing = asyncio.create_task(probe(prober, done))
    await asyncio.sleep(10)
    done.set()
    print(f"steps before: {shown(await probing)}")
    storage = LocalStorage(folder)
    retention = Retention(store, storage, KeyValues(storage), RetentionOptions())
    done.clear()
    probing = asyncio.create_task(probe(prober, done))
    begun = time.perf_counter()
    swept: Swept = await retention.sweep()
    seconds = time.perf_counter() - begun
    done.set()
    print(f"steps during: {shown(await probing)}")
    rate = swept.executions / seconds
    print(f"{swept.executions} executions deleted in {seconds:.0f} s ({rate:.0f}/s)")
    await store.close()
    await prober.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--executions", type=int, default=300_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        servers = EmbeddedServers(folder / "servers", postgres_port=0)
        endpoints = servers.start_blocking()
        try:
            asyncio.run(measure(endpoints.database_url, folder / "storage", options.executions))
        finally:
            servers.stop_blocking()


if __name__ == "__main__":
    main()
