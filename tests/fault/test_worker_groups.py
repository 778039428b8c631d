"""Worker groups: whose jobs a worker takes, and what becomes of those of a group without any."""

from __future__ import annotations

import pytest
from fault_world import World, begins, eventually, start, wait_all

from tiercel.services.node import Role

GROUPED = """
id: grouped
namespace: tests.fault
tasks:
  - id: t
    type: fault.Mark
    workerGroup: {key: gpu, fallback: %s}
"""


@pytest.mark.parametrize(("fallback", "state"), [("FAIL", "FAILED"), ("CANCEL", "KILLED")])
async def test_a_group_without_workers_ends_what_does_not_want_to_wait(
    world: World, fallback: str, state: str
) -> None:
    async with world.node() as node:
        await node.flows.save(GROUPED % fallback)
        ids = await start(node, "grouped")
        [done] = await wait_all(node, ids)
        await world.accounts(node, ids)
        entries = await node.logs.list(ids[0])
    assert done.execution.state.current.value == state
    assert done.task_runs[0].state.current.value == state
    assert any("No worker of group 'gpu' is connected" in entry.message for entry in entries)
    assert begins(ids) == {ids[0]: 0}


async def test_what_wants_to_wait_runs_when_a_worker_of_its_group_comes(world: World) -> None:
    async with world.node() as node:
        await node.flows.save(GROUPED % "WAIT")
        ids = await start(node, "grouped")

        async def waiting() -> str | None:
            return await node.operations.why_waiting(ids[0])

        await eventually(waiting, lambda why: why is not None and "'gpu'" in why)
        async with world.node(Role.WORKER, group="gpu"):
            [done] = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert done.execution.state.current.value == "SUCCESS"


@pytest.mark.parametrize("fallback", ["FAIL", "CANCEL"])
async def test_a_group_with_workers_runs_whatever_the_fallback(world: World, fallback: str) -> None:
    async with world.node() as node, world.node(Role.WORKER, group="gpu"):

        async def attended() -> bool:
            return await node.bus.has_workers("gpu")

        await eventually(attended, bool)
        await node.flows.save(GROUPED % fallback)
        ids = await start(node, "grouped", 40)
        done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}


TAGGED = """
id: tagged
namespace: tests.fault
tasks:
  - id: t
    type: fault.Mark
    workerSelector: {tags: [%s], match: %s, fallback: %s}
"""
TAGS = {"eu": ("eu", "fast"), "gpu": ("fast", "gpu")}


@pytest.mark.parametrize(
    ("tags", "match"), [("gpu", "ALL"), ("gpu, fast", "ALL"), ("fast", "ALL"), ("eu, gpu", "ANY")]
)
async def test_a_task_runs_where_workers_are_whose_group_has_its_tags(
    world: World, tags: str, match: str
) -> None:
    servers = world.node(Role.EXECUTOR, Role.INDEXER, tags=TAGS)
    async with servers as node, world.node(Role.WORKER, group="gpu"):

        async def attended() -> bool:
            return await node.bus.has_workers("gpu")

        await eventually(attended, bool)
        await node.flows.save(TAGGED % (tags, match, "FAIL"))
        ids = await start(node, "tagged", 5)
        done = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}


@pytest.mark.parametrize(
    ("tags", "fallback", "state", "says"),
    [
        ("gpu", "FAIL", "FAILED", "No worker of a group with the tags gpu is connected"),
        ("eu, gpu", "WAIT", "FAILED", "There is no worker group with the tags eu, gpu"),
        ("none", "CANCEL", "KILLED", "There is no worker group with the tags none"),
        ("gpu", "IGNORE", "SUCCESS", ""),
        ("none", "IGNORE", "SUCCESS", ""),
    ],
)
async def test_tags_of_no_worker_do_what_the_fallback_says(
    world: World, tags: str, fallback: str, state: str, says: str
) -> None:
    async with world.node(tags=TAGS) as node:
        await node.flows.save(TAGGED % (tags, "ALL", fallback))
        ids = await start(node, "tagged")
        [done] = await wait_all(node, ids)
        await world.accounts(node, ids)
        entries = await node.logs.list(ids[0])
    assert done.execution.state.current.value == state
    assert says in " ".join(entry.message for entry in entries)
    assert begins(ids) == {ids[0]: int(state == "SUCCESS")}


async def test_tags_that_may_be_waited_for_are_found_when_a_worker_comes(world: World) -> None:
    async with world.node(tags=TAGS) as node:
        await node.flows.save(TAGGED % ("gpu", "ALL", "WAIT"))
        ids = await start(node, "tagged")

        async def waiting() -> str | None:
            return await node.operations.why_waiting(ids[0])

        wanted = "a group with the tags gpu"
        await eventually(waiting, lambda why: why is not None and wanted in why)
        async with world.node(Role.WORKER, group="gpu"):
            [done] = await wait_all(node, ids)
        await world.accounts(node, ids)
    assert done.execution.state.current.value == "SUCCESS"
