"""Namespaces and their files over HTTP."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest
from api_answers import YAML, recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")


def files(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/files"


async def put(api: httpx.AsyncClient, namespace: str, path: str, content: bytes) -> httpx.Response:
    parts = {"fileContent": ("file", content)}
    return await api.post(files(namespace), params={"path": path}, files=parts)


async def found(api: httpx.AsyncClient, namespace: str, q: str = "") -> list[str]:
    paths: list[str] = (await api.get(f"{files(namespace)}/search", params={"q": q})).json()
    return paths


async def test_namespaces_with_flows_and_their_parents(api: httpx.AsyncClient) -> None:
    task = "  - {id: a, type: io.kestra.plugin.core.log.Log, message: hi}\n"
    flow = f"id: x\nnamespace: spaces.deep.team\ntasks:\n{task}"
    await api.post("/api/v1/flows", content=flow, headers=YAML)
    query = {"q": "SPACES", "sort": "id:asc"}
    page = (await api.get("/api/v1/namespaces/search", params=query)).json()
    assert page == {
        "results": [
            {"id": name, "deleted": False, "disabled": True}
            for name in ("spaces", "spaces.deep", "spaces.deep.team")
        ],
        "total": 3,
    }
    query = {"q": "spaces", "sort": "id:desc", "size": "1"}
    page = (await api.get("/api/v1/namespaces/search", params=query)).json()
    assert [item["id"] for item in page["results"]] == ["spaces.deep.team"]
    system = (await api.get("/api/v1/namespaces/search", params={"q": "system"})).json()
    assert [item["id"] for item in system["results"]] == ["system"]
    reply = await api.post("/api/v1/main/namespaces/autocomplete", json={"q": "spaces.d"})
    assert reply.json() == ["spaces.deep", "spaces.deep.team"]
    one = (await api.get("/api/v1/namespaces/spaces.deep")).json()
    assert one == {"id": "spaces.deep", "deleted": False}
    executable = (await api.get("/api/v1/executions/namespaces")).json()
    assert "spaces.deep.team" in executable
    flows = (await api.get("/api/v1/executions/namespaces/spaces.deep.team/flows")).json()
    assert [(item["id"], item["tasks"][0]["id"]) for item in flows] == [("x", "a")]


async def test_files_are_stored_listed_and_read(api: httpx.AsyncClient) -> None:
    space = "files.plain"
    assert (await put(api, space, "/scripts/main.py", b"print('hi')\n")).status_code == 200
    assert (await put(api, space, "data/a.csv", b"1")).status_code == 200
    reply = await api.get(files(space), params={"path": "/scripts/main.py"})
    assert reply.content == b"print('hi')\n"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert await found(api, space, "main") == ["/scripts/main.py"]
    query = {"path": "/scripts/main.py"}
    entry = (await api.get(f"{files(space)}/stats", params=query)).json()
    wanted = recorded("file_stats")
    assert entry.keys() == wanted.keys()
    assert {name: entry[name] for name in ("type", "size", "fileName")} == {
        name: wanted[name] for name in ("type", "size", "fileName")
    }
    children = (await api.get(f"{files(space)}/directory")).json()
    assert [(item["type"], item["fileName"]) for item in children] == [
        ("Directory", "data"),
        ("Directory", "scripts"),
    ]
    root = (await api.get(f"{files(space)}/stats")).json()
    assert (root["type"], root["fileName"]) == ("Directory", "_files")
    assert (await api.get(f"{files('files.new')}/directory")).json() == []


async def test_a_file_is_written_over(api: httpx.AsyncClient) -> None:
    path = "/api/v1/namespaces/api.over/files"
    for text in ("one", "", "three"):
        part = {"fileContent": ("a.txt", text.encode())}
        reply = await api.post(path, params={"path": "/deep/a.txt"}, files=part)
        assert reply.status_code == 200, reply.text
    assert (await api.get(path, params={"path": "/deep/a.txt"})).text == "three"


async def test_folders_come_and_go(api: httpx.AsyncClient) -> None:
    space = "files.folders"
    path = f"{files(space)}/directory"
    assert (await api.post(path, params={"path": "/empty/deep"})).status_code == 200
    assert [item["fileName"] for item in (await api.get(path)).json()] == ["empty"]
    await put(api, space, "/empty/deep/x.txt", b"1")
    await put(api, space, "/other/y.txt", b"1")
    reply = await api.delete(files(space), params={"path": "/empty/deep/x.txt"})
    assert reply.status_code == 200
    assert [item["fileName"] for item in (await api.get(path)).json()] == ["other"]
    move = {"from": "/other", "to": "/moved/here"}
    assert (await api.put(files(space), params=move)).status_code == 200
    assert await found(api, space) == ["/moved/here/y.txt"]
    assert (await api.put(files(space), params={"from": "/zzz", "to": "/a"})).status_code == 404
    assert (await api.delete(files(space), params={"path": "/moved"})).status_code == 200
    assert (await api.delete(files(space), params={"path": "/moved"})).status_code == 200
    assert await found(api, space) == []


async def test_flows_among_the_files(api: httpx.AsyncClient) -> None:
    space = "files.flows"
    task = "  - {id: a, type: io.kestra.plugin.core.log.Log, message: hi, namespace: x}\n"
    flow = f"id: f\nnamespace: elsewhere\ntasks:\n{task.replace(', namespace: x', '')}"
    assert (await put(api, space, "/_flows/f.yml", flow.encode())).status_code == 200
    saved = (await api.get(f"/api/v1/flows/{space}/f?source=true")).json()
    assert saved["source"] == flow.replace("elsewhere", space)
    deep = await put(api, space, "/_flows/a/b.yml", flow.encode())
    assert deep.json()["message"] == "Illegal argument: Invalid flow file path: /_flows/a/b.yml"
    await put(api, space, "/a.txt", b"text")
    exported = await api.get(f"{files(space)}/export")
    assert f'filename="{space}_files.zip"' in exported.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert sorted(archive.namelist()) == ["_flows/f.yml", "a.txt"]
    parts = {"fileContent": ("all.zip", exported.content)}
    copy = "files.copied"
    reply = await api.post(files(copy), params={"path": "/all.zip"}, files=parts)
    assert reply.status_code == 200
    assert await found(api, copy) == ["/a.txt"]
    assert (await api.get(f"/api/v1/flows/{copy}/f")).json()["namespace"] == copy


@pytest.mark.parametrize(
    ("method", "query", "status", "message"),
    [
        ("GET", "", 400, "Bad Request: Required QueryValue [path] not specified"),
        ("GET", "?path=/nope", 404, "Not Found: There is nothing at /nope"),
        ("GET", "?path=/_flows/x.yml", 422, "Illegal argument: Forbidden path: /_flows/x.yml"),
        ("GET", "?path=/../../etc/passwd", 422, "Illegal argument: Invalid path: "),
        ("GET", "?path=%2e%2e/%2e%2e/etc", 422, "Illegal argument: Invalid path: "),
        ("GET", "?path=..%5c..%5cetc", 422, "Illegal argument: Invalid path: "),
        ("DELETE", "?path=/_flows", 422, "Illegal argument: Forbidden path: /_flows"),
        ("PUT", "?from=/a&to=/_flows/a", 422, "Illegal argument: Forbidden path: /_flows/a"),
        ("PUT", "?from=/a", 400, "Bad Request: Required QueryValue [to] not specified"),
        ("GET", "/search", 400, "Bad Request: Required QueryValue [q] not specified"),
        ("GET", "/directory?path=/a/file.txt", 422, "Illegal argument: /a/file.txt is a file"),
        ("POST", "/directory?path=/a/file.txt/b", 422, "Illegal argument: /a/file.txt is a file"),
        ("POST", "?path=/a/file.txt/b", 422, "Illegal argument: /a/file.txt is a file"),
        ("POST", "?path=/a", 422, "Illegal argument: /a is a folder"),
        ("PUT", "?from=/a&to=/a/b", 422, "Illegal argument: /a can't be moved into itself"),
    ],
)
async def test_paths_that_lead_nowhere(
    api: httpx.AsyncClient, method: str, query: str, status: int, message: str
) -> None:
    await put(api, "files.refused", "/a/file.txt", b"1")
    reply = await api.request(method, f"{files('files.refused')}{query}")
    assert (reply.status_code, reply.json()["message"][: len(message)]) == (status, message)


async def test_secrets_are_named_and_never_shown(api: httpx.AsyncClient) -> None:
    names = (await api.get("/api/v1/namespaces/any/secrets")).json()
    assert names.keys() == {"readOnly", "results", "total"}
    assert all("value" not in item for item in names["results"])
    everywhere = (await api.get("/api/v1/main/secrets", params={"size": 100})).json()
    assert {"key": "API_KEY"} in everywhere["results"]
    assert (await api.get("/api/v1/namespaces/a.b/inherited-secrets")).json().keys() == {"a"}
