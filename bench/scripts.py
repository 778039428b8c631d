"""What a script task costs over the bare command, without a server: python and shell.

    python -m bench.scripts [--runs 5] [--no-packages]

Bare commands run one after the other, their output read, on the same interpreter as the tasks. A
script with packages is measured from its second run on, against the same script in an environment
that has them already; the first run needs a package index. Exit code 1 when such a second run takes
more than a second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask
from tiercel.plugins.scripts.interpreters import find_interpreter, search_path

PACKAGES = ["requests", "kestra"]
WITH_PACKAGES = "import requests\nfrom kestra import Kestra\nKestra.outputs({'answer': 42})"
LIMIT_SECONDS = 1.0
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


def compare(name: str, runs: int, ours: Callable[[], float], theirs: Callable[[], float]) -> float:
    """Print the medians of both, measured in turns, and their ratio; return ours."""
    pairs = [(theirs(), ours()) for _ in range(runs)]
    reference = statistics.median(pair[0] for pair in pairs)
    measured = statistics.median(pair[1] for pair in pairs)
    print(f"{name:32}{measured:8.3f} s{reference:12.3f} s bare{measured / reference:8.2f} x")
    return measured


class Prepared:
    """Tasks that install packages, after their first run, and the environment they left."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._registry = Registry.builtin(use_entry_points=False)

    def run(self, properties: dict[str, object]) -> float:
        """Run one task in a folder of its own; return its seconds."""
        context = FakeTaskContext(self._root / secrets.token_hex(4))
        context.cache_dir = self._root / "cache"
        started = time.perf_counter()
        task = self._registry.build("scripts.python.Script", properties)
        assert isinstance(task, RunnableTask)
        asyncio.run(task.run(context))
        return time.perf_counter() - started

    def python(self) -> Path:
        """Return the Python of an environment that has the packages."""
        return next((self._root / "cache" / "python" / "environments").glob("*/bin/python"))


def with_packages(runs: int) -> float:
    """Print both ways of asking for packages; return the seconds of the slower one."""
    root = Path(tempfile.mkdtemp(prefix="tiercel-bench-"))
    prepared, worst = Prepared(root), 0.0
    common: dict[str, object] = {"script": WITH_PACKAGES}
    process = {"taskRunner": {"type": "io.kestra.plugin.core.runner.Process"}}
    try:
        for name, wish in (
            (
                "pip install, from the second on",
                {"beforeCommands": ["pip install " + " ".join(PACKAGES)]},
            ),
            ("dependencies, from the second on", {"dependencies": PACKAGES}),
        ):
            properties = {**common, **process, **wish}
            print(f"{name.partition(',')[0] + ', the first':32}{prepared.run(properties):8.3f} s")
            bare_python = str(prepared.python())
            ours = compare(
                name,
                runs,
                partial(prepared.run, properties),
                partial(bare, [bare_python, "-c", WITH_PACKAGES], 1),
            )
            worst = max(worst, ours)
    finally:
        shutil.rmtree(root)
    return worst


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-packages", action="store_true")
    arguments = parser.parse_args()
    runs = arguments.runs
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
    if arguments.no_packages:
        return 0
    return 0 if with_packages(runs) <= LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
