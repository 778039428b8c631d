"""What can be asked of an execution: each dialog, filled in and carried out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import start
from looking import look, until_state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

TEAM = "company.team"


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


def opened(page: Page, flow: str, execution_id: str, part: str = "overview") -> None:
    """Go to an execution."""
    page.goto(f"/ui/executions/{flow}/{execution_id}/{part}")


def asked(page: Page, button: str) -> Locator:
    """Press a button of the page's head, or of its menu, and return the dialog."""
    if button.endswith("…"):
        page.get_by_role("button", name="More").click()
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog").filter(has=page.get_by_role("heading"))
    dialog.wait_for()
    return dialog


def confirm(dialog: Locator, button: str) -> None:
    """Press the button that does it, and see the dialog go."""
    dialog.get_by_role("button", name=button, exact=True).click()
    dialog.wait_for(state="detached")


def test_a_paused_execution_is_resumed_with_its_form(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/ask", wait=False)
    opened(page, f"{TEAM}/ask", execution_id)
    page.get_by_text("waits for someone to resume it").wait_for()
    dialog = asked(page, "Resume")
    dialog.get_by_role("button", name="Resume", exact=True).click()
    dialog.get_by_text("2 values to mend").wait_for()
    look(page, "dialog-resume")
    dialog.get_by_text("true", exact=True).click()
    dialog.get_by_label("reason").fill("it is late")
    dialog.locator("input[type=file]").set_input_files(
        {"name": "paper.txt", "mimeType": "text/plain", "buffer": b"signed"}
    )
    confirm(dialog, "Resume")
    until_state(page, "SUCCESS")
    page.get_by_role("link", name="Logs", exact=True).last.click()
    page.get_by_text("ada may, as it is late").wait_for()


def test_an_execution_is_replayed_with_other_inputs(page: Page, api: httpx.Client) -> None:
    before = start(api, f"{TEAM}/orders", rows="2")
    opened(page, f"{TEAM}/orders", before, "gantt")
    dialog = asked(page, "Replay")
    dialog.get_by_label("Revision").select_option("1")
    dialog.get_by_text("description: Loads the orders").wait_for()
    dialog.get_by_label("With other inputs").check()
    assert dialog.get_by_label("rows").input_value() == "2"
    dialog.get_by_label("rows").fill("5")
    look(page, "dialog-replay")
    confirm(dialog, "Replay")
    page.wait_for_url(lambda url: before not in url)
    until_state(page, "SUCCESS")
    page.get_by_role("button", name=re.compile("load · 5")).wait_for()
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name=before).wait_for()


def test_a_replay_begins_with_a_task_run(page: Page, api: httpx.Client) -> None:
    before = start(api, f"{TEAM}/steps")
    opened(page, f"{TEAM}/steps", before, "gantt")
    page.get_by_role("button", name=re.compile("second")).click()
    page.get_by_role("button", name="Replay from here").click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_label("Begin with").first.input_value() == "second"
    confirm(dialog, "Replay")
    page.wait_for_url(lambda url: before not in url)
    until_state(page, "SUCCESS")


