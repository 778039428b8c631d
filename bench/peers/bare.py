"""The same work without an orchestrator: what nobody can be faster than."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable

from bench.foundation import bare
from bench.peers.peer import PROGRAMS, Peer, Stages
from bench.peers.rows import Trial

_PYTHON = getattr(sys, "_base_executable", sys.executable)
_FIB = "import work; work.fib({})"


class Bare(Peer):
    """Plain processes, one after the other."""

    key = "bare"
    title = "no orchestrator"

    def version(self) -> str:
        """Return that of Python."""
        return f"Python {platform.python_version()}"

    def stages(self) -> Stages:
        """Yield the floors."""
        yield {
            "start": [_processes("a Python process", 1, [_PYTHON, "-c", "pass"])],
            "light": [_processes("forty Python processes", 40, _script(10))],
            "heavy": [
                Trial("in one Python process", _loop(10, 33), "python -c …"),
                _processes("ten Python processes", 10, _script(33), is_main=False),
            ],
            "shell": [_processes("twenty processes", 20, ["sh", "-c", "echo hi"])],
        }


def _script(number: int) -> list[str]:
    code = f"import sys; sys.path.insert(0, {str(PROGRAMS)!r}); {_FIB.format(number)}"
    return [_PYTHON, "-c", code]


def _processes(what: str, count: int, command: list[str], *, is_main: bool = True) -> Trial:
    shown = "python -c …" if command[0] == _PYTHON else " ".join(command)
    return Trial(what, lambda: bare(count, command), shown, is_main=is_main)


def _loop(count: int, number: int) -> Callable[[], float]:
    code = (
        f"import sys; sys.path.insert(0, {str(PROGRAMS)!r}); import work; "
        f"work.timed(lambda: [work.fib({number}) for _ in range({count})])"
    )

    def run() -> float:
        done = subprocess.run([_PYTHON, "-c", code], capture_output=True, text=True, check=True)
        return float(done.stdout.split()[1])

    return run
