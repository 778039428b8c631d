"""Long loops on a whole node: cost of an iteration at two sizes, and what others feel of it.

python -m bench.foreach [values] [shell values]
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tiercel.cli.server import collect_less
from tiercel.main import open_node
from tiercel.services.node import Node, NodeOptions

_LOOP = """
id: {id}
namespace: bench.loops
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{{{ range(1, {count}) }}}}"
    concurrencyLimit: {limit}
    tasks:
      - {task}
"""
_RETURN = '{id: r, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}"}'
_SHELL = (
    "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: ['true'], "
    "taskRunner: {type: io.kestra.plugin.core.runner.Process}}"
)
_ONE = """
id: one_task
namespace: bench.loops
tasks:
  - {id: r, type: io.kestra.plugin.core.debug.Return, format: x}
"""


async def _loop(node: Node, flow_id: str, count: int, task: str, limit: int = 1) -> float:
    """Return how long a loop takes, in seconds."""
    source = _LOOP.format(id=flow_id, count=count, task=task, limit=limit)
    flow = (await node.flows.save(source)).parsed.flow
    began = time.perf_counter()
    execution = await node.executions.start(flow.namespace, flow.id)
    done = await node.executions.wait(execution.id)
    took = time.perf_counter() - began
    if len(done.task_runs) != count + 1 or done.execution.state.current != "SUCCESS":
        raise SystemExit(f"{flow_id}: {len(done.task_runs)} task runs, {done.execution.state}")
    return took


async def _one(node: Node) -> float:
    began = time.perf_counter()
    execution = await node.executions.start("bench.loops", "one_task")
    await node.executions.wait(execution.id)
    return time.perf_counter() - began


async def _latencies(node: Node, count: int, until: asyncio.Task[float] | None = None) -> float:
    """Return the 95th percentile of one-task executions, in milliseconds."""
    times: list[float] = []
    while (until is None and len(times) < count) or (until is not None and not until.done()):
        times.append(await _one(node))
        await asyncio.sleep(0.02)
    times.sort()
    return times[int(len(times) * 0.95)] * 1000


async def measure(values: int, shell_values: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_node(NodeOptions(data_dir=Path(folder))) as node:
            await node.flows.save(_ONE)
            await _latencies(node, 30)
            collect_less()
            idle = await _latencies(node, 100)
            await _loop(node, "warm", 100, _RETURN)
            small = min([await _loop(node, f"small_{n}", 100, _RETURN) for n in range(5)])
            large = await _loop(node, "large", values, _RETURN)
            print(f"ForEach of {values} inline: {large:.2f} s")
            print(f"  per value: {large / values * 1e3:.3f} ms, at 100: {small / 100 * 1e3:.3f} ms")
            loop = asyncio.create_task(_loop(node, "beside", values, _RETURN))
            await asyncio.sleep(0.05)
            busy = await _latencies(node, 0, loop)
            print(
                f"one task, p95: {idle:.1f} ms idle, {busy:.1f} ms beside it ({await loop:.2f} s)"
            )
            await _loop(node, "warm_shell", 20, _SHELL, limit=2)
            loop = asyncio.create_task(_loop(node, "shell", shell_values, _SHELL, limit=2))
            busy = await _latencies(node, 0, loop)
            print(f"ForEach of {shell_values} shell, limit 2: {await loop:.2f} s")
            print(f"one task, p95: {busy:.1f} ms beside it")
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"memory: {most:.0f} MiB at most")


def main() -> None:
    """Measure with the sizes given on the command line."""
    sizes = [int(argument) for argument in sys.argv[1:]]
    values, shell_values = [*sizes, 10_000, 2_000][:2] if len(sizes) != 1 else (sizes[0], 2_000)
    uvloop.run(measure(values, shell_values))


if __name__ == "__main__":
    main()
