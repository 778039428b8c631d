"""What the API answers per second, and how long searches take in a table of a million executions.

    python -m bench.api [--executions 1000000]

PostgreSQL, NATS and the server are processes of their own; the client is this one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from bench.server import free_port
from tiercel.embedded import EmbeddedServers, Endpoints
from tiercel.model.execution import Execution, Label
from tiercel.model.state import State, StateType
from tiercel.store import Store
from tiercel.store.codec import encode, encode_labels

NAMESPACES, FLOWS, ENVIRONMENTS = 20, 50, 50
BATCH = 50_000
END = datetime(2024, 12, 31, tzinfo=UTC)
STATES = [StateType.SUCCESS] * 90 + [StateType.FAILED] * 7 + [StateType.WARNING] * 3
COLUMNS = [
    *("id", "namespace", "flow_id", "flow_revision", "state", "start_date", "end_date"),
    *("last_date", "labels", "document"),
]


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield executions of a year as rows, oldest first."""
    chance = random.Random(7)
    for index in range(count):
        start = END - timedelta(days=365) * (1 - index / count)
        state = chance.choice(STATES)
        ended = start + timedelta(seconds=chance.randint(1, 600))
        labels = (
            Label("env", f"e{chance.randrange(ENVIRONMENTS)}"),
            Label("team", f"t{chance.randrange(5)}"),
            Label("system.correlationId", f"execution{index:013d}"),
        )
        execution = Execution(
            id=f"execution{index:013d}",
            namespace=f"company.team{chance.randrange(NAMESPACES)}",
            flow_id=f"flow{chance.randrange(FLOWS)}",
            flow_revision=1,
            state=State.of((StateType.CREATED, start), (StateType.RUNNING, start), (state, ended)),
            original_id=f"execution{index:013d}",
            labels=labels,
        )
        yield (
            execution.id,
            execution.namespace,
            execution.flow_id,
            1,
            state.value,
            start,
            ended,
            ended,
            encode_labels(labels),
            encode(execution),
        )


