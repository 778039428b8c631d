"""A whole node in this process, for tasks that ask their server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tiercel.main import open_node
from tiercel.services.node import Node, NodeOptions


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A running node on a data folder of its own."""
    folder: Path = tmp_path_factory.mktemp("node")
    async with open_node(NodeOptions(data_dir=folder)) as running:
        yield running
