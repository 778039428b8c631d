"""What a hostile user would try: each gets a refusal that says why, and nothing is stored."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORM = "multipart/form-data; boundary=x"
YAML = {"content-type": "application/x-yaml"}
JSON = {"content-type": "application/json"}
TASKS = "tasks:\n  - {id: a, type: io.kestra.plugin.core.log.Log, message: hi}\n"
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
REPEATED_KEYS = "id: twice\nnamespace: hostile\nid: again\n"
NAMES = [
    *("", " ", ".", "..", "../x", "a/b", "a\\b", "-a", "_a", ".a", "a b", "a\tb", "a\nb", "a%2fb"),
    *("ünï", "a;b", "a?b", "a#b", "a:b", "{{ x }}", "${x}", "<b>", "a\u202eb", "a" * 300, "😀"),
]


async def stored(node: Node) -> dict[str, int]:
    """Return how many rows the tables hold, and how many files there are in internal storage."""
    connection = await asyncpg.connect(node.endpoints.database_url)
    try:
        tables = ("flows", "executions", "secrets", "triggers", "dashboards", "api_tokens")
        counts = {
            name: await connection.fetchval(f"SELECT count(*) FROM tiercel.{name}")
            for name in tables
        }
    finally:
        await connection.close()
    counts["files"] = len(list(node.options.storage_dir.rglob("*")))
    counts["uploads"] = len(list((node.options.data_dir / "uploads").rglob("*")))
    return counts


async def refused(
    api: httpx.AsyncClient, node: Node, method: str, path: str, **request: Any
) -> httpx.Response:
    """Send something that must be refused with a reason; return the answer."""
    before = await stored(node)
    reply = await api.request(method, path, **request)
    assert 400 <= reply.status_code < 500, (reply.status_code, reply.text[:300])
    message = reply.json()["message"]
    assert len(message) > 3
    assert len(reply.content) < 20_000, "the answer is as long as what was sent"
    assert "Traceback" not in reply.text
    assert str(node.options.data_dir) not in reply.text
    assert await stored(node) == before
    return reply


@pytest.mark.parametrize("name", NAMES)
async def test_ids_that_are_none(api: httpx.AsyncClient, web_node: Node, name: str) -> None:
    flow: dict[str, Any] = {
        "id": "fine",
        "namespace": "hostile",
        "tasks": [{"id": "a", "type": "io.kestra.plugin.core.log.Log", "message": "hi"}],
    }
    for change in (
        {"id": name},
        {"namespace": name},
        {"tasks": [{**flow["tasks"][0], "id": name}]},
    ):
        source = json.dumps({**flow, **change})
        reply = await refused(api, web_node, "POST", "/api/v1/flows", content=source, headers=JSON)
        assert reply.status_code == 422


@pytest.mark.parametrize(
    "source",
    [
        LAUGHS + "id: laughs\nnamespace: hostile\n" + TASKS,
        "id: &a [*a]\nnamespace: hostile\n" + TASKS,
        "id: deep\nnamespace: hostile\nvariables: " + "{a: " * 200 + "1" + "}" * 200 + "\n" + TASKS,
        "[" * 100_000,
        "- " * 50_000,
        "id: !!python/name:os.system x\nnamespace: hostile\n" + TASKS,
        "id: !!python/object/new:type {}\nnamespace: hostile\n" + TASKS,
        "id: !custom x\nnamespace: hostile\n" + TASKS,
        "%TAG ! tag:evil.example,2000:\n---\nid: !x y\nnamespace: hostile\n" + TASKS,
        REPEATED_KEYS + TASKS,
        "? [a, b]\n: c\nid: k\nnamespace: hostile\n" + TASKS,
        "id: control\nnamespace: hostile\ndescription: a\x07b\n" + TASKS,
        "id: yes\nnamespace: hostile\n",
        "id: 12\nnamespace: 7\ntasks: none\n",
        "\ufeff",
        "---\n---\n",
        "id: a\nnamespace: hostile\ntasks: " + json.dumps([{}] * 20),
    ],
    ids=lambda source: source[:30],
)
async def test_yaml_that_is_no_flow(api: httpx.AsyncClient, web_node: Node, source: str) -> None:
    reply = await refused(api, web_node, "POST", "/api/v1/flows", content=source, headers=YAML)
    assert reply.status_code == 422


@pytest.mark.parametrize("path", ["/api/v1/flows", "/api/v1/flows/validate", "/api/v1/dashboards"])
async def test_fifty_megabytes_are_too_much(
    api: httpx.AsyncClient, web_node: Node, path: str
) -> None:
    body = b"id: big\nnamespace: hostile\ndescription: " + b"x" * (50 << 20)
    reply = await refused(api, web_node, "POST", path, content=body, headers=YAML)
    assert reply.status_code == 413


MORE = 50 << 20
ANNOUNCED = f"content-length: {MORE}"
CHUNKED = "transfer-encoding: chunked"


async def answered(api: httpx.AsyncClient, path: str, *headers: str, body: bytes = b"") -> str:
    """Send a request and no more of its body than given; return the answer."""
    server = urlsplit(str(api.base_url))
    reader, writer = await asyncio.open_connection(server.hostname, server.port)
    head = [f"POST {path} HTTP/1.1", f"host: {server.netloc}", *headers, "", ""]
    try:
        writer.write("\r\n".join(head).encode() + body)
        async with asyncio.timeout(60):
            start = await reader.readuntil(b"\r\n\r\n")
            length = int(start.lower().partition(b"content-length:")[2].split()[0])
            return (start + await reader.readexactly(length)).decode()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/flows", "application/x-yaml"),
        ("/api/v1/flows/validate", "application/x-yaml"),
        ("/api/v1/main/flows/bulk", "application/x-yaml"),
        ("/api/v1/executions/webhook/hostile/none/key", "application/json"),
        ("/api/v1/executions/restart/by-ids", "application/json"),
        ("/api/v1/executions/00000000000000/eval", "text/plain"),
        ("/api/v1/dashboards", "application/x-yaml"),
    ],
)
async def test_bodies_that_announce_too_much_are_refused_unread(
    api: httpx.AsyncClient, path: str, kind: str
) -> None:
    reply = await answered(api, path, f"content-type: {kind}", ANNOUNCED, body=b"id: big\n")
    assert reply.startswith(("HTTP/1.1 413 ", "HTTP/1.1 404 "))
    assert "\r\nconnection: close\r\n" in reply


async def test_who_asks_before_sending_is_told_at_once(api: httpx.AsyncClient) -> None:
    kind, expect = "content-type: application/x-yaml", "expect: 100-continue"
    reply = await answered(api, "/api/v1/flows", kind, ANNOUNCED, expect)
    assert reply.startswith("HTTP/1.1 413 ")


async def test_bodies_in_chunks_are_refused_at_their_limit(api: httpx.AsyncClient) -> None:
    limit = 16 << 20
    body = f"{MORE:x}\r\n".encode() + b"#" * (limit + 1)
    reply = await answered(
        api, "/api/v1/flows", "content-type: application/x-yaml", CHUNKED, body=body
    )
    assert reply.startswith("HTTP/1.1 413 ")


async def test_forms_are_refused_where_a_text_is_too_long(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    source = "id: long\nnamespace: hostile.long\ninputs: [{id: day, type: STRING}]\n" + TASKS
    assert (await api.post("/api/v1/flows", content=source, headers=YAML)).status_code == 200
    body = b'--x\r\nContent-Disposition: form-data; name="day"\r\n\r\n' + b"v" * (17 << 20)
    path = "/api/v1/executions/hostile.long/long"
    reply = await answered(api, path, f"content-type: {FORM}", ANNOUNCED, body=body)
    assert reply.startswith("HTTP/1.1 413 ")
    reply = await answered(api, path, "content-type: application/json", ANNOUNCED, body=b"{")
    assert reply.startswith("HTTP/1.1 415 ")
    assert list((web_node.options.data_dir / "uploads").rglob("*")) == []


async def test_clients_that_send_everything_first_see_the_answer(api: httpx.AsyncClient) -> None:
    def ask() -> int:
        server = urlsplit(str(api.base_url))
        connection = HTTPConnection(server.hostname or "", server.port, timeout=60)
        try:
            connection.request("POST", "/api/v1/flows", b"#" * MORE, YAML)
            return connection.getresponse().status
        finally:
            connection.close()

    assert await asyncio.to_thread(ask) == 413


@pytest.mark.parametrize(
    "value",
    ["[" * 5_000 + "]" * 5_000, "[" * 600 + "]" * 600, f"[{'9' * 5_000}]", f"[{'0,' * 300_000}0]"],
    ids=["endless", "deep", "number", "many"],
)
async def test_json_that_goes_on_and_on(api: httpx.AsyncClient, web_node: Node, value: str) -> None:
    log = '"type": "io.kestra.plugin.core.log.Log", "id": "a"'
    inputs = "inputs: [{id: given, type: JSON}, {id: all, type: ARRAY, itemType: INT}]\n"
    source = "id: json\nnamespace: hostile.json\n" + inputs + TASKS
    assert (await api.post("/api/v1/flows", content=source, headers=YAML)).status_code in (200, 422)
    flow = f'{{"id": "b", "namespace": "hostile", "tasks": [{{{log}, "message": {value}}}]}}'
    path = "/api/v1/flows/hostile.json/json"
    for method, place, body in (
        ("POST", "/api/v1/flows", flow),
        ("PUT", path, flow),
        ("PATCH", f"{path}/a", f'{{{log}, "message": {value}}}'),
        ("POST", "/api/v1/executions/restart/by-ids", value),
        ("POST", "/api/v1/executions/labels/by-ids", f'{{"executionsId": {value}}}'),
        ("DELETE", "/api/v1/triggers/delete/by-triggers", value),
    ):
        await refused(api, web_node, method, place, content=body, headers=JSON)
    for place in ("/validate/task?section=TASKS", "/validate/trigger"):
        part = f'{{{log}, "message": {value}}}'
        reply = await api.post(f"/api/v1/flows{place}", content=part, headers=JSON)
        assert reply.status_code == 422 or "constraints" in reply.json()
    form = {"given": (None, value), "all": (None, value)}
    reply = await api.post("/api/v1/executions/hostile.json/json", files=form)
    assert reply.status_code < 500


async def test_endlessly_many_documents(api: httpx.AsyncClient, web_node: Node) -> None:
    source = "---\nid: a\n" * 10_001
    for path in ("/api/v1/flows/validate", "/api/v1/flows/bulk"):
        reply = await refused(api, web_node, "POST", path, content=source, headers=YAML)
        assert "more than 10000 documents" in reply.text


KEYS = ", ".join(f"k{n}: 1" for n in range(300))


def many(values: str) -> str:
    return f"id: many\nnamespace: hostile\nvariables: {{all: [{values}]}}\n{TASKS}"


@pytest.mark.parametrize("path", ["/api/v1/flows", "/api/v1/flows/bulk", "/api/v1/templates"])
async def test_flows_of_endlessly_many_values(
    api: httpx.AsyncClient, web_node: Node, path: str
) -> None:
    source = many("0," * 40_000)
    reply = await refused(api, web_node, "POST", path, content=source, headers=YAML)
    assert reply.status_code == 422
    assert "more than 40000 keys and values" in reply.text
    flow = json.dumps({"id": "many", "namespace": "hostile", "tasks": [0] * 100_000})
    reply = await refused(api, web_node, "POST", path, content=flow, headers=JSON)
    assert reply.status_code == 422
    assert "values, names of properties included" in reply.json()["message"]


async def test_parts_of_flows_of_endlessly_many_values(api: httpx.AsyncClient) -> None:
    reply = await api.post("/api/v1/flows/validate", content=many("0," * 40_000), headers=YAML)
    assert "more than 40000 keys and values" in reply.json()[0]["constraints"]
    path = "/api/v1/flows/validate/task?section=TASKS"
    reply = await api.post(path, content=f"a: [{'0,' * 40_000}]", headers=YAML)
    assert "more than 40000 keys and values" in reply.json()["constraints"]
    reply = await api.post(path, content=json.dumps({"a": [0] * 40_000}), headers=JSON)
    assert reply.status_code == 422


@pytest.mark.parametrize(
    "source",
    [
        "tasks:\n" + "- {id: a, type: nothing}\n" * 300,
        TASKS + "".join(f"k{n}: 1\n" for n in range(300)),
        TASKS + "description: x\n" * 300,
        TASKS + f"labels: [{'{key: a},' * 300}]\n",
        f"tasks: [{{id: a, type: io.kestra.plugin.core.log.Log, {KEYS}}}]",
        f"tasks: [{{id: a, type: io.kestra.plugin.core.debug.Return, format: [{'{},' * 300}]}}]",
    ],
    ids=["tasks", "properties", "repeated", "labels", "of a task", "values"],
)
async def test_no_more_problems_are_looked_for_than_are_read(
    api: httpx.AsyncClient, web_node: Node, source: str
) -> None:
    before = await stored(web_node)
    source = f"id: wrong\nnamespace: hostile\n{source}"
    checked = await api.post("/api/v1/flows/validate", content=source, headers=YAML)
    assert 0 < len(checked.json()[0]["problems"]) <= 101
    reply = await api.post("/api/v1/flows", content=source, headers=YAML)
    assert reply.status_code == 422
    assert await stored(web_node) == before


async def test_no_more_broken_sources_are_read_than_are_told(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    before = await stored(web_node)
    source = "---\nid: a\n" * 2_000
    reply = await api.post("/api/v1/flows/bulk", content=source, headers=YAML)
    assert reply.status_code == 422
    assert "more than 100 problems" in reply.json()["_embedded"]["errors"][-1]["message"]
    assert len(reply.json()["_embedded"]["errors"]) < 300
    assert await stored(web_node) == before


async def test_no_more_of_an_archive_is_read_than_is_told(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    before = await stored(web_node)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("right.yml", f"id: right\nnamespace: hostile\n{TASKS}")
        for number in range(200):
            archive.writestr(f"{number}.yml", "id: a\n")
        archive.writestr("../never_read.yml", "id: a\n")
    files = {"fileUpload": ("flows.zip", buffer.getvalue())}
    reply = await api.post("/api/v1/flows/import", files=files)
    assert reply.status_code == 422
    assert "0.yml: namespace: must not be null" in reply.json()["message"]
    assert "more than 100 problems" in reply.json()["_embedded"]["errors"][-1]["message"]
    assert await stored(web_node) == before


async def test_a_name_stands_in_an_archive_once(api: httpx.AsyncClient, web_node: Node) -> None:
    buffer = io.BytesIO()
    source = f"id: a\nnamespace: hostile\n{TASKS}"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.yml", source)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.yml", source)
    files = {"fileUpload": ("flows.zip", buffer.getvalue())}
    reply = await refused(api, web_node, "POST", "/api/v1/flows/import", files=files)
    assert "'a.yml' twice" in reply.json()["message"]


@pytest.mark.parametrize("kind", ["yaml", "json"])
async def test_flows_of_thousands_of_tasks_are_none_of_that(
    api: httpx.AsyncClient, kind: str
) -> None:
    flow = {
        "id": f"long-{kind}",
        "namespace": "hostile.long",
        "tasks": [
            {"id": f"t{n}", "type": "io.kestra.plugin.core.log.Log", "message": f"say {n}"}
            for n in range(3_000)
        ],
    }
    source = json.dumps(flow)
    headers = YAML if kind == "yaml" else JSON
    reply = await api.post("/api/v1/flows", content=source, headers=headers)
    assert reply.status_code == 200, reply.text[:300]
    assert reply.json()["tasks"][2_999]["message"] == "say 2999"


NAMING = [
    *(("POST", f"/api/v1/executions/{word}/by-ids") for word in ("restart", "pause", "force-run")),
    ("POST", "/api/v1/executions/labels/by-ids"),
    ("DELETE", "/api/v1/executions/kill/by-ids"),
    ("DELETE", "/api/v1/executions/by-ids"),
]


@pytest.mark.parametrize(("method", "path"), NAMING)
async def test_more_executions_than_one_call_names(
    api: httpx.AsyncClient, web_node: Node, method: str, path: str
) -> None:
    ids = [f"x{n}" for n in range(10_001)]
    body = {"executionsId": ids, "executionLabels": []} if "labels" in path else ids
    reply = await refused(api, web_node, method, path, json=body)
    assert reply.status_code == 422
    assert "10001 executions are named" in reply.json()["message"]
    assert "by-query" in reply.json()["hint"]


@pytest.mark.parametrize(("method", "path"), NAMING)
async def test_thousands_of_unknown_executions_are_each_named(
    api: httpx.AsyncClient, web_node: Node, method: str, path: str
) -> None:
    before = await stored(web_node)
    ids = [f"x{n}" for n in range(3_000)]
    body = {"executionsId": ids, "executionLabels": []} if "labels" in path else ids
    reply = await api.request(method, path, json=body)
    assert reply.status_code == 400
    assert [item["invalidValue"] for item in reply.json()["invalids"]] == ids
    assert await stored(web_node) == before


async def test_backfills_of_centuries(api: httpx.AsyncClient, web_node: Node) -> None:
    weekly = "  - {id: week, type: io.kestra.plugin.core.trigger.Schedule, cron: 0 0 * * 1}\n"
    source = f"id: dated\nnamespace: hostile.dated\n{TASKS}triggers:\n{weekly}"
    assert (await api.post("/api/v1/flows", content=source, headers=YAML)).status_code == 200
    body = {
        "namespace": "hostile.dated",
        "flowId": "dated",
        "triggerId": "week",
        "backfill": {"start": "1024-01-01T00:00:00Z", "end": "2024-01-01T00:00:00Z"},
    }
    path = "/api/v1/triggers/backfill"
    for method, place in (("PUT", f"{path}/create"), ("POST", f"{path}/plan")):
        reply = await refused(api, web_node, method, place, json=body)
        assert "more than 200 years" in reply.json()["message"]
        assert "1823" in reply.json()["hint"]


@pytest.mark.parametrize(
    "source",
    [
        f"id: a\nnamespace: hostile\nvariables: {{a: {'9' * 100_000}}}\n{TASKS}",
        f"id: a\nnamespace: hostile\ntasks: [{{id: a, type: {'y' * 100_000}}}]\n",
    ],
    ids=["number", "type"],
)
async def test_refusals_repeat_no_more_than_the_beginning(
    api: httpx.AsyncClient, web_node: Node, source: str
) -> None:
    reply = await refused(api, web_node, "POST", "/api/v1/flows", content=source, headers=YAML)
    assert reply.status_code == 422


def archive(
    *names: str, content: bytes = b"id: a\nnamespace: hostile\n", link: bool = False
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if link:
                entry.external_attr = 0o120777 << 16
            file.writestr(entry, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        archive("../out.yml"),
        archive("/etc/out.yml"),
        archive("a/../../out.yml"),
        archive("C:\\out.yml"),
        archive("link.yml", content=b"/etc/passwd", link=True),
        archive("bomb.yml", content=b"#" * (65 << 20)),
        archive("good.yml")[:-30],
        b"PK\x03\x04" + b"\0" * 100,
        archive("broken.yml", content=b"\xff\xfe"),
    ],
    ids=["up", "root", "inside", "drive", "link", "bomb", "cut", "empty", "bytes"],
)
async def test_archives_that_lead_elsewhere(
    api: httpx.AsyncClient, web_node: Node, content: bytes
) -> None:
    files = {"fileUpload": ("flows.zip", content)}
    await refused(api, web_node, "POST", "/api/v1/flows/import", files=files)
    path = "/api/v1/namespaces/hostile/files?path=/a.zip"
    if b"broken" not in content:
        await refused(api, web_node, "POST", path, files={"fileContent": ("a.zip", content)})


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/../x", "/a/../../x", "/a/./x", "/a\\..\\x", "/a\0b", "/" + "n" * 300),
        *("/%2e%2e/x", "/_flows/../x.yml", "/" + "/".join(["d"] * 1500), "/.", "/.."),
    ],
)
async def test_paths_of_files_that_lead_elsewhere(
    api: httpx.AsyncClient, web_node: Node, path: str
) -> None:
    address = "/api/v1/namespaces/hostile/files"
    if path != "/%2e%2e/x":
        await refused(
            api, web_node, "POST", address, params={"path": path},
            files={"fileContent": ("x", b"content")},
        )  # fmt: skip
    await refused(api, web_node, "GET", address, params={"path": path})


@pytest.mark.parametrize("namespace", ["..", "A", "a..b", "a b", "a%2f..%2fb", "a" * 151, ".a"])
async def test_namespaces_that_are_none(
    api: httpx.AsyncClient, web_node: Node, namespace: str
) -> None:
    base = f"/api/v1/namespaces/{namespace}"
    if namespace == "..":
        base = "/api/v1/namespaces/%2e%2e"
    for method, path, request in [
        ("PUT", "/kv/key", {"content": "1"}),
        ("GET", "/kv/key", {}),
        ("PUT", "/secrets", {"json": {"key": "K", "value": "v"}}),
        ("POST", "/files?path=/a", {"files": {"fileContent": ("a", b"x")}}),
    ]:
        await refused(api, web_node, method, base + path, **request)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("filters[nothing][EQUALS]=x", "known fields"),
        ("filters[namespace][LIKE]=x", "operations"),
        ("filters[namespace]=x", "expected"),
        ("filters[namespace][EQUALS][x]=x", "expected"),
        ("filters[state][IN]=NOPE", "expected one of"),
        ("filters[startDate][EQUALS]=yesterday", "could not be parsed"),
        ("filters[timeRange][EQUALS]=P1Y", "timeRange"),
        ("filters[labels][EQUALS]=x", "queryString"),
        ("filters[namespace][REGEX]=(", "regular expression"),
        ("filters[namespace][REGEX]=" + "(((((a{1,255}){1,255}){1,255}){1,255})", "regular"),
        ("filters[namespace][REGEX]=" + "a" * 501, "regular"),
        ("".join("filters[or][0]" for _ in range(20)), "expected"),
        ("filters[or][0]" * 1, "expected"),
        ("&".join(f"filters[or][{n}][q][EQUALS]=x" for n in range(501)), "filters"),
        ("size=1000000000", "size"),
        ("page=99999999999999999999", "page"),
        ("page=1.5", "page"),
        ("sort=id", "sort"),
        ("sort=document:asc", "sort"),
        ("sort=id;drop:asc", "sort"),
        ("startDate=2024-13-45T00:00:00Z", "startDate"),
        ("startDate=2025-01-01T00:00:00Z&endDate=2024-01-01T00:00:00Z", "before"),
        ("labels=novalue", "queryString"),
        ("state=RUNNING,NOPE", "state"),
        ("q=%00", "U+0000"),
    ],
    ids=lambda text: text[:40],
)
async def test_filters_that_can_not_be_read(
    api: httpx.AsyncClient, web_node: Node, query: str, word: str
) -> None:
    reply = await refused(api, web_node, "GET", f"/api/v1/executions/search?{query}")
    assert word.lower() in reply.text.lower()


async def test_webhooks_that_are_none(api: httpx.AsyncClient, web_node: Node) -> None:
    source = (
        "id: hook\nnamespace: hostile.hook\n" + TASKS + "triggers:\n"
        "  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: right-key}\n"
    )
    assert (await api.post("/api/v1/flows", content=source, headers=YAML)).status_code == 200
    base = "/api/v1/executions/webhook/hostile.hook"
    for path in (
        "hook/wrong",
        "hook/right-ke",
        "hook/RIGHT-KEY",
        "hook/right-key%00",
        "no/right-key",
    ):
        await refused(api, web_node, "POST", f"{base}/{path}", json={})
    big = b'{"a": "' + b"x" * (11 << 20) + b'"}'
    reply = await refused(api, web_node, "POST", f"{base}/hook/right-key", content=big)
    assert reply.status_code == 413


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--", FORM),
        (b"--x\r\nContent-Disposition: form-data; name=\"day\"\r\n\r\nv", FORM),
        (b"", "multipart/form-data"),
        (b"day=1", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="nobody"\r\n\r\n'
            b"v\r\n--x--\r\n",
            FORM,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nv\r\n--x--\r\n',
            FORM,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="day"\r\n\r\n'
            + b"v" * (17 << 20) + b"\r\n--x--\r\n",
            FORM,
        ),
        (b"--x\r\n" + b"A: b\r\n" * 100_000 + b"\r\nv\r\n--x--\r\n", FORM),
        (
            b'--x\r\nContent-Disposition: form-data; name="day"\r\n\r\nv\r\n' * 1_001
            + b"--x--\r\n",
            FORM,
        ),
    ],
    ids=range(10),
)  # fmt: skip
async def test_forms_that_start_nothing(
    api: httpx.AsyncClient, web_node: Node, body: bytes, kind: str
) -> None:
    source = "id: form\nnamespace: hostile.form\ninputs: [{id: day, type: STRING}]\n" + TASKS
    assert (await api.post("/api/v1/flows", content=source, headers=YAML)).status_code in (200, 422)
    await refused(
        api, web_node, "POST", "/api/v1/executions/hostile.form/form",
        content=body, headers={"content-type": kind},
    )  # fmt: skip
