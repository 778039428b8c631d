"""Triggers that run a script: when they start something, and what the execution is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import Output, PollingTrigger, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    made = FakeTaskContext(tmp_path)
    made.settings["io.kestra.plugin.scripts"] = {"default-runner": "process"}
    return made


async def ask(context: FakeTaskContext, name: str = "shell.ScriptTrigger", **given: Any) -> Any:
    """Ask once; the execution is stored. Return what it is told, None when there is none."""
    trigger = REGISTRY.build(f"io.kestra.plugin.scripts.{name}", given)
    assert isinstance(trigger, PollingTrigger)
    output: Output | None = await trigger.ask(context)
    if output is None:
        return None
    await trigger.started(context)
    assert output.values is not None
    return output.values


@pytest.mark.parametrize(
    ("condition", "script", "fits"),
    [
        ("exit 3", "exit 3", True),
        ("exit 3", "exit 0", False),
        ("exit 0", "true", True),
        ("ready", "echo the file is ready", True),
        ("ready", "echo waiting", False),
        ("done", """echo '::{"outputs":{"state":"done"}}::'""", True),
        ("exit code 4", "exit 4", True),
        ("no such table", "echo no such table >&2; exit 1", True),
    ],
)
async def test_conditions(context: FakeTaskContext, condition: str, script: str, fits: bool):
    told = await ask(context, script=script, exitCondition=condition)
    assert (told is not None) is fits


async def test_the_execution_is_told_how_the_script_ended(context: FakeTaskContext):
    script = """echo '::{"outputs":{"rows":7}}::'; exit 2"""
    told = await ask(context, script=script, exitCondition="exit 2")
    assert told["exitCode"] == 2
    assert told["vars"] == {"rows": 7}
    assert told["condition"] == "exit 2"
    assert told["timestamp"].tzinfo is not None


async def test_only_a_change_starts_an_execution(context: FakeTaskContext):
    async def fires(code: int, **more: Any) -> bool:
        given = {"commands": [f"exit {code}"], "exitCondition": "exit 0", **more}
        return await ask(context, "shell.CommandsTrigger", **given) is not None

    assert [await fires(code) for code in (0, 0, 1, 0)] == [True, False, False, True]
    assert [await fires(0, edge=False) for _ in range(2)] == [True, True]


async def test_python_has_its_packages(context: FakeTaskContext):
    told = await ask(context, "python.ScriptTrigger", script="print(6 * 7)", exitCondition="42")
    assert told["exitCode"] == 0


async def test_what_can_not_be_run_is_an_error(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="no/such"):
        await ask(context, script="true", interpreter=["/no/such"], exitCondition="exit 0")
