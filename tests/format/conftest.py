"""A whole node for flows of every kind, and short words for tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from api_kit import Api
from format_kit import Gate, Runner

from tiercel.main import open_node, serve
from tiercel.services.node import Node, NodeOptions


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A running node on a data folder of its own."""
    folder: Path = tmp_path_factory.mktemp("format")
    async with open_node(NodeOptions(data_dir=folder)) as running:
        yield running


@pytest.fixture
def run(node: Node, request: pytest.FixtureRequest) -> Runner:
    """Runs flows; their ids are made of the name of the test."""
    return Runner(node, request.node.name)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """What holds tasks of the test at work until it is opened."""
    return Gate(tmp_path / "gate")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the node's REST API on a real port."""
    async with (
        serve(node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def api(http: httpx.AsyncClient, request: pytest.FixtureRequest) -> Api:
    """The outside view: flows, executions and logs through the REST API."""
    module = request.node.path.stem.removeprefix("test_").removeprefix("outside_")
    return Api(http, f"{module}-{request.node.name}")
