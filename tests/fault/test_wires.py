"""The network between the parts is cut, silent or slow, and comes back."""

from __future__ import annotations

import asyncio
import os

import pytest
from fault_proxy import Wire
from fault_world import LEASE_SECONDS, World, begins, eventually, marking, start, wait_all

from tiercel.services.node import Node, Role

SILENT_SECONDS = float(os.environ.get("TIERCEL_FAULT_SILENT", "12"))
"""Longer than the lease of a job; 30 in ``make faults``."""


def wire_of(world: World, name: str) -> Wire:
    return world.database if name == "database" else world.bus


async def begun(node: Node, ids: list[str]) -> None:
    async def count() -> int:
        return sum(begins(ids).values())

    await eventually(count, lambda number: number > 0)


@pytest.mark.parametrize("name", ["database", "bus"])
async def test_a_wire_that_is_cut_again_and_again_loses_nothing(world: World, name: str) -> None:
    wire = wire_of(world, name)
    async with world.node(lease=LEASE_SECONDS) as node:
        await node.flows.save(marking("cut", seconds=0.05, tasks=4))
        ids = await start(node, "cut", 20)
        await begun(node, ids)
        for _ in range(4):
            wire.cut()
            await asyncio.sleep(0.2)
            wire.mend()
            await asyncio.sleep(0.2)
        done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {4}


async def test_a_bus_that_is_silent_for_longer_than_a_lease_loses_nothing(world: World) -> None:
    async with world.node() as node:
        await node.flows.save(marking("silent", seconds=0.1, tasks=3))
        ids = await start(node, "silent", 10)
        await begun(node, ids)
        world.bus.freeze()
        await asyncio.sleep(SILENT_SECONDS)
        world.bus.thaw()
        done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert all(3 <= number <= 6 for number in begins(ids).values())


@pytest.mark.parametrize("name", ["database", "bus"])
async def test_a_slow_wire_slows_and_breaks_nothing(world: World, name: str) -> None:
    async with world.node() as node:
        await node.flows.save(marking("slow", tasks=2))
        wire_of(world, name).delay = 0.1
        ids = await start(node, "slow", 5)
        done = await wait_all(node, ids)
        wire_of(world, name).delay = 0.0
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {2}


async def test_a_worker_cut_off_is_replaced_and_what_it_says_later_is_dropped(
    world: World,
) -> None:
    async with world.node(Role.EXECUTOR, Role.INDEXER, lease=LEASE_SECONDS) as node:
        await node.flows.save(marking("replaced", first=60.0))
        async with Wire(world.bus.url) as own:
            far = World(world._data_dir / "far", world._endpoints, world.database, own)
            async with far.node(Role.WORKER, lease=LEASE_SECONDS):
                ids = await start(node, "replaced")
                await begun(node, ids)
                own.freeze()
                async with world.node(Role.WORKER, lease=LEASE_SECONDS):
                    await wait_all(node, ids)
                    own.thaw()
                    await world.accounts(node, ids)
    assert begins(ids) == {ids[0]: 2}
