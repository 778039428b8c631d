"""What can be done without a mouse, and that one sees where one is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLOW = "/ui/flows/edit/company.team/orders"
PAGES = {
    "dashboard": "/ui/",
    "flows": "/ui/flows",
    "executions": "/ui/executions",
    "flow": f"{FLOW}/overview",
    "settings": "/ui/settings",
}
STEPS = 45
_WHERE = """() => {
  const node = document.activeElement
  const {outlineStyle, outlineWidth} = getComputedStyle(node)
  const frame = node.closest('.mantine-Input-input')
  const label = node.closest('label') ?? node
  const told = [node.getAttribute('aria-label'), node.labels?.[0]?.textContent, node.textContent]
  return {
    name: told.map(text => text?.trim()).find(Boolean) ?? '',
    isBody: node === document.body,
    isSeen: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0)
      || (frame !== null && getComputedStyle(frame).boxShadow !== 'none'),
    top: label.getBoundingClientRect().top,
    bottom: label.getBoundingClientRect().bottom,
    high: innerHeight,
  }
}"""


def where(page: Page) -> dict[str, Any]:
    """Return what has the focus, and whether that is to be seen."""
    found: dict[str, Any] = page.evaluate(_WHERE)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_each_step_is_seen_and_has_a_name(page: Page, name: str) -> None:
    page.goto(PAGES[name])
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    seen = []
    for _ in range(STEPS):
        page.keyboard.press("Tab")
        step = where(page)
        if step["isBody"]:
            break
        seen.append(step)
    assert len(seen) > 10
    assert [step for step in seen if not step["name"]] == []
    assert [step["name"] for step in seen if not step["isSeen"]] == []
    hidden = [step["name"] for step in seen if step["bottom"] < 0 or step["top"] > step["high"]]
    assert hidden == []


def test_the_frame_comes_first_then_the_head_of_the_page_then_the_page(page: Page) -> None:
    page.goto("/ui/flows")
    page.get_by_role("link", name="orders").first.wait_for()
    names = []
    for _ in range(25):
        page.keyboard.press("Tab")
        names.append(where(page)["name"])
    order = [names.index(name) for name in ("Skip to content", "Flows", "Create flow", "Search")]
    assert order == sorted(order), names


@pytest.mark.parametrize(
    ("path", "button"),
    [
        (f"{FLOW}/overview", "Execute"),
        (f"{FLOW}/triggers", "Backfill nightly"),
        (f"{FLOW}/triggers", "nightly"),
        ("/ui/executions", "Execute…"),
        ("/ui/namespaces/edit/company.team/kv", "New key-value"),
    ],
)
def test_escape_closes_a_dialog_and_gives_the_focus_back(
    page: Page, path: str, button: str
) -> None:
    page.goto(path)
    opener = page.get_by_role("button", name=button, exact=True).first
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    page.wait_for_function(
        "() => document.activeElement.closest('[role=dialog]') !== null", polling=50
    )
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.wait_for_function(
        "name => (document.activeElement.getAttribute('aria-label')"
        " ?? document.activeElement.textContent).includes(name)",
        arg=button,
    )


def test_keys_are_listed_and_do_what_the_list_says(page: Page) -> None:
    page.goto(f"{FLOW}/overview")
    page.get_by_text("Reads the orders of a day.").wait_for()
    page.keyboard.press("Shift+?")
    keys = page.get_by_role("dialog")
    keys.get_by_text("Execute the flow, on its page and in its editor").wait_for()
    page.keyboard.press("Escape")
    keys.wait_for(state="detached")
    page.keyboard.press("Control+e")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Execute orders").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url(re.compile("/ui/admin/triggers"))
    page.get_by_role("link", name="company.team.orders").wait_for()
    page.keyboard.press("/")
    field = page.get_by_label("Search", exact=True)
    assert field.evaluate("node => node === document.activeElement")


def test_texts_of_several_lines_are_folded_by_a_key(page: Page) -> None:
    page.goto(f"{FLOW}/editor")
    page.get_by_text("✓ Valid").wait_for()
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+End")
    page.locator(".view-line", has_text="import json").wait_for()
    page.keyboard.press("F10")
    page.locator(".view-line", has_text="import json").wait_for(state="detached")
    page.keyboard.press("Control+e")
    page.get_by_role("dialog").get_by_text("Execute orders").wait_for()
