"""A hundred no-op shell tasks at once, beside the same hundred run by ``xargs -P``.

python -m bench.parallel [slots]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tiercel.cli.server import collect_less
from tiercel.main import open_node
from tiercel.services.node import Node, NodeOptions

COUNT = 100
RUNS = 15

_TASK = """
      - id: t{number}
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
        commands: ['true']
"""
_FLOW = """
id: hundred
namespace: bench.parallel
tasks:
  - id: all
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
"""


def source() -> str:
    """Return the flow: one Parallel with all the tasks."""
    return _FLOW + "".join(_TASK.format(number=number) for number in range(COUNT))


def xargs(slots: int, shell: str) -> float:
    """Return the seconds that ``xargs`` takes with as many processes at once."""
    numbers = "\n".join(map(str, range(COUNT)))
    command = ["xargs", "-P", str(slots), "-n", "1", shell, "-c", "true"]
    began = time.perf_counter()
    subprocess.run(command, input=numbers, text=True, check=True)
    return time.perf_counter() - began


async def run(node: Node) -> float:
    """Return the seconds from the creation of the execution to its end."""
    execution = await node.executions.start("bench.parallel", "hundred")
    done = (await node.executions.wait(execution.id)).execution.state
    if done.current != "SUCCESS" or done.end_date is None:
        raise SystemExit(f"ended {done.current}")
    return (done.end_date - done.start_date).total_seconds()


async def measure(slots: int) -> None:
    """Print medians; tiercel and ``xargs`` take turns, so that both feel the same machine."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_node(NodeOptions(data_dir=Path(folder), slots=slots)) as node:
            await node.flows.save(source())
            await run(node)
            collect_less()
            ours, theirs = [], []
            for _ in range(RUNS):
                ours.append(await run(node))
                theirs.append({shell: xargs(slots, shell) for shell in ("sh", "bash")})
            print(f"{COUNT} shell tasks, {slots} at once: {statistics.median(ours) * 1e3:.0f} ms")
            for shell in ("sh", "bash"):
                bare = statistics.median(item[shell] for item in theirs)
                ratio = statistics.median(
                    own / item[shell] for own, item in zip(ours, theirs, strict=True)
                )
                print(f"  xargs -P {slots} {shell} -c true: {bare * 1e3:.0f} ms, ratio {ratio:.2f}")


def main() -> None:
    """Measure with the slots given on the command line, 8 by default."""
    uvloop.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 8))


if __name__ == "__main__":
    main()
