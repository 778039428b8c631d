"""Starts processes without holding up the worker.

``subprocess`` keeps the interpreter's lock until the new process runs its program: on a busy
machine that is milliseconds in which no other task of the worker, and no step of an executor
beside it, gets on. ``posix_spawn`` of the C library does the same work without the lock, in a
thread. Where that library lacks what is needed (glibc before 2.34, others), ``subprocess`` is used
after all.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

_SETSIGDEF, _SETSIGMASK, _SETSID = 0x04, 0x08, 0x80
_OPAQUE_BYTES = 1024
"""More than any C library takes for one of its opaque structures here: the largest has 336."""

_STARTERS = 4
"""As many programs can be loaded at once."""


class Spawned:
    """A started process and the ends of the pipes that it prints to.

    Attributes:
        pid: Its id, which is that of its session and its group too.
        stdout, stderr: File descriptors to read from; who has them closes them.
    """

    def __init__(
        self, pid: int, stdout: int, stderr: int, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self._process = process
        self._return_code: int | None = None

    @property
    def return_code(self) -> int | None:
        """Its exit code, or the negative number of the signal that killed it; None until waited."""
        return self._return_code

    def wait(self) -> int:
        """Wait until it has exited, and let the system forget it; return the code."""
        if self._return_code is None:
            if self._process is not None:
                self._return_code = self._process.wait()
            else:
                _, status = os.waitpid(self.pid, 0)
                self._return_code = os.waitstatus_to_exitcode(status)
        return self._return_code


def spawn(argv: Sequence[str], directory: Path, env: Mapping[str, str]) -> asyncio.Future[Spawned]:
    """Start a program in a session of its own, without input.

    Args:
        argv: The program, looked up in the ``PATH`` of ``env`` when it has no slash, and its
            arguments.

    Returns:
        The process, once it runs; OSError when it can't be started (``errno`` says why). Who
        cancels it does not stop the start: wait for it in any case.

    Raises:
        OSError: There are too many open files.
        ValueError: An argument or a variable has a character that the system does not take.
    """
    loop = asyncio.get_running_loop()
    library = _library()
    if library is None:
        return loop.run_in_executor(None, _spawn_by_subprocess, argv, directory, env)
    launch = _Launch(library, argv, directory, env)
    _starters().put(launch)
    return launch.process


class _Launch:
    """One process on its way.

    All that can be made ready is made ready by the loop, so that a thread makes one call and no
    more: each time it asked for the interpreter's lock it would hold up both.
    """

    def __init__(
        self, library: _Library, argv: Sequence[str], directory: Path, env: Mapping[str, str]
    ) -> None:
        self._library = library
        self._candidates = _candidates(argv[0], env)
        self._arguments = _strings(argv)
        self._variables = _strings([f"{name}={value}" for name, value in env.items()])
        self._loop = asyncio.get_running_loop()
        self._pid = 0
        self._error: Exception | None = None
        self._pipes = _pipes()
        _, stdout, _, stderr = self._pipes
        self._actions = library.actions(directory, stdout, stderr)
        self.process: asyncio.Future[Spawned] = self._loop.create_future()

    def run(self) -> None:
        """Start the process; called in a thread."""
        try:
            self._pid = self._start()
        except Exception as error:  # noqa: BLE001  raised where the process is waited for
            self._error = error
        # a loop that is closed has nobody left who could ask for the process
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._done)

    def _start(self) -> int:
        """Start the first candidate that is there; return its process id."""
        pid = ctypes.c_int()
        reason = errno.ENOENT
        for path in self._candidates:
            code = self._library.calls.posix_spawn(
                ctypes.byref(pid),
                os.fsencode(path),
                self._actions,
                self._library.attributes,
                self._arguments,
                self._variables,
            )
            if code == 0:
                return pid.value
            if code not in (errno.ENOENT, errno.ENOTDIR):
                reason = code
        raise OSError(reason, os.strerror(reason))

    def _done(self) -> None:
        calls = self._library.short_calls
        calls.posix_spawn_file_actions_destroy(self._actions)
        stdout, to_stdout, stderr, to_stderr = self._pipes
        calls.close(to_stdout)
        calls.close(to_stderr)
        if self._error is None:
            self.process.set_result(Spawned(self._pid, stdout, stderr))
            return
        calls.close(stdout)
        calls.close(stderr)
        self.process.set_exception(self._error)


class _Starters:
    """Threads that start processes: a few, as each holds up only while its program is loaded."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Launch] = SimpleQueue()
        for number in range(_STARTERS):
            Thread(target=self._work, name=f"starter {number}", daemon=True).start()

    def put(self, launch: _Launch) -> None:
        """Let a process be started by the next thread that is free."""
        self._waiting.put(launch)

    def _work(self) -> None:
        while True:
            self._waiting.get().run()


