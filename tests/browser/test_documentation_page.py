"""The documentation that the server ships: to read, to search, and beside a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_documents_lead_to_each_other(page: Page) -> None:
    page.goto("/ui/docs")
    page.get_by_role("heading", name="Flows", level=1, exact=True).wait_for()
    shelf = page.get_by_role("navigation", name="Documents")
    shelf.get_by_role("link", name="The pages").click()
    page.wait_for_url(re.compile("/ui/docs/pages$"))
    page.go_back()
    contents = page.get_by_role("navigation", name="On this page")
    contents.get_by_role("link", name="Retry", exact=True).click()
    page.wait_for_url(re.compile("#retry$"))
    heading = page.locator("article h2, article h3").get_by_text("Retry", exact=True)
    page.wait_for_function(
        "node => node.getBoundingClientRect().top < 300", arg=heading.element_handle()
    )


def test_a_search_leads_to_a_part(page: Page) -> None:
    page.goto("/ui/docs")
    box = page.get_by_label("Search the documentation")
    box.fill("xyzzy")
    page.get_by_text("No part has these words.").wait_for()
    box.fill("isLastWorkingDay")
    page.get_by_role("button", name=re.compile("Functions.*Expressions")).click()
    page.wait_for_url(re.compile("/ui/docs/expressions#functions$"))


def test_a_document_that_is_not_there(page: Page) -> None:
    page.goto("/ui/docs/nowhere")
    page.get_by_text("There is no document nowhere.").wait_for()


def test_documentation_beside_a_page_follows_it(page: Page) -> None:
    page.goto("/ui/flows")
    page.get_by_role("button", name="Documentation beside the page").click()
    pane = page.get_by_role("complementary", name="Documentation")
    pane.get_by_role("heading", name="Flows", level=1).wait_for()
    look(page, "docs-pane")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Triggers").click()
    pane.get_by_role("heading", name="Schedules, triggers and backfills").wait_for()
    pane.get_by_label("Search the documentation").fill("secrets")
    pane.get_by_role("button", name=re.compile("Secrets", re.IGNORECASE)).first.click()
    pane.locator("article").wait_for()
    pane.get_by_role("button", name="Close the documentation").click()
    pane.wait_for(state="detached")
