"""A server as users start it: a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tiercel.web.pages import STATIC

_START = "from tiercel.main import run; run()"


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[str]:
    """Run a server and yield its address."""
    if not (STATIC / "index.html").is_file():
        pytest.skip("the user interface is not built: run `make ui`")
    command = (sys.executable, "-c", _START, "server", "local", "--port", "0", "--data-dir", folder)
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.wait(60)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"Server Running: (\S+)", line):
            return found[1]
    raise AssertionError("the server did not start")
