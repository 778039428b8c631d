"""Showing help loads next to nothing."""

from __future__ import annotations

import os
import subprocess
import sys

SLOW = (
    "asyncio",
    "ssl",
    "rich",
    "httpx",
    "pydantic",
    "yaml",
    "msgspec",
    "fastapi",
    "tiercel.check",
    "tiercel.engine",
)
PROGRAM = f"""
import sys
from tiercel.main import run
try:
    run(sys.argv[1:])
except SystemExit as left:
    code = left.code
print([name for name in {SLOW!r} if name in sys.modules])
sys.exit(code)
"""


def loaded_by(*words: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **variables},
    )
    return done.stdout.splitlines()[-1]


def test_help_of_everything_loads_no_slow_package():
    assert loaded_by("--help") == "[]"


def test_help_of_a_command_and_completion_load_no_slow_package():
    assert loaded_by("flow", "validate", "--help") == "[]"
    line = {"COMP_WORDS": "tiercel flow va", "COMP_CWORD": "2"}
    assert loaded_by(_TIERCEL_COMPLETE="bash_complete", **line) == "[]"
