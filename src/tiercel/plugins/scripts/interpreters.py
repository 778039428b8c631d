"""Which Python scripts run on: the machine's own, never the environment that Tiercel lives in."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

_PROBE = (
    "import json, sys, sysconfig;"
    "print(json.dumps([sys.executable, sys.version.split()[0], sys.prefix, sys.base_prefix,"
    " sysconfig.get_path('purelib')]))"
)
_PROBE_SECONDS = 20
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine.

    Attributes:
        executable: The program itself, not a launcher that picks one.
        version: Such as ``3.11.7``.
        is_virtual: Whether it belongs to a virtual environment.
        is_ours: Whether Tiercel is installed beside it, so that scripts must not see its packages.
        packages: Its folder of packages.
    """

    executable: Path
    version: str
    is_virtual: bool
    is_ours: bool
    packages: Path

    @property
    def minor(self) -> str:
        """The version without the last part, such as ``3.11``."""
        return ".".join(self.version.split(".")[:2])

    @cached_property
    def key(self) -> str:
        """A short text that differs for different interpreters and versions of them."""
        identity = f"{self.executable}\n{self.version}\n{self.is_ours}"
        return hashlib.sha256(identity.encode()).hexdigest()[:16]


def search_path(environ: Mapping[str, str]) -> str:
    """Return the machine's ``PATH`` without the folder of Tiercel's own virtual environment."""
    return _without_own(environ.get("PATH") or _DEFAULT_PATH)


@lru_cache(maxsize=16)
def _without_own(path: str) -> str:
    entries = path.split(os.pathsep)
    if sys.prefix != sys.base_prefix:
        own = {str(Path(sys.prefix, "bin")), str(Path(sys.executable).parent)}
        entries = [entry for entry in entries if entry.rstrip("/") not in own]
    return os.pathsep.join(entries)


async def find_interpreter(path: str, version: str | None = None) -> Interpreter:
    """Return the Python that ``path`` leads to, else the one below Tiercel's own.

    Looked up once per process and path.

    Args:
        version: Prefer this one, ``3.12`` or ``3.12.1``; only its first two parts count.
    """
    return await asyncio.to_thread(_find, path, version)


@lru_cache(maxsize=64)
def _find(path: str, version: str | None) -> Interpreter:
    names = ["python", "python3"]
    if version is not None:
        names.insert(0, f"python{'.'.join(version.split('.')[:2])}")
    for name in names:
        found = shutil.which(name, path=path)
        interpreter = _probe(found, path) if found else None
        if interpreter is not None:
            return interpreter
    return own_interpreter()


def _probe(program: str, path: str) -> Interpreter | None:
    """Ask a program which Python it is; None when it is none (a launcher without a version)."""
    environ = {"PATH": path, "HOME": os.environ.get("HOME", "/")}
    try:
        done = subprocess.run(
            [program, "-c", _PROBE],
            capture_output=True,
            check=True,
            timeout=_PROBE_SECONDS,
            env=environ,
        )
        executable, version, prefix, base, packages = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if version.startswith("2."):
        return None
    is_ours = Path(prefix).resolve() == Path(sys.prefix).resolve()
    return Interpreter(Path(executable), version, prefix != base, is_ours, Path(packages))


@cache
def own_interpreter() -> Interpreter:
    """Return the Python below Tiercel's own environment; its packages stay hidden from scripts."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    executable = getattr(sys, "_base_executable", None) or sys.executable
    library = Path("lib", f"python{version.rpartition('.')[0]}", "site-packages")
    return Interpreter(Path(executable), version, False, True, Path(sys.base_prefix) / library)
