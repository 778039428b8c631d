"""What a script task costs over the bare command, without a server: python and shell.

    python bench/scripts.py [--runs 5]

Bare commands run one after the other, their output read, on the same interpreter as the tasks.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask
from tiercel.plugins.scripts.interpreters import find_interpreter, search_path

FIB = "def fib(n):\n  return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(10))"


def bare(command: list[str], count: int) -> float:
    """Return the seconds that ``count`` commands take in sequence."""
    started = time.perf_counter()
    for _ in range(count):
        subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - started


def tasks(type_name: str, properties: dict[str, object], count: int) -> float:
    """Return the seconds that ``count`` tasks take in sequence, each in a folder of its own."""
    registry = Registry.builtin(use_entry_points=False)
    root = Path(tempfile.mkdtemp(prefix="tiercel-bench-"))
    try:
        return asyncio.run(_tasks(registry, type_name, properties, count, root))
    finally:
        shutil.rmtree(root)


async def _tasks(
    registry: Registry, type_name: str, properties: dict[str, object], count: int, root: Path
) -> float:
    async def one(name: str) -> None:
        context = FakeTaskContext(root / name)
        context.cache_dir = root / "cache"
        task = registry.build(type_name, properties)
        assert isinstance(task, RunnableTask)
        await task.run(context)
        shutil.rmtree(context.working_dir)

    await one("first")
    started = time.perf_counter()
    for number in range(count):
        await one(str(number))
    return time.perf_counter() - started


def compare(name: str, runs: int, ours: Callable[[], float], theirs: Callable[[], float]) -> None:
    """Print the medians of both, measured in turns."""
    pairs = [(theirs(), ours()) for _ in range(runs)]
    reference = statistics.median(pair[0] for pair in pairs)
    measured = statistics.median(pair[1] for pair in pairs)
    print(f"{name:32}{measured:8.3f} s{reference:12.3f} s bare{measured / reference:8.2f} x")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    python = asyncio.run(find_interpreter(search_path(os.environ))).executable
    compare(
        "forty python.Script, fib(10)",
        runs,
        lambda: tasks("scripts.python.Script", {"script": FIB}, 40),
        lambda: bare([str(python), "-c", FIB], 40),
    )
    compare(
        "twenty shell.Commands, echo",
        runs,
        lambda: tasks("scripts.shell.Commands", {"commands": ["echo hello"]}, 20),
        lambda: bare(["sh", "-c", "echo hello"], 20),
    )


if __name__ == "__main__":
    main()
