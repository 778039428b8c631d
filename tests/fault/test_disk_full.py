"""The disk of internal storage is full: tasks that write fail with a reason, others go on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_world import World, marking, start, wait_all

WRITE = """
id: write
namespace: tests.fault
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: "{{ range(1, 200000) | join(' some text to fill it, ') }}"
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "storage"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_fails_the_task_that_writes(small_disk: Path, world: World) -> None:
    async with world.node() as node:
        await node.flows.save(WRITE)
        await node.flows.save(marking("beside"))
        ids = [*await start(node, "write"), *await start(node, "beside", 3)]
        written, *beside = await wait_all(node, ids)
        async for _ in node.executions.watch(ids[0]):
            pass
        messages = " ".join(entry.message for entry in await node.logs.list(ids[0]))
        await world.accounts(node, ids)
    assert written.execution.state.current.value == "FAILED"
    assert "space" in messages
    assert {item.execution.state.current.value for item in beside} == {"SUCCESS"}
    assert not [path for path in small_disk.rglob("*") if path.is_file()]
