"""Gives every script the Python and the packages it asks for.

A script that installs nothing gets the machine's Python and pays for nothing. Packages named in
``dependencies``, or by plain ``pip install`` lines that ``beforeCommands`` begin with, come from
an environment that is kept and shared by all runs with the same wishes. Any other use of pip gets
an environment of the run's own, which is removed afterwards.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugins.scripts.index_settings import package_settings
from tiercel.plugins.scripts.interpreters import (
    Interpreter,
    find_interpreter,
    own_interpreter,
    search_path,
)
from tiercel.plugins.scripts.pip_calls import PipCall, leading_installs, mentions_pip
from tiercel.plugins.scripts.uv_process import find_uv, install_packages
from tiercel.plugins.scripts.virtual import add_installers, create_environment

_POLL_SECONDS = 0.05
_MARKER = ".complete"
"""Its time is when the environment was last asked for."""

_KEPT_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a script says about Python.

    Attributes:
        before: ``beforeCommands``, rendered.
        text: Commands, script and texts of input files: everything else that may mention pip.
        env: The task's ``env``.
        uses_python: Python is wanted on ``PATH`` before anything else the machine has.
        stops_at_failure: ``failFast``; without it installs must fail inside the script.
        is_cached: Whether packages may come from a shared environment.
    """

    before: Sequence[str] = ()
    text: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    dependencies: Sequence[str] = ()
    version: str | None = None
    uses_python: bool = False
    stops_at_failure: bool = True
    is_cached: bool = True


@asynccontextmanager
async def python_for(context: TaskContext, wishes: Wishes) -> AsyncIterator[dict[str, str]]:
    """Yield the variables that lead a script to its Python: ``PATH``, and more when it installs.

    Raises:
        TaskFailedError: Packages can't be installed; the message says why in one line.
    """
    root = context.cache_dir / "python"
    path = wishes.env.get("PATH") or search_path(os.environ)
    installs = bool(wishes.dependencies) or any(
        mentions_pip(text) for text in (*wishes.before, wishes.text)
    )
    if not installs:
        yield {"PATH": await _plain_path(root, path, wishes)}
        return
    builder = _Builder(context, root, await _interpreter(context, path, wishes), wishes)
    async with builder.environment() as folder:
        yield {
            "PATH": f"{folder / 'bin'}{os.pathsep}{path}",
            "VIRTUAL_ENV": str(folder),
        }


async def _interpreter(context: TaskContext, path: str, wishes: Wishes) -> Interpreter:
    found = await find_interpreter(path, wishes.version)
    if wishes.version and not f"{found.version}.".startswith(f"{wishes.version}."):
        context.log(
            LogLevel.WARN,
            f"Python {wishes.version} is not on this machine, running on {found.version}",
        )
    return found


async def _plain_path(root: Path, path: str, wishes: Wishes) -> str:
    """Return ``PATH`` with a Python: first when wanted, else last, for want of another."""
    if not wishes.uses_python and not wishes.version:
        return f"{path}{os.pathsep}{_plain_folder(root, own_interpreter())}"
    interpreter = await find_interpreter(path, wishes.version)
    return f"{_plain_folder(root, interpreter)}{os.pathsep}{path}"


def _plain_folder(root: Path, interpreter: Interpreter) -> Path:
    """Return a folder in which ``python`` and ``python3`` are the interpreter, without pip."""
    if interpreter.is_virtual and not interpreter.is_ours:
        return interpreter.executable.parent
    folder, programs = _plain_places(root, interpreter)
    if not folder.is_dir():
        fresh = root / "plain" / f".{interpreter.key}-{secrets.token_hex(4)}"
        if interpreter.is_ours:
            create_environment(fresh, interpreter)
        else:
            (fresh / "bin").mkdir(parents=True)
            for name in ("python", "python3"):
                (fresh / "bin" / name).symlink_to(interpreter.executable)
        try:
            fresh.rename(folder)
        except OSError:
            # Another process was faster: its folder is as good.
            shutil.rmtree(fresh)
    return programs


@lru_cache(maxsize=64)
def _plain_places(root: Path, interpreter: Interpreter) -> tuple[Path, Path]:
    folder = root / "plain" / interpreter.key
    return folder, folder / "bin"


