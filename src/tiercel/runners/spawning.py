"""Starts processes without holding up the worker.

``subprocess`` keeps the interpreter's lock until the new process runs its program: on a busy
machine that is milliseconds in which no other task of the worker, and no step of an executor
beside it, gets on. ``posix_spawn`` of the C library does the same work without the lock, in a
thread. Where that library lacks what is needed (glibc before 2.34, others), ``subprocess`` is used
after all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_SETSIGDEF, _SETSIGMASK, _SETSID = 0x04, 0x08, 0x80
_OPAQUE_BYTES = 1024
"""More than any C library takes for one of its opaque structures here: the largest has 336."""

_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that Python ignores, and the programs that it starts should not."""


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


def spawn(argv: Sequence[str], directory: Path, env: Mapping[str, str]) -> Spawned:
    """Start a program in a session of its own, without input; call it in a thread.

    Args:
        argv: The program, looked up in the ``PATH`` of ``env`` when it has no slash, and its
            arguments.

    Raises:
        OSError: It can't be started; ``errno`` says why.
        ValueError: An argument or a variable has a character that the system does not take.
    """
    library = _library()
    if library is None:
        return _spawn_by_subprocess(argv, directory, env)
    arguments = _strings(argv)
    variables = _strings([f"{name}={value}" for name, value in env.items()])
    with _pipe() as (stdout, to_stdout), _pipe() as (stderr, to_stderr):
        try:
            with _actions(library, directory, to_stdout, to_stderr) as actions:
                pid = _start(library, _candidates(argv[0], env), actions, arguments, variables)
        finally:
            os.close(to_stdout)
            os.close(to_stderr)
    return Spawned(pid, stdout, stderr)


def _start(
    library: _Library,
    candidates: Iterator[str],
    actions: ctypes.Array[ctypes.c_char],
    arguments: ctypes.Array[ctypes.c_char_p],
    variables: ctypes.Array[ctypes.c_char_p],
) -> int:
    """Start the first candidate that is there; return its process id."""
    pid = ctypes.c_int()
    reason = errno.ENOENT
    for path in candidates:
        code = library.calls.posix_spawn(
            ctypes.byref(pid), os.fsencode(path), actions, library.attributes, arguments, variables
        )
        if code == 0:
            return pid.value
        if code not in (errno.ENOENT, errno.ENOTDIR):
            reason = code
    raise OSError(reason, os.strerror(reason))


def _candidates(program: str, env: Mapping[str, str]) -> Iterator[str]:
    if "/" in program:
        yield program
        return
    for folder in map(Path, os.get_exec_path(env)):
        path = folder / program
        # what is relative begins at the directory of the new process
        if not path.is_absolute() or path.exists():
            yield str(path)


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Yield a pipe. The user closes the end to write to, and after success the other one."""
    reading, writing = os.pipe()
    try:
        yield reading, writing
    except BaseException:
        os.close(reading)
        raise


@contextmanager
def _actions(
    library: _Library, directory: Path, stdout: int, stderr: int
) -> Iterator[ctypes.Array[ctypes.c_char]]:
    """What the new process does before it runs the program."""
    calls, actions = library.short_calls, ctypes.create_string_buffer(_OPAQUE_BYTES)
    _check(calls.posix_spawn_file_actions_init(actions))
    try:
        _check(
            calls.posix_spawn_file_actions_addopen(actions, 0, b"/dev/null", os.O_RDONLY, 0),
            calls.posix_spawn_file_actions_adddup2(actions, stdout, 1),
            calls.posix_spawn_file_actions_adddup2(actions, stderr, 2),
            calls.posix_spawn_file_actions_addclosefrom_np(actions, 3),
            calls.posix_spawn_file_actions_addchdir_np(actions, os.fsencode(directory)),
        )
        yield actions
    finally:
        calls.posix_spawn_file_actions_destroy(actions)


class _Library:
    """The C library's calls, and the attributes that all processes are started with.

    Those that only write into memory keep the interpreter's lock: to get it back takes far longer
    in a busy worker.
    """

    def __init__(self, calls: ctypes.CDLL) -> None:
        self.calls = calls
        self.short_calls = ctypes.PyDLL(None)
        self.attributes = ctypes.create_string_buffer(_OPAQUE_BYTES)
        nothing, restored = (ctypes.create_string_buffer(_OPAQUE_BYTES) for _ in range(2))
        calls.sigemptyset(nothing)
        calls.sigemptyset(restored)
        for number in _RESTORED:
            calls.sigaddset(restored, int(number))
        flags = ctypes.c_short(_SETSIGDEF | _SETSIGMASK | _SETSID)
        _check(
            calls.posix_spawnattr_init(self.attributes),
            calls.posix_spawnattr_setflags(self.attributes, flags),
            calls.posix_spawnattr_setsigmask(self.attributes, nothing),
            calls.posix_spawnattr_setsigdefault(self.attributes, restored),
        )


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
