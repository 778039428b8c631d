"""PostgreSQL and NATS are killed under running executions, NATS with all that it kept."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import asyncpg
from fault_world import (
    LEASE_SECONDS,
    begins,
    eventually,
    kill_server,
    marking,
    own_servers,
    start,
    wait_all,
    wired,
)

from tiercel.embedded import EmbeddedServers

LOAD = int(os.environ.get("TIERCEL_FAULT_LOAD", "150"))
RESTARTS = int(os.environ.get("TIERCEL_FAULT_RESTARTS", "3"))
EVERY_SECONDS = float(os.environ.get("TIERCEL_FAULT_EVERY", "0.7"))


@asynccontextmanager
async def revived(servers: EmbeddedServers) -> AsyncIterator[None]:
    """Start a server again when it dies."""
    watching = asyncio.create_task(servers.keep_running(every=timedelta(milliseconds=200)))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_database_killed_again_and_again_loses_nothing(
    tmp_path: Path, own_types: None
) -> None:
    folder = tmp_path / "servers"
    async with (
        own_servers(folder) as (servers, endpoints),
        wired(tmp_path, endpoints) as world,
        world.node(lease=LEASE_SECONDS) as node,
    ):
        await node.flows.save(marking("restarted", seconds=0.2, tasks=3))
        ids = await start(node, "restarted", LOAD)

        async def database_answers() -> bool:
            with suppress(OSError, asyncpg.PostgresError):
                return bool(await world.rows("SELECT 1"))
            return False

        async with revived(servers):
            for _ in range(RESTARTS):
                await asyncio.sleep(EVERY_SECONDS)
                await eventually(database_answers, bool)
                kill_server(folder, "postmaster.pid")
            done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {3}


async def test_a_bus_that_lost_everything_loses_nothing(tmp_path: Path, own_types: None) -> None:
    folder = tmp_path / "servers"
    async with (
        own_servers(folder) as (servers, endpoints),
        wired(tmp_path, endpoints) as world,
        world.node(lease=LEASE_SECONDS) as node,
    ):
        await node.flows.save(marking("forgotten", seconds=0.3, tasks=3))
        ids = await start(node, "forgotten", 40)

        async def count() -> int:
            return sum(begins(ids).values())

        await eventually(count, lambda number: number > 20)
        kill_server(folder, "nats.pid")
        for kept in (folder / "nats").rglob("jetstream"):
            shutil.rmtree(kept)
        async with revived(servers):
            done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert all(3 <= number <= 6 for number in begins(ids).values())
