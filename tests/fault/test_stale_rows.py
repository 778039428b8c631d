"""Thousands of executions that seem to run, and nobody who runs them."""

from __future__ import annotations

import os

from fault_world import World, begins, eventually, marking, start, wait_all
from nats_kit import connected

from tiercel.bus.names import Names
from tiercel.services.node import Role

STALE = int(os.environ.get("TIERCEL_FAULT_STALE", "1000"))
NAMES = Names("tiercel")


async def left_behind(world: World, flow_id: str, count: int, *, seconds: float = 0.0) -> list[str]:
    """Make executions whose attempts seem to run since yesterday, on workers that are gone."""
    async with world.node(Role.EXECUTOR) as node:
        await node.flows.save(marking(flow_id, seconds=seconds))
        ids: list[str] = []
        while len(ids) < count:
            ids += await start(node, flow_id, min(100, count - len(ids)))

        async def jobs() -> int:
            [row] = await world.rows("SELECT count(*) AS n FROM jobs")
            return int(row["n"])

        await eventually(jobs, lambda number: number == count)
    await world.rows("UPDATE jobs SET started_at = now() - interval '1 day'")
    async with connected(world.bus.url) as client:
        for stream in NAMES.streams:
            await client.jetstream().delete_stream(stream)
    return ids


async def test_what_seems_to_run_since_yesterday_is_run(world: World) -> None:
    ids = await left_behind(world, "stale", STALE)
    async with world.node() as node:
        done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {1}


async def test_what_ran_on_a_dead_worker_can_be_killed(world: World) -> None:
    ids = await left_behind(world, "dead", 5, seconds=60.0)
    async with world.node(Role.EXECUTOR, Role.WEBSERVER) as node:
        for execution_id in ids:
            await node.executions.kill(execution_id)
        done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"KILLED"}
    assert set(begins(ids).values()) == {0}
