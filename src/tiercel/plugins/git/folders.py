"""Folders of a clone: what is in them, and reports of what became of it."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.ion import ion_line

_NEVER_COPIED = frozenset({".git", ".gitignore", ".gitkeep", ".kestraignore"})


def folder_below(clone: Path, name: str) -> Path:
    """Return a folder of a clone, which need not be there.

    Raises:
        TaskFailedError: It is outside.
    """
    root = clone / PurePosixPath(name.strip("/") or ".")
    if not root.resolve().is_relative_to(clone.resolve()):
        raise TaskFailedError(f"`gitDirectory: {name}` leads out of the clone")
    return root


async def store_report(context: TaskContext, rows: Iterable[Mapping[str, Any]]) -> str:
    """Store a row file that says what became of each file or flow; return its URI."""
    report = context.working_dir / f"{secrets.randbits(63)}.ion"
    report.write_text("".join(map(ion_line, rows)), encoding="utf-8")
    return await context.store_file(report)


def files_below(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the regular files below a folder by their path; ignored ones are left out."""
    ignored = _patterns(root / ".kestraignore")
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() or not path.is_file() or _NEVER_COPIED & set(Path(name).parts):
            continue
        parents = [name, *(parent.as_posix() for parent in PurePosixPath(name).parents)]
        if not any(fnmatch.fnmatch(x, pattern) for x in parents for pattern in ignored):
            yield name, path


def _patterns(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line.strip("/") for line in lines if line and not line.startswith("#")]
