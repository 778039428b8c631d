"""What stands beside the source of a flow in its editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from looking import NARROW, look

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FLOW = """\
id: read
namespace: company.team
concurrency:
  limit: 2
tasks:
  - id: both
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - id: inner
        type: io.kestra.plugin.scripts.shell.Commands
        timeout: PT1M
        taskRunner:
          type: io.kestra.plugin.scripts.runner.docker.Docker
          pullPolicy: NEVER
        commands:
          - echo hello
  - id: nothing
    type: io.kestra.plugin.core.Unheard
"""
_IS_IN_SIGHT = """() => {
  const pane = document.querySelector('[data-pane]')
  const [row, seen] = [pane.querySelector('[aria-current]'), pane].map(
    element => element.getBoundingClientRect())
  return row.top >= seen.top && row.top < seen.bottom
}"""


@pytest.fixture
def source(page: Page) -> Locator:
    """The editor of a new flow, which has the text and stands beside the documentation."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    found = page.locator(".monaco-editor").first
    found.click()
    page.evaluate("text => navigator.clipboard.writeText(text)", FLOW)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    found.get_by_text("Unheard").wait_for()
    page.get_by_label("View").get_by_text("Documentation", exact=True).click()
    return found


@pytest.fixture
def pane(page: Page, source: Locator) -> Locator:
    assert source
    return page.get_by_role("region", name="Documentation", exact=True)


def go_to(page: Page, name: str) -> None:
    """Walk to the first line of the text that has a name."""
    lines = FLOW.splitlines()
    page.keyboard.press("Control+Home")
    for _ in range(next(at for at, line in enumerate(lines) if name in line)):
        page.keyboard.press("ArrowDown")


def test_documentation_follows_the_cursor(page: Page, source: Locator, pane: Locator) -> None:
    source.click()
    go_to(page, "pullPolicy")
    pane.get_by_role("heading", name="Docker", exact=True).wait_for()
    marked = pane.locator("[aria-current]")
    marked.get_by_text("pullPolicy", exact=True).wait_for()
    page.wait_for_function(_IS_IN_SIGHT)
    page.keyboard.press("ArrowDown")
    pane.get_by_role("heading", name="Commands", exact=True).wait_for()
    marked.get_by_text("commands", exact=True).wait_for()
    # what tasks of all types have is not on their pages
    go_to(page, "timeout")
    pane.get_by_role("region", name="timeout", exact=True).wait_for()
    go_to(page, "limit")
    pane.get_by_text("How many executions of the flow may run at once.").wait_for()
    go_to(page, "Unheard")
    pane.get_by_text("No type io.kestra.plugin.core.Unheard is known here.").wait_for()
    go_to(page, "commands:")
    marked.get_by_text("commands", exact=True).wait_for()
    look(page, "editor-documentation")


def test_an_example_is_put_below_the_task(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_label("View").get_by_text("Documentation", exact=True).click()
    source = page.locator(".monaco-editor").first
    source.get_by_text("message", exact=True).click()
    page.get_by_role("button", name="Insert below").click()
    # the first one has the id of the example already
    source.get_by_text("hello_2").wait_for()
    page.get_by_text("✓ Valid").wait_for()
    page.keyboard.press("Control+z")
    source.get_by_text("hello_2").wait_for(state="detached")


def test_the_choice_is_remembered_and_a_key_makes_it(page: Page, pane: Locator) -> None:
    pane.wait_for()
    page.reload()
    pane.get_by_text("Name of the flow, the only one in its namespace.").wait_for()
    page.keyboard.press("F9")
    pane.wait_for(state="detached")
    page.reload()
    page.get_by_text("✓ Valid").wait_for()
    assert pane.count() == 0
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.keyboard.press("F9")
    pane.wait_for()


def test_examples_are_read_beside_the_source(page: Page, source: Locator) -> None:
    assert source
    page.get_by_label("View").get_by_text("Examples", exact=True).click()
    pane = page.get_by_role("region", name="Examples", exact=True)
    pane.get_by_role("listitem").first.get_by_role("button").click()
    pane.get_by_text("copy the source").wait_for()
    look(page, "editor-examples")
    pane.get_by_role("button", name="All examples").click()
    pane.get_by_role("listitem").first.wait_for()
