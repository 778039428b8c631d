"""An environment for each peer, with the versions of ``pins``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PINS = Path(__file__).parent / "pins"


class Environments:
    """Virtual environments below one folder that git ignores.

    Args:
        home: Made when missing. What is in it already is used again.
    """

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()

    def make(self, name: str, requirements: Sequence[str]) -> None:
        """Make an environment, unless it is there with the same pins."""
        folder, pins = self._home / name, PINS / f"{name}.txt"
        stamp = folder / "pins.txt"
        if stamp.exists() and stamp.read_text() == pins.read_text():
            return
        uv = str(Path(sys.executable).with_name("uv"))
        python = getattr(sys, "_base_executable", sys.executable)
        subprocess.run([uv, "venv", "-q", "--clear", "--python", python, folder], check=True)
        subprocess.run(
            [
                *(uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(folder)),
                *("--constraints", str(pins)),
                *requirements,
            ],
            check=True,
            env={**os.environ, "UV_LINK_MODE": "copy"},
        )
        stamp.write_text(pins.read_text())

    def program(self, name: str, program: str) -> Path:
        """Return an executable of an environment."""
        return self._home / name / "bin" / program

    def version(self, name: str, package: str) -> str:
        """Return the version of a package in an environment."""
        code = f"from importlib.metadata import version; print(version({package!r}))"
        done = subprocess.run(
            [self.program(name, "python"), "-c", code], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()
