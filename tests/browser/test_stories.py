"""What people do with the pages, from the first click to the last."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import EVIL, start
from looking import look, settle, shoot, until_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

FLOW = "/ui/flows/edit/company.team/orders"
LINE_OF_THE_TYPE = 11


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


def end_a_line(page: Page, number: int, *, cut: int, with_text: str) -> None:
    """Write another end to a line of the editor."""
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+Home")
    for _ in range(number - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    for _ in range(cut):
        page.keyboard.press("Backspace")
    page.keyboard.type(with_text)
    page.keyboard.press("Escape")


def test_a_flow_is_executed_with_a_form(page: Page) -> None:
    page.goto(f"{FLOW}/overview")
    page.get_by_role("button", name="Execute", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Which region?").click()
    page.get_by_role("option", name="south").click()
    dialog.get_by_label("rows").fill("9999")
    dialog.get_by_role("button", name="Execute").click()
    dialog.get_by_text("At most 5000").wait_for()
    dialog.get_by_label("rows").fill("4")
    dialog.get_by_text("Labels, breakpoints and date").click()
    dialog.get_by_role("button", name="Add a label").click()
    dialog.get_by_label("Key of label 1").fill("by")
    dialog.get_by_label("Value of label 1").fill("hand")
    dialog.get_by_text("As a command").click()
    curl, cli = dialog.locator("pre").all_inner_texts()
    assert "-F 'region=south'" in curl
    assert "labels=by%3Ahand" in curl
    assert cli.startswith("tiercel executions start company.team orders")
    assert "--input 'region=south'" in cli
    assert "--label 'by=hand'" in cli
    look(page, "execute-dialog")
    page.set_viewport_size({"width": 390, "height": 844})
    dialog.get_by_role("button", name="Execute").click()
    page.wait_for_url(re.compile(r"/executions/company\.team/orders/\w+/gantt"))
    until_state(page, "SUCCESS")
    page.get_by_role("link", name="Overview").click()
    page.get_by_text("by: hand").wait_for()


def test_a_running_execution_is_watched_and_killed(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, "company.team/slow", wait=False)
    page.goto(f"/ui/executions/company.team/slow/{execution_id}/gantt")
    # Whichever line: the view follows the log, and the first have left it when the page is late.
    page.get_by_text(re.compile(r"^line \d+$")).first.wait_for()
    shoot(page, "execution-running-1280")
    page.get_by_role("button", name="Kill").click()
    page.get_by_role("dialog").get_by_role("button", name="Kill").click()
    until_state(page, "KILLED")


def test_filters_live_in_the_address(page: Page) -> None:
    page.goto("/ui/executions")
    page.get_by_role("button", name="Failed").click()
    page.wait_for_url(re.compile("state=FAILED"))
    page.get_by_role("link", name="orders").first.wait_for(state="detached")
    page.reload()
    page.get_by_role("link", name="broken").first.wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_role("button", name="team: sales").first.click()
    page.wait_for_url(re.compile("labels=team%3Asales"))
    page.get_by_role("link", name="broken").first.wait_for(state="detached")


def test_a_list_is_walked_by_keys(page: Page) -> None:
    page.goto("/ui/executions?flowId=broken&namespace=company.team")
    page.get_by_role("link", name="broken").first.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_text("failed in attempt 3").wait_for()


def test_mistakes_are_told_where_they_are_and_a_flow_is_saved(page: Page) -> None:
    page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    end_a_line(page, LINE_OF_THE_TYPE, cut=2, with_text="ag")
    problem = page.get_by_role("list", name="Problems").get_by_role("button").first
    problem.wait_for()
    assert re.match(r"1[0-9]:\d+", problem.inner_text())
    look(page, "editor-problem")
    end_a_line(page, LINE_OF_THE_TYPE, cut=2, with_text="og")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(r"/flows/edit/company\.team/my_flow/editor"))


def test_the_editor_completes_types(page: Page) -> None:
    with page.expect_response(re.compile("schemas/flow")):
        page.goto("/ui/flows/new")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_role("combobox", name="Begin with an example").wait_for()
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+End")
    # Return after the first property of an item goes on below its key, not below its dash.
    page.keyboard.type("  - id: give\ntype: Retu")
    completion = page.get_by_role("option", name=re.compile(r"plugin\.core\.debug\.Return"))
    for _ in range(8):
        page.keyboard.press("Control+Space")
        page.wait_for_timeout(1000)
        if completion.count():
            break
        page.keyboard.press("Escape")
    completion.wait_for()
    page.on("dialog", lambda dialog: dialog.accept())


def test_the_jump_box_finds_flows(page: Page) -> None:
    page.goto("/ui/")
    page.get_by_text("Going on").first.wait_for()
    page.keyboard.press("Control+K")
    page.get_by_role("textbox", name="Jump to").fill("talk")
    page.get_by_role("dialog").get_by_text("talkative").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("talkative"))


def test_many_lines_come_fast_and_few_are_drawn(page: Page, api: httpx.Client) -> None:
    query = {"namespace": "company.other", "flowId": "talkative"}
    found = api.get("/api/v1/executions/search", params=query).json()["results"][0]
    page.goto(f"/ui/executions/company.other/talkative/{found['id']}/logs")
    page.get_by_text("line 1", exact=True).wait_for()
    assert page.locator(".log-line").count() < 200
    page.get_by_role("textbox", name="Search the log").fill("line 4321")
    page.get_by_text("1 line", exact=True).wait_for()


def test_outputs_are_read_and_files_fetched(page: Page, api: httpx.Client) -> None:
    query = {"namespace": "company.team", "flowId": "orders"}
    found = api.get("/api/v1/executions/search", params=query).json()["results"][-1]
    page.goto(f"/ui/executions/company.team/orders/{found['id']}/outputs")
    page.get_by_role("button", name="Open outputFiles").click()
    page.get_by_text("report.csv file").click()
    page.get_by_text("{{ outputs.report.outputFiles['report.csv'] }}").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Download")).click()
    assert "north,12" in download.value.path().read_text()


def test_a_backfill_is_planned_and_run(page: Page, api: httpx.Client) -> None:
    page.goto(f"{FLOW}/triggers")
    page.get_by_role("button", name="Backfill nightly").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("Start")).fill("2024-01-01T00:00")
    dialog.get_by_label(re.compile("End")).fill("2024-01-03T23:00")
    dialog.get_by_text(re.compile("^3 executions")).wait_for()
    assert dialog.get_by_label("Which region?").input_value() == "south"
    look(page, "backfill-dialog")
    dialog.get_by_role("button", name="Start the backfill").click()
    query = {"namespace": "company.team", "flowId": "orders", "labels": "backfill:true"}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = api.get("/api/v1/executions/search", params=query).json()
        if [item["state"]["current"] for item in found["results"]] == ["SUCCESS"] * 3:
            break
        time.sleep(0.3)
    else:
        raise AssertionError(found)
    page.get_by_role("button", name="Backfill nightly").wait_for()


def test_an_unknown_execution_is_told(page: Page) -> None:
    page.goto("/ui/executions/company.team/orders/4nothing4nothing4nothing")
    page.get_by_text("No such execution").wait_for()


@pytest.mark.parametrize(
    "path",
    [
        "/ui/flows?namespace=company.evil",
        "/ui/flows/edit/company.evil/hostile/overview",
        "/ui/flows/edit/company.evil/hostile/topology",
        "/ui/flows/edit/company.evil/hostile/metrics",
        "/ui/flows/edit/company.evil/hostile/editor",
        "/ui/executions?namespace=company.evil",
        "/ui/logs?namespace=company.evil",
    ],
)
def test_hostile_text_is_text(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_text(re.compile("hostile|say")).locator("visible=true").first.wait_for()
    settle(page)
    assert page.evaluate("() => window.owned") is None
    assert page.locator("img[src=x]").count() == 0


def test_hostile_text_of_a_run_is_text(page: Page, api: httpx.Client) -> None:
    query = {"namespace": "company.evil", "flowId": "hostile"}
    found = api.get("/api/v1/executions/search", params=query).json()["results"][0]
    for part in ("overview", "gantt", "logs", "outputs"):
        page.goto(f"/ui/executions/company.evil/hostile/{found['id']}/{part}")
        page.get_by_text(EVIL).first.wait_for()
        assert page.evaluate("() => window.owned") is None
        assert page.locator("img[src=x]").count() == 0
    page.goto("/ui/flows?namespace=company.evil")
    page.get_by_role("button", name="Execute hostile").click()
    page.get_by_role("dialog").get_by_text(EVIL).first.wait_for()
    assert page.locator("img[src=x]").count() == 0
