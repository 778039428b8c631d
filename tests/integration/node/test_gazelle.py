"""The course's first flow: a script with packages of its own reads JSON and passes a number on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tiercel.model.state import StateType

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOW = (Path(__file__).parents[3] / "examples" / "gazelle.yaml").read_text()


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[str]:
    """A loopback server that answers everything with a document about a repository."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps({"stargazers_count": 4321}).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/repository"
    server.close()
    await server.wait_closed()


@pytest.mark.slow
async def test_a_script_with_packages_passes_a_number_on(node, site):
    saved = await node.flows.save(FLOW)
    flow = saved.parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id, variables={"url": site})
    async with asyncio.timeout(100):
        done = await node.executions.wait(execution.id)
    async for _ in node.executions.watch(execution.id):
        pass
    entries = [entry.message for entry in await node.logs.list(execution.id)]
    assert done.execution.state.current is StateType.SUCCESS, entries
    assert entries[-1] == "Number of stars: 4321"
