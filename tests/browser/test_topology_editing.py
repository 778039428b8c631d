"""Editing a flow in its picture: the text beside it is what it should be, with its comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML
from looking import NARROW, look, settle, shoot, until_state, watched_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

NAMESPACE = "company.pictures"

FLOW = f"""\
# loads orders
id: NAME
namespace: {NAMESPACE}

tasks:
  - id: first # begins
    type: io.kestra.plugin.core.log.Log
    message: one

  # decides
  - id: decide
    type: io.kestra.plugin.core.flow.If
    condition: "true"
    then:
      - id: deep
        type: io.kestra.plugin.core.log.Log
        message: 'two'

  - id: last
    type: io.kestra.plugin.core.log.Log
    message: three   # ends
"""
RETURN = "io.kestra.plugin.core.debug.Return"
_VIEW = "() => document.querySelector('.react-flow__viewport').style.transform"


@pytest.fixture(scope="module")
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from."""
    with httpx.Client(base_url=server, timeout=120) as client:
        yield client


@pytest.fixture
def flow(api: httpx.Client, request: pytest.FixtureRequest) -> str:
    """A flow of this test's own; its id."""
    name = str(request.node.name).removeprefix("test_")[:60]
    source = FLOW.replace("NAME", name)
    reply = api.post("/api/v1/flows", content=source, headers=YAML)
    assert reply.status_code == 200, reply.text
    return name


@pytest.fixture
def editor(page: Page, flow: str) -> Page:
    """The editor of the flow, with its picture beside the text."""
    page.goto(f"/ui/flows/edit/{NAMESPACE}/{flow}/editor")
    view(page, "Topology")
    node(page, "first").wait_for()
    page.locator(".monaco-editor").first.wait_for()
    return page


def view(page: Page, name: str) -> None:
    """Choose what stands beside the text, or instead of it."""
    page.get_by_role("radiogroup", name="View").get_by_text(name, exact=True).click()


def node(page: Page, name: str) -> Locator:
    """Return the node of a task or trigger."""
    title = page.locator(".node-title").filter(has_text=re.compile(rf"(^|\s){name}$"))
    return page.locator("[data-drawn] .node").filter(has=title)


def button(page: Page, name: str) -> Locator:
    """Return a button of the picture."""
    return page.locator(".picture").get_by_role("button", name=name, exact=True)


def menu(page: Page, task: str, item: str) -> None:
    """Choose from the menu of a task."""
    page.locator(".picture-canvas").press("0")
    node(page, task).hover()
    button(page, f"More for {task}").click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def choose_type(page: Page, name: str) -> None:
    """Choose the type of what is added, and leave its drawer."""
    page.get_by_role("combobox", name="Search types").fill(name)
    page.locator(f'[role=option][title="{name}"]').click()
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    page.get_by_role("dialog").wait_for(state="detached")


def saved(page: Page, api: httpx.Client, flow: str) -> str:
    """Save the flow and return its source."""
    save = page.get_by_role("button", name="Save", exact=True)
    with page.expect_response(
        lambda reply: reply.request.method == "PUT" and f"/{flow}" in reply.url
    ) as reply:
        save.click()
    assert reply.value.ok, reply.value.text()
    source: str = api.get(f"/api/v1/flows/{NAMESPACE}/{flow}?source=true").json()["source"]
    return source


def lines(source: str, text: str) -> int:
    """Return the line that a text first stands in."""
    return next(index for index, line in enumerate(source.splitlines()) if text in line)


def test_add_between_two(editor: Page, api: httpx.Client, flow: str) -> None:
    before = editor.evaluate(_VIEW)
    button(editor, "Add a task before decide").click()
    choose_type(editor, RETURN)
    node(editor, "return").wait_for()
    editor.locator(".edited[data-chosen] .node", has_text="return").wait_for()
    after = editor.evaluate(_VIEW)
    assert after == before
    look(editor, "editing-added")
    source = saved(editor, api, flow)
    assert re.search(r"message: one\n\n? *\n?  - id: return\n    type: \S+Return\n", source), source
    for kept in ("# loads orders\n", "id: first # begins\n", "  # decides\n  - id: decide\n"):
        assert kept in source
    assert source.endswith("message: three   # ends\n")
    editor.get_by_role("button", name="Execute", exact=True).click()
    editor.get_by_role("dialog").get_by_role("button", name="Execute").click()
    until_state(editor, "SUCCESS")


