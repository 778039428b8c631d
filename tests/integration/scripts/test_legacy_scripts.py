"""Script types of flows from before the script plugins."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
PREFIX = "io.kestra.core.tasks.scripts"


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"{PREFIX}.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


@pytest.mark.parametrize("name", ["outputFiles", "files", "outputsFiles"])
async def test_output_files_are_names(context: FakeTaskContext, name: str):
    commands = [
        "echo 1 > {{ outputFiles.out }}",
        "cat {{ temp.out }} > {{ outputFiles['b.csv'] }}",
        "echo err >&2",
        'echo \'::{"outputs": {"n": 1}}::\'',
    ]
    outputs = await run(context, "Bash", commands=commands, **{name: ["out", "b.csv", "none"]})
    assert {key: await context.stored_text(uri) for key, uri in outputs["outputFiles"].items()} == {
        "out": "1\n",
        "b.csv": "1\n",
    }
    assert outputs["files"] == outputs["outputFiles"]
    assert (outputs["vars"], outputs["exitCode"]) == ({"n": 1}, 0)
    assert (outputs["stdOutLineCount"], outputs["stdErrLineCount"]) == (1, 1)


async def test_output_folders_are_stored(context: FakeTaskContext):
    outputs = await run(
        context,
        "Bash",
        outputDirs=["xml"],
        commands=["mkdir {{ outputDirs.xml }}/a", "echo 1 > {{ outputDirs.xml }}/a/b"],
    )
    assert list(outputs["outputFiles"]) == ["xml/a/b"]


async def test_the_first_failure_ends_it_unless_it_may_go_on(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="exit code 3"):
        await run(context, "Bash", commands=["(exit 3)", "echo on"])
    outputs = await run(context, "Bash", exitOnFailed=False, commands=["(exit 3)", "echo on"])
    assert outputs["exitCode"] == 0


async def test_another_interpreter(context: FakeTaskContext):
    await run(context, "Bash", interpreter="/bin/bash", commands=["echo ${BASH_VERSION%%.*}x"])
    assert context.messages(LogLevel.INFO)[0].endswith("x")
    await run(
        context, "Bash", interpreter="/bin/sh", interpreterArgs=["-e", "-c"], commands=["x=1"]
    )


async def test_python_runs_its_main_file(context: FakeTaskContext):
    main = "import sys, lib\nprint(lib.x, sys.argv[1:])"
    await run(context, "Python", inputFiles={"main.py": main, "lib.py": "x = 1"}, args=["a b", "c"])
    assert context.messages(LogLevel.INFO) == ["1 ['a b', 'c']"]
    with pytest.raises(TaskFailedError, match=r"must have a `main\.py`"):
        await run(FakeTaskContext(context.cache_dir), "Python", inputFiles={"x.py": ""})


async def test_python_takes_commands(context: FakeTaskContext):
    await run(context, "Python", commands=["./bin/python x.py"], inputFiles={"x.py": "print('x')"})
    assert context.messages(LogLevel.INFO) == ["x"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_node_runs_its_main_file(context: FakeTaskContext):
    main = "console.log(process.argv.slice(2).join('|'))"
    await run(context, "Node", inputFiles={"main.js": main}, args=["a b", "c"])
    assert context.messages(LogLevel.INFO) == ["a b|c"]