@cache
def _starters() -> _Starters:
    return _Starters()


def _candidates(program: str, env: Mapping[str, str]) -> Iterator[str]:
    if "/" in program:
        yield program
        return
    for folder in map(Path, os.get_exec_path(env)):
        path = folder / program
        # what is relative begins at the directory of the new process
        if not path.is_absolute() or path.exists():
            yield str(path)


def _pipes() -> tuple[int, int, int, int]:
    """Return two pipes, each by its end to read from and its end to write to."""
    first = os.pipe()
    try:
        return *first, *os.pipe()
    except OSError:
        for descriptor in first:
            os.close(descriptor)
        raise


class _Library:
    """The C library's calls, and the attributes that all processes are started with.

    Those that only write into memory keep the interpreter's lock: to get it back takes far longer
    in a busy worker.
    """

    def __init__(self, calls: ctypes.CDLL) -> None:
        self.calls = calls
        self.short_calls = ctypes.PyDLL(None)
        self.attributes = ctypes.create_string_buffer(_OPAQUE_BYTES)
        # Python ignores some signals, and whoever started it others: programs expect none of it
        nothing, restored = (ctypes.create_string_buffer(_OPAQUE_BYTES) for _ in range(2))
        calls.sigemptyset(nothing)
        calls.sigfillset(restored)
        flags = ctypes.c_short(_SETSIGDEF | _SETSIGMASK | _SETSID)
        _check(
            calls.posix_spawnattr_init(self.attributes),
            calls.posix_spawnattr_setflags(self.attributes, flags),
            calls.posix_spawnattr_setsigmask(self.attributes, nothing),
            calls.posix_spawnattr_setsigdefault(self.attributes, restored),
        )

    def actions(self, directory: Path, stdout: int, stderr: int) -> ctypes.Array[ctypes.c_char]:
        """Return what a new process does before it runs its program; to be destroyed.

        Args:
            stdout, stderr: Where it prints to.
        """
        calls, actions = self.short_calls, ctypes.create_string_buffer(_OPAQUE_BYTES)
        _check(
            calls.posix_spawn_file_actions_init(actions),
            calls.posix_spawn_file_actions_addopen(actions, 0, b"/dev/null", os.O_RDONLY, 0),
            calls.posix_spawn_file_actions_adddup2(actions, stdout, 1),
            calls.posix_spawn_file_actions_adddup2(actions, stderr, 2),
            calls.posix_spawn_file_actions_addclosefrom_np(actions, 3),
            calls.posix_spawn_file_actions_addchdir_np(actions, os.fsencode(directory)),
        )
        return actions


@cache
def _library() -> _Library | None:
    """Return the C library; None when it can't start processes as they must be started."""
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION")
        calls = ctypes.CDLL(None)
        needed = (calls.posix_spawn_file_actions_addclosefrom_np, calls.posix_spawn)
    except (AttributeError, ValueError, OSError):
        # The numbers above are those of glibc, and older ones can't close what is open.
        return None
    return _Library(calls) if name and all(needed) else None


def _check(*codes: int) -> None:
    for code in codes:
        if code:
            raise OSError(code, os.strerror(code))


def _strings(texts: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    """Return texts as the system takes them, closed by a null pointer."""
    encoded = [os.fsencode(text) for text in texts]
    if any(b"\0" in text for text in encoded):
        raise ValueError("embedded null byte")
    return (ctypes.c_char_p * (len(encoded) + 1))(*encoded, None)


def _spawn_by_subprocess(argv: Sequence[str], directory: Path, env: Mapping[str, str]) -> Spawned:
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=directory,
        env=dict(env),
        start_new_session=True,
    )
    stdout, stderr = (os.dup(end.fileno()) for end in (process.stdout, process.stderr) if end)
    for end in (process.stdout, process.stderr):
        if end is not None:
            end.close()
    return Spawned(process.pid, stdout, stderr, process)