def batched(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of at most ``size`` items."""
    while batch := list(islice(items, size)):
        yield batch


async def fill(database_url: str, count: int) -> float:
    """Copy executions into the table; return the seconds it took."""
    store = await Store.connect(database_url)
    await store.migrate()
    begun = time.perf_counter()
    async with store._database.connection() as connection:
        for batch in batched(rows(count), BATCH):
            await connection.copy_records_to_table("executions", records=batch, columns=COLUMNS)
        # what the server would do by itself before long
        await connection.execute("SET statement_timeout = 0")
        await connection.execute("VACUUM (ANALYZE) executions", timeout=600)
    await store.close()
    return time.perf_counter() - begun


def searches() -> dict[str, Callable[[random.Random], dict[str, Any]]]:
    """Return the searches that are measured, each with values of its own every time."""

    def day(chance: random.Random) -> datetime:
        return END - timedelta(days=chance.randrange(1, 360))

    return {
        "newest": lambda chance: {"sort": "state.startDate:desc", "size": 25},
        "by namespace": lambda chance: {
            "namespace": f"company.team{chance.randrange(NAMESPACES)}",
            "sort": "state.startDate:desc",
            "size": 25,
        },
        "by flow": lambda chance: {
            "namespace": f"company.team{chance.randrange(NAMESPACES)}",
            "flowId": f"flow{chance.randrange(FLOWS)}",
            "sort": "state.startDate:desc",
            "size": 25,
        },
        "by label": lambda chance: {
            "labels": f"env:e{chance.randrange(ENVIRONMENTS)}",
            "sort": "state.startDate:desc",
            "size": 25,
        },
        "by correlation": lambda chance: {
            "labels": f"system.correlationId:execution{chance.randrange(1000):013d}"
        },
        "failed within a day": lambda chance: {
            "state": "FAILED",
            "startDate": (at := day(chance)).isoformat(),
            "endDate": (at + timedelta(days=1)).isoformat(),
            "sort": "state.startDate:desc",
            "size": 25,
        },
        "a week": lambda chance: {
            "startDate": (at := day(chance)).isoformat(),
            "endDate": (at + timedelta(days=7)).isoformat(),
            "sort": "state.startDate:desc",
            "size": 25,
        },
    }


class Server:
    """``tiercel server local`` over servers that are there."""

    def __init__(self, endpoints: Endpoints, data_dir: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        data_dir.mkdir()
        tiercel = Path(sys.executable).with_name("tiercel")
        urls = ["--database-url", endpoints.database_url, "--bus-url", endpoints.bus_url]
        self.process = subprocess.Popen(
            [tiercel, "server", "local", "--data-dir", data_dir, "--port", str(port), *urls],
            stdout=subprocess.DEVNULL,
        )
        while True:
            try:
                if httpx.get(f"{self.url}/health").status_code == 200:
                    return
            except httpx.TransportError:
                if self.process.poll() is not None:
                    raise SystemExit("the server ended before it answered") from None
                time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """Return the CPU seconds that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / float(os.sysconf("SC_CLK_TCK"))

    def stop(self) -> None:
        """Stop it and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def measure_searches(client: httpx.Client, times: int) -> None:
    """Print the p50 and p95 of each search."""
    chance = random.Random(3)
    for name, query in searches().items():
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            reply = client.get("/api/v1/executions/search", params=query(chance))
            taken.append((time.perf_counter() - begun) * 1000)
            assert reply.status_code == 200, reply.text
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(f"search {name:<20} p50 {statistics.median(taken):7.1f} ms   p95 {p95:7.1f} ms")


def measure_reads(server: Server, seconds: float) -> None:
    """Print how many times one execution is read per second, and per second of the server's CPU."""
    request = b"GET /api/v1/executions/execution0000000000007 HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
    count, cpu, begun = asyncio.run(_read_loop(server, request, seconds))
    used = server.cpu_seconds() - cpu
    wall = time.perf_counter() - begun
    print(
        f"GET one execution: {count / wall:.0f}/s, {count / used:.0f} per CPU second of the server"
    )


async def _read_loop(server: Server, request: bytes, seconds: float) -> tuple[int, float, float]:
    port = int(server.url.rpartition(":")[2])

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(length)

    async def client() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        count = 0
        while time.perf_counter() < ends:
            await read(reader, writer)
            count += 1
        writer.close()
        return count

    ends = time.perf_counter() + 1
    await asyncio.gather(*(client() for _ in range(8)))
    begun, cpu = time.perf_counter(), server.cpu_seconds()
    ends = begun + seconds
    counts = await asyncio.gather(*(client() for _ in range(8)))
    return sum(counts), cpu, begun


FLOW = """
id: chatty
namespace: bench.api
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: {values}
    tasks:
      - {{id: wait, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.05S}}
"""


async def measure_followers(server: Server, followers: int) -> None:
    """Print what it costs to send the changes of one execution to many."""
    source = FLOW.format(values=json.dumps(list(map(str, range(20)))))
    headers = {"content-type": "application/x-yaml"}
    limits = httpx.Limits(max_connections=followers + 5)
    async with httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits) as client:
        await client.post("/api/v1/flows", content=source, headers=headers)
        before = server.cpu_seconds()
        await client.post("/api/v1/executions/bench.api/chatty?wait=true")
        alone = server.cpu_seconds() - before
        before = server.cpu_seconds()
        started = (await client.post("/api/v1/executions/bench.api/chatty")).json()
        path = f"/api/v1/executions/{started['id']}/follow"

        async def follow() -> int:
            count = 0
            async with client.stream("GET", path) as stream:
                async for line in stream.aiter_lines():
                    count += line.startswith("id:")
            return count

        counts = await asyncio.gather(*(follow() for _ in range(followers)))
    cost = server.cpu_seconds() - before - alone
    events = sum(counts)
    print(
        f"{followers} followers: {events} events, "
        f"{cost / events * 1000:.2f} s of CPU per 1,000 events"
    )


CLOCK = """
id: clock
namespace: bench.api
tasks:
  - id: tell
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands: ['for n in $(seq {lines}); do date +%s.%N; sleep 0.02; done']
"""


async def measure_lines(server: Server, lines: int) -> None:
    """Print how long after it was printed a line of a task arrives at one who follows the log."""
    headers = {"content-type": "application/x-yaml"}
    taken: list[float] = []
    async with httpx.AsyncClient(base_url=server.url, timeout=120) as client:
        await client.post("/api/v1/flows", content=CLOCK.format(lines=lines), headers=headers)
        started = (await client.post("/api/v1/executions/bench.api/clock")).json()
        path = f"/api/v1/logs/{started['id']}/follow"
        async with client.stream("GET", path) as stream:
            async for line in stream.aiter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line.removeprefix("data:")).get("message") or ""
                if message.replace(".", "").isdigit():
                    taken.append((time.time() - float(message)) * 1000)
                    if len(taken) == lines:
                        break
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(
        f"{lines} lines of a task at a follower: p50 {statistics.median(taken):.0f} ms,"
        f" p95 {p95:.0f} ms after they were printed"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        servers = EmbeddedServers(folder / "servers", postgres_port=0)
        endpoints = servers.start_blocking()
        try:
            taken = asyncio.run(fill(endpoints.database_url, options.executions))
            print(f"{options.executions} executions filled in {taken:.0f} s")
            server = Server(endpoints, folder / "data")
            try:
                with httpx.Client(base_url=server.url, timeout=60) as client:
                    measure_searches(client, options.times)
                measure_reads(server, 5)
                asyncio.run(measure_lines(server, 300))
                asyncio.run(measure_followers(server, 200))
            finally:
                server.stop()
        finally:
            servers.stop_blocking()


if __name__ == "__main__":
    main()
