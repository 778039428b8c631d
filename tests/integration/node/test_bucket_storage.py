"""A whole node whose internal storage is a bucket: files, outputs, namespace files, values."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from object_stores import S3_KEYS, s3_client, s3_server
from tiercel.config import load
from tiercel.main import open_node
from tiercel.model.state import StateType
from tiercel.services.node import Node, NodeOptions
from tiercel.services.uploads import Upload
from tiercel.storage.paths import namespace_file

pytestmark = pytest.mark.asyncio(loop_scope="session")

BUCKET = "tiercel-files"
FLOW = """
id: in_bucket
namespace: tests.bucket
inputs:
  - {id: given, type: FILE}
tasks:
  - {id: set, type: io.kestra.plugin.core.kv.Set, key: color, value: "{{ read(inputs.given) }}"}
  - id: work
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    namespaceFiles: {enabled: true}
    inputFiles: {"in.txt": "{{ inputs.given }}"}
    outputFiles: ["*.csv"]
    commands:
      - cat in.txt lib/shared.txt > all.csv
  - id: rows
    type: io.kestra.plugin.serdes.csv.CsvToIon
    from: "{{ outputs.work.outputFiles['all.csv'] }}"
    header: false
  - id: cached
    type: io.kestra.plugin.core.flow.WorkingDirectory
    cache: {patterns: ["kept.txt"]}
    tasks:
      - id: keep
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner: {type: io.kestra.plugin.core.runner.Process}
        commands:
          - if [ -f kept.txt ]; then echo '::{"outputs":{"found":true}}::'; fi
          - touch kept.txt
  - id: told
    type: io.kestra.plugin.core.debug.Return
    format: "{{ kv('color') }} {{ read(outputs.rows.uri) | length }} {{ fileSize(inputs.given) }}"
  - id: big
    type: io.kestra.plugin.core.output.OutputValues
    values: {text: "{{ range(0, 30000) | join(',') }}"}
  - id: after
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.big.values.text | length }}"
"""


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server(BUCKET) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def in_bucket(s3: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node with its files on S3."""
    folder: Path = tmp_path_factory.mktemp("bucket")
    storage = {"type": "s3", "s3": {**S3_KEYS, "endpoint": s3, "bucket": BUCKET}}
    text = json.dumps({"kestra": {"storage": storage}})
    settings = load(environment={"KESTRA_CONFIGURATION": text}, home=folder).settings
    async with open_node(NodeOptions(data_dir=folder / "data", settings=settings)) as running:
        yield running


def keys(s3: str) -> list[str]:
    with s3_client(s3) as client:
        return [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET)["Contents"]]


async def test_a_flow_runs_with_its_files_in_a_bucket(
    in_bucket: Node, s3: str, tmp_path: Path
) -> None:
    given = tmp_path / "given.txt"
    await in_bucket.storage.put(namespace_file("tests.bucket", "lib/shared.txt"), b"green\n")
    await in_bucket.flows.save(FLOW)
    found: dict[str, Any] = {}
    for _ in range(2):
        given.write_text("blue\n")
        uploads = [Upload("given", "given.txt", given)]
        started = await in_bucket.executions.start("tests.bucket", "in_bucket", uploads=uploads)
        done = await in_bucket.executions.wait(started.id)
        assert done.execution.state.current is StateType.SUCCESS
        found = {run.task_id: run.outputs for run in done.task_runs}
    assert found["told"]["value"].split() == ["blue", "19", "5"]
    assert found["after"]["value"] == str(len(",".join(map(str, range(30001)))))
    assert found["keep"]["vars"] == {"found": True}
    uri = found["work"]["outputFiles"]["all.csv"]
    content = [chunk async for chunk in in_bucket.storage.open(uri)]
    assert b"".join(content) == b"blue\ngreen\n"
    assert {"tests/bucket/_files/lib/shared.txt", "tests/bucket/_kv/color.ion"} <= set(keys(s3))
    assert uri.removeprefix("kestra:///") in keys(s3)
    assert not (in_bucket.options.data_dir / "storage").exists()


async def test_secret_keys_are_shown_nowhere(in_bucket: Node) -> None:
    from tiercel.config import shown_settings

    shown = shown_settings(in_bucket.options.settings)
    assert shown["kestra.storage.s3.bucket"] == BUCKET
    assert S3_KEYS["secret_key"] not in str(shown)
    assert S3_KEYS["secret_key"] not in repr(in_bucket.options)
