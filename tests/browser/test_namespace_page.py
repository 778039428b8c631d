"""A namespace: its files, entries, secrets and defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import EVIL, YAML
from looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

BASE = "/ui/namespaces/edit/company.shelf"
API = "/api/v1/namespaces/company.shelf"
SECRET = "open-sesame-4711"

FLOW = f"""
id: shelf
namespace: company.shelf
tasks:
  - id: a
    type: io.kestra.plugin.core.log.Log
    message: hi
pluginDefaults:
  - type: io.kestra.plugin.core.log.Log
    forced: true
    values:
      level: DEBUG
      message: '{EVIL}'
"""


@pytest.fixture
def shelf(server: str) -> Iterator[httpx.Client]:
    """A namespace of these tests alone."""
    with httpx.Client(base_url=server, timeout=60) as client:
        client.post("/api/v1/flows", content=FLOW, headers=YAML)
        client.put("/api/v1/namespaces/company/kv/shared", content='"from above"')
        yield client


def test_files_are_made_written_moved_and_deleted(page: Page, shelf: httpx.Client) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{BASE}/editor")
    page.get_by_role("button", name="New folder").click()
    page.get_by_role("dialog").get_by_label("Path").fill("scripts")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    page.get_by_role("button", name="New file").click()
    path = page.get_by_role("dialog").get_by_label("Path")
    assert path.input_value() == "/scripts/"
    path.fill("/scripts/main.sql")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    page.locator(".monaco-editor").first.wait_for()
    page.locator(".monaco-editor").first.click()
    page.keyboard.type("SELECT 1;")
    page.get_by_text("/scripts/main.sql •").wait_for()
    page.keyboard.press("Control+S")
    page.get_by_text("/scripts/main.sql is saved").wait_for()
    stored = shelf.get(f"{API}/files", params={"path": "/scripts/main.sql"})
    assert stored.text == "SELECT 1;"
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Path").fill("/queries/one.sql")
    page.get_by_role("dialog").get_by_role("button", name="Move").click()
    page.get_by_text("/queries/one.sql", exact=True).wait_for()
    page.get_by_label("Search files").fill("one")
    page.get_by_role("button", name="queries/one.sql").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text() == "SELECT 1;"
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("No file is called so.").wait_for()


def test_files_are_uploaded_and_hostile_names_are_text(page: Page, shelf: httpx.Client) -> None:
    page.goto(f"{BASE}/editor")
    page.get_by_label("Files to upload").set_input_files(
        files=[
            {"name": "a <b> & c.txt", "mimeType": "text/html", "buffer": EVIL.encode()},
            {"name": "data.bin", "mimeType": "x/y", "buffer": b"a\x00b"},
        ]
    )
    page.get_by_text("2 files are uploaded").wait_for()
    page.get_by_role("button", name="data.bin").click()
    page.get_by_text("is no text").wait_for()
    page.get_by_role("button", name=re.compile("c.txt")).click()
    page.locator(".view-line", has_text="onerror").wait_for()
    assert page.evaluate("() => window.owned") is None


def test_entries_have_types_and_those_of_parents_are_marked(
    page: Page, shelf: httpx.Client
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{BASE}/kv")
    page.get_by_text("from above").wait_for()
    assert page.get_by_role("button", name="Edit shared").count() == 0
    page.get_by_role("button", name="New key-value").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("limit")
    dialog.get_by_label("Type").click()
    page.get_by_role("option", name="NUMBER").click()
    dialog.get_by_label("Value").fill("many")
    dialog.get_by_text("This is no number").wait_for()
    assert dialog.get_by_role("button", name="Save").is_disabled()
    dialog.get_by_label("Value").fill("12")
    dialog.get_by_label("Description").fill("größe 数")
    dialog.get_by_label("Expires").click()
    page.get_by_role("option", name="After 7 days").click()
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("limit is saved").wait_for()
    entry = shelf.get(f"{API}/kv/limit").json()
    assert (entry["type"], entry["value"]) == ("NUMBER", 12)
    [listed] = shelf.get(f"{API}/kv").json()
    assert listed["description"] == "größe 数"
    assert "expirationDate" in listed
    page.get_by_label("Select limit").check()
    page.get_by_role("button", name="Delete 1").click()
    page.get_by_label("Select limit").wait_for(state="detached")


def test_secrets_go_in_and_never_come_out(page: Page, shelf: httpx.Client) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    answers: list[str] = []
    page.on(
        "response",
        lambda reply: answers.append(reply.text()) if "/secrets" in reply.url else None,
    )
    page.goto(f"{BASE}/secrets")
    page.get_by_role("button", name="New secret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("DB_PASSWORD")
    dialog.get_by_label("Value").first.fill(SECRET)
    dialog.get_by_label("Description").fill(EVIL)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Secret DB_PASSWORD is saved").wait_for()
    page.get_by_text(EVIL).wait_for()
    page.get_by_role("button", name="Change DB_PASSWORD").click()
    assert page.get_by_role("dialog").get_by_label("Value").first.input_value() == ""
    page.get_by_role("dialog").get_by_label("Description").fill("of the shop")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_text("of the shop").wait_for()
    page.goto("/ui/namespaces/edit/company.shelf.child/secrets")
    page.get_by_role("link", name="company.shelf", exact=True).wait_for()
    assert page.get_by_role("button", name="Change DB_PASSWORD").count() == 0
    page.goto(f"{BASE}/secrets")
    page.get_by_role("button", name="Delete DB_PASSWORD").click()
    page.get_by_text("DB_PASSWORD").first.wait_for(state="detached")
    assert page.evaluate("() => window.owned") is None
    assert answers
    assert all(SECRET not in answer for answer in answers)


def test_defaults_and_dependencies_are_shown(page: Page, shelf: httpx.Client) -> None:
    page.goto(f"{BASE}/plugin-defaults")
    page.get_by_text("(forced)").wait_for()
    page.get_by_text(EVIL).wait_for()
    page.get_by_role("link", name="shelf", exact=True).wait_for()
    page.goto(f"{BASE}/dependencies")
    page.get_by_text("No flow of this namespace starts another.").wait_for()
    assert page.evaluate("() => window.owned") is None


def test_what_all_namespaces_keep_is_listed_by_name(page: Page, shelf: httpx.Client) -> None:
    shelf.put("/api/v1/namespaces/company.shelf/kv/below", content='"seen"')
    page.goto("/ui/namespaces")
    page.get_by_role("link", name="All key-value pairs").click()
    rows = page.get_by_role("region", name="Key-value pairs of all namespaces").get_by_role("row")
    rows.filter(has_text="below").get_by_role("link", name="company.shelf").wait_for()
    rows.filter(has_text="shared").get_by_role("link", name="company", exact=True).wait_for()
    look(page, "all-key-values")
    page.get_by_label("Search").fill("shared")
    rows.filter(has_text="below").wait_for(state="detached")
    rows.filter(has_text="shared").wait_for()
    page.goto("/ui/namespaces")
    page.get_by_role("link", name="All secrets").click()
    page.get_by_role("heading", name="Secrets of all namespaces").wait_for()
