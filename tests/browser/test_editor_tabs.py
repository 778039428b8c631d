"""The frame of the flow editor: its views, the files beside it, and what it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_change_from_outside_is_taken_back_like_a_typed_one(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    source = page.locator(".monaco-editor").first
    source.get_by_text("my_flow").click()
    page.keyboard.press("End")
    page.keyboard.type("_typed")
    chooser = page.get_by_label("Begin with an example")
    name = chooser.locator("option").nth(1).get_attribute("value") or ""
    chooser.select_option(name)
    source.get_by_text("my_flow_typed").wait_for(state="detached")
    source.click()
    page.keyboard.press("Control+z")
    source.get_by_text("my_flow_typed").wait_for()
    page.keyboard.press("Control+z")
    source.get_by_text("my_flow_typed").wait_for(state="detached")
    source.get_by_text("my_flow").wait_for()
