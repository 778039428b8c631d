"""What a demanding user missed elsewhere: seen at once, asked once, and from this server alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from browser_seeds import YAML
from looking import settle

from tiercel.web.pages import STATIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Request

FLOW = "/ui/flows/edit/company.team/orders"
LISTS = {"flows": "/flows/search", "executions": "/executions/search", "logs": "/logs/search"}
FIRST_KILOBYTES = 300
PLACES = (
    "/ui/",
    "/ui/flows",
    FLOW + "/overview",
    FLOW + "/topology",
    FLOW + "/editor",
    "/ui/executions",
    "/ui/logs",
    "/ui/namespaces",
    "/ui/plugins/io.kestra.plugin.core.log.Log",
)


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


@pytest.fixture
def asked(page: Page) -> list[Request]:
    """Everything that the page asks for."""
    found: list[Request] = []

    def note(request: Request) -> None:
        found.append(request)

    page.on("request", note)
    return found


def newest(api: httpx.Client, flow_id: str) -> str:
    """Return the address of the newest execution of a flow."""
    query = {"namespace": "company.team", "flowId": flow_id, "size": 1}
    query["sort"] = "state.startDate:desc"
    found = api.get("/api/v1/executions/search", params=query).json()["results"][0]
    return f"/ui/executions/company.team/{flow_id}/{found['id']}"


def test_no_page_calls_another_server_or_advertises(
    page: Page, server: str, asked: list[Request]
) -> None:
    for path in PLACES:
        page.goto(path)
        settle(page)
        text = page.locator("body").inner_text()
        assert not re.search(r"enterprise|upgrade|book a demo|unlock", text, re.IGNORECASE), path
    own = urlsplit(server).netloc
    others = {request.url for request in asked if urlsplit(request.url).scheme.startswith("http")}
    assert [url for url in others if urlsplit(url).netloc != own] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_once(page: Page, asked: list[Request], name: str) -> None:
    page.goto(f"/ui/{name}")
    page.locator("tbody tr, .log-line").first.wait_for()
    paths = [urlsplit(request.url).path for request in asked]
    assert paths.count(f"/api/v1{LISTS[name]}") == 1
    assert not [path for path in paths if path.endswith(("/graph", "/dependencies"))]


def test_the_first_page_is_light() -> None:
    index = (STATIC / "index.html").read_text()
    names = re.findall(r'\./assets/([^"]+\.js)"', index)
    assert names
    packed = [STATIC / "assets" / f"{name}.gz" for name in names]
    size = sum(file.stat().st_size if file.is_file() else 0 for file in packed)
    assert 0 < size < FIRST_KILOBYTES * 1024


def test_an_empty_map_is_shown_as_one(page: Page, api: httpx.Client) -> None:
    kind = "io.kestra.plugin.core.output.OutputValues"
    source = (
        "id: hollow\nnamespace: company.shortfalls\ntasks:\n"
        f"  - {{id: give, type: {kind}, values: {{nothing: {{}}, none: null}}}}\n"
    )
    api.post("/api/v1/flows", content=source, headers=YAML).raise_for_status()
    path = "/api/v1/executions/company.shortfalls/hollow"
    found = api.post(path, params={"wait": "true"}, files={"x": (None, "")}).json()
    page.goto(f"/ui/executions/company.shortfalls/hollow/{found['id']}/outputs")
    page.get_by_role("button", name="Open values").click()
    page.get_by_text("nothing").first.wait_for()
    page.get_by_text("{}").first.wait_for()


def test_an_unknown_flow_is_named(page: Page) -> None:
    page.goto("/ui/flows/edit/company.team/never_there/overview")
    page.get_by_text("No such flow").wait_for()
    page.get_by_text("never_there").locator("visible=true").first.wait_for()


@pytest.mark.parametrize(
    "query", ["sort=nonsense:asc", "sort=bad", "state=NEVER", "size=-1&page=x", "startDate=soon"]
)
def test_a_bad_address_leaves_the_page_standing(page: Page, query: str) -> None:
    page.goto(f"/ui/executions?{query}")
    page.get_by_role("button", name="Failed").wait_for()
    page.get_by_role("navigation").first.wait_for()


def test_nothing_found_is_told_from_nothing_there(page: Page) -> None:
    page.goto("/ui/executions?namespace=nobody.was.here")
    page.get_by_role("button", name="Clear filters").last.wait_for()


def test_a_list_shows_many_rows(page: Page, api: httpx.Client) -> None:
    for _ in range(20):
        path = "/api/v1/executions/company.team/orders"
        api.post(path, files={"region": (None, "south")}).raise_for_status()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/ui/executions")
    page.locator("tbody tr").nth(18).wait_for()
    settle(page)
    whole = page.evaluate(
        "() => [...document.querySelectorAll('tbody tr')].filter(row => {"
        "const box = row.getBoundingClientRect();"
        "return box.top >= 0 && box.bottom <= innerHeight}).length"
    )
    assert whole >= 18


def test_inputs_are_shown_at_once(page: Page, api: httpx.Client) -> None:
    page.goto(f"{newest(api, 'orders')}/overview")
    page.get_by_text("region").locator("visible=true").first.wait_for()
    page.get_by_text(re.compile("north|south")).locator("visible=true").first.wait_for()


@pytest.mark.parametrize("part", ["overview", "gantt", "logs", "topology", "outputs", "metrics"])
def test_actions_are_on_every_tab(page: Page, api: httpx.Client, part: str) -> None:
    page.goto(f"{newest(api, 'broken')}/{part}")
    page.get_by_role("button", name="Restart").first.wait_for()
    page.get_by_role("button", name=re.compile("Replay")).first.wait_for()


def test_a_flow_is_started_from_the_list(page: Page) -> None:
    page.goto("/ui/flows")
    page.get_by_role("button", name=re.compile("Execute.*orders|Execute orders")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Execute").wait_for()
