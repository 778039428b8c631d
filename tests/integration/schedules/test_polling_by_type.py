"""Triggers that know themselves how to find out: asked by a node, with real scripts and files."""

from __future__ import annotations

from pathlib import Path

import pytest
from schedule_flows import flow
from test_polling import until, watch

SCRIPT = """
id: t
type: io.kestra.plugin.scripts.shell.CommandsTrigger
interval: PT0.05S
exitCondition: exit 0
taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
commands:
  - test -s {path}
  - echo '::{{"outputs":{{"found":"{path}"}}}}::'
"""
FILES = """
id: t
type: io.kestra.plugin.fs.local.Trigger
interval: PT0.05S
from: {path}
action: DELETE
"""


@pytest.mark.asyncio(loop_scope="session")
async def test_a_script_that_ends_as_wanted_starts_one_execution(node, tmp_path: Path):
    executions, state = watch(node, "scripted")
    path = tmp_path / "orders.csv"
    await node.flows.save(flow("scripted", SCRIPT.format(path=path)))

    async def was_asked_in_vain():
        found = await state()
        return found.result == "NOTHING"

    await until(was_asked_in_vain)
    path.write_text("1")
    found = await until(executions)
    # it still fits, but that is no change
    await until(was_asked_in_vain)
    assert len(await executions()) == 1
    await node.flows.delete("n", "scripted")
    variables = found[0].execution.trigger.variables
    assert variables["vars"] == {"found": str(path)}
    assert (variables["exitCode"], variables["condition"]) == (0, "exit 0")


@pytest.mark.asyncio(loop_scope="session")
async def test_files_that_come_start_an_execution_and_are_taken_away_after_it(node, tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    executions, _ = watch(node, "incoming")
    await node.flows.save(flow("incoming", FILES.format(path=folder)))
    (folder / "a.csv").write_text("1,2")
    found = await until(executions)

    async def is_taken_away():
        return not list(folder.iterdir())

    await until(is_taken_away)
    await node.flows.delete("n", "incoming")
    files = found[0].execution.trigger.variables["files"]
    assert [(file["name"], file["changeType"]) for file in files] == [("a.csv", "CREATE")]
    content = b"".join([chunk async for chunk in node.storage.open(files[0]["path"])])
    assert content == b"1,2"
