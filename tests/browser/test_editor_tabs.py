"""The frame of the flow editor: its views, the files beside it, and what it asks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from looking import NARROW, look, overflow, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Dialog, Locator, Page

NAMESPACE = "company.beside"
FLOW = """\
id: beside
namespace: company.beside
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: hello
"""
FILES = f"/api/v1/namespaces/{NAMESPACE}/files"


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


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server, which has the flow and three files."""
    with httpx.Client(base_url=server, timeout=60) as client:
        put = client.post("/api/v1/flows", content=FLOW, headers={"content-type": "text/yaml"})
        if put.is_error:
            client.put(
                f"/api/v1/flows/{NAMESPACE}/beside",
                content=FLOW,
                headers={"content-type": "text/yaml"},
            ).raise_for_status()
        client.delete(FILES, params={"path": "/lib"})
        for path, text in (("/main.py", "print(1)\n"), ("/lib/query.sql", "SELECT 1\n")):
            client.post(
                FILES, params={"path": path}, files={"fileContent": text.encode()}
            ).raise_for_status()
        yield client


@pytest.fixture
def opened(page: Page, api: httpx.Client) -> Page:
    """The editor of a flow with the files beside it."""
    assert api
    page.goto(f"/ui/flows/edit/{NAMESPACE}/beside/editor")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_role("button", name="Files", exact=True).click()
    tree(page).get_by_role("button", name="main.py").click()
    tree(page).get_by_role("button", name="lib").click()
    tree(page).get_by_role("button", name="query.sql").click()
    shown(page, "query.sql").locator(".view-line", has_text="SELECT 1").wait_for()
    return page


