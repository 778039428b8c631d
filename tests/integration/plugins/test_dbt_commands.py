"""The older dbt tasks: a Setup that installs a package, and commands after it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
MAIN = """
import json, pathlib, sys

def main():
    print(" ".join(sys.argv[1:]))
    level = "error" if "nope" in sys.argv else "warn" if "warned" in sys.argv else "info"
    print(json.dumps({"info": {"level": level, "msg": "said"}}))
    target = pathlib.Path("target")
    target.mkdir(exist_ok=True)
    (target / "manifest.json").write_text("{}")
    sys.exit(1 if level == "error" else 0)

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a package ``dbt-pocket`` that brings a program ``dbt``."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "dbt_pocket-1.0.dist-info"
    with zipfile.ZipFile(folder / "dbt_pocket-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("dbt/cli/main.py", MAIN)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: dbt-pocket\nVersion: 1.0")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\ndbt = dbt.cli.main:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    made = FakeTaskContext(tmp_path)
    made.settings["io.kestra.plugin.scripts"] = {"default-runner": "process"}
    return made


async def run(context: FakeTaskContext, name: str, **properties: Any) -> Output:
    task = REGISTRY.build(f"io.kestra.plugin.dbt.cli.{name}", properties)
    assert isinstance(task, RunnableTask)
    context.logs.clear()
    output = await task.run(context)
    assert output is not None
    return output


@pytest.fixture
async def prepared(context: FakeTaskContext, wheels: Path) -> FakeTaskContext:
    """A working directory after a Setup."""
    env = {"PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1"}
    profiles = {"shop": {"target": "dev"}}
    await run(context, "Setup", requirements=["dbt-pocket"], profiles=profiles, env=env)
    return context


async def test_a_setup_leaves_a_program_and_profiles(prepared: FakeTaskContext):
    folder = prepared.working_dir
    assert (folder / ".profile" / "profiles.yml").read_text() == "shop:\n  target: dev\n"
    assert (folder / "bin" / "dbt").stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("name", "properties", "said"),
    [
        ("Build", {}, "build --profiles-dir .profile"),
        ("Run", {"fullRefresh": True, "thread": 4}, "run {} --threads 4 --full-refresh"),
        ("Test", {"select": ["a", "b+"], "exclude": ["c"]}, "test {} --select a b+ --exclude c"),
        ("Seed", {"target": "dev"}, "seed {} --target dev"),
        ("Snapshot", {"selector": "daily", "fullRefresh": True}, "snapshot {} --selector daily"),
        ("Compile", {"projectDir": "."}, "compile {} --project-dir ."),
        ("Deps", {}, "deps {}"),
        ("List", {}, "list {}"),
        ("Freshness", {}, "source freshness {}"),
    ],
)
async def test_commands_and_their_options(
    prepared: FakeTaskContext, name: str, properties: dict[str, Any], said: str
):
    output = await run(prepared, name, **properties)
    wanted = said.format("--profiles-dir .profile")
    assert prepared.messages(LogLevel.INFO)[0] == f"--log-format json {wanted}"
    assert output.values is not None
    assert list(output.values["outputFiles"]) == ["manifest.json"]


async def test_switches_come_before_the_command(prepared: FakeTaskContext):
    await run(prepared, "Build", debug=True, failFast=True, warnError=True)
    switches = "--log-format json --debug --fail-fast --warn-error build --profiles-dir .profile"
    assert prepared.messages(LogLevel.INFO)[0] == switches


async def test_how_it_ends(prepared: FakeTaskContext):
    assert (await run(prepared, "Run")).state is StateType.SUCCESS
    assert (await run(prepared, "Run", select=["warned"])).state is StateType.WARNING
    with pytest.raises(TaskFailedError, match="exit code 1: said") as caught:
        await run(prepared, "Run", select=["nope"])
    assert list(caught.value.outputs["outputFiles"]) == ["manifest.json"]


async def test_profiles_may_be_a_text_or_a_file(context: FakeTaskContext, wheels: Path):
    env = {"PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1"}
    wish: dict[str, Any] = {"requirements": ["dbt-pocket"], "env": env}
    path = context.working_dir / ".profile" / "profiles.yml"
    await run(context, "Setup", profiles="shop: {}\n", **wish)
    assert path.read_text() == "shop: {}\n"
    uri = await context.store_text("profiles.yml", "other: {}\n")
    await run(context, "Setup", profiles=uri, **wish)
    assert path.read_text() == "other: {}\n"
