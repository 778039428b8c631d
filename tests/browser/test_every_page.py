"""Each page, wide and narrow, light and dark: it draws, fits, and axe finds nothing serious."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from looking import NARROW, WIDE, overflow, serious, settle, shoot

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLOW = "/ui/flows/edit/company.team/orders"
PAGES = {
    "dashboard": ("/ui/", "Going on"),
    "flows": ("/ui/flows", "orders"),
    "flow": (f"{FLOW}/overview", "Reads the orders of a day."),
    "flow-topology": (f"{FLOW}/topology", "choose"),
    "flow-executions": (f"{FLOW}/executions", "SUCCESS"),
    "flow-editor": (f"{FLOW}/editor", "Valid"),
    "flow-revisions": (f"{FLOW}/revisions", "Restore revision 1"),
    "flow-triggers": (f"{FLOW}/triggers", "nightly"),
    "flow-logs": (f"{FLOW}/logs", "row 2 of north"),
    "flow-metrics": (f"{FLOW}/metrics", "length"),
    "flow-dependencies": (f"{FLOW}/dependencies", "parent"),
    "flow-concurrency": (f"{FLOW}/concurrency", "This flow has no limit"),
    "flow-new": ("/ui/flows/new", "Valid"),
    "executions": ("/ui/executions", "FAILED"),
    "logs": ("/ui/logs?q=handler", "the handler speaks last"),
    "triggers": ("/ui/admin/triggers", "nightly"),
    "namespaces": ("/ui/namespaces", "company.team"),
    "namespace": ("/ui/namespaces/edit/company.team/flows", "orders"),
    "namespace-files": ("/ui/namespaces/edit/company.team/editor", "scripts"),
    "namespace-kv": ("/ui/namespaces/edit/company.team/kv", "green"),
    "plugins": ("/ui/plugins/io.kestra.plugin.core.log.Log", "Properties"),
    "namespace-overview": ("/ui/namespaces/edit/company.team/overview", "Slowest flows"),
    "namespace-secrets": ("/ui/namespaces/edit/company.team/secrets", "New secret"),
    "namespace-defaults": ("/ui/namespaces/edit/company.team/plugin-defaults", "plugin defaults"),
    "data": ("/ui/data", "Database"),
    "health": ("/ui/health", "All is well"),
    "settings": ("/ui/settings", "Appearance"),
    "missing": ("/ui/nowhere", "No such page"),
}
PARTS = {
    "overview": "Facts",
    "gantt": "report",
    "logs": "row 2 of north",
    "topology": "each",
    "outputs": "report",
    "metrics": "",
}


def look(page: Page, path: str, text: str, name: str) -> None:
    """Open a page in both widths and both schemes and judge it."""
    page.emulate_media(color_scheme="light")
    page.goto(path)
    if text:
        page.get_by_text(text).locator("visible=true").first.wait_for()
    settle(page)
    shoot(page, f"{name}-1280")
    found = serious(page)
    page.emulate_media(color_scheme="dark")
    settle(page)
    shoot(page, f"{name}-dark")
    found += [f"dark: {item}" for item in serious(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    settle(page)
    shoot(page, f"{name}-390")
    found += [f"narrow: {item}" for item in serious(page)]
    wide = overflow(page)
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    assert not found, "\n".join(found)
    assert wide <= 0, f"{wide} pixels do not fit"


@pytest.mark.parametrize("name", PAGES)
def test_page(page: Page, name: str) -> None:
    path, text = PAGES[name]
    look(page, path, text, name)


@pytest.mark.parametrize("part", PARTS)
def test_part_of_an_execution(page: Page, server: str, part: str) -> None:
    query = {"namespace": "company.team", "flowId": "orders", "size": 1}
    found = httpx.get(f"{server}/api/v1/executions/search", params=query).json()["results"][0]
    path = f"/ui/executions/company.team/orders/{found['id']}/{part}"
    look(page, path, PARTS[part], f"execution-{part}")


def test_why_it_failed_is_on_the_first_screen(page: Page, server: str) -> None:
    query = {"flowId": "broken", "namespace": "company.team", "size": 1}
    found = httpx.get(f"{server}/api/v1/executions/search", params=query).json()["results"][0]
    path = f"/ui/executions/company.team/broken/{found['id']}"
    look(page, path, "fetch failed in attempt 3", "execution-failed")
    alert = page.get_by_role("alert")
    assert "the handler speaks last" not in alert.inner_text()
