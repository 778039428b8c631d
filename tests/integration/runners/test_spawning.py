"""Processes as they are started, both by the C library and by ``subprocess``."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tiercel.runners import spawning
from tiercel.runners.spawning import Spawned, spawn

Start = Callable[[Sequence[str], Path, Mapping[str, str]], Awaitable[Spawned]]
PATH = {"PATH": os.environ["PATH"]}


@pytest.fixture(params=["library", "subprocess"])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Start:
    if request.param == "subprocess":
        monkeypatch.setattr(spawning, "_library", lambda: None)
    elif spawning._library() is None:
        pytest.skip("the C library can't start processes as they must be started")
    return spawn


def output(process: Spawned) -> tuple[str, str]:
    """Read both outputs to their end, and wait."""
    texts = []
    for descriptor in (process.stdout, process.stderr):
        with os.fdopen(descriptor) as stream:
            texts.append(stream.read())
    process.wait()
    return texts[0], texts[1]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_arguments_variables_folder_and_both_outputs(start: Start, tmp_path: Path):
    script = 'pwd; echo "$1 $NAME"; cat; echo bad >&2; exit 3'
    process = await start(["sh", "-c", script, "x", "a b"], tmp_path, {**PATH, "NAME": "é=\n1"})
    assert output(process) == (f"{tmp_path}\na b é=\n1\n", "bad\n")
    assert (process.return_code, process.wait()) == (3, 3)


async def test_it_leads_a_session_of_its_own_and_inherits_no_file(start: Start, tmp_path: Path):
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        process = await start(["sh", "-c", "ls /proc/self/fd; ps -o sid= -p $$"], tmp_path, PATH)
        *files, session = output(process)[0].split()
    finally:
        os.close(reading)
        os.close(writing)
    assert (set(files) - {"3"}, int(session)) == ({"0", "1", "2"}, process.pid)


async def test_signals_are_as_programs_expect_them(start: Start, tmp_path: Path):
    process = await start(["grep", "^SigIgn", "/proc/self/status"], tmp_path, PATH)
    ignored = int(output(process)[0].split()[1], 16)
    assert not ignored & (1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1))
    process = await start(["sh", "-c", "kill -TERM $$"], tmp_path, PATH)
    output(process)
    assert process.return_code == -signal.SIGTERM


async def test_a_program_is_looked_up_in_its_own_path(start: Start, tmp_path: Path):
    program = tmp_path / "bin" / "greet"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hi\n")
    with pytest.raises(OSError, match="No such file") as missing:
        await start(["greet"], tmp_path, PATH)
    assert missing.value.errno == errno.ENOENT
    for path in (str(program.parent), "bin"):
        program.chmod(0o600)
        with pytest.raises(PermissionError):
            await start(["greet"], tmp_path, {"PATH": path})
        program.chmod(0o700)
        assert output(await start(["greet"], tmp_path, {"PATH": f"/nowhere:{path}"}))[0] == "hi\n"


async def test_what_can_not_be_started(start: Start, tmp_path: Path):
    before = open_files()
    with pytest.raises(FileNotFoundError):
        await start(["/bin/sh", "-c", "true"], tmp_path / "nowhere", PATH)
    with pytest.raises(ValueError, match="null byte"):
        await start(["/bin/sh", "-c", "a\0b"], tmp_path, PATH)
    with pytest.raises(OSError, match="Argument list too long"):
        await start(["/bin/sh", "-c", "x" * 200_000], tmp_path, PATH)
    empty = tmp_path / "empty"
    empty.write_text("no program")
    empty.chmod(0o700)
    with pytest.raises(OSError, match="Exec format error"):
        await start([str(empty)], tmp_path, PATH)
    assert open_files() == before
