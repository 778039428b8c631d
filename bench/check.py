"""How long it takes to parse a flow of 100 tasks, and to import what parsing needs.

Run with ``python bench/check.py``; prints medians of five rounds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

TASKS = 100
ROUNDS = 5

_HEAD = """id: hundred_tasks
namespace: company.team
inputs:
  - id: day
    type: DATE
    defaults: 2024-12-20
variables:
  table: "orders_{{ inputs.day }}"
tasks:
"""
_TASK = """  - id: load_{number}
    type: io.kestra.plugin.scripts.shell.Commands
    description: Loads part {number}
    timeout: PT10M
    retry:
      type: constant
      interval: PT5S
      maxAttempts: 3
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    env:
      TABLE: "{{{{ render(vars.table) }}}}"
      PART: "{number}"
    commands:
      - echo "part {number} of {{{{ inputs.day }}}}"
      - ./load.sh --part {number}
"""


def flow_source(tasks: int = TASKS) -> str:
    """Return a flow of shell tasks with the usual properties."""
    return _HEAD + "".join(_TASK.format(number=number) for number in range(tasks))


def _median_ms(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print the figures as a Markdown table."""
    from tiercel.check import parse_flow
    from tiercel.plugin.registry import Registry

    source = flow_source()
    registry = Registry.builtin()
    start = time.perf_counter()
    parse_flow(source, registry)
    first_ms = (time.perf_counter() - start) * 1000
    again_ms = _median_ms(lambda: parse_flow(source, registry))
    command = [sys.executable, "-c", "import tiercel.check, tiercel.plugin.registry"]
    import_ms = _median_ms(lambda: subprocess.run(command, check=True))
    empty_ms = _median_ms(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    print("| | ms |\n|---|---|")
    print(f"| first parse of {TASKS} tasks, plugins imported on the way | {first_ms:.1f} |")
    print(f"| parse of {TASKS} tasks, {source.count(chr(10))} lines | {again_ms:.1f} |")
    print(f"| import of the checker, beyond a bare interpreter | {import_ms - empty_ms:.0f} |")


if __name__ == "__main__":
    main()
