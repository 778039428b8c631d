from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.runner import Command
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.process import Process

PATH = os.environ["PATH"]


class Lines:
    """A sink that remembers."""

    def __init__(self, on_line: Callable[[str], None] | None = None) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        self._on_line = on_line

    def __call__(self, line: str, *, is_stderr: bool) -> None:
        (self.err if is_stderr else self.out).append(line)
        if self._on_line:
            self._on_line(line)


class Impatient(Process):
    """Kills at once what does not end by itself."""

    grace = timedelta(seconds=0.1)


class Hurried(Impatient):
    """Waits only a moment for output that others hold open."""

    linger = timedelta(seconds=0.1)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


def shell(context: FakeTaskContext, text: str, **env: str) -> Command:
    return Command(["/bin/sh", "-c", text], context.working_dir, {"PATH": PATH, **env})


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_lines_arrive_by_stream_and_the_code_is_kept(context: FakeTaskContext):
    lines = Lines()
    result = await Process().run(
        shell(context, "echo a; echo b >&2; printf c; exit 66"), context, lines
    )
    assert (lines.out, lines.err, result.exit_code) == (["a", "c"], ["b"], 66)
    assert result.details == {}


async def test_a_killed_command_ends_with_128_and_the_signal(context: FakeTaskContext):
    result = await Process().run(shell(context, "kill -9 $$"), context, Lines())
    assert result.exit_code == 137


async def test_a_task_stopped_while_its_process_starts_leaves_none(context: FakeTaskContext):
    mark = context.working_dir / "mark"
    command = shell(context, "trap 'echo stopped > mark; exit' TERM; echo up; sleep 60 & wait")
    lines = Lines()
    running = asyncio.create_task(Process().run(command, context, lines))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "Killing process" in context.messages(LogLevel.WARN)[0]
    assert mark.exists() or not lines.out


async def test_nothing_is_inherited(context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    lines = Lines()
    command = Command(["/usr/bin/env"], context.working_dir, {"ONLY": "this"})
    await Process().run(command, context, lines)
    assert lines.out == ["ONLY=this"]


async def test_it_runs_in_the_directory_without_input(context: FakeTaskContext):
    lines = Lines()
    await Process().run(shell(context, "pwd; cat; echo end"), context, lines)
    assert lines.out == [str(context.working_dir), "end"]


async def test_both_streams_are_read_however_much_there_is(context: FakeTaskContext):
    lines = Lines()
    text = "i=0; while [ $i -lt 2000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
    await Process().run(shell(context, text), context, lines)
    assert lines.out == [f"out {i}" for i in range(2000)]
    assert lines.err == [f"err {i}" for i in range(2000)]


async def test_a_flood_of_lines_leaves_time_for_others(context: FakeTaskContext):
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    lines = Lines()
    working = asyncio.create_task(others())
    await Process().run(shell(context, "yes | head -n 300000"), context, lines)
    working.cancel()
    assert len(lines.out) == 300_000
    assert turns > 50


async def test_a_line_without_end_needs_bounded_memory(context: FakeTaskContext):
    lines = Lines()
    text = "head -c 40000000 /dev/zero | tr '\\0' x"
    await Process().run(shell(context, text), context, lines)
    assert len(lines.out) == 3
    assert sum(map(len, lines.out)) == 40_000_000


async def test_a_line_of_ten_megabytes_is_one_line(context: FakeTaskContext):
    lines = Lines()
    text = "head -c 10000000 /dev/zero | tr '\\0' x; echo; printf 'a\\377b\\n'"
    await Process().run(shell(context, text), context, lines)
    assert [len(line) for line in lines.out] == [10_000_000, 3]
    assert lines.out[1] == "a\ufffdb"


async def test_a_grandchild_that_holds_the_output_does_not_hold_the_task(context: FakeTaskContext):
    lines = Lines()
    text = "sleep 60 & until grep -qx sleep /proc/$!/comm; do :; done; echo $!"
    await Hurried().run(shell(context, text), context, lines)
    pid = int(lines.out[0])
    assert not is_alive(pid)
    assert context.messages(LogLevel.WARN) == [
        f"The command has ended but left processes behind, stopped: sleep ({pid})"
    ]


async def test_what_runs_on_in_silence_is_stopped_too(context: FakeTaskContext):
    lines = Lines()
    text = (
        "sh -c 'trap \"\" TERM; echo $$; : > up; exec sleep 60' 2>&1 &"
        " until [ -e up ]; do sleep 0.01; done; echo end"
    )
    result = await Hurried().run(shell(context, text), context, lines)
    assert (result.exit_code, lines.out[1]) == (0, "end")
    assert not is_alive(int(lines.out[0]))


async def test_a_program_that_is_not_there(context: FakeTaskContext):
    command = Command(["/no/such/shell", "-c", "x"], context.working_dir, {})
    with pytest.raises(TaskFailedError, match=r'Cannot run program "/no/such/shell".*error: 2'):
        await Process().run(command, context, Lines())


async def test_output_held_open_by_a_child_is_waited_for(context: FakeTaskContext):
    lines = Lines()
    await Process().run(shell(context, "(sleep 0.1; echo late) & echo now"), context, lines)
    assert lines.out == ["now", "late"]


async def test_an_error_of_the_sink_stops_the_command(context: FakeTaskContext):
    def refuse(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="first"):
        await Process().run(shell(context, "echo first; sleep 60"), context, Lines(refuse))


async def killed(context: FakeTaskContext, runner: Process, text: str, lines: int) -> list[int]:
    """Cancel the command once it printed the ids of its processes; return them."""
    sink = Lines()
    running = asyncio.create_task(runner.run(shell(context, text), context, sink))
    await until(lambda: len(sink.out) >= lines)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    return [int(line) for line in sink.out]


async def test_cancelling_ends_the_command_and_its_children(context: FakeTaskContext):
    pids = await killed(context, Process(), "sleep 60 & echo $!; echo $$; wait", 2)
    assert [pid for pid in pids if is_alive(pid)] == []
    assert context.messages(LogLevel.WARN) == [f"Killing process {pids[1]}"]


async def test_a_polite_command_may_clean_up(context: FakeTaskContext):
    text = "trap 'touch cleaned; exit 0' TERM; echo $$; while :; do sleep 0.05; done"
    await killed(context, Process(), text, 1)
    assert (context.working_dir / "cleaned").exists()


async def test_what_ignores_the_request_is_killed(context: FakeTaskContext):
    text = "trap '' TERM; sh -c 'echo $$; while :; do sleep 0.05; done' & echo $$; wait"
    pids = await killed(context, Impatient(), text, 2)
    await until(lambda: not any(is_alive(pid) for pid in pids))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
async def test_a_child_in_a_session_of_its_own_does_not_get_away(context: FakeTaskContext):
    code = "import os,time; os.setsid(); print(os.getpid(), flush=True); time.sleep(60)"
    text = f'{sys.executable} -c "{code}" & wait'
    pids = await killed(context, Impatient(), text, 1)
    await until(lambda: not is_alive(pids[0]))


async def test_cancelling_twice_still_ends_everything(context: FakeTaskContext):
    sink = Lines()
    text = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
    running = asyncio.create_task(Impatient().run(shell(context, text), context, sink))
    await until(lambda: bool(sink.out))
    running.cancel()
    await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_alive(int(sink.out[0]))


async def test_no_zombies_are_left(context: FakeTaskContext):
    sink = Lines()
    await Process().run(shell(context, "echo $$"), context, sink)
    assert not Path(f"/proc/{sink.out[0]}").exists()
