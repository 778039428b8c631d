"""Which of several commands failed: named where that is certain, and never at a price."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError
from tiercel.plugins.scripts.failing import numbered

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    made = FakeTaskContext(tmp_path)
    made.settings["io.kestra.plugin.scripts"] = {"default-runner": "process"}
    return made


async def shell(context: FakeTaskContext, *commands: str, **more: Any) -> dict[str, Any]:
    properties = {"commands": list(commands), **more}
    task = REGISTRY.build("io.kestra.plugin.scripts.shell.Commands", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


@pytest.mark.parametrize(
    ("commands", "named"),
    [
        (("echo a", "false", "echo b"), "false"),
        (("echo 'it is'", "(exit 3)", "echo b"), "(exit 3)"),
        (("for i in 1 2; do\n  [ $i = 1 ]\ndone", "echo b"), "for i in 1 2; do…"),
        (("f() { return 4; }", "f", "echo b"), "f"),
        (("echo a", "cat <<END\nx\nEND", "cat /nowhere"), "cat /nowhere"),
        (("cd /", "test -e nowhere"), "test -e nowhere"),
    ],
)
async def test_the_failing_command_is_named(
    context: FakeTaskContext, commands: tuple[str, ...], named: str
):
    with pytest.raises(TaskFailedError) as caught:
        await shell(context, *commands, outputFiles=["**"])
    assert str(caught.value).startswith("Command failed with exit code ")
    assert str(caught.value).endswith(f" (in `{named}`)")
    assert caught.value.outputs["outputFiles"] == {}


async def test_beforecommands_are_named_too(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"exit code 7 \(in `exit 7`\)"):
        await shell(context, "echo a", beforeCommands=["exit 7"])


async def test_without_failfast_it_is_the_last_that_decides(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"exit code 1 \(in `test -e /nowhere`\)"):
        await shell(context, "false", "test -e /nowhere", failFast=False)


async def test_the_log_shows_what_the_flow_says(context: FakeTaskContext):
    await shell(context, "echo a", "echo b")
    shown = context.messages(LogLevel.DEBUG)[1]
    assert shown.endswith("[/bin/sh -c set -e\necho a\necho b]")


@pytest.mark.parametrize(
    ("commands", "printed"),
    [
        (("if true; then", "echo yes", "fi"), ["yes"]),
        (("false && true", "echo $?"), ["1"]),
        (("cat <<END", "x", "END"), ["x"]),
        (("echo a \\", "b"), ["a b"]),
        (("trap 'echo bye' EXIT", "echo hello"), ["hello", "bye"]),
        (("exec echo a", "echo never"), ["a"]),
        (('echo "one', 'two"'), ["one", "two"]),
    ],
)
async def test_commands_that_go_on_in_the_next_are_left_as_they_are(
    context: FakeTaskContext, commands: tuple[str, ...], printed: list[str]
):
    assert await numbered(commands, Path("/nowhere")) is None
    await shell(context, *commands)
    assert context.messages(LogLevel.INFO) == printed
