"""A node with its API on a real port, and a client."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tiercel.main import open_node, serve
from tiercel.services.node import Node, NodeOptions

SECRET = "sesame-open-up"
SaveFlow = Callable[[str], Awaitable[dict[str, Any]]]
YAML = {"content-type": "application/x-yaml"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def web_node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A running node on a data folder of its own."""
    folder: Path = tmp_path_factory.mktemp("web")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_API_KEY", base64.b64encode(SECRET.encode()).decode())
        async with open_node(NodeOptions(data_dir=folder)) as node:
            yield node


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api(web_node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the node's API."""
    async with (
        serve(web_node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def save_flow(api: httpx.AsyncClient) -> SaveFlow:
    """Create or update a flow through the API and return it."""

    async def save(source: str) -> dict[str, Any]:
        reply = await api.post("/api/v1/flows", content=source, headers=YAML)
        if reply.status_code == 422:
            fields = dict(line.split(": ", 1) for line in source.splitlines()[:2])
            path = f"/api/v1/flows/{fields['namespace']}/{fields['id']}"
            reply = await api.put(path, content=source, headers=YAML)
        assert reply.status_code == 200, reply.text
        saved: dict[str, Any] = reply.json()
        return saved

    return save
