"""What pages of other origins may do: nothing that is not configured, and never more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tiercel.config import Settings
from tiercel.config.cors import CorsRule, CorsSettings
from tiercel.web.guard import LocalOnly
from tiercel.web.origins import OtherOrigins, rule_for, rules_of

APP, EVIL = "https://app.example.org", "https://evil.example.com"
ALLOWED = "access-control-allow-origin"


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer that the request came through."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"through"})


def served(*rules: CorsRule, enabled: bool = True) -> Any:
    """Return an application behind the guards of the API, in their order."""
    named = {str(number): rule for number, rule in enumerate(rules)}
    given = rules_of(Settings(cors=CorsSettings(enabled=enabled), cors_rules=named))
    return LocalOnly(OtherOrigins(answer, given), rules=given)


async def ask(
    app: Any,
    method: str,
    origin: str | None,
    *,
    host: str = "127.0.0.1:8080",
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    sent = {"host": host, **({} if origin is None else {"origin": origin}), **(headers or {})}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        return await client.request(method, "/api/v1/flows", headers=sent)


async def preflight(app: Any, origin: str, method: str, **more: Any) -> httpx.Response:
    headers = {"access-control-request-method": method, **more.pop("headers", {})}
    return await ask(app, "OPTIONS", origin, headers=headers, **more)


@pytest.mark.parametrize("enabled", [False, True])
async def test_strange_origins_may_do_nothing(enabled: bool) -> None:
    app = served(CorsRule(allowed_origins=(APP,)), enabled=enabled)
    assert (await ask(app, "POST", EVIL)).status_code == 403
    assert ALLOWED not in (await ask(app, "GET", EVIL)).headers
    assert ALLOWED not in (await preflight(app, EVIL, "POST")).headers


async def test_nothing_is_allowed_unless_it_is_switched_on() -> None:
    app = served(CorsRule(allowed_origins=(APP,)), enabled=False)
    assert (await ask(app, "POST", APP)).status_code == 403
    assert ALLOWED not in (await preflight(app, APP, "POST")).headers


@pytest.mark.parametrize(
    "rule",
    [
        CorsRule(allowed_origins=(EVIL, APP)),
        CorsRule(allowed_origins_regex=r"https://app\..*\.org"),
    ],
)
async def test_a_named_origin_may_read_and_change(rule: CorsRule) -> None:
    app = served(rule)
    asked = await preflight(app, APP, "PUT", headers={"access-control-request-headers": "x-a, y"})
    assert (asked.status_code, asked.headers[ALLOWED]) == (200, APP)
    assert "PUT" in asked.headers["access-control-allow-methods"]
    assert asked.headers["access-control-allow-headers"] == "x-a, y"
    assert asked.headers["access-control-max-age"] == "1800"
    for method in ("GET", "POST", "DELETE"):
        reply = await ask(app, method, APP)
        assert (reply.text, reply.headers[ALLOWED]) == ("through", APP)
        assert reply.headers["access-control-allow-credentials"] == "true"
        assert "origin" in reply.headers["vary"].lower()


@pytest.mark.parametrize(
    "origin",
    [
        *("null", f"{APP}.evil.com", "http://app.example.org", f"{APP}:444", f"{EVIL}/{APP}"),
        *("https://app.example.orgx", "https://xapp.example.org", "", APP.upper()),
    ],
)
@pytest.mark.parametrize(
    "rule",
    [
        CorsRule(allowed_origins=(APP,)),
        CorsRule(allowed_origins_regex=r"https://app\.example\.org"),
    ],
)
async def test_what_only_looks_like_a_named_origin_is_a_stranger(
    rule: CorsRule, origin: str
) -> None:
    app = served(rule)
    assert (await ask(app, "POST", origin)).status_code == 403
    assert ALLOWED not in (await ask(app, "GET", origin)).headers


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (CorsRule(),),
        (CorsRule(allowed_origins=("*",)),),
        (CorsRule(allowed_origins=("*", APP)),),
        (CorsRule(allowed_origins_regex=".*"),),
        (CorsRule(allowed_origins_regex=r"https?://.+"),),
    ],
)
async def test_everybody_may_read_without_a_login_and_change_nothing(
    rules: tuple[CorsRule, ...],
) -> None:
    app = served(*rules)
    reply = await ask(app, "GET", EVIL)
    assert reply.headers[ALLOWED] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert (await ask(app, method, EVIL)).status_code == 403
        asked = await preflight(app, EVIL, method)
        assert method not in asked.headers["access-control-allow-methods"]
        assert asked.status_code == 400


async def test_no_page_without_an_origin_changes_anything() -> None:
    app = served(CorsRule(allowed_origins=("null",)))
    assert (await ask(app, "POST", "null")).status_code == 403


@pytest.mark.parametrize("origin", [None, APP, EVIL])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_a_local_server_is_known_by_its_own_names_all_the_same(
    origin: str | None, method: str
) -> None:
    app = served(CorsRule(allowed_origins=(APP,)))
    headers = {"access-control-request-method": "POST"}
    reply = await ask(app, method, origin, host="evil.example.com", headers=headers)
    assert (reply.status_code, ALLOWED in reply.headers) == (403, False)


async def test_methods_headers_and_credentials_as_configured() -> None:
    app = served(
        CorsRule(
            allowed_origins=(APP,),
            allowed_methods=("get", "put"),
            allowed_headers=("X-One",),
            exposed_headers=("X-Two",),
            allow_credentials=False,
            max_age=7,
        )
    )
    assert (await ask(app, "PUT", APP)).status_code == 200
    assert (await ask(app, "POST", APP)).status_code == 403
    reply = await ask(app, "GET", APP)
    assert reply.headers["access-control-expose-headers"] == "X-Two"
    assert "access-control-allow-credentials" not in reply.headers
    assert (await preflight(app, APP, "POST")).status_code == 400
    asked = await preflight(app, APP, "PUT", headers={"access-control-request-headers": "x-one"})
    assert (asked.status_code, asked.headers["access-control-max-age"]) == (200, "7")
    asked = await preflight(app, APP, "PUT", headers={"access-control-request-headers": "x-two"})
    assert asked.status_code == 400


async def test_the_first_rule_that_fits_counts() -> None:
    app = served(CorsRule(allowed_origins=(APP,), allowed_methods=("GET",)), CorsRule())
    named, everybody = await ask(app, "GET", APP), await ask(app, "GET", EVIL)
    assert (named.headers[ALLOWED], everybody.headers[ALLOWED]) == (APP, "*")
    assert (await ask(app, "POST", APP)).status_code == 403


async def test_the_server_s_own_pages_are_not_concerned() -> None:
    for app in (served(enabled=False), served(CorsRule(allowed_methods=("GET",)))):
        assert (await ask(app, "POST", "http://127.0.0.1:8080")).text == "through"
        assert (await ask(app, "POST", None)).text == "through"


def test_without_a_rule_that_fits_there_is_none() -> None:
    settings = Settings(
        cors=CorsSettings(enabled=True), cors_rules={"a": CorsRule(allowed_origins=(APP,))}
    )
    assert rule_for(rules_of(settings), EVIL) is None