def tree(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Files")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=re.compile(f"^{re.escape(name)}"))


def shown(page: Page, name: str) -> Locator:
    """The panel of a tab, once it is the one that is seen."""
    return page.get_by_role("tabpanel", name=re.compile(f"^{re.escape(name)}"))


def typed(page: Page, panel: Locator, text: str) -> None:
    """Write at the end of the first line."""
    panel.locator(".view-line").first.click()
    page.keyboard.press("End")
    page.keyboard.type(text)


def stored(api: httpx.Client, path: str) -> str:
    return api.get(FILES, params={"path": path}).raise_for_status().text


def test_each_tab_keeps_its_text_and_what_can_be_taken_back(
    opened: Page, api: httpx.Client
) -> None:
    page = opened
    typed(page, shown(page, "query.sql"), " -- one")
    tab(page, "query.sql").get_by_label("not saved").wait_for()
    tab(page, "main.py").click()
    typed(page, shown(page, "main.py"), " # two")
    tab(page, "query.sql").click()
    shown(page, "query.sql").locator(".view-line", has_text="-- one").click()
    page.keyboard.press("Control+s")
    page.get_by_text("/lib/query.sql is saved").wait_for()
    assert stored(api, "/lib/query.sql") == "SELECT 1 -- one\n"
    assert stored(api, "/main.py") == "print(1)\n"
    page.keyboard.press("Control+z")
    shown(page, "query.sql").locator(".view-line", has_text="-- one").wait_for(state="detached")
    tab(page, "main.py").get_by_label("not saved").wait_for()
    # beside the texts, too
    tab(page, "main.py").click()
    page.keyboard.press("Control+s")
    page.get_by_text("/main.py is saved").wait_for()
    assert stored(api, "/main.py") == "print(1) # two\n"
    look(page, "editor-files")


def test_tabs_are_walked_and_closed_by_keys(opened: Page) -> None:
    page = opened
    tab(page, "query.sql").click()
    page.keyboard.press("ArrowRight")
    shown(page, "Flow").wait_for()
    page.keyboard.press("End")
    shown(page, "query.sql").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("Delete")
    page.keyboard.press("ArrowRight")
    shown(page, "main.py").wait_for()
    page.keyboard.press("Delete")
    tab(page, "main.py").wait_for(state="detached")
    page.wait_for_function("() => document.activeElement.textContent.startsWith('query.sql')")
    page.keyboard.press("Delete")
    page.get_by_role("tablist", name="Open texts").wait_for(state="detached")
    page.get_by_role("button", name="Actions").wait_for()


def test_a_changed_tab_is_not_closed_unasked(opened: Page, api: httpx.Client) -> None:
    page = opened
    asked: list[str] = []
    answers = [False, True]

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        (dialog.accept if answers.pop(0) else dialog.dismiss)()

    page.on("dialog", answer)
    typed(page, shown(page, "query.sql"), " -- lost")
    tab(page, "query.sql").click(button="middle")
    assert asked == ["Close query.sql without saving it?"]
    shown(page, "query.sql").wait_for()
    tab(page, "query.sql").get_by_text("×").click()
    tab(page, "query.sql").wait_for(state="detached")
    assert stored(api, "/lib/query.sql") == "SELECT 1\n"
    tab(page, "main.py").click(button="middle")
    page.get_by_role("tablist").wait_for(state="detached")
    assert len(asked) == 2


def test_menus_close_several_tabs(opened: Page) -> None:
    page = opened
    tab(page, "main.py").click(button="right")
    page.get_by_role("menuitem", name="Close those to the right").click()
    tab(page, "query.sql").wait_for(state="detached")
    tree(page).get_by_role("button", name="query.sql").click()
    page.get_by_role("button", name="Tabs", exact=True).click()
    look(page, "editor-tab-menu")
    page.get_by_role("menuitem", name="Close the others").click()
    tab(page, "main.py").wait_for(state="detached")
    page.get_by_role("button", name="Tabs", exact=True).click()
    page.get_by_role("menuitem", name="Close all files").click()
    page.get_by_role("tablist").wait_for(state="detached")


def test_open_files_are_there_again_and_leaving_asks_for_all(opened: Page) -> None:
    page = opened
    tab(page, "main.py").click()
    page.reload()
    shown(page, "main.py").locator(".view-line", has_text="print(1)").wait_for()
    tab(page, "query.sql").wait_for()
    tree(page).wait_for()
    typed(page, shown(page, "main.py"), " # lost")
    tab(page, "Flow").click()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Logs").click()
    page.wait_for_timeout(100)
    assert asked == ["Leave without saving your changes?"]
    assert page.url.endswith("/beside/editor")


def test_files_are_made_renamed_uploaded_and_deleted_beside_the_flow(
    opened: Page, api: httpx.Client
) -> None:
    page = opened
    page.on("dialog", lambda dialog: dialog.accept())
    bar = page.get_by_role("region", name="Files of the namespace")
    bar.get_by_role("button", name="New file").click()
    path = page.get_by_role("dialog").get_by_label("Path")
    assert path.input_value() == "/lib/"
    path.fill("/lib/made.sh")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    typed(page, shown(page, "made.sh"), "echo hi")
    bar.get_by_role("button", name="Rename").click()
    path.fill("/lib/moved.sh")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    # what was not saved is still there, under the new name
    shown(page, "moved.sh").locator(".view-line", has_text="echo hi").wait_for()
    tab(page, "moved.sh").get_by_label("not saved").wait_for()
    shown(page, "moved.sh").get_by_role("button", name="Save").click()
    page.get_by_text("/lib/moved.sh is saved").wait_for()
    assert stored(api, "/lib/moved.sh") == "echo hi"
    page.locator("input[type=file]").set_input_files(
        files=[{"name": "new.txt", "mimeType": "text/plain", "buffer": b"text"}]
    )
    page.get_by_text("new.txt is uploaded").wait_for()
    assert stored(api, "/lib/new.txt") == "text"
    bar.get_by_role("button", name="Delete").click()
    tab(page, "moved.sh").wait_for(state="detached")


def test_files_are_used_on_a_phone(opened: Page) -> None:
    page = opened
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    settle(page)
    typed(page, shown(page, "query.sql"), " -- small")
    shown(page, "query.sql").get_by_role("button", name="Save").click()
    page.get_by_text("/lib/query.sql is saved").wait_for()
    tab(page, "main.py").click()
    shown(page, "main.py").get_by_role("button", name="Files", exact=True).click()
    tree(page).wait_for(state="detached")
    assert overflow(page) == 0


def test_the_editor_looks_as_it_is_liked(page: Page) -> None:
    liked = {"editorTheme": "dark", "editorFont": "Courier New", "foldsTexts": True}
    page.add_init_script(
        f"localStorage.setItem('tiercel-preferences', JSON.stringify({json.dumps(liked)}))"
    )
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    text = page.locator(".monaco-editor .view-lines").first
    assert text.evaluate("e => getComputedStyle(e).fontFamily").startswith('"Courier New"')
    ground = "e => getComputedStyle(e.closest('.monaco-editor')).backgroundColor"
    assert text.evaluate(ground) == "rgb(22, 25, 29)"


def test_texts_are_folded_when_a_flow_is_opened(page: Page, api: httpx.Client) -> None:
    source = FLOW.replace("id: beside", "id: folded").replace("hello", "|\n      one\n      two")
    api.post("/api/v1/flows", content=source, headers={"content-type": "text/yaml"})
    for folds in (True, False):
        page.add_init_script(
            "localStorage.setItem('tiercel-preferences', "
            f"JSON.stringify({json.dumps({'foldsTexts': folds})}))"
        )
        page.goto(f"/ui/flows/edit/{NAMESPACE}/folded/editor")
        page.get_by_text("✓ Valid").wait_for()
        text = page.locator(".monaco-editor").first
        text.locator(".view-line", has_text="message").wait_for()
        told = text.locator(".view-line", has_text="two")
        told.wait_for(state="detached" if folds else "visible")


def test_properties_triggers_and_error_handlers_are_added_from_the_menu(
    page: Page, api: httpx.Client
) -> None:
    source = FLOW.replace("id: beside", "id: acted")
    api.post("/api/v1/flows", content=source, headers={"content-type": "text/yaml"})
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/ui/flows/edit/{NAMESPACE}/acted/editor")
    page.get_by_text("✓ Valid").wait_for()
    editor = page.locator(".monaco-editor").first
    actions = page.get_by_role("button", name="Actions")
    actions.click()
    look(page, "editor-actions")
    page.get_by_role("menuitem", name="Add a trigger").click()
    page.get_by_role("combobox", name="Search types").fill("Schedule")
    look(page, "editor-add-trigger")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name="Done").click()
    editor.get_by_text("triggers", exact=True).wait_for()
    page.wait_for_function("() => document.activeElement.textContent === 'Actions'")
    # beside the text, too
    page.keyboard.press("Control+z")
    editor.get_by_text("triggers", exact=True).wait_for(state="detached")
    page.keyboard.press("Control+Shift+z")
    editor.get_by_text("triggers", exact=True).wait_for()
    actions.click()
    page.get_by_role("menuitem", name="Add an error handler").click()
    page.get_by_role("combobox", name="Search types").fill("core.log.Log")
    page.keyboard.press("Enter")
    drawer.get_by_role("button", name="Done").click()
    editor.get_by_text("errors", exact=True).wait_for()
    editor.click()
    page.keyboard.press("Control+z")
    editor.get_by_text("errors", exact=True).wait_for(state="detached")
    editor.get_by_text("triggers", exact=True).wait_for()
    actions.click()
    page.get_by_role("menuitem", name="Edit properties").click()
    drawer.get_by_label("description").first.wait_for()
    look(page, "editor-properties")
