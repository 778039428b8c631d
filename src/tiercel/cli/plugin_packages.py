"""``tiercel plugins install`` and ``uninstall``: Python packages, put in place by uv."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tiercel.cli.console import write
from tiercel.model.errors import IllegalArgumentError, NotFoundError

_COORDINATES = re.compile(r"[\w.-]+:[\w.-]+(:[\w.-]+)?")


def install(packages: Sequence[str], repositories: Sequence[str], folder: Path | None) -> int:
    """Install packages and return uv's exit code.

    Args:
        repositories: Package indexes to look in besides.
        folder: Where to put them; None is the environment that Tiercel runs in.

    Raises:
        IllegalArgumentError: A name is one of Maven's.
    """
    for name in packages:
        if _COORDINATES.fullmatch(name):
            raise IllegalArgumentError(
                f"{name} is a package for Java",
                hint="Tiercel's plugins are Python packages; `tiercel plugins search` shows what"
                " is built in",
            )
    indexes = [word for url in repositories for word in ("--index", url)]
    code = _uv(["install", *_place(folder, make=True), *indexes, "--", *packages])
    if code == 0:
        where = f"into {folder}" if folder else "beside Tiercel"
        write(f"{len(packages)} package(s) installed {where}")
    return code


def uninstall(packages: Sequence[str], folder: Path | None) -> int:
    """Remove packages and return uv's exit code."""
    return _uv(["uninstall", *_place(folder, make=False), "--", *packages])


def _place(folder: Path | None, *, make: bool) -> list[str]:
    if folder is None:
        return ["--python", sys.executable]
    if make:
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise NotFoundError(f"{folder} is no folder")
    return ["--python", sys.executable, "--target", str(folder)]


def _uv(words: Sequence[str]) -> int:
    from uv import find_uv_bin

    done = subprocess.run([os.fsdecode(find_uv_bin()), "pip", *words], check=False)
    return 1 if done.returncode else 0
