"""What is offered while an expression is typed, in the source of a flow and in what already ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML
from looking import look, shoot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

NAMESPACE = "company.helped"
FLOW = f"""\
id: helped
namespace: {NAMESPACE}
inputs:
  - id: city
    type: STRING
    displayName: Which city?
variables:
  table: trips
tasks:
  - id: read
    type: io.kestra.plugin.core.http.Download
    uri: http://localhost/x
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "HERE"
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: done
"""
CHILD = f"""\
id: child
namespace: {NAMESPACE}
inputs:
  - id: day
    type: DATE
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: hello
"""


@pytest.fixture
def known(server: str) -> Iterator[None]:
    """A namespace that has something to name: a flow, a key."""
    with httpx.Client(base_url=server, timeout=60) as client:
        client.post("/api/v1/flows", content=CHILD, headers=YAML)
        client.put(
            f"/api/v1/namespaces/{NAMESPACE}/kv/limit",
            content="5",
            headers={"content-type": "text/plain"},
        ).raise_for_status()
        yield
        client.delete(f"/api/v1/flows/{NAMESPACE}/child")


@pytest.fixture
def editor(page: Page, known: None) -> Locator:
    """An editor with the flow, the cursor in its message."""
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    found = page.locator(".monaco-editor").first
    found.click()
    page.evaluate("text => navigator.clipboard.writeText(text)", FLOW)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    found.get_by_text("done").wait_for()
    at(page, found, '"HERE"')
    return found


def at(page: Page, editor: Locator, text: str) -> None:
    """Take the place of a text of the flow, which is selected by a search for it."""
    page.keyboard.press("Control+f")
    box = page.locator(".find-widget textarea, .find-widget input").first
    box.fill(text)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def offered(page: Page, name: str) -> Locator:
    return page.locator(".suggest-widget .monaco-list-row", has_text=name).first


def test_names_and_functions_are_offered_at_once(page: Page, editor: Locator) -> None:
    page.keyboard.type('"{{ ')
    offered(page, "outputs").wait_for()
    page.keyboard.type("no")
    offered(page, "now").wait_for()


def test_only_tasks_that_have_run_are_offered(page: Page, editor: Locator) -> None:
    page.keyboard.type("{{ outputs.")
    offered(page, "read").wait_for()
    assert offered(page, "after").count() == 0
    page.keyboard.type("read.")
    offered(page, "uri").wait_for()
    page.keyboard.type("ur")
    page.keyboard.press("Tab")
    editor.get_by_text("{{ outputs.read.uri").wait_for()


def test_filters_and_names_of_the_namespace_are_offered(page: Page, editor: Locator) -> None:
    page.keyboard.type("{{ inputs.city | cap")
    offered(page, "capitalize").wait_for()
    shoot(page, "editor-expression-filters")
    page.keyboard.press("Escape")
    page.keyboard.type("italize ~ kv('")
    offered(page, "limit").wait_for()


def test_a_subflow_is_given_its_names(page: Page, editor: Locator) -> None:
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    for line in (
        "id: p",
        "namespace: a.b",
        "tasks:",
        "  - id: s",
        "type: io.kestra.plugin.core.flow.Subflow",
    ):
        page.keyboard.type(line)
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
    page.keyboard.type(f"namespace: {NAMESPACE}")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.keyboard.type("flowId: ")
    page.keyboard.press("Control+Space")
    offered(page, "child").click()
    page.keyboard.press("Enter")
    page.keyboard.type("inputs:")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Space")
    offered(page, "day").wait_for()


def test_an_expression_is_tried_out_on_what_ran(page: Page, server: str) -> None:
    found = httpx.get(
        f"{server}/api/v1/executions/search",
        params={"namespace": "company.team", "flowId": "orders", "state": "SUCCESS"},
        timeout=60,
    ).json()["results"][0]
    page.goto(f"/ui/executions/company.team/orders/{found['id']}/outputs")
    part = page.get_by_role("region", name="Expression")
    part.get_by_label("Try an expression").first.click()
    part.locator(".monaco-editor").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("{{ inputs.")
    offered(page, "region").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.type("region | upper")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    part.get_by_text(str(found["inputs"]["region"]).upper(), exact=True).wait_for()
    look(page, "execution-debugger")
    page.get_by_role("button", name="value").first.click()
    part.get_by_text("{{ outputs.read.value }}").wait_for()
