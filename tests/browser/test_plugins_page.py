"""The reference of plugin types leads into flows; keys lead to pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_type_is_found_read_and_put_into_a_flow(page: Page) -> None:
    page.goto("/ui/plugins")
    page.get_by_label("Search types").fill("core sched")
    page.get_by_role("link", name="Schedule", exact=True).click()
    page.get_by_text("a trigger").wait_for()
    page.get_by_role("link", name="LabelItem").first.click()
    assert page.get_by_role("region", name="LabelItem").is_visible()
    page.get_by_role("link", name="Insert into a new flow").first.click()
    page.wait_for_url(re.compile("plugin=io.kestra.plugin.core.trigger.Schedule"))
    page.get_by_text("✓ Valid").wait_for()
    page.locator(".view-line", has_text="cron").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())


def test_keys_lead_to_pages_and_through_the_menu(page: Page) -> None:
    page.goto("/ui/")
    page.get_by_role("link", name="Flows", exact=True).first.wait_for()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(re.compile("/ui/health"))
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url(re.compile("/ui/plugins"))
    page.get_by_label("Search types").fill("gf")
    assert "/ui/plugins" in page.url
    menu = page.get_by_role("navigation", name="Main")
    menu.get_by_role("link", name="Health").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/ui/settings"))
    page.keyboard.press("Shift+?")
    page.get_by_role("dialog", name="Keys").get_by_text("H Health").wait_for()


def test_many_flows_are_switched_and_taken_out(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/flows?q=slow")
    page.get_by_label("Flow slow is on", exact=True).click(force=True)
    page.get_by_role("button", name="Execute slow", exact=True).and_(
        page.locator("[disabled]")
    ).wait_for()
    page.get_by_label("Select slow", exact=True).check()
    page.get_by_role("button", name="Enable", exact=True).click()
    page.get_by_text("Enable: 1").wait_for()
    page.get_by_label("Select slow", exact=True).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as zip").click()
    assert download.value.path().read_bytes()[:2] == b"PK"
    page.goto("/ui/flows?q=orders")
    page.get_by_role("row", name=re.compile("orders")).get_by_text("Schedule").wait_for()
