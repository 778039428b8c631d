"""More of what a demanding user missed elsewhere: colours, pictures, files, keys and phones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML, start
from looking import NARROW, look, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

NAMESPACE = "company.shortfalls"
TEAM = "company.team"
READABLE = 0.7

PURGED = f"""
id: purged
namespace: {NAMESPACE}
tasks:
  - id: make
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    outputFiles: [gone.txt]
    commands:
      - echo rows > gone.txt
      - 'echo ''::{{"metrics": [{{"name": "rows", "type": "counter", "value": 1234}}]}}::'''
  - id: purge
    type: io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles
"""

TWENTY = f"id: twenty\nnamespace: {NAMESPACE}\ntasks:\n" + "".join(
    f"  - {{id: task_{number}, type: io.kestra.plugin.core.log.Log, message: hi}}\n"
    for number in range(20)
)


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


def saved(api: httpx.Client, source: str) -> None:
    """Save a flow."""
    api.post("/api/v1/flows", content=source, headers=YAML).raise_for_status()


def newest(api: httpx.Client, flow_id: str) -> str:
    """Return the id of the newest execution of a flow."""
    query = {"namespace": TEAM, "flowId": flow_id, "size": 1, "sort": "state.startDate:desc"}
    found: str = api.get("/api/v1/executions/search", params=query).json()["results"][0]["id"]
    return found


def test_a_file_that_was_removed_offers_nothing_and_rows_are_counted(
    page: Page, api: httpx.Client
) -> None:
    saved(api, PURGED)
    address = f"/ui/executions/{NAMESPACE}/purged/{start(api, f'{NAMESPACE}/purged')}"
    page.goto(f"{address}/outputs")
    page.get_by_role("button", name="Open outputFiles").click()
    page.get_by_text("gone.txt file").click()
    page.get_by_text("removed since").wait_for()
    assert page.get_by_role("link", name=re.compile("Download")).count() == 0
    assert page.get_by_role("button", name=re.compile("Preview")).count() == 0
    page.goto(f"{address}/overview")
    page.get_by_role("region", name="Counted").get_by_text("1,234").wait_for()


def test_a_state_has_one_colour_everywhere(page: Page, api: httpx.Client) -> None:
    address = f"/ui/executions/{TEAM}/broken/{start(api, f'{TEAM}/broken')}"
    page.goto(f"{address}/gantt")
    page.locator('.badge[data-state="FAILED"]').first.wait_for()
    page.locator(".gantt-bar").first.wait_for()
    colour_of = "(node, name) => getComputedStyle(node)[name]"
    badge = page.locator(".badge").first.evaluate(colour_of, "color")
    failed = page.locator('.gantt-bar[data-state="FAILED"]').first
    assert failed.evaluate(colour_of, "backgroundColor") == badge
    page.goto(f"{address}/topology")
    node = page.locator('.node[data-state="FAILED"]').first
    node.wait_for()
    assert node.evaluate(colour_of, "borderLeftColor") == badge


def test_the_log_beside_the_gantt_begins_at_info(page: Page, api: httpx.Client) -> None:
    page.goto(f"/ui/executions/{TEAM}/broken/{newest(api, 'broken')}/gantt")
    page.get_by_role("button", name=re.compile("fetch")).click()
    page.get_by_role("group", name="Chosen task run").wait_for()
    assert page.get_by_label("Lowest level").input_value() == "INFO"
    page.locator(".log-line").first.wait_for()
    assert page.locator('.log-line[data-level="TRACE"]').count() == 0


def test_twenty_tasks_are_drawn_to_be_read(page: Page, api: httpx.Client) -> None:
    saved(api, TWENTY)
    page.goto(f"/ui/flows/edit/{NAMESPACE}/twenty/topology")
    page.locator("[data-drawn]").get_by_text("task_0", exact=True).wait_for()
    settle(page)
    scale = page.locator(".react-flow__viewport").evaluate(
        "node => new DOMMatrix(getComputedStyle(node).transform).a"
    )
    assert scale >= READABLE
    first = page.locator(".node").first.bounding_box()
    frame = page.locator("[data-drawn]").bounding_box()
    assert first is not None
    assert frame is not None
    assert first["x"] >= frame["x"]
    assert first["y"] >= frame["y"]


def test_a_loop_is_one_node_and_its_runs_have_their_values(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/orders", region="north")
    page.goto(f"/ui/executions/{TEAM}/orders/{execution_id}/topology")
    node = page.locator(".node").filter(has_text="load")
    node.get_by_text("3 runs").wait_for()
    assert node.count() == 1
    assert node.get_attribute("data-state") == "SUCCESS"
    page.goto(f"/ui/executions/{TEAM}/orders/{execution_id}/outputs")
    page.get_by_text("load · 3").wait_for()


def test_the_jump_box_finds_executions_namespaces_and_pages(page: Page, api: httpx.Client) -> None:
    execution_id = newest(api, "broken")
    page.goto("/ui/flows")
    page.get_by_role("link", name="orders").first.wait_for()
    page.keyboard.press("Control+K")
    box = page.get_by_role("textbox", name="Jump to")
    box.fill("company.te")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="company.team namespace").wait_for()
    box.fill("sett")
    dialog.get_by_role("link", name="Settings page").wait_for()
    box.fill(execution_id[:8])
    dialog.get_by_role("link", name=re.compile(f"{execution_id} execution")).wait_for()
    look(page, "jump-box")
    box.press("Enter")
    page.wait_for_url(re.compile(execution_id))


def test_the_jump_box_finds_types_and_texts_and_executes_flows(page: Page) -> None:
    page.goto("/ui/flows")
    page.get_by_role("link", name="orders").first.wait_for()
    page.keyboard.press("Control+K")
    box = page.get_by_role("textbox", name="Jump to")
    dialog = page.get_by_role("dialog")
    box.fill("foreach")
    dialog.get_by_role(
        "link", name="ForEach io.kestra.plugin.core.flow.ForEach", exact=True
    ).wait_for()
    box.fill("no such table")
    dialog.get_by_role("link", name="“no such table” in the sources of flows").click()
    page.wait_for_url(re.compile(r"/ui/flows/search\?q=no"))
    page.keyboard.press("Control+K")
    box.fill("orders")
    dialog.get_by_role("button", name="Execute orders").wait_for()
    box.press("Shift+Enter")
    page.get_by_role("dialog", name="Execute").get_by_label("Which region?").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(lambda url: "execute" not in url)


def test_revisions_have_dates(page: Page) -> None:
    page.goto(f"/ui/flows/edit/{TEAM}/orders/revisions")
    chosen = page.get_by_label("Right revision").locator("option").first
    assert re.fullmatch(r"Revision 2 \(latest\), \d{4}-\d\d-\d\d \d\d:\d\d", chosen.inner_text())


def test_filters_may_be_typed(page: Page) -> None:
    page.goto("/ui/executions")
    page.get_by_label("Search", exact=True).fill("state:failed flow:broken")
    page.wait_for_url(re.compile("state=FAILED"))
    assert "flowId=broken" in page.url
    page.get_by_role("button", name="Remove the filter broken").wait_for()
    assert page.get_by_label("Search", exact=True).input_value() == ""


def test_on_a_phone_the_menu_is_a_drawer_and_lists_are_cards(page: Page) -> None:
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto("/ui/executions")
    row = page.locator("tbody tr").first
    row.wait_for()
    box = row.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert NARROW[0] * 0.8 < box["width"] <= NARROW[0]
    menu = page.get_by_role("navigation", name="Main")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Flows").click()
    page.get_by_role("button", name=re.compile("^Execute ")).first.wait_for()
    assert not menu.is_visible()


def test_the_first_step_of_the_keyboard_leads_past_the_menu(page: Page) -> None:
    page.goto("/ui/executions")
    page.locator("tbody tr").first.wait_for()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    assert skip.evaluate("node => node === document.activeElement")
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    field = page.get_by_label("Search", exact=True)
    assert field.evaluate("node => node === document.activeElement")
    width = field.evaluate("node => parseFloat(getComputedStyle(node).borderTopWidth)")
    assert width >= 1


def test_a_secret_input_is_never_shown(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/ask", wait=False, word="tell-nobody")
    shown = api.get(f"/api/v1/executions/{execution_id}").json()["inputs"]["word"]
    page.goto(f"/ui/executions/{TEAM}/ask/{execution_id}/overview")
    page.get_by_text("••••••••").wait_for()
    text = page.content()
    assert "tell-nobody" not in text
    assert shown not in text
    api.delete(f"/api/v1/executions/{execution_id}/kill")


def test_a_log_is_downloaded_as_it_is_seen(page: Page, api: httpx.Client) -> None:
    query = {"namespace": "company.other", "flowId": "talkative"}
    found = api.get("/api/v1/executions/search", params=query).json()["results"][0]
    page.goto(f"/ui/executions/company.other/talkative/{found['id']}/logs")
    page.get_by_role("textbox", name="Search the log").fill("line 4321")
    page.get_by_text("1 line", exact=True).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"\S+ INFO line 4321", download.value.path().read_text())


def test_yaml_of_a_namespace_is_no_flow(page: Page, api: httpx.Client) -> None:
    api.post(
        f"/api/v1/namespaces/{TEAM}/files",
        params={"path": "/compose.yaml"},
        files={"fileContent": ("compose.yaml", b"services:\n  web: {}\n")},
    ).raise_for_status()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/ui/namespaces/edit/{TEAM}/editor")
    page.get_by_text("compose.yaml").first.click()
    page.locator(".view-line", has_text="services").wait_for()
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Space")
    settle(page)
    assert page.get_by_role("option", name=re.compile("tasks|triggers")).count() == 0
    assert not [url for url in asked if "schemas/flow" in url]
