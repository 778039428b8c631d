"""Files that SQL writes itself: named in ``outputFiles``, stored when the statements are done."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.scripts.files import safe_path


def check_relative(name: str, what: str) -> None:
    """Raise TaskFailedError unless ``name`` is a plain path below the working directory."""
    if name.startswith(("./", "..", "/")) or ".." in Path(name).parts:
        raise TaskFailedError(f"Invalid {what} (only relative path is supported) for path '{name}'")


def output_paths(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """Return a fresh path below ``folder`` for each name, of the same extension."""
    return {name: _output_path(folder, name) for name in names}


def _output_path(folder: Path, name: str) -> Path:
    check_relative(name, "outputFile")
    path = Path(name)
    return safe_path(folder, f"{path.stem}_{secrets.randbits(63)}{path.suffix or '.tmp'}")


async def store_written(context: TaskContext, targets: Mapping[str, Path]) -> dict[str, str]:
    """Store the files; return URIs by name.

    Raises:
        TaskFailedError: The statements did not make one of them.
    """
    for name, path in targets.items():
        if not path.is_file():
            raise TaskFailedError(f"The SQL made no file '{name}', which outputFiles names")
    return {name: await context.store_file(path) for name, path in targets.items()}
