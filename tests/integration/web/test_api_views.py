"""Executions looked at from other sides: expressions, inputs, previews of files, outputs."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
from api_answers import YAML, recorded, source

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "sesame-open-up"
FLOW = """
id: viewed
namespace: api.views
inputs:
  - {id: count, type: INT, defaults: 3}
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [a, b]
    tasks:
      - id: out
        type: io.kestra.plugin.core.debug.Return
        format: "{{ taskrun.value }}"
outputs:
  - {id: rows, type: INT, value: "{{ inputs.count }}"}
"""


async def run(api: httpx.AsyncClient, flow: str = FLOW) -> dict[str, Any]:
    saved = await api.post("/api/v1/flows", content=flow, headers=YAML)
    assert saved.status_code in (200, 422), saved.text
    execution: dict[str, Any] = (
        await api.post("/api/v1/executions/api.views/viewed?wait=true")
    ).json()
    return execution


async def evaluated(api: httpx.AsyncClient, path: str, expression: str) -> dict[str, str]:
    headers = {"content-type": "text/plain"}
    reply = await api.post(path, content=expression, headers=headers)
    assert reply.status_code == 200, reply.text
    answer: dict[str, str] = reply.json()
    return answer


async def test_expressions_see_what_the_task_run_saw(api: httpx.AsyncClient) -> None:
    execution = await run(api)
    path = f"/api/v1/executions/{execution['id']}/eval"
    [second] = [item for item in execution["taskRunList"] if item.get("value") == "b"]
    expression = "{{ taskrun.value }} {{ inputs.count }} {{ taskrun.id }}"
    found = await evaluated(api, f"{path}/{second['id']}", expression)
    assert found == {"result": f"b 3 {second['id']}"}
    whole = await evaluated(api, path, "{{ execution.id }} {{ outputs.out.a.value }}")
    assert whole == {"result": f"{execution['id']} a"}
    wrong = await evaluated(api, f"{path}/{second['id']}", "{{ missing.a }}")
    assert wrong["error"].startswith("Unable to find `missing` used in the expression")
    assert "stackTrace" in wrong
    later = f"/api/v1/main/executions/{execution['id']}/actions/eval"
    assert await evaluated(api, later, "{{ 1 + 1 }}") == {"result": "2"}
    for unknown in (f"{path}/nothere", "/api/v1/executions/nothere/eval"):
        assert (await api.post(unknown, content="{{ 1 }}")).status_code == 404


@pytest.mark.parametrize(
    "expression",
    [
        "{{ secret('API_KEY') }}",
        "{{ secret('API_KEY') | upper }}",
        "{{ secret('API_KEY') | base64encode }}",
        "{% for c in secret('API_KEY') | split('') %}{{ c }}-{% endfor %}",
        "{{ secret('API_KEY')[0:3] }}",
        "{{ missing[secret('API_KEY')] }}",
    ],
)
async def test_secrets_stay_hidden(api: httpx.AsyncClient, expression: str) -> None:
    execution = await run(api)
    found = await evaluated(api, f"/api/v1/executions/{execution['id']}/eval", expression)
    text = " ".join(found.values()).lower()
    assert SECRET not in text
    assert "ses" not in text.replace("-", "")


async def test_each_input_is_checked_without_a_start(api: httpx.AsyncClient) -> None:
    for name in ("child", "orders"):
        await api.post("/api/v1/flows", content=source(name), headers=YAML)
    parts = {"count": (None, "99"), "region": (None, "west")}
    before = (await api.get("/api/v1/executions/search")).json()["total"]
    reply = await api.post("/api/v1/executions/demo.recorded/orders/validate", files=parts)
    wanted = recorded("inputs_validate")
    found = reply.json()
    for item, other in zip(found["inputs"], wanted["inputs"], strict=True):
        assert item == other
    assert {**found, "inputs": []} == {**wanted, "inputs": []}
    assert (await api.get("/api/v1/executions/search")).json()["total"] == before
    unknown = await api.post("/api/v1/executions/demo.recorded/zzz/validate")
    assert unknown.status_code == 404


async def test_files_are_previewed(api: httpx.AsyncClient, web_node: Node) -> None:
    execution = await run(api)
    base = f"/api/v1/executions/{execution['id']}/file/preview"
    folder = f"kestra:///api/views/viewed/executions/{execution['id']}"

    async def previewed(name: str, content: bytes, **query: Any) -> httpx.Response:
        uri = await web_node.storage.put(f"{folder}/{name}", content)
        return await api.get(base, params={"path": uri, **query})

    csv = b"id,amount\n1,10\n2,20\n3,30\n"
    assert (await previewed("orders.csv", csv)).json() == recorded("preview")
    cut = await previewed("orders.csv", csv, maxRows=2, encoding="ISO-8859-1")
    assert cut.json() == recorded("preview_cut")
    rows = await previewed("rows.ion", b'{a:1,b:"x"}\n{"a":2}\n{a:3}\n', maxRows=2)
    assert rows.json() == {
        "extension": "ion",
        "maxLine": 2,
        "type": "LIST",
        "content": [{"a": 1, "b": "x"}, {"a": 2}],
        "truncated": True,
    }
    image = (await previewed("x.PNG", b"\x89PNG")).json()
    assert (image["type"], image["content"]) == ("IMAGE", "iVBORw==")
    assert (await previewed("x.md", b"# hi")).json()["type"] == "MARKDOWN"
    assert (await previewed("x.upl", b"\xff\xfe")).json()["type"] == "TEXT"
    assert (await previewed("x.gz", gzip.compress(b"x"))).status_code == 200
    for encoding in ("foo", "hex", "x\0"):
        refused = await previewed("orders.csv", csv, encoding=encoding)
        assert refused.status_code in (400, 422)
    assert (await previewed("bad.ion", b"{a:")).status_code == 422
    other = await api.get(base, params={"path": "kestra:///api/views/_files/x"})
    assert other.status_code == 422


async def test_outputs_have_paths_of_their_own(api: httpx.AsyncClient) -> None:
    execution = await run(api)
    path = "/api/v1/main/outputs"
    assert (await api.get(f"{path}/executions/{execution['id']}")).json() == {"rows": 3}
    found = (await api.get(f"{path}/tasks/{execution['id']}")).json()
    assert {(item["taskId"], item["value"]) for item in found} >= {("out", "a"), ("out", "b")}
    last = found[-1]
    outputs = await api.get(f"{path}/tasks/{execution['id']}/{last['taskRunId']}")
    assert outputs.json() == {"value": last["value"]}
    assert (await api.get(f"{path}/tasks/{execution['id']}/nothere")).status_code == 404
