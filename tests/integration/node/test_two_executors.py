"""Two executors on one database: limits hold, children are started once, nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from node_kit import most_at_once

from tiercel.model.state import StateType
from tiercel.services.catalog import FlowCatalog
from tiercel.services.children import Children
from tiercel.services.clock import new_id, utc_now
from tiercel.services.executor import Executor
from tiercel.services.live import Live
from tiercel.services.new_executions import ExecutionMaker
from tiercel.services.node import Node
from tiercel.services.step import Environment
from tiercel.store import Condition, Operation

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def second(node: Node) -> AsyncIterator[None]:
    """One more executor beside that of the node."""
    from tiercel.expressions import LocalServices

    services = LocalServices()
    environment = Environment(node.registry, services, utc_now, new_id)
    catalog = FlowCatalog(node.store, node.registry)
    maker = ExecutionMaker(services, {})
    children = Children(node.store, catalog, maker, node.storage, environment)
    executor = Executor(node.store, node.bus, catalog, environment, Live(node.bus), children)
    running = asyncio.create_task(executor.run())
    yield
    await executor.stop()
    await running


async def test_a_limit_holds_whoever_counts(node):
    source = """
id: two_limited
namespace: tests.two
concurrency: {limit: 3}
tasks:
  - {id: s, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.02S}
"""
    flow = (await node.flows.save(source)).parsed.flow
    started = await asyncio.gather(
        *(node.executions.start(flow.namespace, flow.id) for _ in range(60))
    )
    async with asyncio.timeout(60):
        done = [await node.executions.wait(item.id) for item in started]
    assert {item.execution.state.current for item in done} == {StateType.SUCCESS}
    assert most_at_once(done) <= 3


async def test_every_parent_has_one_child(node):
    await node.flows.save("""
id: two_child
namespace: tests.two
tasks:
  - {id: r, type: io.kestra.plugin.core.debug.Return, format: x}
""")
    flow = (
        await node.flows.save("""
id: two_parent
namespace: tests.two
tasks:
  - {id: s, type: io.kestra.plugin.core.flow.Subflow, namespace: tests.two, flowId: two_child}
""")
    ).parsed.flow
    started = await asyncio.gather(
        *(node.executions.start(flow.namespace, flow.id) for _ in range(40))
    )
    async with asyncio.timeout(60):
        done = [await node.executions.wait(item.id) for item in started]
    assert {item.execution.state.current for item in done} == {StateType.SUCCESS}
    _, total = await node.executions.search(
        [Condition("flow_id", Operation.EQUALS, "two_child")], size=1
    )
    assert total == 40
