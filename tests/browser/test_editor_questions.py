"""What is asked before the source of a flow is stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from looking import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

NAMESPACE = "company.asked"
YAML = {"content-type": "application/x-yaml"}
FLOW = """\
id: {id}
namespace: company.asked
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: {message}
"""


def source_of(name: str, message: str = "first") -> str:
    return FLOW.format(id=name, message=message)


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


def stored(api: httpx.Client, name: str) -> str:
    """Return the source of a flow as it is now."""
    answer = api.get(f"/api/v1/flows/{NAMESPACE}/{name}", params={"source": "true"})
    text: str = answer.raise_for_status().json()["source"]
    return text


def opened(page: Page, name: str) -> Locator:
    """Open a flow in the editor."""
    page.goto(f"/ui/flows/edit/{NAMESPACE}/{name}/editor")
    page.get_by_text("✓ Valid").wait_for()
    return page.locator(".monaco-editor").first


def typed(page: Page, source: Locator, word: str, more: str) -> None:
    """Write more behind a line that has a word."""
    source.locator(".view-line", has_text=word).first.click()
    page.keyboard.press("End")
    page.keyboard.type(more)


def save(page: Page) -> None:
    page.keyboard.press("Control+s")


@pytest.fixture
def shared(api: httpx.Client, request: pytest.FixtureRequest) -> str:
    """The name of a flow of a test's own."""
    name = re.sub(r"\W", "_", request.node.name)[:60]
    api.post("/api/v1/flows", content=source_of(name), headers=YAML).raise_for_status()
    return name


def test_a_later_revision_is_not_overwritten_unasked(
    page: Page, api: httpx.Client, shared: str
) -> None:
    mine = opened(page, shared)
    typed(page, mine, "message", " mine")
    other = page.context.new_page()
    theirs = opened(other, shared)
    typed(other, theirs, "message", " theirs")
    save(other)
    other.get_by_text("Saved as revision 2").wait_for()
    page.bring_to_front()
    save(page)
    dialog = page.get_by_role("dialog", name="Revision 2 was stored meanwhile")
    dialog.get_by_text("+     message: first theirs").wait_for()
    look(page, "editor-outdated")
    dialog.get_by_role("button", name="Cancel").click()
    assert "theirs" in stored(api, shared)
    save(page)
    dialog.get_by_role("button", name="Take revision 2 into the editor").click()
    mine.get_by_text("first theirs").wait_for()
    assert page.get_by_role("button", name="Save").is_disabled()
    mine.click()
    page.keyboard.press("Control+z")
    mine.get_by_text("first mine").wait_for()
    save(page)
    page.get_by_text("Saved as revision 3").wait_for()
    assert "first mine" in stored(api, shared)


def test_a_later_revision_is_replaced_when_that_is_meant(
    page: Page, api: httpx.Client, shared: str
) -> None:
    mine = opened(page, shared)
    typed(page, mine, "message", " mine")
    api.put(
        f"/api/v1/flows/{NAMESPACE}/{shared}", content=source_of(shared, "theirs"), headers=YAML
    ).raise_for_status()
    save(page)
    page.get_by_role("dialog").get_by_role("button", name="Save as revision 3").click()
    page.get_by_text("Saved as revision 3").wait_for()
    assert "first mine" in stored(api, shared)


def test_a_flow_that_was_deleted_meanwhile_is_brought_back(
    page: Page, api: httpx.Client, shared: str
) -> None:
    mine = opened(page, shared)
    typed(page, mine, "message", " mine")
    api.delete(f"/api/v1/flows/{NAMESPACE}/{shared}").raise_for_status()
    save(page)
    page.get_by_role("dialog").get_by_role("button", name="Bring it back").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert "first mine" in stored(api, shared)


def test_a_flow_keeps_its_name(page: Page, api: httpx.Client, shared: str) -> None:
    mine = opened(page, shared)
    typed(page, mine, "id: test_", "_other")
    save(page)
    dialog = page.get_by_role("dialog", name="A flow keeps its id and its namespace")
    dialog.wait_for()
    look(page, "editor-renamed")
    dialog.get_by_role("button", name="Put the name back").click()
    mine.get_by_text("_other").wait_for(state="detached")
    assert page.get_by_role("button", name="Save").is_disabled()
    typed(page, mine, "id: test_", "_other")
    save(page)
    dialog.get_by_role("button", name="Save as a new flow").click()
    page.wait_for_url(re.compile(f"/{shared}_other/editor"))
    assert f"id: {shared}_other" in stored(api, f"{shared}_other")
    assert f"id: {shared}\n" in stored(api, shared)


def test_a_new_flow_with_a_name_that_is_taken_is_asked_about(
    page: Page, api: httpx.Client, shared: str
) -> None:
    page.goto(f"/ui/flows/new?copy={NAMESPACE}.{shared}")
    page.get_by_text("✓ Valid").wait_for()
    source = page.locator(".monaco-editor").first
    source.click()
    page.evaluate("text => navigator.clipboard.writeText(text)", source_of(shared, "second"))
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    source.get_by_text("second").wait_for()
    save(page)
    dialog = page.get_by_role("dialog", name="A flow of this name exists")
    dialog.get_by_text("+     message: second").wait_for()
    look(page, "editor-taken")
    dialog.get_by_role("button", name="Save as its revision 2").click()
    page.wait_for_url(re.compile(f"/{shared}/editor"))
    assert "second" in stored(api, shared)


def test_a_new_flow_is_not_left_unasked(page: Page) -> None:
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    typed(page, page.locator(".monaco-editor").first, "message", " ")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Logs").click()
    page.wait_for_timeout(100)
    assert asked == ["Leave without saving your changes?"]
    assert page.url.endswith("/flows/new")
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+z")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Logs").click()
    page.wait_for_url(re.compile("/ui/logs"))
    assert len(asked) == 1


def test_a_locked_flow_is_read_only(page: Page, api: httpx.Client) -> None:
    source = source_of("locked") + 'labels:\n  system.readOnly: "true"\n'
    api.post("/api/v1/flows", content=source, headers=YAML).raise_for_status()
    editor = opened(page, "locked")
    page.get_by_text("This flow can be read only").wait_for()
    typed(page, editor, "message", " more")
    assert editor.get_by_text("first more").count() == 0
    page.get_by_role("region", name="Documentation").get_by_role(
        "heading", name="Log", exact=True
    ).wait_for()
    assert page.get_by_role("button", name="Insert below").count() == 0
    assert page.get_by_role("button", name="Save").is_disabled()
    page.get_by_role("button", name="Actions").click()
    assert page.get_by_role("menuitem", name="Delete").is_disabled()
    page.get_by_role("menuitem", name="Copy").wait_for()
    look(page, "editor-locked")
