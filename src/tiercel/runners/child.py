"""A running process: its output as it comes, its exit, and its end together with its family."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from datetime import timedelta

from tiercel.plugin.runner import LineSink
from tiercel.runners import family
from tiercel.runners.lines import LineSplitter
from tiercel.runners.spawning import Spawned

_SETTLE_SECONDS = 2.0
_POLL_SECONDS = 0.02
_LONG_SECONDS = 0.005
_CHUNK_BYTES = 65_536


class Child:
    """One running process: its output goes to the sink line by line as it comes.

    Args:
        linger: How long its output may stay open after it has exited.
    """

    def __init__(self, process: Spawned, sink: LineSink, linger: timedelta) -> None:
        self.pid = process.pid
        self._process = process
        self._sink = sink
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._exited = False
        self._linger_seconds = linger.total_seconds()
        self._over: asyncio.Future[None] = self._loop.create_future()
        self._pipes: list[_Pipe] = []
        self._exit_descriptor: int | None = None

    def attach(self) -> None:
        """Read the output and hear of the exit from now on; called once."""
        self._pipes = [
            _Pipe(self, self._process.stdout, is_stderr=False),
            _Pipe(self, self._process.stderr, is_stderr=True),
        ]
        self._watch_exit()

    def _watch_exit(self) -> None:
        try:
            descriptor = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            # An old kernel or another system: a thread waits instead.
            threading.Thread(target=self._wait_in_thread, daemon=True).start()
            return
        self._exit_descriptor = descriptor
        self._loop.add_reader(descriptor, self._on_exit)

    def _wait_in_thread(self) -> None:
        self._process.wait()
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_exit)

    def _on_exit(self) -> None:
        self._forget_exit_descriptor()
        self._process.wait()
        self._exited = True
        # What it wrote last is read at once: most processes leave nobody behind who could go on.
        for pipe in self._pipes:
            pipe.read()
        self._settle()
        if not self._ended.done():
            self._loop.call_later(self._linger_seconds, self._wake)

    def _forget_exit_descriptor(self) -> None:
        if self._exit_descriptor is not None:
            self._loop.remove_reader(self._exit_descriptor)
            os.close(self._exit_descriptor)
            self._exit_descriptor = None

    @property
    def exit_code(self) -> int:
        """The exit code, 128 + signal when killed by one. Only after the end."""
        code = self._process.return_code
        if code is None:
            raise RuntimeError("the process has not ended")
        return code if code >= 0 else 128 - code

    async def wait(self) -> None:
        """Wait until the process has exited, and a while for its output to close.

        Raises what the sink did.
        """
        await self._over
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
        for pipe in self._pipes:
            pipe.close()
        if self._process.return_code is not None:
            self._forget_exit_descriptor()
        if self._ended.done() and not self._ended.cancelled():
            self._ended.exception()

    async def _gone(self, known: set[family.Member], seconds: float) -> bool:
        deadline = self._loop.time() + seconds
        while self._loop.time() < deadline:
            if self._exited and not any(family.is_alive(member) for member in known):
                return True
            await asyncio.sleep(_POLL_SECONDS)
        return False

    def pass_on(self, line: str, *, is_stderr: bool) -> None:
        """Give a line to the sink; what that raises is raised again by :meth:`wait`."""
        if self._ended.done():
            return
        try:
            self._sink(line, is_stderr=is_stderr)
        except Exception as error:  # noqa: BLE001  the loop would swallow it
            self._ended.set_exception(error)
            self._wake()

    def pipe_closed(self) -> None:
        """One of the pipes has reached its end."""
        self._settle()

    def _settle(self) -> None:
        if not self._exited or self._ended.done():
            return
        if not any(pipe.is_open for pipe in self._pipes):
            self._ended.set_result(None)
            self._wake()

    def _wake(self) -> None:
        """Let :meth:`wait` go on."""
        if not self._over.done():
            self._over.set_result(None)


class _Pipe:
    """One output of a process, cut into lines."""

    def __init__(self, child: Child, descriptor: int, *, is_stderr: bool) -> None:
        self._child = child
        self._descriptor = descriptor
        self._is_stderr = is_stderr
        self._splitter = LineSplitter()
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self.is_open = True
        os.set_blocking(self._descriptor, False)
        self._loop.add_reader(self._descriptor, self.read)

    def read(self) -> None:
        """Pass on what has come; a flood of lines gets half of the loop's time, not all."""
        if not self.is_open or self._pause is not None:
            return
        started = self._loop.time()
        while self.is_open and (data := self._next()) is not None:
            for line in self._splitter.feed(data) if data else self._splitter.end():
                self._child.pass_on(line, is_stderr=self._is_stderr)
            spent = self._loop.time() - started
            if not data:
                self.close()
                self._child.pipe_closed()
            elif spent > _LONG_SECONDS:
                self._loop.remove_reader(self._descriptor)
                self._pause = self._loop.call_later(spent, self._resume)
                return

    def _next(self) -> bytes | None:
        """Return the next chunk, empty at the end; None when there is none yet."""
        try:
            return os.read(self._descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return None

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._descriptor, self.read)

    def close(self) -> None:
        """Read no more."""
        if not self.is_open:
            return
        self.is_open = False
        if self._pause is not None:
            self._pause.cancel()
        else:
            self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
