"""The tree of a namespace's files: by pointer, by keyboard, and from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from looking import look

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Dialog, Locator, Page

API = "/api/v1/namespaces/company.tree/files"
_DROP = """([target, name, text]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([text], name, {type: 'text/plain'}))
  const drop = kind => target.dispatchEvent(
    new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: transfer}))
  drop('dragover')
  const isOver = new Promise(done => requestAnimationFrame(() =>
    requestAnimationFrame(() => done(target.closest('.file-row').dataset.over === 'true'))))
  return isOver.then(marked => { drop('drop'); return marked })
}"""


@pytest.fixture
def tree(server: str) -> Iterator[httpx.Client]:
    """A namespace with three files in two folders."""
    with httpx.Client(base_url=server, timeout=60) as client:
        for path in ("/scripts/main.py", "/scripts/lib/util.py", "/queries/one.sql"):
            client.post(API, params={"path": path}, files={"fileContent": ("f", path.encode())})
        yield client
        for path in ("/scripts", "/queries", "/other", "/main.py"):
            client.delete(API, params={"path": path})


def paths(client: httpx.Client) -> list[str]:
    return sorted(client.get(f"{API}/search", params={"q": ""}).json())


def row(page: Page, path: str) -> Locator:
    return page.locator(f".file[title='{path}']")


def opened(page: Page) -> None:
    page.goto("/ui/namespaces/edit/company.tree/editor")
    row(page, "/scripts").click()
    row(page, "/scripts/main.py").wait_for()


def test_files_and_folders_are_dragged_into_folders(page: Page, tree: httpx.Client) -> None:
    opened(page)
    row(page, "/scripts/main.py").drag_to(row(page, "/queries"))
    page.get_by_text("main.py is moved into /queries").wait_for()
    row(page, "/queries/main.py").wait_for()
    row(page, "/scripts/lib").drag_to(row(page, "/queries/one.sql"))
    row(page, "/queries/lib").wait_for()
    row(page, "/queries/main.py").drag_to(page.locator(".files-rows"), target_position=_foot(page))
    row(page, "/main.py").wait_for()
    assert paths(tree) == ["/main.py", "/queries/lib/util.py", "/queries/one.sql"]
    # Into itself nothing goes.
    row(page, "/queries").drag_to(row(page, "/queries/lib"))
    assert paths(tree) == ["/main.py", "/queries/lib/util.py", "/queries/one.sql"]


def _foot(page: Page) -> dict[str, float]:
    box = page.locator(".files-rows").bounding_box()
    assert box is not None
    return {"x": 60, "y": box["height"] - 8}


def test_what_is_in_the_way_is_asked_about(page: Page, tree: httpx.Client) -> None:
    tree.post(API, params={"path": "/queries/main.py"}, files={"fileContent": ("f", b"old")})
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    opened(page)
    row(page, "/scripts/main.py").drag_to(row(page, "/queries"))
    page.wait_for_function("() => !window.asking()")
    assert asked == ["/queries/main.py is there already. Replace it?"]
    assert tree.get(API, params={"path": "/queries/main.py"}).text == "old"


def test_files_from_outside_go_where_they_are_let_go_of(page: Page, tree: httpx.Client) -> None:
    opened(page)
    target = row(page, "/queries").element_handle()
    assert page.evaluate(_DROP, [target, "two.sql", "SELECT 2"]) is True
    page.get_by_text("two.sql is uploaded").wait_for()
    row(page, "/queries/two.sql").wait_for()
    assert tree.get(API, params={"path": "/queries/two.sql"}).text == "SELECT 2"


def test_a_folder_is_uploaded_with_all_in_it(
    page: Page, tree: httpx.Client, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep" / "b.txt").write_text("b")
    page.goto("/ui/namespaces/edit/company.tree/editor")
    page.get_by_label("Folder to upload").set_input_files(folder)
    page.get_by_text("2 files are uploaded").wait_for()
    assert tree.get(API, params={"path": "/other/deep/b.txt"}).text == "b"
    row(page, "/other").wait_for()


def test_a_menu_does_what_the_dragging_does(page: Page, tree: httpx.Client) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    opened(page)
    row(page, "/scripts/main.py").click(button="right")
    look(page, "namespace-file-menu")
    page.get_by_role("menuitem", name="Copy the path").click()
    page.get_by_text("scripts/main.py is copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == "scripts/main.py"
    row(page, "/scripts/lib").hover()
    row(page, "/scripts/lib").locator("xpath=..").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="New file in it").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_label("Path").input_value() == "/scripts/lib/"
    dialog.get_by_label("Path").fill("/scripts/lib/new.py")
    dialog.get_by_role("button", name="Create").click()
    row(page, "/scripts/lib/new.py").wait_for()
    row(page, "/scripts/main.py").click(button="right")
    page.get_by_role("menuitem", name="Delete").click()
    row(page, "/scripts/main.py").wait_for(state="detached")


def test_the_keyboard_alone_moves_and_deletes(page: Page, tree: httpx.Client) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/namespaces/edit/company.tree/editor")
    row(page, "/queries").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    row(page, "/scripts/main.py").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => document.activeElement.title === '/scripts/main.py'")
    page.keyboard.press("F2")
    page.get_by_role("dialog").get_by_label("Path").fill("/queries/main.py")
    page.keyboard.press("Enter")
    page.get_by_text("main.py is moved into /queries").wait_for()
    row(page, "/queries").focus()
    page.keyboard.press("ArrowRight")
    row(page, "/queries/main.py").focus()
    page.keyboard.press("Delete")
    row(page, "/queries/main.py").wait_for(state="detached")
    assert "/queries/main.py" not in paths(tree)


def test_what_somebody_else_stored_is_not_replaced_without_a_question(
    page: Page, tree: httpx.Client
) -> None:
    opened(page)
    row(page, "/scripts/main.py").click()
    editor = page.locator(".monaco-editor").first
    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" mine")
    tree.post(API, params={"path": "/scripts/main.py"}, files={"fileContent": ("f", b"theirs")})
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    with page.expect_event("dialog"):
        page.keyboard.press("Control+s")
    page.get_by_text("/scripts/main.py •").wait_for()
    assert "changed by somebody else" in asked[0]
    content = {"path": "/scripts/main.py"}
    assert tree.get(API, params=content).text == "theirs"
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Control+s")
    page.get_by_text("/scripts/main.py is saved").wait_for()
    assert tree.get(API, params=content).text == "/scripts/main.py mine"
