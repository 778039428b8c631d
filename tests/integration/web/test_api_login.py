"""Who may ask: every route with no, a wrong and a right login."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from tiercel.config import LoginSettings, Settings
from tiercel.main import open_node, serve
from tiercel.model.errors import IllegalArgumentError
from tiercel.services.login import MOST_FAILURES
from tiercel.services.node import Node, NodeOptions
from tiercel.web.app import create_app

pytestmark = pytest.mark.asyncio(loop_scope="session")

USER, PASSWORD = "ann@example.com", "correct horse: battery"
OPEN = {
    ("GET", "/ping"),
    ("GET", "/health"),
    ("GET", "/health/readiness"),
    ("GET", "/health/liveness"),
    ("GET", "/api/v1/configs/login"),
    ("POST", "/api/v1/login"),
    ("POST", "/api/v1/logout"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guarded_node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """A node with a login."""
    folder: Path = tmp_path_factory.mktemp("guarded")
    login = LoginSettings(username=USER, password=SecretStr(PASSWORD))
    options = NodeOptions(data_dir=folder, settings=Settings(login=login))
    async with open_node(options) as node:
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def guarded(guarded_node: Node) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it that is not logged in."""
    async with (
        serve(guarded_node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def forgiven(guarded_node: Node) -> None:
    """Forget failures of other tests: all come from one address."""
    guarded_node.views.login._failures.clear()


def basic(user: str = USER, password: str = PASSWORD) -> dict[str, str]:
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"authorization": f"Basic {text}"}


def routes(node: Node) -> Iterator[tuple[str, str]]:
    """Yield every method and path of the API, from its own description."""
    app = create_app(node)
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), re.sub(r"\{[^}]*\}", "x", path)


@pytest.mark.timeout(300)  # of the three requests to each route some check a password
async def test_every_route_needs_a_login(guarded: httpx.AsyncClient, guarded_node: Node) -> None:
    walked = 0
    for method, path in routes(guarded_node):
        walked += 1
        is_open = (method, path) in OPEN or "/executions/webhook/" in path
        # checking a password takes its time on purpose, so few routes see a wrong one
        wrong = basic(password="wrong") if walked % 25 == 0 else {"authorization": "Bearer x"}
        for headers in ({}, wrong):
            guarded_node.views.login._failures.clear()
            reply = await guarded.request(method, path, headers=headers)
            if is_open:
                assert reply.status_code != 401 or path == "/api/v1/login", (method, path)
                continue
            assert (reply.status_code, reply.content) == (401, b""), (method, path)
            assert reply.headers["www-authenticate"] == "Basic realm=Kestra"
        if not is_open and not path.endswith("/follow"):
            reply = await guarded.request(method, path, headers=basic())
            assert reply.status_code not in (401, 403, 500), (method, path, reply.text)
    assert walked > 150


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/flows/search",
        "/api/v1/main/flows/search",
        "/api/v1/nothing",
        "/nothing",
        "/openapi.json",
        "/docs",
        "/health/../api/v1/configs",
        "/health/%2e%2e/api/v1/configs",
        "/health;x/../api/v1/configs",
        "//api/v1/configs",
        "/api/v1/configs/",
        "/api/v1/configs;/health",
        "/api/v1/configs/health",
        "/api/v1/configs%2fhealth",
        "/api/v1/configs%5chealth",
        "/API/V1/CONFIGS",
        "/api/v1/configs.",
        "/ping/../api/v1/flows/search",
        "/api/v1/executions/webhook/../../flows/search",
        "/api/v1/executions/webhook/..%2f..%2fflows/search",
        "/api/v1/executions/webhook",
        "/prometheus",
        "/metrics",
    ],
)
async def test_no_spelling_leads_past_the_login(guarded: httpx.AsyncClient, path: str) -> None:
    # as it is: clients tidy up the paths of addresses
    as_it_is = {"target": path.encode()}
    reply = await guarded.send(guarded.build_request("GET", "/", extensions=as_it_is))
    assert reply.status_code in (401, 404), reply.text
    assert b"systemNamespace" not in reply.content


