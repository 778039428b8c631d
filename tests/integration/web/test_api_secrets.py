"""Secrets come in and are used, and never go out."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from tiercel.services.node import Node
from tiercel.services.secret_book import SecretBook
from tiercel.services.secrets import follower_of_workers

SECRET = "sesame-open-up"
SaveFlow = Callable[[str], Awaitable[dict[str, Any]]]
pytestmark = pytest.mark.asyncio(loop_scope="session")

PLANTED = 'pl4nted/"s3cret"+of&th3 house:§-{0123456789abcdef}'


def path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets"


async def put(api: httpx.AsyncClient, namespace: str, **body: Any) -> httpx.Response:
    return await api.put(path(namespace), json=body)


async def logged(api: httpx.AsyncClient, namespace: str, flow_id: str) -> tuple[str, list[str]]:
    started = await api.post(
        f"/api/v1/main/executions/{namespace}/{flow_id}", params={"wait": "true"}
    )
    assert started.status_code == 200, started.text
    found = started.json()
    logs = await api.get(f"/api/v1/logs/{found['id']}")
    return found["state"]["current"], [entry["message"] for entry in logs.json()]


async def test_a_secret_is_set_described_and_deleted(api: httpx.AsyncClient) -> None:
    body = {"key": "DB", "value": "v4lue", "description": "of it", "tags": [{"key": "a"}]}
    first = (await put(api, "secrets.crud", **body)).json()
    assert [(item["key"], item["description"]) for item in first] == [("DB", "of it")]
    assert first[0]["tags"] == [{"key": "a", "value": ""}]
    changed = await api.patch(f"{path('secrets.crud')}/db", json={"description": "new"})
    assert changed.json()[0]["description"] == "new"
    listed = (await api.get("/api/v1/main/namespaces/secrets.crud/secrets")).json()
    assert listed["readOnly"] is False
    assert [item["key"] for item in listed["results"]] == ["DB", "API_KEY"]
    assert (await api.delete(f"{path('secrets.crud')}/DB")).json() == []
    assert (await api.delete(f"{path('secrets.crud')}/DB")).status_code == 404


async def test_the_nearest_namespace_wins(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await put(api, "secrets", key="DEPTH", value="outermost-value")
    await put(api, "secrets.near", key="depth", value="nearest-value")
    await save_flow(
        "id: depth\nnamespace: secrets.near.flow\ntasks:\n"
        "  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message:\n"
        "      - \"{{ secret('DEPTH') | length }}\"\n"
        "      - \"{{ secret('DEPTH', 'secrets') | length }}\"\n"
        "      - \"{{ secret('api_key') | length }}\"\n"
    )
    state, messages = await logged(api, "secrets.near.flow", "depth")
    assert state == "SUCCESS"
    assert messages == [str(len("nearest-value")), str(len("outermost-value")), str(len(SECRET))]
    inherited = await api.get("/api/v1/namespaces/secrets.near.flow/inherited-secrets")
    assert inherited.json()["secrets.near"] == ["depth", "API_KEY"]
    everywhere = await api.get("/api/v1/secrets", params={"q": "secrets.near", "size": 5})
    assert [item["key"] for item in everywhere.json()["results"]] == ["depth"]


async def test_a_changed_secret_counts_at_once(api: httpx.AsyncClient, save_flow: SaveFlow) -> None:
    await save_flow(
        "id: now\nnamespace: secrets.now\ntasks:\n  - id: say\n"
        "    type: io.kestra.plugin.core.log.Log\n"
        "    message: \"{{ secret('NOW') | length }}\"\n"
    )
    for value in ("one", "three", "eleven!"):
        await put(api, "secrets.now", key="NOW", value=value)
        assert await logged(api, "secrets.now", "now") == ("SUCCESS", [str(len(value))])
    await api.delete(f"{path('secrets.now')}/NOW")
    state, messages = await logged(api, "secrets.now", "now")
    assert state == "FAILED"
    assert "Cannot find secret for key 'NOW'." in messages[0]


@pytest.mark.parametrize(
    ("namespace", "body", "status"),
    [
        ("secrets.bad", {"key": "A"}, 422),
        ("secrets.bad", {"value": "A"}, 422),
        ("secrets.bad", {"key": "A", "value": ""}, 422),
        ("secrets.bad", {"key": "A", "value": " \n"}, 422),
        ("secrets.bad", {"key": "A", "value": 7.5}, 422),
        ("secrets.bad", {"key": "A", "value": "x" * (256 << 10) + "x"}, 422),
        ("secrets.bad", {"key": "../A", "value": "x"}, 422),
        ("secrets.bad", {"key": "", "value": "x"}, 422),
        ("secrets.bad", {"key": "A b", "value": "x"}, 422),
        ("secrets.bad", {"key": "A" * 201, "value": "x"}, 422),
        ("secrets.bad", {"key": "A", "value": "x\0y"}, 422),
        ("secrets.bad", {"key": "A", "value": "x", "description": "d" * 1001}, 422),
        ("secrets.bad", {"key": "A", "value": "x", "tags": [{"key": "t"}] * 51}, 422),
        ("secrets.bad", [1], 422),
        ("Secrets.BAD", {"key": "A", "value": "x"}, 422),
        ("secrets..bad", {"key": "A", "value": "x"}, 422),
    ],
)
async def test_what_is_no_secret(
    api: httpx.AsyncClient, namespace: str, body: Any, status: int
) -> None:
    reply = await api.put(path(namespace), json=body)
    assert reply.status_code == status, reply.text
    assert "xxxx" not in reply.text
    stored = (await api.get("/api/v1/secrets", params={"q": "bad"})).json()
    assert stored["results"] == []


async def test_workers_without_a_database_ask_for_secrets(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    await put(api, "secrets.remote", key="REMOTE", value="seen from afar")
    book = SecretBook()
    await follower_of_workers(web_node.bus, book).load()
    assert book.find("remote", "secrets.remote.below") == "seen from afar"
    assert "seen from afar" in book.texts


def forms() -> list[bytes]:
    """Every text that must be nowhere, as bytes."""
    raw = PLANTED.encode()
    texts = [
        PLANTED,
        json.dumps(PLANTED)[1:-1],
        quote(PLANTED, safe=""),
        json.dumps(PLANTED, ensure_ascii=False)[1:-1],
        PLANTED[10:16],
        PLANTED[-12:],
        *(base64.b64encode(bytes(n) + raw).decode()[4:-8] for n in range(3)),
    ]
    return [text.encode() for text in texts]


async def everything_stored(node: Node) -> dict[str, bytes]:
    """Return all tables as text, and all files that the node keeps, those of NATS included."""
    found: dict[str, bytes] = {}
    connection = await asyncpg.connect(node.endpoints.database_url)
    try:
        rows = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'tiercel'::regnamespace"
        )
        for row in rows:
            lines = await connection.fetch(f'SELECT t::text FROM tiercel."{row[0]}" t')
            found[row[0]] = "\n".join(line[0] for line in lines).encode()
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    folder: Path = node.options.data_dir
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # the servers are at work
            if file.is_file() and not file.is_symlink():
                found[str(file)] = file.read_bytes()
    return found


FLOW = """\
id: planted
namespace: secrets.planted
inputs:
  - id: hidden
    type: SECRET
    defaults: "{{ secret('PLANTED') }}"