def test_add_handler_and_trigger(editor: Page, api: httpx.Client, flow: str) -> None:
    button(editor, "Add").click()
    editor.get_by_role("menuitem", name="An error handler").click()
    choose_type(editor, RETURN)
    node(editor, "return").wait_for()
    menu(editor, "first", "Add a trigger")
    editor.get_by_role("combobox", name="Search types").fill("core.trigger.Schedule")
    editor.keyboard.press("Enter")
    drawer = editor.get_by_role("dialog")
    drawer.get_by_role("textbox", name="cron").fill("0 6 * * *")
    drawer.get_by_role("button", name="Done").click()
    node(editor, "schedule").wait_for()
    menu(editor, "decide", "Add a task to else")
    choose_type(editor, RETURN)
    node(editor, "return_2").wait_for()
    source = saved(editor, api, flow)
    assert re.search(r"\nerrors:\n  - id: return\n", source), source
    assert re.search(r"\ntriggers:\n  - id: schedule\n", source), source
    assert re.search(r"\n    else:\n      - id: return_2\n", source), source
    assert "0 6 * * *" in source


def test_delete_and_undo(editor: Page, api: httpx.Client, flow: str) -> None:
    node(editor, "decide").hover()
    button(editor, "Delete decide").click()
    node(editor, "deep").wait_for(state="detached")
    note = editor.get_by_role("alert").filter(has_text="decide was deleted.")
    note.wait_for()
    note.get_by_role("button", name="Undo").click()
    node(editor, "deep").wait_for()
    assert editor.get_by_role("button", name="Save", exact=True).is_disabled()
    menu(editor, "first", "Delete")
    with editor.expect_response(lambda reply: "/validate" in reply.url):
        menu(editor, "decide", "Delete")
    node(editor, "decide").wait_for(state="detached")
    look(editor, "editing-deleted")
    menu(editor, "last", "Delete")
    editor.get_by_text("A flow has at least one task.").wait_for()
    assert node(editor, "last").count() == 1
    source = saved(editor, api, flow)
    assert "id: last\n" in source
    assert "first" not in source
    assert source.startswith("# loads orders\nid: ")


def drag(page: Page, task: str, other: str) -> None:
    """Drag a task to another, and stay there."""
    start, end = (node(page, name).bounding_box() for name in (task, other))
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 30, start["y"] + 15)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 25)
    page.mouse.move(end["x"] + 40, end["y"] + 15, steps=4)


def test_swap_by_drag(editor: Page, api: httpx.Client, flow: str) -> None:
    drag(editor, "first", "deep")
    editor.locator('.edited[data-over="taken"] .node', has_text="deep").wait_for()
    editor.mouse.up()
    editor.get_by_text("first and deep have changed places.").wait_for()
    drag(editor, "decide", "first")
    editor.locator('.edited[data-over="refused"] .node', has_text="first").wait_for()
    editor.mouse.up()
    editor.get_by_text("One of them is within the other: they cannot change places.").wait_for()
    # The picture is drawn anew after a swap: until then nothing has its place.
    settle(editor)
    before = node(editor, "last").bounding_box()
    drag(editor, "last", "last")
    editor.mouse.move(5, 5)
    editor.mouse.up()
    settle(editor)
    assert node(editor, "last").bounding_box() == before
    source = saved(editor, api, flow)
    order = [lines(source, f"id: {name}") for name in ("deep", "decide", "first", "last")]
    assert order == sorted(order), source
    assert "        message: one\n" in source
    assert "    message: 'two'\n" in source