def test_what_failed_is_restarted(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/broken")
    opened(page, f"{TEAM}/broken", execution_id)
    page.get_by_text("fetch failed in attempt 3").wait_for()
    dialog = asked(page, "Restart")
    look(page, "dialog-restart")
    confirm(dialog, "Restart")
    page.get_by_text("RESTARTED").first.wait_for()
    until_state(page, "FAILED")


def test_a_task_run_that_failed_counts_as_a_success(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/broken")
    opened(page, f"{TEAM}/broken", execution_id, "gantt")
    page.get_by_role("button", name=re.compile("fetch")).click()
    page.get_by_role("button", name="Change its state").click()
    dialog = page.get_by_role("dialog")
    look(page, "dialog-task-run-state")
    confirm(dialog, "Change the state")
    until_state(page, "SUCCESS")


def test_an_execution_gets_labels_and_another_state(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/steps")
    opened(page, f"{TEAM}/steps", execution_id)
    dialog = asked(page, "Set labels …")
    dialog.get_by_role("button", name="Add a label").click()
    dialog.get_by_label("Key of label 1").fill("checked")
    dialog.get_by_label("Value of label 1").fill("<b>yes</b>")
    look(page, "dialog-labels")
    confirm(dialog, "Set labels")
    page.get_by_text("checked: <b>yes</b>").wait_for()
    dialog = asked(page, "Change the state …")
    dialog.get_by_label("New state").first.click()
    page.get_by_role("option", name="WARNING").click()
    look(page, "dialog-state")
    confirm(dialog, "Change the state")
    until_state(page, "WARNING")


def test_what_the_server_refuses_stays_in_the_dialog(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/steps")
    opened(page, f"{TEAM}/steps", execution_id)
    dialog = asked(page, "Set labels …")
    dialog.get_by_role("button", name="Add a label").click()
    dialog.get_by_label("Key of label 1").fill("system.mine")
    dialog.get_by_label("Value of label 1").fill("x")
    dialog.get_by_role("button", name="Set labels", exact=True).click()
    dialog.get_by_text("choose a key without the prefix system.").wait_for()


def test_an_execution_is_deleted(page: Page, api: httpx.Client) -> None:
    execution_id = start(api, f"{TEAM}/steps")
    opened(page, f"{TEAM}/steps", execution_id)
    dialog = asked(page, "Delete …")
    look(page, "dialog-delete")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(re.compile("/ui/executions"))
    page.get_by_text("The execution is deleted").wait_for()
    assert api.get(f"/api/v1/executions/{execution_id}").status_code == 404


def test_it_stops_at_breakpoints_and_goes_on(page: Page) -> None:
    page.goto(f"/ui/flows/edit/{TEAM}/steps/overview")
    page.get_by_role("button", name="Execute", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Labels, breakpoints and date").click()
    dialog.get_by_label("Stop before").first.click()
    page.get_by_role("option", name="second").click()
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Execute").click()
    page.wait_for_url(re.compile("/executions/"))
    until_state(page, "BREAKPOINT")
    dialog = asked(page, "Go on")
    look(page, "dialog-breakpoint")
    confirm(dialog, "Go on")
    until_state(page, "SUCCESS")


def test_a_kill_may_spare_what_was_started(page: Page, api: httpx.Client) -> None:
    parent = start(api, f"{TEAM}/slow_parent", wait=False)
    opened(page, f"{TEAM}/slow_parent", parent)
    page.get_by_text("Executions it started").wait_for()
    dialog = asked(page, "Kill")
    dialog.get_by_label("The executions it started as well").uncheck()
    look(page, "dialog-kill")
    confirm(dialog, "Kill")
    query = {"triggerExecutionId": parent}
    [child] = api.get("/api/v1/executions/search", params=query).json()["results"]
    assert child["state"]["current"] not in ("KILLING", "KILLED")
    api.delete(f"/api/v1/executions/{child['id']}/kill")
    until_state(page, "KILLED")


def test_who_waits_for_a_slot_is_told_and_let_go(page: Page, api: httpx.Client) -> None:
    flow = "company.limits/one_at_a_time"
    ids = [start(api, flow, wait=False) for _ in range(3)]
    page.goto("/ui/flows/edit/company.limits/one_at_a_time/concurrency")
    page.get_by_text("1 of 1 slot taken, 2 waiting").wait_for()
    look(page, "flow-concurrency-queue")
    page.get_by_role("button", name=re.compile("^Run at once")).first.click()
    page.get_by_text("2 of 1 slot taken, 1 waiting").wait_for()
    query = {"namespace": "company.limits", "state": "QUEUED"}
    [queued] = api.get("/api/v1/executions/search", params=query).json()["results"]
    opened(page, flow, queued["id"])
    page.get_by_text("Waits for the slot of flow").wait_for()
    dialog = asked(page, "Unqueue")
    dialog.get_by_label("What becomes of it").first.click()
    page.get_by_role("option", name=re.compile("CANCELLED")).click()
    look(page, "dialog-unqueue")
    confirm(dialog, "Unqueue")
    until_state(page, "CANCELLED")
    for execution_id in ids:
        api.delete(f"/api/v1/executions/{execution_id}/kill")


def write(field: Locator, text: str) -> None:
    """Put a text into a field of code in place of what is there."""
    field.focus()
    field.page.keyboard.press("ControlOrMeta+A")
    field.page.keyboard.press("Delete")
    field.page.keyboard.type(text)


def test_every_type_of_input_has_its_widget(page: Page, api: httpx.Client) -> None:
    page.goto("/ui/flows/edit/company.inputs/every_input/overview")
    page.get_by_role("button", name="Execute", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("whole").fill("7")
    dialog.get_by_label("length").fill("PT2M")
    dialog.get_by_text("2 min", exact=True).wait_for()
    write(dialog.get_by_label("json"), '{"a": [1]}')
    write(dialog.get_by_label("yaml"), "b: 2")
    write(dialog.get_by_label("list"), "{}")
    assert dialog.get_by_label("What is special?").count() == 0
    dialog.get_by_label("special", exact=True).check()
    dialog.get_by_label("What is special?").fill("all of it")
    dialog.get_by_label("secret", exact=True).fill("hunter2")
    dialog.get_by_label("link").fill("https://example.org/x")
    dialog.get_by_label("mail").fill("nobody")
    dialog.get_by_role("button", name="Execute").click()
    dialog.get_by_text("A list is needed").wait_for()
    write(dialog.get_by_label("list"), "[1, 2]")
    dialog.get_by_role("button", name="Execute").click()
    dialog.get_by_text(re.compile("mail|email", re.IGNORECASE)).nth(1).wait_for()
    dialog.get_by_label("mail").fill("ada@example.org")
    look(page, "dialog-every-input")
    dialog.get_by_role("button", name="Execute").click()
    page.wait_for_url(re.compile("/executions/company.inputs/"))
    until_state(page, "SUCCESS")
    query = {"namespace": "company.inputs", "flowId": "every_input"}
    [found] = api.get("/api/v1/executions/search", params=query).json()["results"]
    inputs = found["inputs"]
    assert (inputs["whole"], inputs["list"], inputs["json"]) == (7, [1, 2], {"a": [1]})
    assert (inputs["why"], inputs["mail"]) == ("all of it", "ada@example.org")
    assert "hunter2" not in str(found)


def test_a_subflow_opens_within_the_picture(page: Page) -> None:
    page.goto(f"/ui/flows/edit/{TEAM}/parent/topology")
    page.get_by_role("button", name="Open the subflow orders").click()
    page.get_by_text("report", exact=True).wait_for()
    look(page, "flow-topology-subflow")
    page.get_by_role("button", name="Close the subflow orders").click()
    page.get_by_text("report", exact=True).wait_for(state="detached")
