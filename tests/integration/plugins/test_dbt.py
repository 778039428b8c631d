"""The dbt task over a stand-in of the ``dbt`` program that logs and writes as dbt does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
PROGRAM = """#!/usr/bin/env python3
import json, os, pathlib, sys
print(" ".join(sys.argv[1:]))
def say(level, message):
    info = {"level": level, "msg": message, "name": "LogX", "ts": "2024-01-01T00:00:00Z"}
    print(json.dumps({"info": info, "data": {"stats": {"total": 2}} if level == "info" else {}}))
say("info", "1 of 1 OK created model trips")
say("warn", "careful")
target = pathlib.Path("target")
target.mkdir(exist_ok=True)
if (target / "manifest.json").exists():
    print("old manifest:", json.load((target / "manifest.json").open())["old"])
result = {
    "unique_id": "model.shop.trips",
    "status": "success",
    "execution_time": 1.5,
    "adapter_response": {"rows_affected": 7},
}
(target / "run_results.json").write_text(json.dumps({"results": [result]}))
(target / "manifest.json").write_text(json.dumps({"nodes": {"a": 1}}))
if "fail" in sys.argv:
    say("error", "Database Error in model trips")
    sys.exit(1)
"""


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A ``PATH`` with the stand-in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "dbt").write_text(PROGRAM)
    (folder / "dbt").chmod(0o755)
    return f"{folder}:/usr/local/bin:/usr/bin:/bin"


async def dbt(context: FakeTaskContext, path: str, *commands: str, **more: Any) -> dict[str, Any]:
    properties = {"commands": list(commands), "env": {"PATH": path}, **more}
    task = REGISTRY.build("io.kestra.plugin.dbt.cli.DbtCLI", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def test_logs_results_and_metrics(context: FakeTaskContext, path: str):
    outputs = await dbt(context, path, "cat profiles.yml", "dbt build", profiles="shop: {}")
    assert outputs["exitCode"] == 0
    assert context.messages(LogLevel.INFO) == [
        "shop: {}build --log-format json",
        "[Date: 2024-01-01T00:00:00Z] [Type: LogX] 1 of 1 OK created model trips",
    ]
    assert "careful" in context.messages(LogLevel.WARN)[0]
    results = await context.stored_text(outputs["outputFiles"]["run_results.json"])
    assert json.loads(results)["results"][0]["status"] == "success"
    assert Metric("counter", "rows.affected", 7.0, {"model": "trips"}) in context.metrics
    assert Metric("timer", "duration", 1500.0, {"model": "trips"}) in context.metrics
    assert Metric("counter", "total", 2.0) in context.metrics


async def test_a_warning_of_dbt_is_one_of_the_task(context: FakeTaskContext, path: str):
    properties = {"commands": ["dbt build"], "env": {"PATH": path}}
    task = REGISTRY.build("io.kestra.plugin.dbt.cli.DbtCLI", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    assert output is not None
    assert output.state is StateType.WARNING


async def test_a_failure_names_its_cause_and_keeps_the_results(context: FakeTaskContext, path: str):
    with pytest.raises(TaskFailedError, match="code 1: Database Error in model trips") as caught:
        await dbt(context, path, "dbt build fail")
    assert set(caught.value.outputs["outputFiles"]) == {"run_results.json", "manifest.json"}


async def test_manifests_travel_through_key_values(context: FakeTaskContext, path: str):
    place = {"key": "manifest.json", "namespace": "company.team"}
    await dbt(context, path, "dbt build", storeManifest=place, loadManifest=place)
    assert "There is no manifest" in context.messages(LogLevel.WARN)[0]
    found, manifest = await context.key_values.get("company.team", "manifest.json")
    assert (found, manifest) == (True, {"nodes": {"a": 1}})
    await context.key_values.set("company.team", "manifest.json", {"old": "yes"}, "JSON")
    await dbt(context, path, "rm -rf target/run*", "dbt build", loadManifest=place)
    assert "old manifest: yes" in context.messages(LogLevel.INFO)


async def test_options_are_added_where_they_lack(context: FakeTaskContext, path: str):
    commands = ("dbt run --log-format text", "echo dbt run")
    await dbt(context, path, *commands, projectDir="sub", parseRunResults=False)
    assert context.messages(LogLevel.INFO)[0] == "run --log-format text --project-dir sub"
    assert context.messages(LogLevel.INFO)[-1] == "dbt run"


@pytest.mark.parametrize(
    ("properties", "packages"),
    [
        (
            {"profiles": "a:\n  outputs:\n    dev:\n      type: duckdb\n"},
            ["dbt-core<1.12", "dbt-duckdb"],
        ),
        (
            {"containerImage": "ghcr.io/kestra-io/dbt-postgres:latest"},
            ["dbt-core<1.12", "dbt-postgres"],
        ),
        ({}, ["dbt-core<1.12"]),
    ],
)
def test_a_machine_without_dbt_gets_it(properties: dict[str, Any], packages: list[str]):
    built = {"commands": ["dbt build"], **properties}
    task: Any = REGISTRY.build("io.kestra.plugin.dbt.cli.DbtCLI", built)
    assert task.wishes_of([], "", {"PATH": "/nowhere"}).dependencies == packages
    assert task.wishes_of(["pip install dbt-x"], "", {"PATH": "/nowhere"}).dependencies == ()
