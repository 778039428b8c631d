"""Packages for scripts, installed for real. Tests that need a package index are marked slow."""

from __future__ import annotations

import asyncio
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
OFFLINE = {"PIP_NO_INDEX": "true"}


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with the wheels of two packages, ``falconry`` and ``mews``."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("falconry", "mews"):
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", "VALUE = 42\n")
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            )
            wheel.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    return folder


async def run(context: FakeTaskContext, type_name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"scripts.{type_name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values or {}) if output else {}


def offline(wheels: Path) -> dict[str, str]:
    return {**OFFLINE, "PIP_FIND_LINKS": str(wheels)}


def environments(context: FakeTaskContext) -> list[Path]:
    folder = context.cache_dir / "python" / "environments"
    return [path for path in folder.glob("*") if path.is_dir()]


def runs(context: FakeTaskContext) -> list[Path]:
    return list((context.cache_dir / "python" / "runs").glob("*"))


SCRIPT = "import falconry\nprint(falconry.VALUE)"


async def test_a_leading_install_is_done_once(context: FakeTaskContext, wheels: Path):
    for _ in range(2):
        await run(
            context,
            "python.Script",
            beforeCommands=["pip install falconry"],
            script=SCRIPT,
            env=offline(wheels),
        )
    said = ["Requirement already satisfied: falconry", "42"]
    assert context.messages(LogLevel.INFO) == said * 2
    assert context.messages(LogLevel.DEBUG).count("Installing falconry") == 1
    assert len(environments(context)) == 1
    assert runs(context) == []


async def test_dependencies_share_an_environment_in_any_order(
    context: FakeTaskContext, wheels: Path
):
    for names in (["falconry", "mews"], ["mews", "falconry"]):
        await run(context, "python.Script", dependencies=names, script=SCRIPT, env=offline(wheels))
    assert context.messages(LogLevel.INFO) == ["42", "42"]
    assert len(environments(context)) == 1


async def test_runs_at_the_same_time_install_once(context: FakeTaskContext, wheels: Path):
    task = {"dependencies": ["falconry"], "script": SCRIPT, "env": offline(wheels)}
    await asyncio.gather(*(run(context, "python.Script", **task) for _ in range(3)))
    assert context.messages(LogLevel.INFO) == ["42"] * 3
    assert context.messages(LogLevel.DEBUG).count("Installing falconry") == 1


async def test_other_installs_are_the_runs_own(context: FakeTaskContext, wheels: Path):
    await run(
        context,
        "shell.Commands",
        commands=["echo start", "pip install falconry", f"python -c '{SCRIPT}'"],
        env=offline(wheels),
    )
    assert context.messages(LogLevel.INFO)[-1] == "42"
    assert context.messages(LogLevel.ERROR) == []
    assert environments(context) == []
    assert runs(context) == []


async def test_installs_on_top_of_dependencies(context: FakeTaskContext, wheels: Path):
    await run(
        context,
        "python.Commands",
        dependencies=["falconry"],
        commands=["python -m pip install mews", "python -c 'import falconry, mews; print(1)'"],
        env=offline(wheels),
    )
    assert context.messages(LogLevel.INFO)[-1] == "1"
    assert len(environments(context)) == 1
    assert not list(environments(context)[0].rglob("mews.py"))


async def test_dependencies_without_cache(context: FakeTaskContext, wheels: Path):
    await run(
        context,
        "python.Script",
        dependencies=["falconry"],
        dependencyCacheEnabled=False,
        script=SCRIPT,
        env=offline(wheels),
    )
    assert context.messages(LogLevel.INFO) == ["42"]
    assert environments(context) == runs(context) == []


async def test_a_half_made_environment_is_made_again(context: FakeTaskContext, wheels: Path):
    task = {"dependencies": ["falconry"], "script": SCRIPT, "env": offline(wheels)}
    await run(context, "python.Script", **task)
    folder = environments(context)[0]
    (folder / ".complete").unlink()
    next(folder.rglob("falconry.py")).unlink()
    await run(context, "python.Script", **task)
    assert context.messages(LogLevel.INFO) == ["42", "42"]


async def test_environments_long_unused_are_removed(context: FakeTaskContext, wheels: Path):
    task = {"script": "pass", "env": offline(wheels)}
    await run(context, "python.Script", dependencies=["falconry"], **task)
    await run(context, "python.Script", dependencies=["mews"], **task)
    for folder in environments(context):
        os.utime(folder / ".complete", (0, 0))
    await run(context, "python.Script", dependencies=["mews"], **task)
    await run(context, "python.Script", dependencies=["mews", "falconry"], **task)
    assert sorted(len(list(f.rglob("*.dist-info"))) for f in environments(context)) == [1, 2]


async def test_environments_of_dead_processes_are_removed(context: FakeTaskContext, wheels: Path):
    dead = await asyncio.create_subprocess_exec("true")
    await dead.wait()
    stale = context.cache_dir / "python" / "runs" / f"{dead.pid}-old"
    stale.mkdir(parents=True)
    mine = stale.with_name(f"{os.getpid()}-mine")
    mine.mkdir()
    await run(context, "python.Commands", commands=["pip list"], env=offline(wheels))
    assert runs(context) == [mine]


async def test_a_package_that_does_not_exist(context: FakeTaskContext, wheels: Path):
    with pytest.raises(TaskFailedError, match="Installing gone failed"):
        await run(
            context, "python.Script", dependencies=["gone"], script="pass", env=offline(wheels)
        )
    with pytest.raises(TaskFailedError, match="exit code 1"):
        await run(
            context,
            "python.Commands",
            commands=["true", "pip install gone"],
            env=offline(wheels),
        )
    (line,) = context.messages(LogLevel.ERROR)
    assert line.startswith("Installing gone failed:")


async def test_a_registry_out_of_reach_is_said_in_one_line(context: FakeTaskContext):
    env = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.raises(TaskFailedError) as caught:
        await run(context, "python.Script", dependencies=["gone"], script="pass", env=env)
    assert caught.value.message == (
        "The package registry at 127.0.0.1:9 can't be reached, so gone can't be installed; "
        "set PIP_INDEX_URL or UV_DEFAULT_INDEX to one that can"
    )


async def test_without_packages_nothing_is_made(context: FakeTaskContext):
    await run(context, "python.Script", script="print(1)")
    assert environments(context) == runs(context) == []


@pytest.mark.slow
async def test_the_kestra_package_reports_outputs_and_metrics(context: FakeTaskContext):
    script = (
        "from kestra import Kestra\n"
        "Kestra.outputs({'gh_stars': 5, 'deep': {'a': [1, None]}})\n"
        "Kestra.counter('rows', 3, {'table': 'trips'})\n"
        "Kestra.timer('load', 1.5)\n"
        "Kestra.logger().warning('careful')\n"
    )
    outputs = await run(
        context,
        "python.Script",
        beforeCommands=["pip install requests kestra"],
        script=script,
    )
    assert outputs["vars"] == {"gh_stars": 5, "deep": {"a": [1, None]}}
    assert context.metrics == [
        Metric("counter", "rows", 3.0, {"table": "trips"}),
        Metric("timer", "load", 1500.0),
    ]
    assert context.messages(LogLevel.WARN)[0].endswith("careful")


@pytest.mark.slow
async def test_calls_uv_does_not_know_go_to_pip(context: FakeTaskContext):
    await run(context, "shell.Commands", commands=["pip --version", "pip config list"])
    assert context.messages(LogLevel.INFO)[0].startswith("pip ")
