"""Lists as their readers want them: columns, a chart that narrows, saved searches, a namespace."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

BROKEN = "namespace=company.team&flowId=broken"


def tick(page: Page, *names: str) -> None:
    """Choose columns, or let go of them."""
    page.get_by_role("button", name="Columns", exact=True).click()
    for name in names:
        page.get_by_role("dialog").get_by_label(name, exact=True).click()


def heads(page: Page) -> list[str]:
    """Return the titles of the columns, without that of the check boxes."""
    return page.get_by_role("columnheader").all_inner_texts()[1:]


def test_columns_of_executions_are_chosen_and_kept(page: Page) -> None:
    page.goto("/ui/executions?namespace=company.team&flowId=orders")
    page.get_by_role("columnheader", name="Labels").wait_for()
    tick(page, "Labels", "Namespace", "Ended", "Revision", "Inputs", "Last task", "Trigger")
    assert page.get_by_role("dialog").get_by_label("Id", exact=True).is_disabled()
    look(page, "executions-columns")
    page.keyboard.press("Escape")
    page.reload()
    page.get_by_text(re.compile("region: (north|south)")).first.wait_for()
    page.get_by_text("report", exact=True).first.wait_for()
    expected = ["State", "Id", "Flow", "Started ↓", "Ended", "Duration"]
    assert heads(page) == [*expected, "Revision", "Inputs", "Last task", "Trigger"]
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Standard columns").click()
    page.get_by_role("columnheader", name="Labels").wait_for()
    assert page.get_by_role("columnheader", name="Inputs").count() == 0


def test_an_execution_that_another_started_names_it(page: Page) -> None:
    page.goto("/ui/executions?namespace=company.team&flowId=orders&childFilter=CHILD")
    page.get_by_role("link", name="orders").first.wait_for()
    tick(page, "Parent")
    page.get_by_role("row").get_by_role("link", name=re.compile("^parent ")).first.wait_for()


def test_columns_of_flows_are_chosen_and_kept(page: Page) -> None:
    page.goto("/ui/flows?q=orders&namespace=company.team")
    page.get_by_role("link", name="orders").first.wait_for()
    tick(page, "Last execution", "Next run", "Revision", "Description")
    page.reload()
    page.get_by_text("the orders of a day.").locator("visible=true").first.wait_for()
    titles = [title for title in heads(page) if title not in ("On", "")]
    assert titles == ["Id ↑", "Namespace", "Description", "Revision", "Labels"]
    look(page, "flows-columns")


def chart(page: Page) -> Locator:
    """Return the chart above a list."""
    return page.get_by_role("group", name=re.compile("^Executions over time by state"))


def count_of(bar: Locator) -> str:
    """Return how many executions a bar counts."""
    found = re.search(r": (\d+)", bar.get_attribute("aria-label") or "")
    assert found is not None
    return found[1]


def test_a_bar_narrows_the_list_to_its_day(page: Page) -> None:
    page.goto(f"/ui/executions?{BROKEN}")
    bar = chart(page).get_by_role("button").last
    count = count_of(bar)
    bar.click()
    page.wait_for_url(re.compile("startDate="))
    page.get_by_text(f"{count} in all").wait_for()
    chart(page).get_by_text(count, exact=True).wait_for()
    look(page, "executions-narrowed")


def test_a_bar_ends_where_the_next_begins(page: Page, server: str) -> None:
    query = {"namespace": "company.team", "flowId": "broken", "sort": "state.startDate:asc"}
    reply = httpx.get(f"{server}/api/v1/executions/search", params=query, timeout=60)
    first = datetime.fromisoformat(reply.json()["results"][0]["state"]["startDate"])
    begin = first.replace(second=0, microsecond=0)
    span = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (begin, begin + timedelta(minutes=3))]
    page.goto(f"/ui/executions?{BROKEN}&startDate={span[0]}&startedBefore={span[1]}")
    bar = chart(page).get_by_role("button").first
    count = count_of(bar)
    bar.click()
    minute = f"{begin + timedelta(minutes=1):%Y-%m-%dT%H%%3A%M}"
    page.wait_for_url(re.compile(f"startedBefore={minute}"))
    page.get_by_text(f"{count} in all").wait_for()


def test_the_chart_is_hidden_and_stays_so(page: Page) -> None:
    page.goto("/ui/executions")
    chart(page).wait_for()
    switch = page.get_by_role("button", name="Chart", exact=True)
    switch.click()
    chart(page).wait_for(state="detached")
    page.reload()
    page.get_by_role("link", name="orders").first.wait_for()
    assert switch.get_attribute("aria-pressed") == "false"
    assert chart(page).count() == 0
    switch.click()
    chart(page).wait_for()


def test_the_chart_of_flows_leads_to_their_executions(page: Page) -> None:
    page.goto("/ui/flows?q=broken&namespace=company.team")
    bar = chart(page).get_by_role("button").last
    count = count_of(bar)
    bar.click()
    page.wait_for_url(re.compile(r"/ui/executions\?.*flowId=broken"))
    page.get_by_text(f"{count} in all").wait_for()


def test_the_chart_of_several_flows_leads_to_executions_found_alike(page: Page) -> None:
    page.goto("/ui/flows?q=company.team")
    bar = chart(page).get_by_role("button").last
    bar.click()
    page.wait_for_url(re.compile(r"/ui/executions\?.*startDate="))
    assert "q=company.team" in page.url
    page.get_by_role("link", name="broken").first.wait_for()


@pytest.mark.parametrize("path", ["/ui/logs", "/ui/admin/triggers"])
def test_logs_and_triggers_begin_with_that_namespace_too(page: Page, path: str) -> None:
    page.goto("/ui/settings")
    page.get_by_label("Namespace that lists begin with").fill("company.team")
    page.goto(path)
    page.wait_for_url(re.compile(r"namespace=company\.team"))
    field = page.get_by_label("Namespace", exact=True)
    assert field.input_value() == "company.team"
    field.fill("")
    page.wait_for_url(re.compile(f"{path}$"))


def test_filters_are_saved_under_a_name_chosen_and_removed(page: Page) -> None:
    page.goto(f"/ui/executions?{BROKEN}&state=FAILED&page=1")
    page.get_by_role("button", name="Saved searches").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Name of the search").fill("what broke")
    box.get_by_role("button", name="Save", exact=True).click()
    box.get_by_role("button", name="what broke", exact=True).wait_for()
    look(page, "executions-saved")
    page.goto("/ui/executions?q=orders")
    page.get_by_role("button", name="Saved searches").click()
    box.get_by_role("button", name="what broke", exact=True).click()
    page.wait_for_url(re.compile(r"flowId=broken"))
    assert "state=FAILED" in page.url
    assert "q=" not in page.url
    page.get_by_role("link", name="broken").first.wait_for()
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_role("button", name="Remove the search what broke").click()
    box.get_by_text("No search is saved.").wait_for()


def test_a_list_has_its_own_searches(page: Page) -> None:
    page.goto("/ui/flows?q=orders")
    page.get_by_role("button", name="Saved searches").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Name of the search").fill("mine")
    page.keyboard.press("Enter")
    box.get_by_role("button", name="mine", exact=True).wait_for()
    page.goto("/ui/executions")
    page.get_by_role("button", name="Saved searches").click()
    box.get_by_text("No search is saved.").wait_for()
    assert box.get_by_label("Name of the search").is_disabled()


@pytest.mark.parametrize("path", ["/ui/flows", "/ui/executions"])
def test_a_list_begins_with_the_namespace_of_the_settings(page: Page, path: str) -> None:
    page.goto("/ui/settings")
    page.get_by_label("Namespace that lists begin with").fill("company.team")
    page.goto(path)
    page.wait_for_url(re.compile(r"namespace=company\.team"))
    field = page.get_by_label("Namespace", exact=True)
    assert field.input_value() == "company.team"
    field.fill("")
    page.wait_for_url(re.compile(f"{path}$"))
    page.goto(f"{path}?q=talkative")
    page.get_by_role("link", name="talkative").first.wait_for()
    assert "namespace" not in page.url


def test_lists_are_narrowed_by_what_is_asked_less_often(page: Page) -> None:
    page.goto("/ui/executions?namespace=company")
    page.get_by_role("link", name="broken").first.wait_for()
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Origin").select_option("CHILD")
    page.wait_for_url(re.compile("childFilter=CHILD"))
    page.get_by_role("link", name="broken").first.wait_for(state="detached")
    page.get_by_label("Label, as key:value").fill("team:sales")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("labels=team%3Asales"))
    page.keyboard.press("Escape")
    page.get_by_role("link", name="orders").first.wait_for()
    look(page, "executions-more-filters")
    page.get_by_role("button", name="Remove the filter CHILD").click()
    page.wait_for_url(lambda url: "childFilter" not in url)


def test_time_may_lie_between_two_moments(page: Page) -> None:
    page.goto(f"/ui/executions?{BROKEN}&timeRange=PT24H")
    page.get_by_label("Time", exact=True).select_option("between")
    page.wait_for_url(re.compile("startDate=.*startedBefore="))
    page.get_by_label("From", exact=True).fill("2020-01-01T00:00")
    page.wait_for_url(re.compile("startDate=20(19-12-31|20-01-01)"))
    page.get_by_label("To", exact=True).fill("2020-01-02T00:00")
    page.get_by_text("No executions fit these filters").wait_for()
    page.get_by_label("Time", exact=True).select_option("")
    page.get_by_role("link", name="broken").first.wait_for()
    assert "startDate" not in page.url


def test_flows_are_narrowed_to_those_of_users(page: Page) -> None:
    page.goto("/ui/flows")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Scope").select_option("SYSTEM")
    page.wait_for_url(re.compile("scope=SYSTEM"))
    page.get_by_role("link", name="orders").first.wait_for(state="detached")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove the filter Of the system").click()
    page.get_by_role("link", name="orders").first.wait_for()


def test_the_chart_above_logs_is_hidden_and_stays_so(page: Page) -> None:
    page.goto("/ui/logs?minLevel=TRACE")
    drawn = page.get_by_role("img", name=re.compile("^Log lines over time"))
    drawn.wait_for()
    page.get_by_role("button", name="Chart", exact=True).click()
    drawn.wait_for(state="detached")
    page.reload()
    page.locator(".log-line").first.wait_for()
    assert drawn.count() == 0


def test_a_duration_tells_its_states(page: Page) -> None:
    page.goto("/ui/executions?state=SUCCESS")
    told = page.locator("td span[title*='CREATED']").first
    told.wait_for()
    assert re.search(r"SUCCESS \d{4}-\d\d-\d\d", told.get_attribute("title") or "")
