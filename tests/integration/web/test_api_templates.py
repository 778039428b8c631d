"""Templates through the API, and flows that run them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import httpx
import pytest
from api_answers import YAML

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/api/v1/templates"
TEMPLATE = """id: shared
namespace: tests.templates
tasks:
  - id: inner
    type: io.kestra.plugin.core.debug.Return
    format: "{{ parent.outputs.args.name }}"
"""
FLOW = """id: uses_shared
namespace: tests.templates
tasks:
  - id: before
    type: io.kestra.plugin.core.debug.Return
    format: x
  - id: part
    type: io.kestra.core.tasks.flows.Template
    namespace: tests.templates
    templateId: TEMPLATE
    args:
      name: "{{ outputs.before.value }}-name"
  - id: after
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.inner.value }}"
"""


async def create(api: httpx.AsyncClient, source: str) -> httpx.Response:
    return await api.post(PATH, content=source, headers=YAML)


async def run(api: httpx.AsyncClient, save_flow: Any, template_id: str) -> dict[str, Any]:
    await save_flow(FLOW.replace("TEMPLATE", template_id))
    reply = await api.post("/api/v1/executions/tests.templates/uses_shared?wait=true")
    found: dict[str, Any] = reply.json()
    return found


async def test_templates_are_saved_read_changed_and_deleted(api: httpx.AsyncClient) -> None:
    source = TEMPLATE.replace("id: shared", "id: crud")
    saved = await create(api, source)
    assert saved.status_code == 200
    assert set(saved.json()) == {"id", "namespace", "tasks", "deleted"}
    again = await create(api, source)
    assert again.status_code == 422
    assert "template.id: Template id already exists" in again.json()["message"]
    one = f"{PATH}/tests.templates/crud"
    changed = await api.put(one, content=f"{source}description: new\n", headers=YAML)
    assert changed.json()["description"] == "new"
    assert (await api.get(one)).json() == changed.json()
    found = await api.get(f"{PATH}/search", params={"q": "crud"})
    assert found.json()["total"] == 1
    assert "tests.templates" in (await api.get(f"{PATH}/distinct-namespaces")).json()
    assert (await api.delete(one)).status_code == 204
    assert (await api.get(one)).status_code == 404
    assert (await api.delete(one)).status_code == 404


async def test_a_template_is_checked(api: httpx.AsyncClient) -> None:
    documents = f"{TEMPLATE}---\n{TEMPLATE}inputs: []\n---\nid: x\nnamespace: y\n"
    reply = await api.post(f"{PATH}/validate", content=documents, headers=YAML)
    good, extra, empty = reply.json()
    assert "constraints" not in good
    assert "inputs" in extra["constraints"]
    assert "tasks" in empty["constraints"]


async def test_templates_go_out_and_come_back(api: httpx.AsyncClient) -> None:
    source = TEMPLATE.replace("tests.templates", "tests.moved")
    sources = f"{source}---\n{source.replace('id: shared', 'id: other')}"
    reply = await api.post(f"{PATH}/tests.moved", content=sources, headers=YAML)
    assert [one["id"] for one in reply.json()] == ["shared", "other"]
    archive = await api.get(f"{PATH}/export/by-query", params={"namespace": "tests.moved"})
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        assert files.namelist() == ["tests.moved.other.yml", "tests.moved.shared.yml"]
    names = [{"namespace": "tests.moved", "id": name} for name in ("shared", "other")]
    gone = await api.request("DELETE", f"{PATH}/delete/by-ids", json=names)
    assert gone.json() == {"count": 2}
    files = {"fileUpload": ("templates.zip", archive.content)}
    assert (await api.post(f"{PATH}/import", files=files)).status_code == 200
    assert (await api.get(f"{PATH}/tests.moved/other")).status_code == 200
    left = await api.post(f"{PATH}/tests.moved", content=source, headers=YAML)
    assert left.status_code == 200
    assert (await api.get(f"{PATH}/tests.moved/other")).status_code == 404


async def test_a_flow_runs_the_tasks_of_a_template(api: httpx.AsyncClient, save_flow: Any) -> None:
    await create(api, TEMPLATE)
    done = await run(api, save_flow, "shared")
    assert done["state"]["current"] == "SUCCESS"
    runs = {one["taskId"]: one for one in done["taskRunList"]}
    assert list(runs) == ["before", "part", "inner", "after"]
    assert runs["inner"]["parentTaskRunId"] == runs["part"]["id"]
    assert runs["part"]["outputs"] == {"args": {"name": "x-name"}}
    assert runs["after"]["outputs"]["value"] == "x-name"


async def test_a_missing_template_fails_its_task(api: httpx.AsyncClient, save_flow: Any) -> None:
    done = await run(api, save_flow, "nowhere")
    states = {one["taskId"]: one["state"]["current"] for one in done["taskRunList"]}
    assert states == {"before": "SUCCESS", "part": "FAILED"}
    logs = (await api.get(f"/api/v1/logs/{done['id']}", params={"minLevel": "ERROR"})).json()
    assert logs[0]["message"].endswith("Can't find flow template 'tests.templates.nowhere'")


async def test_an_execution_goes_on_with_the_template_it_began_with(
    api: httpx.AsyncClient, save_flow: Any
) -> None:
    paused = TEMPLATE.replace("id: shared", "id: pausing").replace(
        "tasks:\n", "tasks:\n  - id: wait\n    type: io.kestra.plugin.core.flow.Pause\n"
    )
    await create(api, paused)
    started = await run_paused(api, save_flow)
    changed = TEMPLATE.replace("id: shared", "id: pausing").replace("inner", "renamed")
    await api.put(f"{PATH}/tests.templates/pausing", content=changed, headers=YAML)
    await api.post(f"/api/v1/executions/{started}/resume")
    await api.get(f"/api/v1/executions/{started}/follow")
    found = (await api.get(f"/api/v1/executions/{started}")).json()
    names = [one["taskId"] for one in found["taskRunList"]]
    assert names == ["before", "part", "wait", "inner", "after"]
    assert found["state"]["current"] == "SUCCESS"


async def run_paused(api: httpx.AsyncClient, save_flow: Any) -> str:
    await save_flow(FLOW.replace("TEMPLATE", "pausing"))
    reply = await api.post("/api/v1/executions/tests.templates/uses_shared")
    execution_id: str = reply.json()["id"]
    async with api.stream("GET", f"/api/v1/executions/{execution_id}/follow") as stream:
        async for line in stream.aiter_lines():
            if '"PAUSED"' in line:
                break
    return execution_id
