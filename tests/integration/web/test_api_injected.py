"""Texts that would be SQL or a command elsewhere: they are values, and nothing else."""

from __future__ import annotations

import asyncpg
import httpx
import pytest

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

INJECTED = (
    "'; DROP TABLE tiercel.executions; --",
    "' OR '1'='1",
    "1); DELETE FROM tiercel.flows; --",
    "x' UNION SELECT value FROM tiercel.secrets --",
    "$1",
    "%' OR true --",
    "\\'; SELECT pg_sleep(30); --",
)
FIELDS = ("q", "namespace", "flowId", "triggerExecutionId", "scope")


async def tables(node: Node) -> int:
    """Return how many tables there are."""
    connection = await asyncpg.connect(node.endpoints.database_url)
    try:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'tiercel'"
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


@pytest.mark.parametrize("text", INJECTED)
async def test_a_filter_is_a_value(api: httpx.AsyncClient, web_node: Node, text: str) -> None:
    before = await tables(web_node)
    for path in ("executions", "flows", "logs", "triggers"):
        for operation in ("EQUALS", "CONTAINS", "STARTS_WITH", "IN", "NOT_EQUALS"):
            for field in FIELDS:
                reply = await api.get(
                    f"/api/v1/{path}/search", params={f"filters[{field}][{operation}]": text}
                )
                assert reply.status_code < 500, reply.text
                if reply.status_code == 200 and operation in ("EQUALS", "IN"):
                    assert reply.json()["total"] == 0 or field == "scope", reply.text
    assert await tables(web_node) >= before


@pytest.mark.parametrize("text", INJECTED)
async def test_a_sort_is_a_field_or_refused(
    api: httpx.AsyncClient, web_node: Node, text: str
) -> None:
    before = await tables(web_node)
    for path in ("executions", "flows", "triggers"):
        for sort in (text, f"{text}:asc", f"state.startDate:{text}", f"id,{text}"):
            reply = await api.get(f"/api/v1/{path}/search", params={"sort": sort})
            assert reply.status_code < 500, reply.text
    assert await tables(web_node) >= before


async def test_labels_and_names_are_values(api: httpx.AsyncClient, web_node: Node) -> None:
    before = await tables(web_node)
    for text in INJECTED:
        params = {"labels": f"team:{text}", "q": text}
        reply = await api.get("/api/v1/executions/search", params=params)
        assert reply.status_code in (200, 422), reply.text
        reply = await api.get(f"/api/v1/executions/{text.replace('/', '')}")
        assert 400 <= reply.status_code < 500
    assert await tables(web_node) >= before
