"""The server itself over HTTP, and who may ask it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from tiercel.main import serve
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_health_says_that_the_database_answers(api: httpx.AsyncClient) -> None:
    reply = await api.get("/health")
    assert reply.status_code == 200
    assert reply.json() == {
        "name": "tiercel",
        "status": "UP",
        "details": {"database": {"status": "UP"}},
    }
    assert (await api.get("/health/liveness")).json()["status"] == "UP"
    assert (await api.get("/ping")).text == "pong"


async def test_configs_tell_clients_what_this_server_is(api: httpx.AsyncClient) -> None:
    for path in ("/api/v1/configs", "/api/v1/main/configs", "/api/v1/configs/"):
        configs = (await api.get(path)).json()
        assert configs["systemNamespace"] == "system"
        assert configs["isBasicAuthEnabled"] is False
        assert len(configs["uuid"]) == 22


async def test_services_tell_who_is_there_and_what_waits(api: httpx.AsyncClient) -> None:
    async with asyncio.timeout(60):
        while True:  # tests of other files may have left an attempt at work
            found = (await api.get("/api/v1/services")).json()
            [process] = found["results"]
            if process["state"] == "RUNNING" and process["worker"]["running"] == 0:
                break
            await asyncio.sleep(0.1)
    assert found["total"] == 1
    assert process["state"] == "RUNNING"
    assert process["roles"] == ["executor", "indexer", "scheduler", "webserver", "worker"]
    assert process["worker"] == {"group": "default", "slots": 8, "running": 0}
    assert [(item["name"], item["status"]) for item in found["servers"]] == [
        ("PostgreSQL", "UP"),
        ("NATS", "UP"),
    ]
    assert found["servers"][0]["size"] > 0
    assert set(found["queues"]) == {"jobs", "inbox", "logs"}
    assert [item for item in found["problems"] if item["severity"] == "ERROR"] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"host": "localhost:1234"}, 200),
        ({"host": "[::1]:80"}, 200),
        ({"host": ""}, 403),
    ],
)
async def test_a_local_server_answers_under_local_names_only(
    api: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await api.get("/ping", headers=headers)).status_code == status


async def test_pages_of_others_change_nothing(api: httpx.AsyncClient) -> None:
    path = "/api/v1/executions/nobody/kill"
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        reply = await api.delete(path, headers={"origin": origin})
        assert reply.status_code == 403
        assert reply.json()["message"].startswith(f"Forbidden: a page of '{origin}'")
    own = await api.delete(path, headers={"origin": str(api.base_url)})
    assert own.status_code == 404


async def test_a_stopping_server_ends_its_streams(web_node: Node, api: httpx.AsyncClient) -> None:
    source = (
        "id: long\nnamespace: api.stop\ntasks:\n"
        "  - id: a\n    type: io.kestra.plugin.core.flow.Sleep\n    duration: PT1H\n"
    )
    execution = await _start(web_node, source)
    async with (
        asyncio.timeout(60),
        AsyncExitStack() as stack,
        httpx.AsyncClient(timeout=60) as client,
        serve(web_node, "127.0.0.1", 0) as url,
    ):
        for path in (f"executions/{execution}/follow", f"logs/{execution}/follow"):
            stream = client.stream("GET", f"{url}/api/v1/{path}")
            await stack.enter_async_context(stream)
    await web_node.executions.kill(execution)
    assert (await api.get("/ping")).text == "pong"


async def _start(node: Node, source: str) -> str:
    saved = await node.flows.save(source)
    flow = saved.parsed.flow
    return (await node.executions.start(flow.namespace, flow.id)).id
