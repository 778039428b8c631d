from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.core import http


class Handler(BaseHTTPRequestHandler):
    """Answers by path: /status/N, /echo, /file, /named, /short, /moved, /empty."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def answer(self, code: int, body: bytes, **headers: str) -> None:
        self.send_response(code)
        given = {"Content-Length": str(len(body)), "X-Thing": "1", **headers}
        for name, value in given.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path.startswith("/status/"):
            self.answer(int(path.rpartition("/")[2]), b"the reason")
        elif path == "/echo":
            shown = f"{self.command} {self.path}\n{self.headers}\n".encode()
            self.answer(200, shown + sent)
        elif path == "/named":
            self.answer(200, b"x", Content_Disposition='attachment; filename="/a/b c.jpg"')
        elif path == "/short":
            self.close_connection = True
            self.answer(200, b"x", Content_Length="10")
        elif path == "/moved":
            self.answer(302, b"", Location="/status/200")
        elif path == "/empty":
            self.answer(200, b"")
        else:
            self.answer(200, b"1,2\n")

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815  names that http.server looks for


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, uri: str, **properties: Any) -> dict[str, Any]:
    task = getattr(http, name).model_validate({"uri": uri, **properties})
    output: Output = await task.run(context)
    return {key: value for key, value in (output.values or {}).items() if value is not None}


async def test_an_answer_is_kept(context: FakeTaskContext, server: str):
    outputs = await run(context, "Request", f"{server}/status/200")
    assert outputs["code"] == 200
    assert outputs["body"] == "the reason"
    assert outputs["headers"]["X-Thing"] == ["1"]
    assert outputs["uri"] == f"{server}/status/200"
    assert context.metrics[0].tags == {"request.method": "GET", "response.code": "200"}


async def test_the_address_that_was_asked_for_is_kept(context: FakeTaskContext, server: str):
    outputs = await run(context, "Request", f"{server}/moved")
    assert (outputs["code"], outputs["uri"]) == (200, f"{server}/moved")
    stay = await run(context, "Request", f"{server}/moved", options={"followRedirects": False})
    assert stay["code"] == 302


async def test_a_body_and_parameters_are_sent(context: FakeTaskContext, server: str):
    outputs = await run(
        context,
        "Request",
        f"{server}/echo?a=1",
        method="POST",
        body='{"x": 1}',
        params={"b": 2},
        headers={"X-Mine": "yes"},
    )
    assert outputs["body"].startswith("POST /echo")
    assert "Content-Type: application/json" in outputs["body"]
    assert "X-Mine: yes" in outputs["body"]
    assert outputs["body"].endswith('{"x": 1}')


async def test_blanks_in_addresses(context: FakeTaskContext, server: str):
    outputs = await run(context, "Request", f"{server}/echo?q=a b")
    assert outputs["body"].startswith("GET /echo?q=a%20b\n")


async def test_form_data(context: FakeTaskContext, server: str):
    outputs = await run(
        context, "Request", f"{server}/echo", method="POST", formData={"a": "x y", "b": 1}
    )
    assert outputs["body"].endswith("a=x+y&b=1")


async def test_form_data_with_files(context: FakeTaskContext, server: str):
    uri = await context.store_text("in.csv", "content")
    outputs = await run(
        context,
        "Request",
        f"{server}/echo",
        method="POST",
        contentType="multipart/form-data",
        formData={"file": uri, "named": {"name": "n.txt", "content": uri}, "text": "t", "n": [1]},
    )
    body = outputs["body"]
    assert 'name="file"; filename="in.csv"' in body
    assert 'name="named"; filename="n.txt"' in body
    assert 'name="text"\r\n\r\nt\r\n' in body
    assert 'name="n"\r\n\r\n[1]\r\n' in body


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"auth": {"type": "BEARER", "token": "t"}}, "Bearer t"),
        (
            {"auth": {"type": "BASIC", "username": "u", "password": "p"}},
            f"Basic {base64.b64encode(b'u:p').decode()}",
        ),
        (
            {"basicAuthUser": "u", "basicAuthPassword": "p"},
            f"Basic {base64.b64encode(b'u:p').decode()}",
        ),
    ],
)
async def test_credentials(
    context: FakeTaskContext, server: str, options: dict[str, Any], header: str
):
    outputs = await run(context, "Request", f"{server}/echo", options=options)
    assert f"Authorization: {header}" in outputs["body"]


@pytest.mark.parametrize("name", ["Request", "Download"])
async def test_a_status_that_fails(context: FakeTaskContext, server: str, name: str):
    with pytest.raises(TaskFailedError, match=r"response code 417 .*\nthe reason"):
        await run(context, name, f"{server}/status/417")


@pytest.mark.parametrize(
    "properties",
    [
        {"allowFailed": True},
        {"options": {"allowFailed": True}},
        {"options": {"allowedResponseCodes": [417]}},
    ],
)
async def test_a_status_that_is_allowed(
    context: FakeTaskContext, server: str, properties: dict[str, Any]
):
    outputs = await run(context, "Request", f"{server}/status/417", **properties)
    assert (outputs["code"], outputs["body"]) == (417, "the reason")


async def test_no_connection(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match=r"Connect Error: .*127\.0\.0\.1:9"):
        await run(context, "Request", "http://127.0.0.1:9/")


async def test_an_empty_body_gives_none(context: FakeTaskContext, server: str):
    assert "body" not in await run(context, "Request", f"{server}/empty")
    assert "body" not in await run(context, "Request", f"{server}/status/200", method="HEAD")


async def test_headers_are_logged_without_credentials(context: FakeTaskContext, server: str):
    options = {"logs": ["REQUEST_HEADERS"], "auth": {"type": "BEARER", "token": "hush"}}
    await run(context, "Request", f"{server}/echo", options=options)
    (line,) = context.messages(LogLevel.DEBUG)
    assert "Tiercel" in line
    assert "hush" not in line


async def test_a_download_is_stored(context: FakeTaskContext, server: str):
    outputs = await run(context, "Download", f"{server}/file.csv?x=1.y")
    assert (outputs["code"], outputs["length"]) == (200, 4)
    assert outputs["uri"].endswith(".csv")
    assert await context.stored_text(outputs["uri"]) == "1,2\n"
    assert context.progress_calls[-1] == ("downloaded", 4, 4, "bytes")


async def test_the_server_names_the_file(context: FakeTaskContext, server: str):
    outputs = await run(context, "Download", f"{server}/named")
    assert outputs["uri"].endswith("/b%20c.jpg")


async def test_a_download_that_breaks_off(context: FakeTaskContext, server: str):
    with pytest.raises(TaskFailedError):
        await run(context, "Download", f"{server}/short")


async def test_an_empty_download(context: FakeTaskContext, server: str):
    with pytest.raises(TaskFailedError, match="No response from server"):
        await run(context, "Download", f"{server}/empty")
    outputs = await run(context, "Download", f"{server}/empty", failOnEmptyResponse=False)
    assert outputs["length"] == 0
    assert len(context.messages(LogLevel.WARN)) == 1
