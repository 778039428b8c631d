"""What the editor of a flow says of a property, and what it offers, at any depth."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

_TIMES, _PATIENCE_MS = 6, 5_000

FLOW = """\
id: helped
namespace: company.team
inputs:
  - id: kind
    type: SELECT
    values: [a, b]
    allowCustomValue: true
concurrency:
  limit: 2
tasks:
  - id: both
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - id: inner
        type: io.kestra.plugin.scripts.shell.Commands
        containerImage: ubuntu
        failFast: "{{ inputs.kind == 'a' }}"
        taskRunner:
          type: io.kestra.plugin.scripts.runner.docker.Docker
          pullPolicy: NEVER
        commands:
          - echo hello
"""
TOLD = {
    "concurrency": "How many executions may run at once.",
    "allowCustomValue": "Whether other values are accepted, too.",
    "containerImage": "Image that the commands run in",
    "failFast": "stops at the first command that fails",
    "pullPolicy": "When the image is pulled:",
}
"""What is said of properties: of the flow, of an input, and of a task inside another."""


@pytest.fixture
def editor(page: Page) -> Locator:
    """An editor with the flow, once it knows what flows are made of."""
    with page.expect_response(lambda reply: reply.url.endswith("/plugins/schemas/flow")):
        page.goto("/ui/flows/new")
        page.get_by_text("✓ Valid").wait_for()
    found = page.locator(".monaco-editor").first
    found.click()
    page.evaluate("text => navigator.clipboard.writeText(text)", FLOW)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    found.get_by_text("echo hello").wait_for()
    return found


def answered(ask: Callable[[], None], answer: Locator) -> None:
    """Ask until the answer is seen: what is asked before the schema was read is not answered."""
    from playwright.sync_api import TimeoutError

    for _ in range(_TIMES - 1):
        ask()
        with suppress(TimeoutError):
            answer.wait_for(timeout=_PATIENCE_MS)
            return
    ask()
    answer.wait_for()


def test_hover_tells_what_a_property_does(page: Page, editor: Locator) -> None:
    for name, told in TOLD.items():

        def ask(name: str = name) -> None:
            page.mouse.move(0, 0)
            editor.get_by_text(name, exact=True).hover()

        answered(ask, page.locator(".monaco-hover").get_by_text(told))


def test_properties_of_a_task_inside_another_are_offered(page: Page, editor: Locator) -> None:
    editor.get_by_text("echo hello").wait_for()
    page.keyboard.type("        warn")

    def ask() -> None:
        page.keyboard.press("Escape")
        page.keyboard.press("Control+Space")

    answered(ask, page.locator(".suggest-widget").get_by_text("warningOnStdErr").first)
