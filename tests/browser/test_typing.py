"""What the editors make of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

MANY = "".join(f"  - id: task_{n}\n    type: core.log.Log\n    message: m\n" for n in range(400))


def written(page: Page) -> str:
    """Return the whole text of the editor that has the cursor."""
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    return text


def test_return_goes_on_below_a_key_in_a_browser_that_is_never_idle(page: Page) -> None:
    # Lines are read when the browser is idle; rules of indentation hold for lines that are read.
    page.add_init_script("window.requestIdleCallback = () => 0")
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+End")
    page.evaluate("text => navigator.clipboard.writeText(text)", MANY)
    page.keyboard.press("Control+v")
    # A browser on a busy machine lets go of what is pasted when keys follow at once.
    page.locator(".monaco-editor").first.get_by_text("task_399").wait_for()
    page.keyboard.type("  - id: give\ntype: Return")
    page.keyboard.press("Escape")
    assert written(page).endswith("message: m\n  - id: give\n    type: Return")
    page.on("dialog", lambda dialog: dialog.accept())
