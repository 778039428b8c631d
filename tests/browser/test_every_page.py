"""Each page, wide and narrow, light and dark: it draws, fits, and axe finds nothing serious."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from looking import look

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
    "flow-logs": (f"{FLOW}/logs?q=nothing", "nothing to do"),
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
    "docs": ("/ui/docs/expressions", "Most properties of a flow"),
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


def look_at(page: Page, path: str, text: str, name: str) -> None:
    """Open a page and judge it."""
    page.goto(path)
    if text:
        page.get_by_text(text).locator("visible=true").first.wait_for()
    look(page, name)


def first_of(server: str, **query: str) -> str:
    """Return the id of the first execution that a search finds."""
    url = f"{server}/api/v1/executions/search"
    found: str = httpx.get(url, params=query, timeout=60).json()["results"][0]["id"]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page(page: Page, name: str) -> None:
    path, text = PAGES[name]
    look_at(page, path, text, name)


@pytest.mark.parametrize("part", PARTS)
def test_part_of_an_execution(page: Page, server: str, part: str) -> None:
    # the oldest: the trigger of the flow may start others meanwhile
    query = {"namespace": "company.team", "flowId": "orders", "sort": "state.startDate:asc"}
    found = first_of(server, **query)
    path = f"/ui/executions/company.team/orders/{found}/{part}"
    look_at(page, path, PARTS[part], f"execution-{part}")


def test_why_it_failed_is_on_the_first_screen(page: Page, server: str) -> None:
    found = first_of(server, flowId="broken", namespace="company.team")
    path = f"/ui/executions/company.team/broken/{found}"
    look_at(page, path, "fetch failed in attempt 3", "execution-failed")
    alert = page.get_by_role("alert")
    assert "the handler speaks last" not in alert.inner_text()
