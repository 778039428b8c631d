"""A whole node in this process: embedded servers, executor, worker, indexer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tiercel.main import open_node
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node, NodeOptions

RunFlow = Callable[..., Awaitable[Snapshot]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A running node on a data folder of its own."""
    folder: Path = tmp_path_factory.mktemp("node")
    options = NodeOptions(data_dir=folder, postgres_alias="host.docker.internal:5432")
    async with open_node(options) as running:
        yield running


@pytest.fixture
def run_flow(node: Node) -> RunFlow:
    """Save a flow and run it to its end."""

    async def run(source: str, inputs: Mapping[str, Any] | None = None, **options: Any) -> Snapshot:
        saved = await node.flows.save(source)
        flow = saved.parsed.flow
        execution = await node.executions.start(flow.namespace, flow.id, inputs=inputs, **options)
        return await node.executions.wait(execution.id)

    return run
