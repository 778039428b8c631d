"""Values that are too big: they are kept apart, or refused with a reason; nothing else suffers."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from fault_world import World, marking, start, wait_all

from tiercel.plugin.context import TaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import Output, RunnableTask
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node

MEGABYTE = 1024 * 1024


class Big(RunnableTask):
    """Gives outputs of a size."""

    type_name: ClassVar[str] = "fault.Big"
    text: int = 0
    keys: int = 0

    async def run(self, context: TaskContext) -> Output:
        if self.keys:
            return Output({"value": {f"key-{number}": number for number in range(self.keys)}})
        return Output({"value": "x" * self.text})


BIG = """
id: big
namespace: tests.fault
tasks:
  - {id: make, type: fault.Big, %s}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: "{{ %s }}"}
"""


@pytest.fixture
def big_types(own_types: Registry) -> None:
    """Nodes know :class:`Big` as well."""
    own_types.register(Big)


async def run(node: Node, sizes: str, template: str) -> Snapshot:
    await node.flows.save(BIG % (sizes, template))
    [execution_id] = await start(node, "big")
    [done] = await wait_all(node, [execution_id])
    return done


def reasons(entries: Any) -> str:
    return " ".join(entry.message for entry in entries if entry.level.value == "ERROR")


@pytest.mark.parametrize(
    ("sizes", "template", "value"),
    [
        (f"text: {20 * MEGABYTE}", "outputs.make.value | length", str(20 * MEGABYTE)),
        ("keys: 1000000", "outputs.make.value['key-999999']", "999999"),
    ],
)
async def test_big_outputs_are_kept_and_read(
    world: World, big_types: None, sizes: str, template: str, value: str
) -> None:
    async with world.node() as node:
        done = await run(node, sizes, template)
        await world.accounts(node, [done.execution.id])
        [row] = await world.rows("SELECT max(length(t::text)) AS n FROM task_runs AS t")
    assert done.execution.state.current.value == "SUCCESS"
    assert done.task_runs[-1].outputs == {"value": value}
    assert row["n"] < MEGABYTE


async def test_outputs_of_100_megabytes_fail_their_task_alone(
    world: World, big_types: None
) -> None:
    async with world.node() as node:
        done = await run(node, f"text: {100 * MEGABYTE}", "1")
        async for _ in node.executions.watch(done.execution.id):
            pass
        entries = await node.logs.list(done.execution.id)
        await node.flows.save(marking("small"))
        ids = await start(node, "small", 3)
        small = await wait_all(node, ids)
        await world.accounts(node, [done.execution.id, *ids])
    assert done.execution.state.current.value == "FAILED"
    assert "too big: 100 MB" in reasons(entries)
    assert {item.execution.state.current.value for item in small} == {"SUCCESS"}
