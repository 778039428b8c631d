"""Files of executions: downloaded, measured, previewed, and kept from others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from api_kit import Api, Json, run_of
from format_kit import task

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def with_input(api: Api, content: bytes) -> tuple[Json, str]:
    """Return an execution with a file as its input, and the file's URI."""
    flow = await api.save(
        [task("debug.Return", "r")], inputs=[{"id": "f", "type": "FILE", "required": False}]
    )
    started = await api.start(flow, files={"files": ("f", content)})
    return started, started["inputs"]["f"]


async def written(api: Api, content: str, extension: str) -> tuple[Json, str]:
    """Return an execution that wrote a file, and the file's URI."""
    done = await api.run(task("storage.Write", "w", content=content, extension=extension))
    return done, run_of(done, "w")["outputs"]["uri"]


async def asked(
    api: Api, execution: Json, uri: str, what: str = "", **query: Any
) -> httpx.Response:
    path = f"/api/v1/executions/{execution['id']}/file{what}"
    return await api.http.get(path, params={"path": uri, **query})


async def previewed(api: Api, execution: Json, uri: str, **query: Any) -> Json:
    reply = await asked(api, execution, uri, "/preview", **query)
    assert reply.status_code == 200, reply.text
    found: Json = reply.json()
    return found


async def test_a_file_is_downloaded_as_it_is(api: Api):
    content = bytes(range(256))
    execution, uri = await with_input(api, content)
    reply = await asked(api, execution, uri)
    name = uri.rpartition("/")[2]
    assert (reply.content, reply.headers["content-type"]) == (content, "application/octet-stream")
    assert reply.headers["content-disposition"] == (
        f"attachment; filename=\"{name}\"; filename*=utf-8''{name}"
    )
    assert (await asked(api, execution, uri, "/metas")).json() == {"size": 256}


async def test_a_preview_shows_the_first_rows(api: Api):
    execution, uri = await written(api, "a,b\n1,é\n2,x\n", ".csv")
    found = await previewed(api, execution, uri)
    shown = {"extension": "csv", "type": "TEXT", "content": "a,b\n1,é\n2,x"}
    assert found == {**shown, "maxLine": 100, "truncated": False}
    cut = await previewed(api, execution, uri, maxRows=2)
    assert (cut["content"], cut["maxLine"], cut["truncated"]) == ("a,b\n1,é\n", 2, True)


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("UTF-8", "é".encode()),
        ("ISO-8859-1", "é".encode("latin-1")),
        ("Cp1250", "ł".encode("cp1250")),
        ("Cp1251", "ж".encode("cp1251")),
        ("Cp1252", "€".encode("cp1252")),
        ("Cp500", "é".encode("cp500")),
        ("UTF-16", "é".encode("utf-16-be")),
        ("UTF-16", "é".encode("utf-16")),
    ],
)
async def test_a_preview_knows_encodings(api: Api, encoding: str, content: bytes):
    execution, uri = await with_input(api, content)
    codec = "utf-16" if encoding == "UTF-16" and content[0] > 0xF0 else encoding
    wanted = content.decode("utf-16-be" if codec == "UTF-16" else codec)
    assert (await previewed(api, execution, uri, encoding=encoding))["content"] == wanted


@pytest.mark.parametrize(
    ("extension", "content", "kind", "shown"),
    [
        (".ion", '{a:1,b:"x"}\n{a:2}\n', "LIST", [{"a": 1, "b": "x"}, {"a": 2}]),
        (".md", "# x", "MARKDOWN", "# x"),
        (".svg", "<svg/>", "IMAGE", "PHN2Zy8+"),
        (".pdf", "%PDF", "PDF", "JVBERg=="),
        (".txt", "", "TEXT", ""),
    ],
)
async def test_a_preview_is_of_the_kind_of_the_file(
    api: Api, extension: str, content: str, kind: str, shown: Any
):
    execution, uri = await written(api, content, extension)
    found = await previewed(api, execution, uri)
    assert (found["type"], found["content"]) == (kind, shown)


async def test_what_is_refused(api: Api):
    execution, uri = await with_input(api, b"x")
    reply = await asked(api, execution, uri, "/preview", encoding="foo")
    message = "Illegal argument: Unable to preview using encoding 'foo'"
    assert (reply.status_code, reply.json()["message"]) == (422, message)
    for path in ("kestra:///etc/passwd", f"{uri}/../../../../../../../x"):
        reply = await asked(api, execution, path)
        assert (reply.status_code, reply.json()["message"]) == (
            422,
            "Illegal argument: Invalid prefix path",
        )
    assert (await asked(api, execution, "no uri")).status_code == 422
    assert (await asked(api, execution, f"{uri}.gone")).status_code == 404
    await api.call("GET", f"/executions/{execution['id']}/file", 400)


async def test_a_file_of_another_execution_of_the_flow_is_somewhere_else(api: Api):
    flow = await api.save(
        [task("debug.Return", "r")], inputs=[{"id": "f", "type": "FILE", "required": False}]
    )
    owner = await api.start(flow, files={"files": ("f", b"x")})
    other = await api.start(flow)
    reply = await asked(api, other, owner["inputs"]["f"])
    assert reply.status_code == 307
    place = f"/api/v1/executions/{owner['id']}/file?path={owner['inputs']['f']}"
    assert reply.headers["location"] == place
    assert (await api.http.get(place)).content == b"x"
