"""The figures of the whole set: start, memory, throughput, latency, and the taxi pipeline."""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from bench.server import Server

RUNS = 5
_FIB = "def fib(n):\n  return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(10))"


def median(measure: Callable[[], float]) -> float:
    """Return the median of five measurements."""
    return statistics.median(measure() for _ in range(RUNS))


def _tasks(count: int, body: str) -> str:
    return "\n".join(f"  - id: t{number}\n{body}" for number in range(count))


def flow(name: str, count: int, body: str) -> str:
    """Return a flow of ``count`` tasks in sequence."""
    return f"id: {name}\nnamespace: bench\ntasks:\n{_tasks(count, body)}\n"


def _indent(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())


RETURNS = flow("returns", 40, "    type: io.kestra.plugin.core.debug.Return\n    format: hi")
SCRIPTS = flow(
    "scripts",
    40,
    "    type: io.kestra.plugin.scripts.python.Script\n"
    "    taskRunner:\n      type: io.kestra.plugin.core.runner.Process\n"
    f"    script: |\n{_indent(_FIB, 6)}",
)
ECHOES = flow(
    "echoes",
    20,
    "    type: io.kestra.plugin.scripts.shell.Commands\n"
    "    taskRunner:\n      type: io.kestra.plugin.core.runner.Process\n"
    "    commands:\n      - echo hi",
)
ONE = flow("one", 1, "    type: io.kestra.plugin.core.log.Log\n    message: hi")
ONE_SHELL = flow(
    "one_shell",
    1,
    "    type: io.kestra.plugin.scripts.shell.Commands\n"
    "    taskRunner:\n      type: io.kestra.plugin.core.runner.Process\n"
    "    commands:\n      - 'true'",
)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def span(execution: dict[str, Any]) -> float:
    """Return the seconds from an execution's creation to its end, as it recorded them."""
    state = execution["state"]
    return (_moment(state["endDate"]) - _moment(state["startDate"])).total_seconds()


def first_start(execution: dict[str, Any]) -> float:
    """Return the POSIX time at which the first attempt of the first task run was running."""
    attempt = execution["taskRunList"][0]["attempts"][0]
    running = next(h for h in attempt["state"]["histories"] if h["state"] == "RUNNING")
    return _moment(running["date"]).timestamp()


def measure_start(folder: Path) -> tuple[float, float]:
    """Return seconds to the first HTTP 200: (first start ever, with a data folder)."""
    first, again = [], []
    for number in range(RUNS):
        data_dir = folder / f"start{number}"
        for times in (first, again):
            server = Server.start(data_dir)
            times.append(server.started_in)
            server.stop()
        shutil.rmtree(data_dir, ignore_errors=True)
    return statistics.median(first), statistics.median(again)


def bare(count: int, command: list[str]) -> float:
    """Return the seconds that ``count`` bare processes take, one after the other."""
    began = time.perf_counter()
    for _ in range(count):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


async def _start_some(host: str, port: int, count: int) -> list[str]:
    """Start executions one after the other over one connection; return their ids."""
    reader, writer = await asyncio.open_connection(host, port)
    identifiers = []
    for _ in range(count):
        writer.write(
            f"POST /api/v1/executions/bench/one HTTP/1.1\r\nhost: {host}:{port}\r\n"
            "content-length: 0\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise SystemExit(head.decode())
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        identifiers.append(json.loads(await reader.readexactly(length))["id"])
    writer.close()
    await writer.wait_closed()
    return identifiers


async def _burst(base_url: httpx.URL, count: int) -> float:
    """Start ``count`` executions over fifty connections; return how many ended per second."""
    connections = 50
    began = time.time()
    started = await asyncio.gather(
        *(
            _start_some(base_url.host, base_url.port or 80, count // connections)
            for _ in range(connections)
        )
    )
    ends = []
    async with httpx.AsyncClient(base_url=base_url, timeout=60) as client:
        for identifier in [item for group in started for item in group]:
            while True:
                state = (await client.get(f"/api/v1/executions/{identifier}")).json()["state"]
                if state["current"] == "SUCCESS":
                    ends.append(_moment(state["endDate"]).timestamp())
                    break
                await asyncio.sleep(0.2)
    return count / (max(ends) - began)


def measure_latency(server: Server, name: str) -> float:
    """Return the median seconds from an API start to the first running attempt, of 20 starts."""
    waits = []
    for _ in range(20):
        began = time.time()
        waits.append(first_start(server.run(name)) - began)
        time.sleep(0.05)
    return statistics.median(waits)


def report(what: str, value: str, goal: str) -> None:
    """Print one row."""
    sys.stdout.write(f"{what:<58} {value:>16}   goal {goal}\n")
    sys.stdout.flush()


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        first, again = measure_start(folder)
        report("server start, first time", f"{first:.2f} s", "3 s")
        report("server start, data folder present", f"{again:.2f} s", "1.5 s")
        server = Server.start(folder / "data")
        try:
            measure_server(server)
        finally:
            server.stop()


def measure_server(server: Server) -> None:
    """Print the figures of a running server."""
    time.sleep(3)
    memory = server.memory()
    report("idle memory, PSS of all processes", f"{sum(memory.values()) / 1e6:.0f} MB", "150 MB")
    for source in (RETURNS, SCRIPTS, ECHOES, ONE, ONE_SHELL):
        server.save(source)
    server.run("returns")
    seconds = median(lambda: span(server.run("returns")))
    report("forty Return tasks", f"{seconds:.3f} s", "0.15 s")
    server.run("scripts")
    # The interpreter that scripts get: the machine's own, not that of a virtual environment.
    python = [getattr(sys, "_base_executable", sys.executable), "-c", _FIB]
    ratio = median(lambda: span(server.run("scripts")) / bare(40, python))
    report("forty python.Script tasks / forty bare python -c", f"{ratio:.2f}", "1.3")
    ratio = median(lambda: span(server.run("echoes")) / bare(20, ["sh", "-c", "echo hi"]))
    report("twenty echo tasks / twenty bare sh -c", f"{ratio:.2f}", "3")
    rate = median(lambda: asyncio.run(_burst(server.client.base_url, 200)))
    report("one-task executions per second, 200 at once", f"{rate:.0f}/s", "200/s")
    wait = measure_latency(server, "one")
    report("API start to first task started, inline task, p50", f"{wait * 1000:.1f} ms", "15 ms")
    wait = measure_latency(server, "one_shell")
    report("API start to first task started, worker task, p50", f"{wait * 1000:.1f} ms", "15 ms")


if __name__ == "__main__":
    main()