variables:
  held: "{{ secret('PLANTED') }}"
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message:
      - "raw {{ secret('PLANTED') }} and {{ render(vars.held) }}"
      - "url {{ secret('PLANTED') | urlencode }}"
      - "json {{ {'a': secret('PLANTED')} | json }}"
      - "base64 {{ ('user:' ~ secret('PLANTED')) | base64encode }}"
      - "input {{ inputs.hidden }}"
  - id: script
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    env:
      HIDDEN: "{{ secret('PLANTED') }}"
    script: |
      echo "$HIDDEN"; echo "x$HIDDEN" | base64; echo "xy$HIDDEN" | base64 -w0; echo
      echo "$HIDDEN" | fold -w 20
      printf '%s' "$HIDDEN" >&2
  - id: broken
    type: io.kestra.plugin.core.log.Log
    message: "{{ secret('PLANTED') | jq('.a') }}"
    allowFailure: true
  - id: condition
    type: io.kestra.plugin.core.flow.If
    condition: "{{ secret('PLANTED') == 'x' }}"
    then:
      - {id: never, type: io.kestra.plugin.core.log.Log, message: never}
"""


async def test_a_planted_secret_is_found_nowhere(
    api: httpx.AsyncClient, save_flow: SaveFlow, web_node: Node
) -> None:
    await put(api, "secrets", key="PLANTED", value=PLANTED)
    await save_flow(FLOW)
    started = await api.post("/api/v1/executions/secrets.planted/planted", params={"wait": "true"})
    execution = started.json()
    identity = execution["id"]
    assert execution["state"]["current"] in ("SUCCESS", "WARNING"), started.text
    answers = {"start": started.content}
    async with asyncio.timeout(60):
        while (await api.get(f"/api/v1/logs/{identity}")).content.count(b"*****") < 9:
            await asyncio.sleep(0.02)
    for name in [
        f"executions/{identity}",
        f"executions/{identity}/graph",
        f"executions/{identity}/flow",
        f"outputs/executions/{identity}",
        f"outputs/tasks/{identity}",
        f"logs/{identity}",
        f"logs/{identity}/download",
        "logs/search?size=1000",
        "executions/search?namespace=secrets.planted",
        "executions/export/by-query/csv?namespace=secrets.planted",
        "flows/export/by-query?namespace=secrets.planted",
        "namespaces/secrets.planted/secrets",
        "secrets",
    ]:
        answers[name] = (await api.get(f"/api/v1/{name}")).content
    for expression in [
        "{{ secret('PLANTED') }}",
        "{{ secret('PLANTED') | base64encode }}",
        "{{ inputs.hidden }}",
        "{{ vars.held }}{{ render(vars.held) }}",
    ]:
        reply = await api.post(
            f"/api/v1/executions/{identity}/eval",
            content=expression,
            headers={"content-type": "text/plain"},
        )
        assert reply.status_code == 200
        answers[expression] = reply.content
    places = {**answers, **await everything_stored(web_node)}
    leaks = {name for name, content in places.items() for form in forms() if form in content}
    assert leaks == set()
