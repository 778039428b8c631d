"""Triggers: many at once, why and when, and backfills from the first date to the last."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from browser_seeds import EVIL, YAML
from looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

FLOW = f"""
id: NAME
namespace: company.clock
inputs:
  - id: region
    type: STRING
    defaults: north
tasks:
  - id: nap
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT5S
triggers:
  - id: hourly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 * * * *"
    description: 'Runs **each hour** {EVIL}'
    inputs:
      region: south
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: abcdefgh
"""


@pytest.fixture
def clocks(server: str) -> Iterator[httpx.Client]:
    """Two flows with schedules of their own."""
    with httpx.Client(base_url=server, timeout=60) as client:
        for name in ("one", "two"):
            client.post("/api/v1/flows", content=FLOW.replace("NAME", name), headers=YAML)
        yield client
        for name in ("one", "two"):
            client.delete(f"/api/v1/flows/company.clock/{name}")


def states(client: httpx.Client) -> dict[str, Any]:
    found = client.get("/api/v1/triggers/search", params={"namespace": "company.clock"}).json()
    return {row["triggerContext"]["flowId"]: row["triggerContext"] for row in found["results"]}


def test_many_are_switched_at_once(page: Page, clocks: httpx.Client) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/admin/triggers?namespace=company.clock")
    page.get_by_label("Select all rows").check()
    page.get_by_role("button", name="Disable", exact=True).click()
    page.get_by_text("Disable: 2").wait_for()
    assert all(state["disabled"] for state in states(clocks).values())
    page.get_by_label("On or off").select_option("ENABLED")
    page.get_by_text("No triggers fit these filters.").wait_for()
    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Namespace").fill("company.clock")
    page.wait_for_url(re.compile("namespace=company.clock"))
    page.get_by_label("Trigger hourly is on").first.click(force=True)
    page.wait_for_function("() => document.querySelectorAll('input[role=switch]:checked').length")


def test_a_trigger_tells_why_and_when(page: Page, clocks: httpx.Client) -> None:
    page.goto("/ui/admin/triggers?namespace=company.clock&sort=flowId:asc")
    page.get_by_role("button", name="hourly", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("list", name="The next dates").wait_for()
    assert dialog.get_by_role("list", name="The next dates").get_by_role("listitem").count() == 20
    dialog.get_by_text(re.compile("Its next date is")).wait_for()
    dialog.locator("strong", has_text="each hour").wait_for()
    look(page, "trigger-details")
    assert page.evaluate("() => window.owned") is None
    page.on("dialog", lambda asked: asked.accept())
    dialog.get_by_role("button", name="Restart").click()
    page.get_by_text("hourly is restarted").wait_for()


def test_a_flow_shows_the_address_of_its_webhook(page: Page, clocks: httpx.Client) -> None:
    page.goto("/ui/flows/edit/company.clock/one/triggers")
    page.get_by_text("/api/v1/executions/webhook/company.clock/one/abcdefgh").wait_for()
    page.get_by_role("button", name="Backfill hourly").wait_for()


def test_a_backfill_is_planned_paused_and_cancelled(page: Page, clocks: httpx.Client) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/admin/triggers?namespace=company.clock&sort=flowId:asc")
    page.get_by_role("button", name="Backfill hourly").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Start the backfill").click()
    dialog.get_by_text("A start is needed").wait_for()
    dialog.get_by_label(re.compile("Start")).fill("2024-01-01T00:00")
    dialog.get_by_label(re.compile("End")).fill("2024-01-03T23:30")
    dialog.get_by_text(re.compile("^72 executions")).wait_for()
    dialog.get_by_text("Show the dates").click()
    assert (
        dialog.get_by_role("list", name="Dates that would run").get_by_role("listitem").count()
        == 72
    )
    dialog.get_by_label("Executions at one time").fill("3")
    dialog.get_by_text("3 at one time").wait_for()
    assert dialog.get_by_label("region").input_value() == "south"
    look(page, "backfill-plan")
    dialog.get_by_role("button", name="Start the backfill").click()
    page.get_by_text(re.compile(r"of 72, \d running")).wait_for()
    other = page.get_by_role("row").filter(has_text="company.clock.two")
    assert other.get_by_role("switch").is_checked()
    other.locator("time").last.wait_for()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_text(re.compile("%, paused")).wait_for()
    assert states(clocks)["one"]["backfill"]["parallel"] == 3
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Backfill hourly").nth(1).wait_for()
    page.get_by_role("button", name="hourly", exact=True).first.click()
    page.get_by_role("dialog").get_by_text(re.compile("cancelled")).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Backfill hourly").first.click()
    choice = page.get_by_role("dialog")
    choice.get_by_label(re.compile("Start")).fill("2024-01-01T00:00")
    choice.get_by_label(re.compile("End")).fill("2024-01-03T23:30")
    choice.get_by_label("Which dates").click()
    page.get_by_role("option", name="Only those that never ran").click()
    choice.get_by_text(re.compile(r"^[1-6]\d executions")).wait_for()


def test_columns_are_chosen_and_a_row_opens_its_log(page: Page, clocks: httpx.Client) -> None:
    page.goto("/ui/admin/triggers?namespace=company.clock&sort=flowId:asc")
    page.get_by_role("button", name="Columns").click()
    for name in ("Execution", "Worker", "Evaluated", "Changed", "Evaluation lock"):
        page.get_by_label(name, exact=True).check()
    page.keyboard.press("Escape")
    head = page.get_by_role("columnheader")
    head.filter(has_text="Evaluation lock").wait_for()
    page.get_by_role("button", name="Log of hourly").first.click()
    page.get_by_text("It has said nothing yet.").wait_for()
    look(page, "triggers-all-columns")
    page.reload()
    head.filter(has_text="Evaluation lock").wait_for()


def test_a_trigger_that_its_flow_lost_is_marked_and_deleted(
    page: Page, clocks: httpx.Client
) -> None:
    def lost(route: Route) -> None:
        reply = route.fetch()
        answer = reply.json()
        for row in answer["results"]:
            row.pop("abstractTrigger", None)
        route.fulfill(response=reply, body=json.dumps(answer))

    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.route("**/api/v1/triggers/search*", lost)
    page.goto("/ui/admin/triggers?namespace=company.clock&sort=flowId:asc")
    page.get_by_text("gone from the flow").first.wait_for()
    assert page.get_by_label("Trigger hourly is on").first.is_disabled()
    look(page, "triggers-gone")
    with page.expect_request(lambda sent: sent.method == "DELETE") as sent:
        page.get_by_role("button", name="Delete", exact=True).first.click()
    assert sent.value.url.endswith("/triggers/company.clock/one/hourly")
    assert asked == ["Delete what is kept of hourly?"]


def test_a_schedule_says_when_it_fires(page: Page, clocks: httpx.Client) -> None:
    page.goto("/ui/flows/edit/company.clock/one/triggers")
    page.get_by_text("0 * * * *", exact=True).first.hover()
    page.get_by_title("Every hour").first.wait_for()
    page.get_by_role("button", name="hourly", exact=True).first.click()
    page.get_by_role("dialog").get_by_text("Every hour").wait_for()