class _Builder:
    """Makes the environment of one run."""

    def __init__(
        self, context: TaskContext, root: Path, interpreter: Interpreter, wishes: Wishes
    ) -> None:
        self._context = context
        self._root = root
        self._interpreter = interpreter
        self._wishes = wishes
        self._settings = package_settings(os.environ, wishes.env)
        self._settings.setdefault("UV_CACHE_DIR", str(root / "uv"))
        self._uv = find_uv()

    @asynccontextmanager
    async def environment(self) -> AsyncIterator[Path]:
        """Yield the environment: a shared one if all installs are known, else one of the run's."""
        wishes = self._wishes
        calls, rest = leading_installs(wishes.before) if wishes.stops_at_failure else ([], [])
        is_known = wishes.stops_at_failure and not any(
            mentions_pip(text) for text in (*rest, wishes.text)
        )
        if is_known and wishes.is_cached:
            yield await self._shared(calls)
            return
        linked = []
        if wishes.dependencies and wishes.is_cached:
            linked.append(await self._shared([]))
        folder = self._own_folder()
        try:
            create_environment(folder, self._interpreter, linked=[_packages(x) for x in linked])
            if wishes.dependencies and not linked:
                await self._install(folder, wishes.dependencies)
            self._add_installers(folder, ())
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _shared(self, calls: Sequence[PipCall]) -> Path:
        wanted = {
            *self._wishes.dependencies,
            *(name for call in calls for name in call.requirements),
        }
        folder = self._root / "environments" / self._key(sorted(wanted), calls)
        if _is_complete(folder):
            (folder / _MARKER).touch()
        else:
            async with _locked(folder.with_name(f"{folder.name}.lock")):
                if not _is_complete(folder):
                    await self._fill(folder, sorted(wanted), calls)
        return folder

    async def _fill(self, folder: Path, wanted: list[str], calls: Sequence[PipCall]) -> None:
        """Make a shared environment from nothing; a half-made one of a killed process goes."""
        await asyncio.to_thread(_remove, [folder, *_unused(folder.parent)])
        create_environment(folder, self._interpreter)
        if wanted:
            await self._install(folder, wanted)
        self._add_installers(folder, calls)
        (folder / _MARKER).touch()

    def _key(self, requirements: Sequence[str], calls: Sequence[PipCall]) -> str:
        source = [f"{k}={v}" for k, v in sorted(self._settings.items()) if "INDEX" in k]
        spelled = sorted(" ".join(call.arguments) for call in calls)
        text = "\n".join([self._interpreter.key, *requirements, "", *spelled, "", *source])
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    async def _install(self, folder: Path, requirements: Sequence[str]) -> None:
        await install_packages(
            self._context, self._uv, folder / "bin" / "python", requirements, self._settings
        )

    def _add_installers(self, folder: Path, calls: Sequence[PipCall]) -> None:
        add_installers(folder, self._interpreter, self._settings, uv=self._uv, done=calls)

    def _own_folder(self) -> Path:
        runs = self._root / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        _remove(_stale(runs))
        return runs / f"{os.getpid()}-{secrets.token_hex(6)}"


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _unused(environments: Path) -> list[Path]:
    """Return environments that no run has asked for in a long time."""
    oldest = time.time() - _KEPT_SECONDS
    unused = []
    for marker in list(environments.glob(f"*/{_MARKER}")):
        with suppress(FileNotFoundError):
            if marker.stat().st_mtime < oldest:
                unused.append(marker.parent)
    return unused


def _is_complete(folder: Path) -> bool:
    return (folder / _MARKER).exists()


def _packages(folder: Path) -> Path:
    return next((folder / "lib").glob("python*/site-packages"))


def _stale(runs: Path) -> Iterator[Path]:
    """Yield folders of processes that are gone."""
    for folder in runs.iterdir():
        pid = folder.name.partition("-")[0]
        if pid.isdigit() and not _is_running(int(pid)):
            yield folder


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold a lock among all processes of this machine, without blocking the loop."""
    with _lock_file(path) as file:
        while not _try_lock(file):  # noqa: ASYNC110  nothing tells when a file lock is free
            await asyncio.sleep(_POLL_SECONDS)
        yield


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
