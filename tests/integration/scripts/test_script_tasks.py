from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.errors import StorageError
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import InvalidPropertyError, Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, type_name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"scripts.{type_name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return {k: v for k, v in (output.values if output else {}).items() if v is not None}


async def shell(context: FakeTaskContext, *commands: str, **properties: Any) -> dict[str, Any]:
    return await run(context, "shell.Commands", commands=list(commands), **properties)


async def test_outputs_of_a_quiet_command(context: FakeTaskContext):
    assert await shell(context, "true") == {"vars": {}, "exitCode": 0, "outputFiles": {}}


async def test_lines_are_logged(context: FakeTaskContext):
    await shell(context, "echo out", "echo err >&2")
    assert context.messages(LogLevel.INFO) == ["out"]
    assert context.messages(LogLevel.ERROR) == ["err"]
    debug = context.messages(LogLevel.DEBUG)
    assert debug[0] == "Using task runner 'io.kestra.plugin.core.runner.Process'"
    assert debug[1].endswith("[/bin/sh -c set -e\necho out\necho err >&2]")
    assert debug[2] == "Command succeed with exit code 0"


async def test_the_exit_code_fails_the_task_but_outputs_are_kept(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="Command failed with exit code 66") as caught:
        await shell(
            context, """echo '::{"outputs":{"a":1}}::'; echo x > f""", "exit 66", outputFiles=["f"]
        )
    assert caught.value.outputs["exitCode"] == 66
    assert caught.value.outputs["vars"] == {"a": 1}
    assert list(caught.value.outputs["outputFiles"]) == ["f"]


async def test_the_first_failing_command_is_the_last(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="exit code 127"):
        await shell(context, "no-such-command", "echo later")
    assert "later" not in context.messages(LogLevel.INFO)


async def test_without_fail_fast_the_last_command_decides(context: FakeTaskContext):
    assert (await shell(context, "false", "echo later", failFast=False))["exitCode"] == 0
    assert context.messages(LogLevel.INFO) == ["later"]


async def test_a_script_is_one_shell_text(context: FakeTaskContext):
    await run(context, "shell.Script", script="for i in 1 2; do\n  echo $i\ndone\n")
    assert context.messages(LogLevel.INFO) == ["1", "2"]


async def test_templates_see_the_working_directory(context: FakeTaskContext):
    context.variables = {"inputs": {"name": "Ada", "columns": ["a", "b"]}}
    await shell(
        context,
        "echo {{ inputs.name }} {{ workingDir }}",
        "echo $COLUMNS $NAME $FLAG $WORKING_DIR",
        env={"COLUMNS": "{{ inputs.columns }}", "NAME": 5, "FLAG": True},
    )
    folder = context.working_dir
    assert context.messages(LogLevel.INFO) == [f"Ada {folder}", f'["a","b"] 5 true {folder}']


async def test_before_commands_run_in_the_same_shell(context: FakeTaskContext):
    await shell(context, "echo $X", beforeCommands=["X=before"])
    assert context.messages(LogLevel.INFO) == ["before"]


async def test_commands_may_be_one_template(context: FakeTaskContext):
    context.variables = {"commands": ["echo 1", "echo 2"]}
    await run(context, "shell.Commands", commands="{{ commands }}")
    assert context.messages(LogLevel.INFO) == ["1", "2"]


async def test_files_go_in_and_out(context: FakeTaskContext):
    uri = await context.store_text("in.csv", "a,b\n")
    outputs = await shell(
        context,
        f"mkdir out; cat in.csv {uri} literal.txt > out/all.csv",
        "echo done > '{{ outputFiles.result }}'",
        inputFiles={"in.csv": uri, "literal.txt": "x\n"},
        outputFiles=["out/*.csv", "result"],
    )
    files = outputs["outputFiles"]
    assert {key: await context.stored_text(uri) for key, uri in files.items()} == {
        "out/all.csv": "a,b\na,b\nx\n",
        "result": "done\n",
    }


async def test_input_files_may_be_one_template(context: FakeTaskContext):
    context.variables = {"files": {"a": "1"}}
    await shell(context, "cat a", inputFiles="{{ files }}")
    assert context.messages(LogLevel.INFO) == ["1"]


async def test_files_of_the_output_directory_are_kept(context: FakeTaskContext):
    outputs = await shell(
        context,
        "mkdir $OUTPUT_DIR/nested; echo x > {{ outputDir }}/nested/file.txt",
        outputDirectory=True,
    )
    assert list(outputs["outputFiles"]) == ["nested/file.txt"]


async def test_a_missing_file_stops_the_task_before_it_starts(context: FakeTaskContext):
    with pytest.raises(StorageError):
        await shell(context, "echo started", "cat kestra:///gone")
    assert context.messages(LogLevel.INFO) == []


