"""A disk is full: tasks that write to it fail with a reason, servers wait until there is room."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from fault_world import World, begins, eventually, marking, own_servers, start, wait_all, wired

WRITE = """
id: write
namespace: tests.fault
tasks:
  - id: write
    type: io.kestra.plugin.core.storage.Write
    content: "{{ range(1, 200000) | join(' some text to fill it, ') }}"
"""


@contextmanager
def mounted(folder: Path, *how: str) -> Iterator[Path]:
    """Mount a file system, if that can be done here."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    if subprocess.run(["mount", *how, str(folder)], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        # a process that ends may hold it for a moment
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB, for internal storage."""
    with mounted(tmp_path / "storage", "-t", "tmpfs", "-o", "size=1m", "tmpfs") as folder:
        yield folder


@pytest.fixture
def disk_of_servers(tmp_path: Path) -> Iterator[Path]:
    """A file system in a sparse file, as large as the streams of NATS want it at least."""
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(4 << 30)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
    except OSError as error:
        pytest.skip(f"no file system can be made here: {error}")
    with mounted(tmp_path / "servers", "-o", "loop", str(image)) as folder:
        folder.chmod(0o755)
        yield folder


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


def fill(path: Path) -> None:
    """Take all room that is left."""
    with path.open("ab") as file:
        size, step = file.tell(), 1 << 30
        while step >= 4096:
            try:
                os.posix_fallocate(file.fileno(), size, step)
                size += step
            except OSError:
                step //= 2


async def test_servers_whose_disk_was_full_go_on_when_there_is_room(
    disk_of_servers: Path, tmp_path: Path, own_types: None
) -> None:
    ballast = disk_of_servers / "ballast"
    async with (
        own_servers(disk_of_servers / "data") as (servers, endpoints),
        wired(tmp_path, endpoints) as world,
        world.node() as node,
    ):
        await node.flows.save(marking("crowded", seconds=0.3, tasks=3))
        ids = await start(node, "crowded", 20)

        async def count() -> int:
            return sum(begins(ids).values())

        await eventually(count, lambda number: number > 20)
        watching = asyncio.create_task(servers.keep_running(every=timedelta(milliseconds=200)))
        try:
            for _ in range(10):
                fill(ballast)
                await asyncio.sleep(0.2)
            ballast.unlink()
            done = await wait_all(node, ids)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert all(3 <= number <= 6 for number in begins(ids).values())
