"""Flows that are looked for, copied, deleted and brought back; pages kept in the menu."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML
from looking import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Dialog, Page

NAMESPACE = "company.lost"
SLEEPER = f"""
id: sleeper
namespace: {NAMESPACE}
tasks:
  - id: read
    type: io.kestra.plugin.core.log.Log
    message: "from amber_rooms and from amber_rooms again"
"""
CALLER = f"""
id: caller
namespace: {NAMESPACE}
tasks:
  - id: call
    type: io.kestra.plugin.core.flow.Subflow
    namespace: {NAMESPACE}
    flowId: sleeper
"""


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from, with two flows of their own."""
    with httpx.Client(base_url=server, timeout=60) as client:
        for source in (SLEEPER, CALLER):
            client.post("/api/v1/flows", content=source, headers=YAML)
        yield client
        for name in ("caller", "sleeper", "sleeper_copy"):
            client.delete(f"/api/v1/flows/{NAMESPACE}/{name}")


def test_sources_are_searched_and_lead_to_the_line(page: Page, api: httpx.Client) -> None:
    page.goto("/ui/flows")
    page.get_by_role("link", name="Search sources").click()
    page.get_by_label("Text", exact=True).fill("AMBER_rooms")
    found = page.get_by_role("region", name=f"{NAMESPACE}.sleeper")
    found.locator("mark").first.wait_for()
    assert found.locator("mark").all_inner_texts() == ["amber_rooms", "amber_rooms"]
    look(page, "flow-sources")
    page.get_by_label("Match case").check()
    page.get_by_text("No sources fit these filters.").wait_for()
    page.get_by_label("Match case").uncheck()
    found.get_by_role("link").last.click()
    page.wait_for_url(re.compile(r"/sleeper/editor\?line=7"))
    page.locator(".monaco-editor.focused").wait_for()


def test_a_bad_pattern_is_told(page: Page) -> None:
    page.goto("/ui/flows/search?q=%28&regex=true")
    page.get_by_role("alert").get_by_text("regular expression").wait_for()


def test_who_needs_a_flow_is_asked_before_it_goes_and_it_comes_back(
    page: Page, api: httpx.Client
) -> None:
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.goto(f"/ui/flows/edit/{NAMESPACE}/sleeper/editor")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.wait_for_url(re.compile("/ui/flows$"))
    assert f"{NAMESPACE}.caller" in asked[0]
    page.goto(f"/ui/flows/edit/{NAMESPACE}/sleeper/overview")
    page.get_by_text("This flow was deleted.").wait_for()
    look(page, "flow-deleted")
    page.get_by_role("button", name="Restore").click()
    page.get_by_role("heading", name="Facts").wait_for()
    assert api.get(f"/api/v1/flows/{NAMESPACE}/sleeper").json()["id"] == "sleeper"


def test_a_copy_begins_as_the_flow_under_another_id(page: Page, api: httpx.Client) -> None:
    page.goto(f"/ui/flows/edit/{NAMESPACE}/sleeper/editor")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Copy").click()
    page.get_by_text("✓ Valid").wait_for()
    page.locator(".view-line", has_text="sleeper_copy").wait_for()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(f"/flows/edit/{NAMESPACE}/sleeper_copy/editor"))


def test_a_page_with_its_filters_is_kept_in_the_menu(page: Page) -> None:
    page.goto("/ui/executions?state=FAILED&page=1")
    page.get_by_role("link", name="broken").first.wait_for()
    page.get_by_role("button", name="Bookmark").click()
    page.goto("/ui/flows")
    menu = page.get_by_role("navigation", name="Main")
    menu.get_by_role("link", name="Executions · FAILED").click()
    page.wait_for_url(re.compile(r"/ui/executions\?state=FAILED$"))
    star = page.get_by_role("button", name="Bookmark", exact=True)
    assert star.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Remove the bookmark Executions · FAILED").click()
    assert star.get_attribute("aria-pressed") == "false"


def test_lines_are_counted_by_level(page: Page) -> None:
    page.goto("/ui/logs?namespace=company.team")
    page.get_by_role("img", name=re.compile("Log lines over time by level, [1-9]")).wait_for()
    look(page, "logs-all")


def test_examples_are_found_looked_at_and_used(page: Page) -> None:
    page.goto("/ui/flows/new")
    page.get_by_role("link", name="Examples").click()
    page.get_by_label("Search", exact=True).fill("hello")
    card = page.get_by_role("region", name="Hello world")
    card.wait_for()
    page.get_by_role("region", name="Gazelle").wait_for(state="detached")
    page.get_by_label("Search", exact=True).fill("")
    page.get_by_role("region", name="Gazelle").wait_for()
    look(page, "blueprints")
    card.get_by_role("link", name="Hello world", exact=True).click()
    page.locator("[data-drawn] .node").first.wait_for()
    look(page, "blueprint")
    page.get_by_role("link", name="Use", exact=True).click()
    page.get_by_text("✓ Valid").wait_for()
    page.locator(".view-line", has_text="hello_world").first.wait_for()


@pytest.mark.parametrize(
    ("path", "leads"),
    [("taskruns", "executions"), ("admin/stats", "health")],
)
def test_addresses_of_other_pages_lead_to_what_is_nearest(
    page: Page, path: str, leads: str
) -> None:
    page.goto(f"/ui/{path}")
    page.wait_for_url(re.compile(f"/ui/{leads}$"))