def test_swap_without_a_mouse(editor: Page, api: httpx.Client, flow: str) -> None:
    view(editor, "Topology alone")
    button(editor, "More for decide").press("Enter")
    editor.get_by_role("menuitem", name="Change places with").press("Enter")
    dialog = editor.get_by_role("dialog")
    others = dialog.get_by_role("combobox", name="With")
    assert others.locator("option").all_inner_texts()[1:] == ["first", "last"]
    others.select_option("last")
    look(editor, "editing-swap")
    dialog.get_by_role("button", name="Swap").click()
    editor.locator(".edited[data-chosen] .node", has_text="decide").wait_for()
    source = saved(editor, api, flow)
    order = [lines(source, f"id: {name}") for name in ("first", "last", "decide", "deep")]
    assert order == sorted(order), source


def test_move_by_menu(editor: Page, api: httpx.Client, flow: str) -> None:
    menu(editor, "first", "Move later")
    editor.locator(".edited[data-chosen] .node", has_text="first").wait_for()
    menu(editor, "last", "Description")
    dialog = editor.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Description").fill("Says **three**")
    dialog.locator("strong", has_text="three").wait_for()
    dialog.get_by_role("button", name="Done").click()
    button(editor, "Description of last").wait_for()
    source = saved(editor, api, flow)
    assert lines(source, "id: decide") < lines(source, "id: first") < lines(source, "id: last")
    assert "description: Says **three**" in source
    assert "message: three   # ends\n" in source


def test_keyboard_alone(editor: Page, api: httpx.Client, flow: str) -> None:
    more = button(editor, "More for last")
    more.focus()
    editor.keyboard.press("Enter")
    editor.get_by_role("menuitem", name="Edit").wait_for()
    look(editor, "editing-menu")
    editor.keyboard.press("Escape")
    more.focus()
    editor.keyboard.press("Enter")
    editor.get_by_role("menuitem", name="Edit").wait_for()
    for _ in ("Add a task before", "Add a task after"):
        editor.keyboard.press("ArrowDown")
    editor.keyboard.press("Enter")
    editor.get_by_role("combobox", name="Search types").wait_for()
    editor.keyboard.type(RETURN)
    editor.keyboard.press("Enter")
    drawer = editor.get_by_role("dialog")
    drawer.get_by_role("button", name="Done").press("Enter")
    drawer.wait_for(state="detached")
    added = node(editor, "return")
    added.wait_for()
    editor.wait_for_function("() => document.activeElement.closest('.picture .node')")
    button(editor, "Delete first").press("Enter")
    node(editor, "first").wait_for(state="detached")
    editor.wait_for_function("() => document.activeElement.matches('.picture-canvas')")
    source = saved(editor, api, flow)
    assert lines(source, "id: last") < lines(source, "id: return")


def test_an_empty_flow_begins_with_a_task(page: Page) -> None:
    page.goto("/ui/flows/new")
    view(page, "Topology")
    text = page.locator(".monaco-editor").first
    text.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type("id: begun\nnamespace: company.pictures\n")
    page.get_by_role("button", name="+ Add a task").click()
    choose_type(page, RETURN)
    node(page, "return").wait_for()
    text.get_by_text("Return").first.wait_for()


def test_on_a_phone_the_picture_alone_is_edited(browser: Browser, server: str, flow: str) -> None:
    with watched_page(browser, server) as page:
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        page.goto(f"/ui/flows/edit/{NAMESPACE}/{flow}/editor")
        view(page, "Topology alone")
        node(page, "first").wait_for()
        look(page, "editing-phone")


def test_fingers_edit(browser: Browser, server: str, flow: str) -> None:
    context = browser.new_context(
        base_url=server,
        viewport={"width": NARROW[0], "height": NARROW[1]},
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    page.goto(f"/ui/flows/edit/{NAMESPACE}/{flow}/editor")
    view(page, "Topology alone")
    more = button(page, "More for first")
    more.wait_for()
    page.wait_for_function(
        "node => getComputedStyle(node).opacity === '1'", arg=more.element_handle()
    )
    shoot(page, "editing-fingers")
    more.tap()
    page.get_by_role("menuitem", name="Move later").tap()
    page.locator(".edited[data-chosen] .node", has_text="first").wait_for()
    button(page, "Edit first").tap()
    page.get_by_role("dialog").get_by_text("Log").first.wait_for()
    context.close()
