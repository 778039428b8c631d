"""The key-value store over HTTP, and from expressions."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_answers import YAML

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/api/v1/namespaces/api.keys/kv"


async def put(api: httpx.AsyncClient, key: str, text: str, **headers: str) -> httpx.Response:
    return await api.put(
        f"{PATH}/{key}", content=text, headers={"content-type": "text/plain", **headers}
    )


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ('"abc"', "STRING", "abc"),
        ("hello", "STRING", "hello"),
        ("12", "NUMBER", 12),
        ("1.5", "NUMBER", 1.5),
        ("true", "BOOLEAN", True),
        ('{"a":[1,"x"]}', "JSON", {"a": [1, "x"]}),
        ("[1, 2]", "JSON", [1, 2]),
        ("2024-12-20T10:00:00Z", "DATETIME", "2024-12-20T10:00:00Z"),
        ("2024-12-20", "DATE", "2024-12-20"),
        ("P1DT1H", "DURATION", "PT25H"),
        ("null", "STRING", None),
    ],
)
async def test_values_keep_their_type(
    api: httpx.AsyncClient, text: str, kind: str, value: Any
) -> None:
    assert (await put(api, "typed", text)).status_code == 200
    found = (await api.get(f"{PATH}/typed")).json()
    assert (found["type"], found.get("value")) == (kind, value)
    assert ("value" in found) is (value is not None)


@pytest.mark.parametrize(
    "text",
    [
        *("{bad", "hello world", "key:value", "", "2024-12-20T10:00:00", "1e999", "[-1e999]"),
        *('"\\ud800"', '{"\\udfff": 1}', "[" * 100_000),
    ],
    ids=range(10),
)
async def test_other_text_is_refused(api: httpx.AsyncClient, text: str) -> None:
    reply = await put(api, "refused", text)
    assert reply.status_code == 422
    assert reply.json()["message"].startswith("Illegal argument: Invalid JSON value for: ")
    assert (await api.get(f"{PATH}/refused")).status_code == 404


async def test_a_value_lasts_as_long_as_it_should(api: httpx.AsyncClient) -> None:
    assert (await put(api, "brief", "1", ttl="PT0.001S")).status_code == 200
    reply = await api.get(f"{PATH}/brief")
    while reply.status_code == 200:
        reply = await api.get(f"{PATH}/brief")
    assert reply.status_code == 410
    message = "Resource has expired: The requested value has expired"
    assert reply.json()["message"] == message
    assert "brief" not in [entry["key"] for entry in (await api.get(PATH)).json()]
    await put(api, "long", "1", ttl="PT1H")
    [entry] = [item for item in (await api.get(PATH)).json() if item["key"] == "long"]
    assert {"creationDate", "updateDate", "expirationDate"} <= entry.keys()
    for length in ("soon", "-PT1H"):
        assert (await put(api, "long", "1", ttl=length)).status_code == 422


async def test_a_description_in_any_script_is_a_parameter(api: httpx.AsyncClient) -> None:
    path = "/api/v1/namespaces/kv.told/kv"
    reply = await api.put(f"{path}/word", content='"x"', params={"description": "größe 数"})
    assert reply.status_code == 200, reply.text
    [entry] = (await api.get(path)).json()
    assert entry["description"] == "größe 数"


async def test_keys_are_listed_and_deleted(api: httpx.AsyncClient) -> None:
    for key in ("d1", "d2"):
        await put(api, key, "1")
    assert (await api.delete(f"{PATH}/d1")).json() is True
    assert (await api.delete(f"{PATH}/d1")).json() is False
    reply = await api.request("DELETE", PATH, json={"keys": ["d2", "zzz"]})
    assert reply.json() == {"keys": ["d2"]}
    assert (await api.request("DELETE", PATH, json={})).json() == {"keys": []}


async def test_keys_of_parents_and_of_everybody(api: httpx.AsyncClient) -> None:
    await put(api, "inherited", "1")
    found = (await api.get("/api/v1/namespaces/api.keys.child/kv/inheritance")).json()
    assert ("inherited", "api.keys") in [(item["key"], item["namespace"]) for item in found]
    query = {"filters[namespace][STARTS_WITH]": "api.k", "sort": "key:desc", "size": 1}
    page = (await api.get("/api/v1/kv", params=query)).json()
    assert page["total"] >= 1
    assert len(page["results"]) == 1
    none = {"filters[q][EQUALS]": "no such key"}
    assert (await api.get("/api/v1/kv", params=none)).json() == {"results": [], "total": 0}


@pytest.mark.parametrize(
    ("method", "path", "content_type", "status", "message"),
    [
        ("PUT", f"{PATH}/bad key!", "text/plain", 422, "Illegal argument: Key must start with"),
        ("PUT", f"{PATH}/k", "text/html", 415, "Unsupported Media Type: "),
        ("PUT", "/api/v1/namespaces/..%2F..%2Fetc/kv/k", "text/plain", 404, "Not Found"),
        ("PUT", "/api/v1/namespaces/a..b/kv/k", "text/plain", 422, "Illegal argument: Invalid n"),
        ("GET", f"{PATH}/nothere", "", 404, "Not Found: No value found for key 'nothere' in"),
        ("GET", "/api/v1/namespaces/_x/kv", "", 422, "Illegal argument: Invalid namespace"),
    ],
)
async def test_what_is_no_entry(
    api: httpx.AsyncClient, method: str, path: str, content_type: str, status: int, message: str
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    reply = await api.request(method, path, content="1", headers=headers)
    assert (reply.status_code, reply.json()["message"][: len(message)]) == (status, message)


async def test_flows_read_entries_and_namespace_files(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    await put(api, "limits", '{"rows": 7}')
    await web_node.storage.put("kestra:///api/keys/_files/sql/q.sql", b"select 1")
    flow = """
id: reads_keys
namespace: api.keys
tasks:
  - id: out
    type: io.kestra.plugin.core.debug.Return
    format: "{{ kv('limits').rows }} {{ kv('nothere') is null }} {{ read('sql/q.sql') }}"
"""
    reply = await api.post("/api/v1/flows", content=flow, headers=YAML)
    assert reply.status_code == 200, reply.text
    reply = await api.post("/api/v1/executions/api.keys/reads_keys?wait=true")
    assert reply.json()["taskRunList"][0]["outputs"] == {"value": "7 true select 1"}
