"""Runs commands as child processes of the worker."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import Any, ClassVar

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.runner import Command, LineSink, RunResult, TaskRunner
from tiercel.plugin.task import TaskFailedError
from tiercel.runners import family
from tiercel.runners.child import Child
from tiercel.runners.spawning import Spawned, spawn


class Process(TaskRunner):
    """Run commands as child processes on the worker's machine, in a session of their own.

    The task ends with the command. Output that background children hold open is waited for a
    moment; then what the command left behind is stopped, and the log says what it was. When the
    task is stopped, the command and everything it started get SIGTERM and, after a grace, SIGKILL.

    Class attributes:
        grace: Time between SIGTERM and SIGKILL.
        linger: How long the output may stay open after the command has exited.
    """

    type_name = "io.kestra.plugin.core.runner.Process"
    aliases = ("io.kestra.core.models.tasks.runners.types.ProcessTaskRunner",)
    title = "Run commands as processes of the worker."
    examples = (
        (
            "A command on the worker's machine.",
            "id: hello\ntype: io.kestra.plugin.scripts.shell.Commands\ntaskRunner:\n"
            "  type: io.kestra.plugin.core.runner.Process\ncommands:\n  - echo hello",
        ),
    )

    grace: ClassVar[timedelta] = timedelta(seconds=5)
    linger: ClassVar[timedelta] = timedelta(seconds=1)

    async def run(self, command: Command, context: TaskContext, sink: LineSink) -> RunResult:
        """Run the command to its end; see :meth:`TaskRunner.run`."""
        process, was_cancelled = await _spawn(command)
        child = Child(process, sink, self.linger)
        child.attach()
        context.log(LogLevel.DEBUG, f"Starting command with pid {child.pid} [{command.shown}]")
        try:
            if was_cancelled:
                raise asyncio.CancelledError
            await child.wait()
            await self._reap(child, context)
        except BaseException:
            context.log(LogLevel.WARN, f"Killing process {child.pid}")
            stopping = asyncio.ensure_future(child.stop(self.grace))
            await _to_the_end(stopping)
            stopping.result()
            raise
        finally:
            child.close()
        return RunResult(child.exit_code)

    async def _reap(self, child: Child, context: TaskContext) -> None:
        """Stop what the command left behind, and say it."""
        left = family.left_behind(child.pid)
        if not left:
            return
        names = ", ".join(f"{name} ({pid})" for pid, name in sorted(left.items()))
        context.log(
            LogLevel.WARN, f"The command has ended but left processes behind, stopped: {names}"
        )
        await child.stop(min(self.grace, self.linger))


async def _spawn(command: Command) -> tuple[Spawned, bool]:
    """Start the process; return it, and whether the task was cancelled meanwhile."""
    try:
        starting = spawn(command.argv, command.directory, command.env)
        was_cancelled = await _to_the_end(starting)
        return starting.result(), was_cancelled
    except OSError as error:
        raise TaskFailedError(
            f'Cannot run program "{command.argv[0]}" (in directory "{command.directory}"): '
            f"Exec failed, error: {error.errno} ({os.strerror(error.errno or 0)})"
        ) from error


async def _to_the_end(work: asyncio.Future[Any]) -> bool:
    """Wait for ``work`` even when the waiting task is cancelled; return whether it was."""
    was_cancelled = False
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            was_cancelled = True
    return was_cancelled