async def test_a_session_of_a_browser(guarded: httpx.AsyncClient, guarded_node: Node) -> None:
    url = str(guarded.base_url)
    async with httpx.AsyncClient(base_url=url, timeout=60) as browser:
        wrong = {"username": USER, "password": "wrong"}
        assert (await browser.post("/api/v1/login", json=wrong)).status_code == 401
        right = {"username": USER, "password": PASSWORD}
        reply = await browser.post("/api/v1/login", json=right)
        assert reply.status_code == 204
        cookie = reply.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert (await browser.get("/api/v1/flows/search")).status_code == 200
        foreign = {"origin": "https://evil.example"}
        reply = await browser.post("/api/v1/stats/summary", json={}, headers=foreign)
        assert reply.status_code == 403
        value = browser.cookies["tiercel_session"]
        name, _, signature = value.rpartition(".")
        for forged in (f"{name}.{signature[::-1]}", f"{name}1.{signature}", "x", "..", ""):
            assert guarded_node.views.login.of_session(forged) is None
        await browser.post("/api/v1/logout")
        assert (await browser.get("/api/v1/flows/search")).status_code == 401


async def test_tokens(guarded: httpx.AsyncClient) -> None:
    made = await guarded.post("/api/v1/tokens", json={"name": "ci"}, headers=basic())
    token = made.json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert (await guarded.get("/api/v1/flows/search", headers=bearer)).status_code == 200
    again = await guarded.post("/api/v1/tokens", json={"name": "ci"}, headers=basic())
    assert again.status_code == 422
    for name in ("a/b", "..", "a\nb"):
        wrong = await guarded.post("/api/v1/tokens", json={"name": name}, headers=basic())
        assert wrong.status_code == 422
    listed = (await guarded.get("/api/v1/tokens", headers=basic())).json()
    assert [item["name"] for item in listed] == ["ci"]
    assert token not in str(listed)
    assert (await guarded.delete("/api/v1/tokens/ci", headers=basic())).status_code == 204
    assert (await guarded.get("/api/v1/flows/search", headers=bearer)).status_code == 401
    assert (await guarded.delete("/api/v1/tokens/ci", headers=basic())).status_code == 404


async def test_who_is_wrong_too_often_has_to_wait(guarded: httpx.AsyncClient) -> None:
    for index in range(MOST_FAILURES):
        reply = await guarded.get("/api/v1/configs", headers=basic(password=str(index)))
        assert reply.status_code == 401
    reply = await guarded.get("/api/v1/configs", headers=basic(password="more"))
    assert reply.status_code == 429
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"username": "ann", "password": "x"}, "Invalid username for Basic Authentication."),
        ({"username": f"{'a' * 300}@b.c", "password": "x"}, "The length of email or password"),
        ({"username": USER, "password": ""}, "No password set"),
    ],
)
async def test_credentials_that_are_refused(
    guarded: httpx.AsyncClient, body: dict[str, Any], message: str
) -> None:
    reply = await guarded.post("/api/v1/basicAuth", json=body, headers=basic())
    assert reply.status_code == 422
    assert message in reply.json()["message"]


async def test_another_password_counts_at_once(guarded: httpx.AsyncClient) -> None:
    other = {"username": USER, "password": "another"}
    assert (await guarded.post("/api/v1/basicAuth", json=other, headers=basic())).status_code == 204
    assert (await guarded.get("/api/v1/configs", headers=basic())).status_code == 401
    headers = basic(password="another")
    assert (await guarded.get("/api/v1/configs", headers=headers)).json()["isBasicAuthEnabled"]
    back = {"username": USER, "password": PASSWORD}
    reply = await guarded.post("/api/v1/basicAuth", json=back, headers=headers)
    assert reply.status_code == 204


async def test_only_with_a_login_others_may_reach_the_server(
    guarded_node: Node, web_node: Node
) -> None:
    async with serve(guarded_node, "0.0.0.0", 0) as url:  # noqa: S104  what is tested
        port = httpx.URL(url).port
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            assert (await client.get("/api/v1/configs")).status_code == 401
    with pytest.raises(IllegalArgumentError) as error:
        async with serve(web_node, "0.0.0.0", 0):  # noqa: S104  what is tested
            pass
    assert "KESTRA_SERVER_BASIC_AUTH_USERNAME" in error.value.hint


async def test_the_password_is_nowhere_in_clear(guarded_node: Node) -> None:
    stored = await guarded_node.store.settings.get("login.credentials")
    assert stored["hash"].startswith("$argon2id$")
    assert PASSWORD not in str(stored)
