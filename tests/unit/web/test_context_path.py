"""An application below a path: what reaches it, and with which path."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from tiercel.web.context_path import BelowPath, below
from tiercel.web.pages import placed
from tiercel.web.probes import Probes


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the path that came."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = f"{scope.get('root_path', '')}|{scope['path']}".encode()
    await send({"type": "http.response.body", "body": body})


async def asked(app: Any, path: str) -> tuple[int, bytes]:
    """Ask for a path as it is, without any client tidying it; return status and body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    await app(scope, None, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/kestra", "/"),
        ("/kestra/", "/"),
        ("/kestra/api/v1/flows", "/api/v1/flows"),
        ("/kestra/kestra/ui/", "/kestra/ui/"),
        ("/kestra//api", "//api"),
        ("/kestra/../api", "/../api"),
        ("/kestra/%2e%2e/api", "/../api"),
        ("/%6bestra/ping", "/ping"),
        ("/health", "/health"),
        ("/ping", "/ping"),
        ("/health/liveness", "/health/liveness"),
        ("/kestra/health", "/health"),
    ],
)
async def test_the_path_is_taken_off_once(path: str, rest: str) -> None:
    assert await asked(BelowPath(echo, "/kestra"), path) == (200, f"|{rest}".encode())


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/info", "/api/v1/flows/search", "/ui/", "/kestraping", "/kestra-x/ping"),
        *("/KESTRA/ping", "//kestra/ping", "/x/../kestra/ping", "/./kestra/ping", "/kestr"),
        *("/health/", "/health/../ping", "/health/x", "/HEALTH", "/prometheus"),
        *("/kestra;x/ping", "/kestra%00/ping", "/kestra%5cping", "/ kestra/ping"),
    ],
)
async def test_there_is_nothing_elsewhere(path: str) -> None:
    status, body = await asked(BelowPath(echo, "/kestra"), path)
    assert status == 404
    assert b"everything here is below /kestra" in body


def test_without_a_path_all_is_as_it_comes() -> None:
    assert [below(path, "") for path in ("/", "/a/b")] == ["/", "/a/b"]


async def test_the_port_of_probes_answers_with_and_without_the_path() -> None:
    async def health() -> tuple[int, dict[str, Any]]:
        return 200, {"status": "UP"}

    app = Probes(health, list, context_path="/kestra")
    for path, status in {
        "/health": 200,
        "/kestra/health": 200,
        "/kestra/health/liveness": 200,
        "/kestra/prometheus": 200,
        "/kestra/kestra/health": 404,
        "/other/health": 404,
    }.items():
        assert (await asked(app, path))[0] == status, path


def test_the_page_names_its_parts_below_the_path() -> None:
    written = '<meta name="context-path" content="" /><script src="./assets/a.js"></script>'
    assert placed(written, "") == written.replace("./", "/ui/")
    assert placed(written, "/a/b") == (
        '<meta name="context-path" content="/a/b" /><script src="/a/b/ui/assets/a.js"></script>'
    )
