"""Runs commands as child processes of the worker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from datetime import timedelta
from typing import ClassVar, cast

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.runner import Command, LineSink, RunResult, TaskRunner
from tiercel.plugin.task import TaskFailedError
from tiercel.runners import family
from tiercel.runners.lines import LineSplitter

_STDERR = 2
_SETTLE_SECONDS = 2.0
_POLL_SECONDS = 0.02
_LONG_SECONDS = 0.005


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
        child = await _start(command, sink)
        context.log(
            LogLevel.DEBUG, f"Starting command with pid {child.pid} [{' '.join(command.argv)}]"
        )
        try:
            await child.wait(self.linger)
            await self._reap(child, context)
        except BaseException:
            context.log(LogLevel.WARN, f"Killing process {child.pid}")
            await _to_the_end(asyncio.ensure_future(child.stop(self.grace)))
            raise
        finally:
            child.close()
        return RunResult(child.exit_code)

    async def _reap(self, child: _Child, context: TaskContext) -> None:
        """Stop what the command left behind, and say it."""
        left = family.left_behind(child.pid)
        if not left:
            return
        names = ", ".join(f"{name} ({pid})" for pid, name in sorted(left.items()))
        context.log(
            LogLevel.WARN, f"The command has ended but left processes behind, stopped: {names}"
        )
        await child.stop(min(self.grace, self.linger))


async def _start(command: Command, sink: LineSink) -> _Child:
    loop = asyncio.get_running_loop()
    try:
        _, child = await loop.subprocess_exec(
            lambda: _Child(sink, loop),
            *command.argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.directory,
            env=dict(command.env),
            start_new_session=True,
        )
    except OSError as error:
        raise TaskFailedError(
            f'Cannot run program "{command.argv[0]}" (in directory "{command.directory}"): '
            f"Exec failed, error: {error.errno} ({os.strerror(error.errno or 0)})"
        ) from error
    return child


async def _to_the_end(stopping: asyncio.Future[None]) -> None:
    """Wait for ``stopping`` even when the waiting task is cancelled again meanwhile."""
    while not stopping.done():
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError:
            continue
    stopping.result()


def _resume(pipe: asyncio.ReadTransport) -> None:
    if not pipe.is_closing():
        pipe.resume_reading()


class _Child(asyncio.SubprocessProtocol):
    """One running process: its output goes to the sink line by line as it comes."""

    def __init__(self, sink: LineSink, loop: asyncio.AbstractEventLoop) -> None:
        self._sink = sink
        self._loop = loop
        self._ended: asyncio.Future[None] = loop.create_future()
        self._exited: asyncio.Future[None] = loop.create_future()
        self._splitters = {1: LineSplitter(), _STDERR: LineSplitter()}
        self._transport: asyncio.SubprocessTransport | None = None
        self.pid = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; called before anything else."""
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self.pid = self._transport.get_pid()

    @property
    def exit_code(self) -> int:
        """The exit code, 128 + signal when killed by one. Only after the end."""
        code = self._transport.get_returncode() if self._transport else None
        if code is None:
            raise RuntimeError("the process has not ended")
        return code if code >= 0 else 128 - code

    async def wait(self, linger: timedelta) -> None:
        """Wait until the process has exited, and a while for its output to close.

        Raises what the sink did.
        """
        either = {self._ended, self._exited}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self._ended.done():
            await asyncio.wait({self._ended}, timeout=linger.total_seconds())
        if self._ended.done():
            self._ended.result()

    async def stop(self, grace: timedelta) -> None:
        """End the process and everything it started."""
        known = family.members(self.pid)
        family.send(known, self.pid, signal.SIGTERM)
        if not await self._gone(known, grace.total_seconds()):
            known |= family.members(self.pid)
            family.send(known, self.pid, signal.SIGKILL)
            await self._gone(known, _SETTLE_SECONDS)

    def close(self) -> None:
        """Let go of the pipes, also when something that got away still holds them."""
        if self._transport is not None:
            self._transport.close()
        if self._ended.done() and not self._ended.cancelled():
            self._ended.exception()

    async def _gone(self, known: set[family.Member], seconds: float) -> bool:
        deadline = self._loop.time() + seconds
        while self._loop.time() < deadline:
            exited = self._transport is None or self._transport.get_returncode() is not None
            if exited and not any(family.is_alive(member) for member in known):
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return False

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Pass complete lines on; a flood of them gets half of the loop's time, not all."""
        started = self._loop.time()
        for line in self._splitters[fd].feed(data):
            self._pass_on(line, fd)
        spent = self._loop.time() - started
        if spent > _LONG_SECONDS:
            self._rest(fd, spent)

    def _rest(self, fd: int, seconds: float) -> None:
        found = self._transport.get_pipe_transport(fd) if self._transport else None
        pipe = cast(asyncio.ReadTransport | None, found)
        if pipe is not None and not pipe.is_closing():
            pipe.pause_reading()
            self._loop.call_later(seconds, _resume, pipe)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Pass on a last line that did not end."""
        if fd in self._splitters:
            for line in self._splitters[fd].end():
                self._pass_on(line, fd)

    def process_exited(self) -> None:
        """The process has exited; its output may still be held open by others."""
        if not self._exited.done():
            self._exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has exited and both pipes are closed."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _pass_on(self, line: str, fd: int) -> None:
        if self._ended.done():
            return
        try:
            self._sink(line, is_stderr=fd == _STDERR)
        except Exception as error:  # noqa: BLE001  raised again by wait(): the loop would swallow it
            self._ended.set_exception(error)
