"""Many flows at once: files, namespaces, changes by ids and by query."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import Any

import httpx
import pytest
from api_answers import YAML, recorded, source

pytestmark = pytest.mark.asyncio(loop_scope="session")


def flow(flow_id: str, namespace: str, message: str = "hi") -> str:
    return (
        f"id: {flow_id}\nnamespace: {namespace}\ntasks:\n"
        f"  - id: a\n    type: io.kestra.plugin.core.log.Log\n    message: {message}\n"
    )


async def ids_in(api: httpx.AsyncClient, namespace: str) -> list[str]:
    return [item["id"] for item in (await api.get(f"/api/v1/flows/{namespace}")).json()]


def zip_of(files: dict[str, str], *, link: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if link:
            entry = zipfile.ZipInfo(link)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


async def send(api: httpx.AsyncClient, name: str, content: bytes | str) -> httpx.Response:
    data = content.encode() if isinstance(content, str) else content
    return await api.post("/api/v1/flows/import", files={"fileUpload": (name, data)})


async def test_documents_are_imported_and_exported(api: httpx.AsyncClient) -> None:
    space = "sets.documents"
    reply = await send(api, "flows.yml", f"{flow('i1', space)}---\n{flow('i2', space)}")
    assert (reply.status_code, reply.json()) == (200, [])
    assert await ids_in(api, space) == ["i1", "i2"]
    exported = await api.get("/api/v1/flows/export/by-query", params={"namespace": space})
    assert exported.headers["content-type"] == "application/octet-stream"
    assert 'filename="flows.zip"' in exported.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert archive.namelist() == [f"{space}.i1.yml", f"{space}.i2.yml"]
        assert archive.read(f"{space}.i1.yml").decode() == flow("i1", space).strip()
    again = await send(api, "fileUpload", exported.content)
    assert again.status_code == 200
    assert (await api.get(f"/api/v1/flows/{space}/i1")).json()["revision"] == 1
    named = await api.post("/api/v1/flows/export/by-ids", json=[{"namespace": space, "id": "i2"}])
    with zipfile.ZipFile(io.BytesIO(named.content)) as archive:
        assert archive.namelist() == [f"{space}.i2.yml"]


async def test_one_bad_flow_keeps_all_out(api: httpx.AsyncClient) -> None:
    space = "sets.nothing"
    bad = f"id: bad\nnamespace: {space}\ntasks: []\n"
    reply = await send(api, "flows.yml", f"{flow('good', space)}---\n{bad}")
    assert reply.status_code == 422
    assert "must not be empty" in reply.json()["message"]
    assert await ids_in(api, space) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("flows.txt", b"x", "Illegal argument: Cannot import file of type .txt"),
        ("a.zip", b"PK\x03\x04nonsense", "Illegal argument: The archive can't be read: "),
        ("a.zip", zip_of({"../x.yml": "id: x"}), "Illegal argument: The archive can't be read: '"),
        ("a.zip", zip_of({"/x.yml": "id: x"}), "Illegal argument: The archive can't be read: '"),
        ("a.zip", zip_of({}, link="x.yml"), "Illegal argument: The archive can't be read: 'x.yml'"),
        ("a.yml", b"\xff\xfe", "Illegal argument: the file is not UTF-8"),
    ],
)
async def test_files_that_are_refused(
    api: httpx.AsyncClient, name: str, content: bytes, message: str
) -> None:
    reply = await send(api, name, content)
    assert (reply.status_code, reply.json()["message"][: len(message)]) == (422, message)


async def test_an_archive_that_grows_too_large_is_refused(api: httpx.AsyncClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(5):
            archive.writestr(f"{index}.yml", b"#" * (16 << 20))
    reply = await send(api, "bomb.zip", buffer.getvalue())
    assert reply.status_code == 422
    assert "too large" in reply.json()["message"]
    nothing = await api.post("/api/v1/flows/import", files={"other": ("a.yml", b"id: x")})
    assert nothing.status_code == 422


async def test_a_namespace_becomes_what_is_given(api: httpx.AsyncClient) -> None:
    space, path = "sets.replaced", "/api/v1/flows/sets.replaced"
    for name in ("old", "kept"):
        await api.post("/api/v1/flows", content=flow(name, space), headers=YAML)
    body = f"{flow('kept', space, 'changed')}---\n{flow('new', space)}"
    found = (await api.post(path, content=body, headers=YAML)).json()
    shown = [(item["id"], item["revision"], item["deleted"]) for item in found]
    assert shown == [("old", 1, False), ("kept", 2, False), ("new", 1, False)]
    assert await ids_in(api, space) == ["kept", "new"]
    more = await api.post(f"{path}?delete=false", content=flow("more", space), headers=YAML)
    assert [item["id"] for item in more.json()] == ["more"]
    as_json = [{"id": "json", "namespace": space, "tasks": found[2]["tasks"]}]
    assert [item["id"] for item in (await api.post(path, json=as_json)).json()][-1] == "json"
    assert await ids_in(api, space) == ["json"]
    assert (await api.post(path)).status_code == 200
    assert await ids_in(api, space) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (flow("x", "sets.other"), "flow.namespace: Flow namespace is invalid"),
        (f"{flow('x', 'sets.strict')}---\n{flow('x', 'sets.strict')}", "Duplicate flow id"),
    ],
)
async def test_flows_that_do_not_belong_there(
    api: httpx.AsyncClient, body: str, message: str
) -> None:
    reply = await api.post("/api/v1/flows/sets.strict", content=body, headers=YAML)
    assert reply.status_code == 422
    assert message in reply.json()["message"]
    assert await ids_in(api, "sets.strict") == []


async def test_several_namespaces_at_once(api: httpx.AsyncClient) -> None:
    for name in ("a", "b"):
        await api.post("/api/v1/flows", content=flow("gone", f"sets.bulk.{name}"), headers=YAML)
    body = f"{flow('n', 'sets.bulk.a')}---\n{flow('n', 'sets.bulk.b')}"
    reply = await api.post("/api/v1/flows/bulk", content=body, headers=YAML)
    assert [item["id"] for item in reply.json()] == ["gone", "gone", "n", "n"]
    query = {"namespace": "sets.bulk.a"}
    strict = await api.post("/api/v1/flows/bulk", params=query, content=body, headers=YAML)
    assert strict.status_code == 422


async def test_flows_are_disabled_enabled_and_deleted(api: httpx.AsyncClient) -> None:
    space = "sets.changed"
    for name in ("f1", "f2"):
        await api.post("/api/v1/flows", content=flow(name, space), headers=YAML)
    ids = [{"namespace": space, "id": "f1"}]
    for count in (1, 0):
        reply = await api.post("/api/v1/flows/disable/by-ids", json=ids)
        assert reply.json() == {"count": count}
    saved = (await api.get(f"/api/v1/flows/{space}/f1", params={"source": True})).json()
    assert saved["disabled"] is True
    assert saved["revision"] == 2
    assert saved["source"] == f"{flow('f1', space)}disabled: true\n"
    query = {"namespace": space}
    assert (await api.post("/api/v1/flows/enable/by-query", params=query)).json() == {"count": 1}
    saved = (await api.get(f"/api/v1/flows/{space}/f1", params={"source": True})).json()
    assert saved["source"] == f"{flow('f1', space)}disabled: false\n"
    missing = [*ids, {"namespace": space, "id": "nothere"}]
    for path, method in (("disable/by-ids", "POST"), ("delete/by-ids", "DELETE")):
        reply = await api.request(method, f"/api/v1/flows/{path}", json=missing)
        message = "Not Found: No value present"
        assert (reply.status_code, reply.json()["message"]) == (404, message)
    assert (await api.get(f"/api/v1/flows/{space}/f1")).json()["disabled"] is False
    reply = await api.request("DELETE", "/api/v1/flows/delete/by-ids", json=ids)
    assert reply.json() == {"count": 1}
    reply = await api.request("DELETE", "/api/v1/flows/delete/by-query", params=query, json={})
    assert reply.json() == {"count": 1}
    none = await api.request("DELETE", "/api/v1/flows/delete/by-query", params=query)
    assert none.json() == {"count": 0}


async def test_sources_are_searched(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/flows", content=source("child"), headers=YAML)
    await api.post("/api/v1/flows", content=source("orders"), headers=YAML)
    query = {"q": "orders of", "namespace": "demo.recorded"}
    found = (await api.get("/api/v1/flows/source", params=query)).json()
    assert found["total"] == 1
    [hit] = found["results"]
    assert hit["model"]["id"] == "orders"
    assert hit["fragments"] == recorded("source_fragments")
    names = (await api.get("/api/v1/flows/distinct-namespaces?q=recorded")).json()
    assert names == ["demo.recorded"]


async def test_one_task_is_read_and_replaced(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/flows", content=flow("one", "sets.task"), headers=YAML)
    path = "/api/v1/flows/sets.task/one"
    task = {"id": "a", "type": "io.kestra.plugin.core.log.Log", "message": "other"}
    assert (await api.patch(f"{path}/a", json=task)).json()["tasks"] == [task]
    assert (await api.get(f"{path}/tasks/a")).json() == task
    assert (await api.get(f"{path}/tasks/a?revision=1")).json() == {**task, "message": "hi"}
    reply = await api.patch(f"{path}/a", json={**task, "id": "b"})
    message = "Illegal argument: Invalid taskId, previous 'a' & current 'b'"
    assert (reply.status_code, reply.json()["message"]) == (422, message)
    assert (await api.patch(f"{path}/zzz", json=task)).status_code == 404
    assert (await api.get(f"{path}/tasks/zzz")).status_code == 404
    assert (await api.delete(f"{path}/revisions?revisions=1&revisions=2")).status_code == 200
    left = (await api.get(f"{path}/revisions")).json()
    assert [item["revision"] for item in left] == [2]


@pytest.mark.parametrize(
    ("path", "kind", "body", "constraints"),
    [
        (
            "task?section=TASKS",
            "application/x-yaml",
            "id: a\ntype: io.kestra.plugin.core.log.Log\n",
            "message: must not be null\n",
        ),
        (
            "trigger",
            "application/json",
            '{"id":"t","type":"io.kestra.plugin.core.trigger.Schedule"}',
            "cron: must not be null\n",
        ),
        (
            "trigger",
            "",
            'id: t\ntype: io.kestra.plugin.core.trigger.Schedule\ncron: "@daily"',
            None,
        ),
    ],
)
async def test_tasks_and_triggers_are_checked_alone(
    api: httpx.AsyncClient, path: str, kind: str, body: str, constraints: str | None
) -> None:
    headers = {"content-type": kind} if kind else {}
    reply = await api.post(f"/api/v1/flows/validate/{path}", content=body, headers=headers)
    checked: dict[str, Any] = reply.json()
    checked.pop("problems", None)
    wanted = {"index": 0, "outdated": False}
    assert checked == (wanted if constraints is None else {**wanted, "constraints": constraints})


async def test_a_section_has_to_be_named_for_yaml(api: httpx.AsyncClient) -> None:
    reply = await api.post("/api/v1/flows/validate/task", content="id: a", headers=YAML)
    message = "Bad Request: Required QueryValue [section] not specified"
    assert (reply.status_code, reply.json()["message"]) == (400, message)
