"""The dashboard: what it counts, where it leads, and how little it asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from looking import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

IDLE_SECONDS = 15


def card(page: Page, name: str) -> str:
    box = page.locator(".card", has_text=name).locator(".card-value")
    box.wait_for()
    page.wait_for_function("node => node.textContent !== '…'", arg=box.element_handle())
    return box.inner_text()


def test_numbers_are_those_of_the_list_they_lead_to(page: Page, server: str) -> None:
    page.goto("/ui/dashboards/default?namespace=company.team")
    failed = card(page, "Failed")
    page.locator("a.card", has_text="Failed").click()
    page.wait_for_url(re.compile("state=FAILED"))
    page.get_by_text(f"{failed} in all").wait_for()


def test_filters_live_in_the_address(page: Page) -> None:
    page.goto("/ui/")
    page.get_by_label("Label, as key:value").fill("team:sales")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("labels=team%3Asales"))
    page.get_by_label("Time", exact=True).select_option("P30D")
    page.wait_for_url(re.compile("timeRange=P30D"))
    page.reload()
    assert page.get_by_label("Time", exact=True).input_value() == "P30D"
    slowest = page.get_by_role("region", name="Slowest flows")
    slowest.get_by_role("link", name="orders").wait_for()
    assert slowest.get_by_role("link", name="broken").count() == 0
    page.get_by_label("Remove the filter team:sales").click()
    slowest.get_by_role("link", name="broken").wait_for()


def test_states_narrow_what_is_counted_and_live_in_the_address(page: Page) -> None:
    page.goto("/ui/dashboards/default?namespace=company.team&state=FAILED")
    assert card(page, "Failed") != "0"
    assert card(page, "Succeeded") == "0"
    going_on = page.get_by_role("region", name="Going on")
    going_on.get_by_text("The filter by state leaves these out.").wait_for()
    slowest = page.get_by_role("region", name="Slowest flows")
    slowest.get_by_role("link", name="broken").wait_for()
    assert slowest.get_by_role("link", name="orders").count() == 0
    page.get_by_role("search").get_by_label("States", exact=True).click()
    page.get_by_role("option", name="SUCCESS", exact=True).click()
    page.wait_for_url(re.compile("state=SUCCESS"))
    slowest.get_by_role("link", name="orders").wait_for()
    assert card(page, "Succeeded") != "0"
    page.locator("a.card", has_text="Succeeded").click()
    page.wait_for_url(re.compile(r"/ui/executions\?.*state=SUCCESS"))


def test_what_is_drawn_leads_to_what_it_counts(page: Page) -> None:
    page.goto("/ui/dashboards/default?namespace=company")
    ring = page.get_by_role("region", name="Executions by state")
    counted = ring.locator("li", has_text="FAILED").locator("span").first.inner_text()
    ring.get_by_role("link", name="FAILED").click()
    page.wait_for_url(re.compile("/ui/executions.*state=FAILED"))
    page.get_by_text(f"{counted} in all").wait_for()
    page.go_back()
    spaces = page.get_by_role("region", name="Executions by namespace")
    row = spaces.locator(".by-row", has_text="company.other")
    counted = row.locator("span").last.inner_text()
    row.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/ui/executions.*namespace=company\.other"))
    page.get_by_text(f"{counted} in all").wait_for()
    page.go_back()
    page.get_by_role("region", name="Log lines by level").locator("svg").wait_for()
    page.get_by_role("link", name="Log lines by level").click()
    page.wait_for_url(re.compile("/ui/logs.*minLevel=TRACE"))


def test_the_dashboard_may_be_about_the_past(page: Page) -> None:
    page.goto("/ui/dashboards/default?startDate=2020-01-01T00:00:00Z&endDate=2020-01-03T00:00:00Z")
    assert card(page, "Succeeded") == "0"
    page.get_by_text("Nothing failed in this time.").wait_for()
    assert page.get_by_label("From", exact=True).input_value().startswith("2020-01-01")
    page.get_by_label("Time", exact=True).select_option("P7D")
    page.wait_for_url(lambda url: "startDate" not in url)
    page.get_by_role("region", name="Failed").get_by_role("link", name="broken").first.wait_for()


def test_the_line_of_durations_can_be_switched_off_and_stays_so(page: Page) -> None:
    page.goto("/ui/dashboards/default")
    switch = page.get_by_role("switch", name="Mean duration")
    assert switch.is_checked()
    switch.uncheck(force=True)
    page.reload()
    switch.wait_for()
    assert not switch.is_checked()


def test_failures_say_why(page: Page) -> None:
    page.goto("/ui/dashboards/default?namespace=company.team")
    box = page.get_by_role("region", name="Failed")
    box.get_by_text("fetch: no such table").first.wait_for()


def test_a_namespace_counts_itself_alone(page: Page, server: str) -> None:
    query = {"namespace": "company.other", "size": 1}
    found = httpx.get(f"{server}/api/v1/flows/search", params=query, timeout=60).json()
    page.goto("/ui/namespaces/edit/company.other/overview")
    assert card(page, "Flows") == str(found["total"])
    page.get_by_text("Nothing failed in this time.").wait_for()


@pytest.mark.parametrize(
    "path", ["/ui/dashboards/default", "/ui/flows", "/ui/executions", "/ui/health", "/ui/logs"]
)
def test_an_idle_page_asks_once_in_five_seconds_at_most(page: Page, path: str) -> None:
    page.clock.install()
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    page.clock.run_for(1000)
    settle(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(IDLE_SECONDS):
        page.clock.run_for(1000)
        page.wait_for_timeout(30)
    assert len(asked) <= IDLE_SECONDS / 5 + 1, asked
