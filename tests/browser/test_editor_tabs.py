"""The frame of the flow editor: its views, the files beside it, and what it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from looking import NARROW, look

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


def test_the_divider_is_moved_by_keys_and_mouse_and_stays(page: Page) -> None:
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    divider = page.get_by_role("separator", name="Width of the text")
    assert divider.get_attribute("aria-valuenow") == "50"
    divider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert divider.get_attribute("aria-valuenow") == "40"
    box = divider.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 205, box["y"] + 60, steps=4)
    page.mouse.up()
    share = int(divider.get_attribute("aria-valuenow") or 0)
    assert 55 < share < 65
    look(page, "editor-divider")
    page.reload()
    page.get_by_text("✓ Valid").wait_for()
    assert divider.get_attribute("aria-valuenow") == str(share)
    divider.dblclick()
    assert divider.get_attribute("aria-valuenow") == "50"
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    divider.wait_for(state="detached")
