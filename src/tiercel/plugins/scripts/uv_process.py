"""Running uv to install packages."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.scripts.interpreters import search_path
from tiercel.plugins.scripts.pip_shim import explain, index_options, spoken


@cache
def find_uv() -> Path:
    """Return uv's program. Raises TaskFailedError when its package is broken."""
    from uv import find_uv_bin

    try:
        return Path(find_uv_bin())
    except FileNotFoundError as error:
        raise TaskFailedError("uv is not installed; reinstall the package `uv`") from error


async def install_packages(
    context: TaskContext,
    uv: Path,
    python: Path,
    requirements: Sequence[str],
    settings: Mapping[str, str],
    *,
    options: Sequence[str] = (),
) -> None:
    """Install packages into the environment of ``python``; what uv says goes to the log at DEBUG.

    Args:
        options: More options of ``uv pip install``, such as another target.

    Raises:
        TaskFailedError: It failed; the message says why in one line.
    """
    names = ", ".join(requirements)
    context.log(LogLevel.DEBUG, f"Installing {names}")
    process = await asyncio.create_subprocess_exec(
        str(uv),
        *("pip", "install", "--python", str(python)),
        *(*options, *index_options(settings), "--", *requirements),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
        env={
            "PATH": search_path(os.environ),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            **settings,
        },
        start_new_session=True,
    )
    try:
        _, printed = await process.communicate()
    finally:
        await _end(process)
    text = spoken(printed)
    if process.returncode:
        raise TaskFailedError(explain(names, text))
    if text:
        context.log(LogLevel.DEBUG, text)


async def _end(process: Process) -> None:
    """Kill what still runs, as after a cancellation."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
