"""What the operator configures reaches flows, tasks and files."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tiercel.config import Settings, load
from tiercel.main import open_node, open_worker
from tiercel.model.errors import IllegalArgumentError
from tiercel.model.state import StateType
from tiercel.services.encryption import Cipher
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node, NodeOptions, Role

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
TEXT = """
kestra:
  encryption: {{secret-key: {key}}}
  url: https://kestra.example/
  storage: {{type: local, local: {{basePath: "{folder}/files"}}}}
  tasks: {{tmpDir: {{path: "{folder}/tmp"}}}}
  variables:
    globals: {{team_name: blue}}
    recursive-rendering: true
  local-files.allowed-paths: ["{folder}/shared"]
  plugins:
    defaults:
      - type: io.kestra.plugin.core.debug.Return
        forced: true
        values: {{format: forced}}
      - type: io.kestra.plugin.scripts.shell
        values: {{env: {{GIVEN: by-default}}}}
"""
SCRIPT = """
id: {id}
namespace: tests.configured
tasks:
  - id: work
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    {more}
    script: |
      echo x > out.txt
      echo "::{{\\"outputs\\":{{\\"at\\":\\"$PWD\\",\\"given\\":\\"$GIVEN\\"}}}}::"
    outputFiles: [out.txt]
"""


def settings_of(folder: Path) -> Settings:
    text = TEXT.format(folder=folder, key=KEY)
    return load(environment={"KESTRA_CONFIGURATION": text}, home=folder).settings


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def configured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node with settings of its own."""
    folder: Path = tmp_path_factory.mktemp("configured")
    (folder / "shared").mkdir()
    (folder / "shared" / "a.txt").write_text("hello")
    options = NodeOptions(data_dir=folder / "data", settings=settings_of(folder))
    async with open_node(options) as running:
        yield running


async def run(node: Node, source: str, inputs: dict[str, Any] | None = None) -> Snapshot:
    flow = (await node.flows.save(source)).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id, inputs=inputs)
    return await node.executions.wait(execution.id)


async def test_forced_defaults_win_over_the_flow(configured: Node) -> None:
    source = "id: forced\nnamespace: tests.configured\ntasks:\n"
    source += "  - {id: a, type: io.kestra.plugin.core.debug.Return, format: own}\n"
    done = await run(configured, source)
    assert done.task_runs[0].outputs == {"value": "forced"}


async def test_folders_and_defaults_reach_a_task(configured: Node) -> None:
    folder = configured.options.data_dir.parent
    done = await run(configured, SCRIPT.format(id="folders", more=""))
    outputs = done.task_runs[0].outputs
    assert outputs["vars"]["given"] == "by-default"
    assert outputs["vars"]["at"].startswith(f"{folder}/tmp/")
    assert [path.name for path in (folder / "files").rglob("*out.txt")]
    assert not (configured.options.data_dir / "storage").exists()
    assert not (configured.options.data_dir / "work").exists()


async def test_templates_see_globals_and_render_again(configured: Node) -> None:
    source = """
id: seen
namespace: tests.configured
variables: {again: "{{ globals.team_name }}"}
tasks:
  - id: a
    type: io.kestra.plugin.core.output.OutputValues
    values: {a: "{{ vars.again }} {{ globals['team-name'] }} {{ kestra.url }}"}
"""
    done = await run(configured, source)
    assert done.task_runs[0].outputs == {"values": {"a": "blue blue https://kestra.example/"}}


async def test_secret_inputs_are_encrypted_with_the_configured_key(configured: Node) -> None:
    source = "id: sealed\nnamespace: tests.configured\ninputs: [{id: pin, type: SECRET}]\ntasks:\n"
    source += "  - {id: a, type: io.kestra.plugin.core.log.Log, message: x}\n"
    done = await run(configured, source, {"pin": "4711"})
    assert Cipher(KEY).decrypt(done.execution.inputs["pin"]) == "4711"
    assert not (configured.options.data_dir / "encryption.key").exists()


async def test_allowed_folders_can_be_read(configured: Node) -> None:
    folder = configured.options.data_dir.parent
    source = "id: local\nnamespace: tests.configured\ntasks:\n"
    source += "  - {id: a, type: io.kestra.plugin.fs.local.Download, from: %s}\n"
    done = await run(configured, source % f"{folder}/shared/a.txt")
    assert done.execution.state.current is StateType.SUCCESS
    refused = await run(configured, source % "/etc/hostname")
    assert refused.execution.state.current is StateType.FAILED


async def test_a_group_has_its_own_workers_which_need_no_database(configured: Node) -> None:
    flow = await configured.flows.save(SCRIPT.format(id="grouped", more="workerGroup: {key: gpu}"))
    started = await configured.executions.start(flow.parsed.flow.namespace, flow.parsed.flow.id)
    options = replace(
        configured.options,
        bus_url=configured.endpoints.bus_url,
        roles=frozenset({Role.WORKER}),
        worker_group="gpu",
    )
    waiting = await configured.executions.get(started.id)
    assert not waiting.execution.state.is_terminal
    async with open_worker(options):
        done = await configured.executions.wait(started.id)
    assert done.execution.state.current is StateType.SUCCESS
    assert done.task_runs[0].outputs["vars"]["given"] == "by-default"


async def test_storage_without_its_bucket_is_refused(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    given = {"KESTRA_STORAGE_TYPE": "s3"}
    settings = load(environment=given, home=tmp_path).settings
    options = NodeOptions(tmp_path, database_url, bus_url, settings=settings)
    with pytest.raises(IllegalArgumentError, match="type s3 has no bucket"):
        async with open_node(options):
            pass


async def test_a_data_folder_is_made_with_servers_of_ones_own(
    tmp_path: Path, database_url: str, bus_url: str
) -> None:
    folder = tmp_path / "not" / "there"
    async with open_node(NodeOptions(folder, database_url, bus_url)):
        assert (folder / "encryption.key").stat().st_mode & 0o777 == 0o600
