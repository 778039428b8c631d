"""A worker in a network of its own, whose cable is pulled: by ``ip netns``, where root may."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fault_world import LEASE_SECONDS, eventually, wait_all
from nats_kit import nats_server

from tiercel.embedded import Endpoints
from tiercel.main import open_node
from tiercel.services.node import Node, NodeOptions, Role

# of no other test run on this machine
_NET = f"10.213.{os.getpid() % 256}"
HERE, THERE = f"{_NET}.1", f"{_NET}.2"
NETWORK, OUTER, INNER = f"tiercel{os.getpid()}", f"tc{os.getpid()}o", f"tc{os.getpid()}i"
STEPS = """\
id: apart
namespace: tests.fault
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      echo begun >> TRACE
      if [ $(grep -c begun TRACE) = 1 ]; then sleep SECONDS; fi
      echo "::{\\"outputs\\":{\\"run\\":$(grep -c begun TRACE)}}::"
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def cable() -> Iterator[str]:
    """A network of its own, with one cable to ours."""
    if os.geteuid() != 0:
        pytest.skip("only root makes networks")
    try:
        ip("netns", "add", NETWORK)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no networks can be made here: {error}")
    try:
        ip("link", "add", OUTER, "type", "veth", "peer", "name", INNER, "netns", NETWORK)
        ip("addr", "add", f"{HERE}/30", "dev", OUTER)
        ip("link", "set", OUTER, "up")
        ip("-n", NETWORK, "addr", "add", f"{THERE}/30", "dev", INNER)
        ip("-n", NETWORK, "link", "set", INNER, "up")
        ip("-n", NETWORK, "link", "set", "lo", "up")
        yield OUTER
    finally:
        subprocess.run(["ip", "link", "del", OUTER], capture_output=True)
        subprocess.run(["ip", "netns", "del", NETWORK], check=True)


@pytest.fixture
def bus(cable: str, tmp_path: Path) -> Iterator[str]:
    """URL of a NATS server at our end of the cable."""
    settings = "authorization: {user: tiercel, password: secret}\n"
    with nats_server(tmp_path, settings, host=HERE) as port:
        yield f"nats://tiercel:secret@{HERE}:{port}"


@pytest.fixture
async def node(bus: str, servers_apart: Endpoints, tmp_path: Path) -> AsyncIterator[Node]:
    """Executor and indexer, at our end."""
    options = NodeOptions(
        data_dir=tmp_path / "node",
        database_url=servers_apart.tcp_url,
        bus_url=bus,
        roles=frozenset({Role.EXECUTOR, Role.INDEXER}),
        grace=1.0,
        lease=LEASE_SECONDS,
    )
    async with open_node(options) as running:
        yield running


@asynccontextmanager
async def worker(folder: Path, bus: str, *prefix: str) -> AsyncIterator[None]:
    """Run a worker as a process, at either end."""
    program = [sys.executable, "-c", "from tiercel.main import run; run()", "server", "worker"]
    words = ["--data-dir", str(folder), "--bus-url", bus, "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *prefix,
        *program,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "TIERCEL_LEASE": f"{LEASE_SECONDS}s"},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            said = ""
            while not re.search("Server Running", said):
                line = (await process.stdout.readline()).decode()
                assert line, f"the worker did not start: {said}"
                said += line
        yield
    finally:
        process.kill()
        await process.communicate()


async def begun(node: Node, folder: Path, seconds: float) -> tuple[str, Path]:
    """Start the task, and wait until it has begun."""
    trace = folder / "trace"
    await node.flows.save(STEPS.replace("TRACE", str(trace)).replace("SECONDS", str(seconds)))
    execution = await node.executions.start("tests.fault", "apart")

    async def exists() -> bool:
        return trace.exists()

    await eventually(exists, bool)
    return execution.id, trace


async def test_a_cable_that_is_pulled_for_a_moment_changes_nothing(
    node: Node, bus: str, cable: str, tmp_path: Path
) -> None:
    async with worker(tmp_path / "far", bus, "ip", "netns", "exec", NETWORK):
        execution_id, trace = await begun(node, tmp_path, 3)
        ip("link", "set", cable, "down")
        await asyncio.sleep(1.5)
        ip("link", "set", cable, "up")
        [done] = await wait_all(node, [execution_id])
    assert done.execution.state.current.value == "SUCCESS"
    assert trace.read_text().split() == ["begun"]


async def test_a_worker_behind_a_cut_cable_is_replaced_and_not_heard_later(
    node: Node, bus: str, cable: str, tmp_path: Path
) -> None:
    async with worker(tmp_path / "far", bus, "ip", "netns", "exec", NETWORK):
        execution_id, trace = await begun(node, tmp_path, 2 * LEASE_SECONDS)
        ip("link", "set", cable, "down")
        async with worker(tmp_path / "near", bus):
            [done] = await wait_all(node, [execution_id])
            ip("link", "set", cable, "up")
            await asyncio.sleep(2)
            again = await node.executions.get(execution_id)
            assert (again.execution, again.task_runs) == (done.execution, done.task_runs)
    assert done.execution.state.current.value == "SUCCESS"
    assert done.task_runs[0].outputs["vars"] == {"run": 2}
    assert trace.read_text().split() == ["begun", "begun"]