async def test_the_environment_is_the_flows_and_four_more(
    context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    await shell(context, "env", env={"MINE": "1"})
    names = {line.partition("=")[0] for line in context.messages(LogLevel.INFO)}
    assert names - {"PWD", "SHLVL", "_"} == {"PATH", "HOME", "LANG", "WORKING_DIR", "MINE"}


async def test_another_interpreter(context: FakeTaskContext):
    await shell(context, "echo ${X[1]}", beforeCommands=["X=(a b)"], interpreter=["bash", "-c"])
    assert context.messages(LogLevel.INFO) == ["b"]


async def test_commands_longer_than_an_argument_may_be(context: FakeTaskContext):
    await shell(context, *(f"X={'x' * 1000}" for _ in range(200)), "echo $X | wc -c")
    assert context.messages(LogLevel.INFO) == ["1001"]


async def test_a_pipe_that_delivers_nothing_fails(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="exit code 1"):
        await shell(context, "cat /no/such | gunzip > f.csv", outputFiles=["*.csv"])


async def test_what_was_made_before_the_command_was_stopped_is_kept(context: FakeTaskContext):
    running = asyncio.create_task(
        shell(
            context,
            """echo '::{"outputs":{"a":1}}::'; echo x > f.csv; echo started""",
            "sleep 60",
            outputFiles=["*.csv"],
        )
    )
    while "started" not in context.messages(LogLevel.INFO):
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert context.kept_outputs["vars"] == {"a": 1}
    assert await context.stored_text(context.kept_outputs["outputFiles"]["f.csv"]) == "x\n"


async def test_two_hundred_thousand_lines(context: FakeTaskContext):
    await shell(context, "seq 200000")
    assert context.messages(LogLevel.INFO) == [str(number) for number in range(1, 200_001)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk_is_named(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="No space left on device"):
        await shell(context, "echo x > f.csv", "cat f.csv | tee /dev/full", outputFiles=["*.csv"])


async def put(context: FakeTaskContext, namespace: str, path: str, text: str) -> None:
    source = context.working_dir / "to-store"
    source.write_text(text)
    await context.namespace_files.put(namespace, path, source)


async def test_namespace_files_come_before_input_files(context: FakeTaskContext):
    for path in ("main.sh", "lib/a.txt", "lib/b.txt", "lib/secret/a.txt"):
        await put(context, "company.team", path, f"ns {path}")
    await shell(
        context,
        "cat lib/a.txt; echo; cat main.sh; echo; find . -type f | sort",
        namespaceFiles={"include": ["*.sh", "a.txt"], "exclude": ["/lib/secret/**"]},
        inputFiles={"main.sh": "mine"},
    )
    assert context.messages(LogLevel.INFO) == ["ns lib/a.txt", "mine", "./lib/a.txt", "./main.sh"]


async def test_files_of_several_namespaces(context: FakeTaskContext):
    await put(context, "one", "a.txt", "1")
    await put(context, "two", "a.txt", "2")
    await shell(context, "cat a.txt", namespaceFiles={"namespaces": ["one", "two"]})
    wish = {"namespaces": ["one", "two"], "folderPerNamespace": True}
    await shell(context, "cat one/a.txt two/a.txt", namespaceFiles=wish)
    assert context.messages(LogLevel.INFO) == ["2", "12"]


@pytest.mark.parametrize(("enabled", "count"), [("true", "1"), (False, "0")])
async def test_namespace_files_on_and_off(context: FakeTaskContext, enabled: Any, count: str):
    await put(context, "company.team", "a.txt", "1")
    await shell(context, "ls | wc -l", namespaceFiles={"enabled": enabled})
    assert context.messages(LogLevel.INFO) == [count]


async def test_a_namespace_file_that_must_not_replace_another(context: FakeTaskContext):
    await put(context, "one", "a.txt", "1")
    await put(context, "two", "a.txt", "2")
    with pytest.raises(TaskFailedError, match="already in the working directory"):
        await shell(
            context, "true", namespaceFiles={"namespaces": ["one", "two"], "ifExists": "FAIL"}
        )


async def test_a_named_runner_is_used(context: FakeTaskContext):
    runner = {"type": "io.kestra.plugin.core.runner.Process"}
    assert (await shell(context, "true", taskRunner=runner))["exitCode"] == 0


async def test_an_image_without_an_engine_is_said_and_runs_on_the_machine(
    context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    await shell(context, "echo here", containerImage="ubuntu")
    assert context.messages(LogLevel.INFO) == [
        "No Docker engine answers, so containerImage 'ubuntu' is not used: the commands run as a "
        "process of this machine.",
        "here",
    ]


@pytest.mark.parametrize(
    "how",
    [
        {"taskRunner": {"type": "io.kestra.plugin.scripts.runner.docker.Docker"}},
        {"runner": "DOCKER"},
        {"docker": {"image": "ubuntu"}},
    ],
)
async def test_docker_that_is_asked_for_must_be_there(
    context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(TaskFailedError, match=r"(?s)Docker socket is not accessible.*Process"):
        await shell(context, "true", **how)


async def test_the_server_decides_what_is_usual(
    context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    context.settings["io.kestra.plugin.scripts"] = {"default-runner": "process"}
    await shell(context, "true", containerImage="ubuntu")
    assert context.messages(LogLevel.INFO) == []
    context.settings["io.kestra.plugin.scripts"] = {"default-runner": "docker"}
    with pytest.raises(TaskFailedError, match="Docker socket is not accessible"):
        await shell(context, "true")
    docker = "io.kestra.plugin.scripts.runner.docker.Docker"
    context.settings[docker] = {"fallback": "process"}
    await shell(context, "echo here", taskRunner={"type": docker})
    assert context.messages(LogLevel.INFO)[-1] == "here"


@pytest.mark.parametrize(
    ("type_name", "properties"),
    [
        ("shell.Commands", {"commands": []}),
        ("shell.Commands", {"commands": "echo"}),
        ("shell.Script", {"script": ""}),
        ("shell.Commands", {"commands": ["true"], "interpreter": []}),
        ("shell.Commands", {"commands": ["true"], "unknown": 1}),
        ("shell.Commands", {}),
    ],
)
def test_properties_that_are_refused(type_name: str, properties: dict[str, Any]):
    with pytest.raises(InvalidPropertyError):
        REGISTRY.build(f"scripts.{type_name}", properties)


async def test_python_reports_outputs_and_metrics(context: FakeTaskContext):
    message = {
        "outputs": {"n": 2, "deep": {"x": None}},
        "metrics": [{"name": "rows", "type": "counter", "value": 3}],
    }
    script = f"import json\nprint('::' + json.dumps({message!r}) + '::')"
    outputs = await run(context, "python.Script", script=script)
    assert outputs["vars"] == {"n": 2, "deep": {"x": None}}
    assert context.metrics == [Metric("counter", "rows", 3.0)]


async def test_python_never_sees_our_packages(context: FakeTaskContext):
    await run(context, "python.Script", script="import sys, json; print(json.dumps(sys.path))")
    paths = json.loads(context.messages(LogLevel.INFO)[0])
    source = Path(__file__).parents[3] / "src"
    assert str(context.working_dir) in paths
    assert not any((Path(path) / "tiercel").exists() for path in paths)
    assert str(source) not in paths


async def test_python_imports_its_input_files(context: FakeTaskContext):
    await run(
        context,
        "python.Script",
        script="import mine\nprint(mine.value)",
        inputFiles={"mine.py": "value = 7"},
        outputFiles=["*.py"],
    )
    assert context.messages(LogLevel.INFO) == ["7"]


async def test_a_failing_python_script_shows_its_traceback(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="exit code 1"):
        await run(context, "python.Script", script="raise ValueError('why')")
    assert context.messages(LogLevel.ERROR)[-1] == "ValueError: why"


async def test_python_is_there_on_a_machine_without_one(
    context: FakeTaskContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "env"):
        (tools / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setenv("PATH", str(tools))
    script = "try:\n  import tiercel\nexcept ImportError:\n  print('alone')"
    await run(context, "python.Script", script=script)
    await shell(context, "python -c 'print(1)'")
    assert context.messages(LogLevel.INFO) == ["alone", "1"]


LANGUAGES = [
    ("perl.Script", "perl", 'print "hello\\n";'),
    ("node.Script", "node", "console.log('hello')"),
    ("ruby.Script", "ruby", "puts 'hello'"),
    ("php.Script", "php", "<?php echo 'hello';"),
    ("lua.Script", "lua", "print('hello')"),
    ("r.Script", "Rscript", "cat('hello\\n')"),
    ("julia.Script", "julia", "println('hello')"),
    ("deno.Script", "deno", "console.log('hello')"),
    ("bun.Script", "bun", "console.log('hello')"),
    ("powershell.Script", "pwsh", "Write-Output hello"),
]


@pytest.mark.parametrize(
    ("type_name", "program", "script"),
    [
        pytest.param(
            *case,
            marks=pytest.mark.skipif(shutil.which(case[1]) is None, reason=f"no {case[1]}"),
        )
        for case in LANGUAGES
    ],
)
async def test_other_languages(context: FakeTaskContext, type_name: str, program: str, script: str):
    if REGISTRY.find(f"scripts.{type_name}") is None:
        pytest.skip("the type is not listed")
    await run(context, type_name, script=script)
    assert context.messages(LogLevel.INFO) == ["hello"]


async def test_a_failure_says_what_the_command_said_last(context: FakeTaskContext):
    with pytest.raises(TaskFailedError) as caught:
        await shell(context, "echo first >&2", "echo no space left >&2; exit 4")
    assert str(caught.value) == (
        "Command failed with exit code 4: no space left (in `echo no space left >&2; exit 4`)"
    )


async def test_a_download_that_finds_nothing_names_command_code_and_last_line(
    context: FakeTaskContext,
):
    command = "sh -c 'echo 404 >&2; exit 8' | gunzip > green_2019-13.csv"
    with pytest.raises(TaskFailedError) as caught:
        await shell(context, command, outputFiles=["*.csv"])
    assert str(caught.value).startswith("Command failed with exit code 1: gzip: stdin: unexpected")
    assert str(caught.value).endswith(f"(in `{command}`)")


async def test_a_named_output_file_that_was_not_made_fails_the_task(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"made no file 'b\.csv'") as caught:
        await shell(context, "echo 1 > a.csv", outputFiles=["a.csv", "b.csv", "*.json"])
    assert list(caught.value.outputs["outputFiles"]) == ["a.csv"]
