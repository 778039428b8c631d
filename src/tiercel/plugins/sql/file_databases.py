"""Databases that are files: where a JDBC URL says they are, and what SQL may know of them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tiercel.plugin.task import TaskFailedError


def path_of_url(url: str, scheme: str, example: str) -> str:
    """Return what a JDBC URL says after its scheme, which may be nothing.

    Args:
        scheme: How it must begin, such as ``jdbc:sqlite:``.
        example: A name of a file, for the message.

    Raises:
        TaskFailedError: It begins otherwise.
    """
    if not url.strip():
        raise TaskFailedError("Rendered value of `url` is blank.")
    if not url.startswith(scheme):
        raise TaskFailedError(
            f"URL scheme is invalid. URL should start with `{scheme.rstrip(':')}`, as in "
            f"`{scheme}{example}`."
        )
    return url.removeprefix(scheme)


def new_database(folder: Path) -> str:
    """Return the path of a database of the task's own, which is not there yet."""
    return str(folder / f"{secrets.randbits(63)}.db")


def file_variables(folder: Path, database: str, targets: Mapping[str, Path]) -> dict[str, Any]:
    """Return the variables by which SQL finds the database and the files that it is to write."""
    return {
        "workingDir": str(folder),
        "dbFilePath": database,
        "outputFiles": {name: str(path) for name, path in targets.items()},
    }
