"""A server with a login and a context path: all is below, and nothing leads past the login."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from tiercel.config import CorsRule, LoginSettings, Settings, WebSettings
from tiercel.config.cors import CorsSettings
from tiercel.main import open_node, serve, serve_probes
from tiercel.services.login import LoginOptions
from tiercel.services.node import Node, NodeOptions
from tiercel.web import pages

pytestmark = pytest.mark.asyncio(loop_scope="session")

USER, PASSWORD = "ann@example.com", "correct horse"
LOGIN = {"username": USER, "password": PASSWORD}
APP = "https://app.example.org"
YAML = {"content-type": "application/x-yaml"}
FLOW = """
id: called
namespace: below.path
tasks: [{id: a, type: io.kestra.plugin.core.debug.Return, format: x}]
triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: sesame}]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def placed_node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node with a login that is served below a path, and lets one other origin in."""
    folder: Path = tmp_path_factory.mktemp("placed")
    settings = Settings(
        login=LoginSettings(username=USER, password=SecretStr(PASSWORD)),
        web=WebSettings(context_path="/kestra"),
        cors=CorsSettings(enabled=True),
        cors_rules={"app": CorsRule(allowed_origins=(APP,))},
    )
    async with open_node(NodeOptions(data_dir=folder, settings=settings)) as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url(placed_node: Node) -> AsyncIterator[str]:
    """Its base URL."""
    async with serve(placed_node, "127.0.0.1", 0) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not logged in; its paths begin at the host."""
    async with httpx.AsyncClient(base_url=url.removesuffix("/kestra"), timeout=60) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def ann(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the right password; its paths begin where the server does."""
    async with httpx.AsyncClient(base_url=url, auth=(USER, PASSWORD), timeout=60) as client:
        yield client


async def test_all_of_it_is_below_the_path(
    url: str, ann: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert url.endswith("/kestra")
    for path in ("/info", "/prometheus", "/openapi.json"):
        assert (await ann.get(path)).status_code == 200
        assert (await ann.get(f"{url.removesuffix('/kestra')}{path}")).status_code == 404
    for path in ("/kestra/ping", "/kestra/health", "/kestra/health/readiness", "/health", "/ping"):
        assert (await stranger.get(path)).status_code == 200
    assert (await ann.get("/openapi.json")).json()["servers"] == [{"url": "/kestra"}]
    assert "url: /kestra" in (await ann.get("/swagger/kestra.yml")).text
    for path in ("/api/v1/configs", "/api/v1/main/configs", "/api/v1/main/configs/"):
        assert "systemNamespace" in (await ann.get(path)).json()


@pytest.mark.parametrize(
    "path",
    [
        "/kestra/api/v1/flows/search",
        "/kestra/api/v1/main/flows/search",
        "/kestra/kestra/api/v1/configs",
        "/kestra//api/v1/configs",
        "//kestra/api/v1/configs",
        "/kestra/../api/v1/configs",
        "/kestra/../kestra/api/v1/configs",
        "/kestra/%2e%2e/kestra/api/v1/configs",
        "/kestra/./api/v1/configs",
        "/%6bestra/api/v1/configs",
        "/kestra%2fapi/v1/configs",
        "/kestra/health/../api/v1/configs",
        "/kestra/health/%2e%2e/api/v1/configs",
        "/kestra;/api/v1/configs",
        "/kestra/ping/../api/v1/configs",
        "/KESTRA/api/v1/configs",
        "/kestra/ui/../api/v1/configs",
        "/kestra/ui/..%2fapi/v1/configs",
        "/kestra/api/v1/executions/webhook/../../configs",
        "/kestra/openapi.json",
        "/kestra/env",
        "/kestra/prometheus",
        "/ping/kestra/api/v1/configs",
        "/api/v1/configs",
        "/kestraapi/v1/configs",
    ],
)
async def test_no_spelling_leads_past_the_login(stranger: httpx.AsyncClient, path: str) -> None:
    # as it is: clients tidy up the paths of addresses
    as_it_is = {"target": path.encode()}
    reply = await stranger.send(stranger.build_request("GET", "/", extensions=as_it_is))
    assert b"systemNamespace" not in reply.content
    assert reply.status_code in (401, 404) or b"<title>Tiercel</title>" in reply.content


async def test_open_paths_are_those_below_the_path(
    placed_node: Node, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = LoginOptions(open_urls=("/api/v1/pebble/", "/kestra/api/v1/usages"))
    monkeypatch.setattr(placed_node.views.login, "options", opened)
    assert (await stranger.get("/kestra/api/v1/pebble/filters")).status_code == 200
    for path in ("api/v1/usages", "api/v1/pebbles", "api/v1/configs", "kestra/api/v1/usages/x"):
        assert (await stranger.get(f"/kestra/{path}")).status_code == 401


async def test_a_session_is_for_this_server_alone(url: str, stranger: httpx.AsyncClient) -> None:
    reply = await stranger.post("/kestra/api/v1/login", json=LOGIN)
    assert reply.status_code == 204
    assert "Path=/kestra;" in reply.headers["set-cookie"]
    assert (await stranger.get("/kestra/api/v1/configs")).status_code == 200
    assert "cookie" not in stranger.build_request("GET", "/other").headers
    gone = await stranger.post("/kestra/api/v1/logout")
    assert "Path=/kestra;" in gone.headers["set-cookie"]
    assert (await stranger.get("/kestra/api/v1/configs")).status_code == 401


async def test_links_lead_below_the_path(
    url: str,
    ann: httpx.AsyncClient,
    stranger: httpx.AsyncClient,
    placed_node: Node,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (await ann.post("/api/v1/flows", content=FLOW, headers=YAML)).raise_for_status()
    started = (await ann.post("/api/v1/executions/below.path/called?wait=true")).json()
    page = f"ui/executions/below.path/called/{started['id']}"
    assert started["url"] == f"{url}/{page}"
    by_key = await stranger.post("/kestra/api/v1/executions/webhook/below.path/called/sesame")
    assert by_key.json()["url"].startswith(f"{url}/ui/executions/below.path/called/")
    settings = placed_node.options.settings
    public = settings.instance.model_copy(update={"url": "https://k.example.org/kestra/"})
    known = settings.model_copy(update={"instance": public})
    monkeypatch.setattr(placed_node, "options", replace(placed_node.options, settings=known))
    started = (await ann.post("/api/v1/executions/below.path/called")).json()
    assert started["url"].startswith("https://k.example.org/kestra/ui/executions/")


async def test_browsers_are_led_to_the_pages(
    stranger: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/kestra", "/kestra/", "/kestra/ui"):
        reply = await stranger.get(path)
        assert (reply.status_code, reply.headers["location"]) == (307, "/kestra/ui/")
    (tmp_path / "index.html").write_text('<meta name="context-path" content="" /><a href="./x">')
    monkeypatch.setattr(pages, "STATIC", tmp_path)
    told = '<meta name="context-path" content="/kestra" /><a href="/kestra/ui/x">'
    assert (await stranger.get("/kestra/ui/flows")).text == told


async def test_refusals_name_the_whole_path(ann: httpx.AsyncClient) -> None:
    reply = await ann.get("/api/v1/flows/no.such/flow?x=1")
    assert reply.json()["_links"]["self"]["href"] == "/kestra/api/v1/flows/no.such/flow?x=1"
    odd = "/kestra/../kestra/x"
    reply = await ann.get("/", extensions={"target": odd.encode()})
    assert (reply.status_code, reply.json()["_links"]["self"]["href"]) == (404, odd)
    reply = await ann.patch("/api/v1/configs")
    assert "for URI [/kestra/api/v1/configs]" in reply.json()["message"]


async def test_an_origin_that_is_let_in_needs_the_login_all_the_same(
    ann: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    path, origin = "/kestra/api/v1/flows/validate", {"origin": APP}
    wanted = {**origin, "access-control-request-method": "POST"}
    asked = await stranger.options(path, headers=wanted)
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, APP)
    refused = await stranger.post(path, content=FLOW, headers={**YAML, **origin})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, APP)
    done = await ann.post("/api/v1/flows/validate", content=FLOW, headers={**YAML, **origin})
    assert (done.status_code, done.headers["access-control-allow-origin"]) == (200, APP)
    strange = {**YAML, "origin": "https://evil.example.com"}
    assert (await ann.post("/api/v1/flows", content=FLOW, headers=strange)).status_code == 403


async def test_the_management_port_answers_with_and_without_the_path(placed_node: Node) -> None:
    async with (
        serve_probes(placed_node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        for path in ("/health", "/kestra/health", "/kestra/prometheus", "/kestra/metrics"):
            assert (await client.get(path)).status_code == 200
        for path in ("/kestra/env", "/kestra/api/v1/configs", "/kestra/kestra/health"):
            assert (await client.get(path)).status_code == 404
