"""Dashboards that people write: drawn, narrowed, written with a preview, deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from browser_seeds import YAML
from looking import look, settle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Page

BASE = "/api/v1/dashboards"
IDLE_SECONDS = 60
CHART = "io.kestra.plugin.core.dashboard.chart."
DATA = "io.kestra.plugin.core.dashboard.data."
EVERY_KIND = f"""
id: every_kind
title: Every kind of chart
description: One of each
charts:
  - id: share
    type: {CHART}KPI
    chartOptions: {{displayName: Failed share, numberType: PERCENTAGE}}
    data:
      type: {DATA}ExecutionsKPI
      columns: {{field: ID, agg: COUNT}}
      numerator: [{{field: STATE, type: IN, values: [FAILED]}}]
  - id: count
    type: {CHART}KPI
    chartOptions: {{displayName: All executions}}
    data:
      type: {DATA}ExecutionsKPI
      columns: {{field: ID, agg: COUNT}}
  - id: words
    type: {CHART}Markdown
    content: |
      ## Read me
      **Bold** and <img src=x onerror="document.title='hacked'"> [bad](javascript:alert(1))
  - id: over_time
    type: {CHART}TimeSeries
    chartOptions: {{displayName: Over time, description: By state, column: date,
      colorByColumn: state, width: 12}}
    data:
      type: {DATA}Executions
      columns:
        date: {{field: START_DATE}}
        state: {{field: STATE}}
        total: {{agg: COUNT, graphStyle: BARS}}
        seconds: {{field: DURATION, agg: AVG, displayName: Mean duration, graphStyle: LINES}}
  - id: by_flow
    type: {CHART}Bar
    chartOptions: {{displayName: By flow, column: flow}}
    data:
      type: {DATA}Executions
      columns:
        flow: {{field: FLOW_ID}}
        state: {{field: STATE}}
        total: {{agg: COUNT}}
  - id: states
    type: {CHART}Pie
    chartOptions: {{displayName: States, colorByColumn: state}}
    data:
      type: {DATA}Executions
      columns:
        state: {{field: STATE}}
        total: {{agg: COUNT}}
  - id: lines
    type: {CHART}Table
    chartOptions: {{displayName: Log lines, width: 12}}
    data:
      type: {DATA}Logs
      columns:
        level: {{field: LEVEL, displayName: Level}}
        namespace: {{field: NAMESPACE}}
        flow: {{field: FLOW_ID, displayName: Flow}}
        message: {{field: MESSAGE, displayName: Message, columnAlignment: RIGHT}}
  - id: refused
    type: {CHART}Table
    chartOptions: {{displayName: Refused}}
    data:
      type: {DATA}Executions
      columns: {{id: {{field: ID}}}}
      where: [{{field: NOWHERE, type: EQUAL_TO, value: x}}]
"""


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from, which keeps no dashboard of a test."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client
        for item in client.get(BASE, params={"size": 100}).json()["results"]:
            client.delete(f"{BASE}/{item['id']}")


def save(api: httpx.Client, source: str = EVERY_KIND) -> dict[str, Any]:
    reply = api.post(BASE, content=source, headers=YAML)
    assert reply.status_code == 200, reply.text
    saved: dict[str, Any] = reply.json()
    return saved


def chart(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def picture(page: Page, name: str) -> Locator:
    return chart(page, name).locator("[role=img]")


def rewrite(page: Page, old: str, new: str) -> None:
    """Replace a text of the editor by another."""
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+h")
    page.get_by_role("textbox", name="Find", exact=True).fill(old)
    page.get_by_role("textbox", name="Replace", exact=True).fill(new)
    page.keyboard.press("Control+Alt+Enter")
    page.keyboard.press("Escape")


def write_at_the_end(page: Page, text: str) -> None:
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+End")
    # Pasted: what is typed is indented by the editor, too.
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_every_kind_of_chart_is_drawn(page: Page, api: httpx.Client) -> None:
    save(api)
    query = "size=1&timeRange=P30D"
    total = api.get(f"/api/v1/executions/search?{query}").json()["total"]
    page.goto("/ui/dashboards/every_kind")
    chart(page, "All executions").get_by_text(f"{total:,}", exact=True).wait_for()
    chart(page, "Failed share").get_by_text(re.compile(r"^[\d.]+ %$")).wait_for()
    words = chart(page, "words")
    words.get_by_role("heading", name="Read me").wait_for()
    assert words.locator("img, a").count() == 0
    assert "hacked" not in page.title()
    assert re.search(r"FAILED \d+", picture(page, "Over time").get_attribute("aria-label") or "")
    states = chart(page, "States").get_by_role("list")
    states.get_by_text(re.compile(r"^\d+ · [\d.]+ %$")).first.wait_for()
    picture(page, "By flow").wait_for()
    look(page, "dashboard-custom")


def test_what_the_server_refuses_stands_in_its_card(page: Page, api: httpx.Client) -> None:
    save(api)
    page.goto("/ui/dashboards/every_kind")
    alert = chart(page, "Refused").get_by_role("alert")
    alert.get_by_text("Invalid filter EQUAL_TO on NOWHERE").wait_for()
    assert page.get_by_role("alert").count() == 1
    chart(page, "Log lines").get_by_role("table").wait_for()


def test_tables_have_pages_and_lead_on(page: Page, api: httpx.Client) -> None:
    save(api)
    page.goto("/ui/dashboards/every_kind?namespace=company.team&flowId=orders")
    lines = chart(page, "Log lines")
    lines.get_by_label("Rows per page").select_option("10")
    rows = lines.locator("tbody tr")
    rows.first.wait_for()
    assert 0 < rows.count() <= 10
    with page.expect_response(re.compile("/charts/lines$")) as asked:
        lines.get_by_role("button", name="Page 2", exact=True).click()
    assert '"pageNumber":2' in (asked.value.request.post_data or "")
    settle(page)
    rows.first.get_by_role("link", name="orders").click()
    page.wait_for_url(re.compile("/flows/edit/company.team/orders"))


def test_the_window_and_the_filters_live_in_the_address(page: Page, api: httpx.Client) -> None:
    save(api, EVERY_KIND.replace("charts:", "timeWindow: {default: P14D, max: P20D}\ncharts:", 1))
    page.goto("/ui/dashboards/every_kind")
    time = page.get_by_label("Time", exact=True)
    time.wait_for()
    offered = ["PT1H", "PT24H", "P7D", "P14D", "between"]
    assert time.locator("option").evaluate_all("all => all.map(one => one.value)") == offered
    assert time.input_value() == "P14D"
    time.select_option("PT24H")
    page.wait_for_url(re.compile("timeRange=PT24H"))
    page.get_by_label("Flow", exact=True).fill("brok")
    page.wait_for_url(re.compile("flowId=brok"))
    page.reload()
    states = chart(page, "States").get_by_role("list")
    states.get_by_text("FAILED").wait_for()
    wanted = count(api, timeRange="PT24H", flowId="broken")
    assert wanted != count(api, timeRange="PT24H")
    chart(page, "All executions").get_by_text(wanted, exact=True).wait_for()
    page.get_by_label("Namespace", exact=True).fill("company.nowhere")
    chart(page, "States").get_by_text("Nothing in this time fits the filters.").wait_for()
    chart(page, "All executions").get_by_text("0", exact=True).wait_for()


def count(api: httpx.Client, **query: Any) -> str:
    """Return how many executions fit, as a chart of one number writes it."""
    found = api.get("/api/v1/executions/search", params={"size": 1, **query})
    return f"{found.json()['total']:,}"


def test_states_and_labels_narrow_every_chart(page: Page, api: httpx.Client) -> None:
    save(api)
    page.goto("/ui/dashboards/every_kind?timeRange=P30D")
    number = chart(page, "All executions")
    number.get_by_text(count(api, timeRange="P30D"), exact=True).wait_for()
    page.get_by_role("search").get_by_label("States", exact=True).click()
    page.get_by_role("option", name="SUCCESS").click()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("state=SUCCESS"))
    states = chart(page, "States").get_by_role("list")
    states.get_by_text("FAILED").wait_for(state="detached")
    with page.expect_response(re.compile("/charts/lines$")):
        chart(page, "Log lines").get_by_role("button", name="Page 2", exact=True).click()
    label = page.get_by_label("Label, as key:value")
    label.fill("team:sales")
    with page.expect_response(re.compile("/charts/lines$")) as asked:
        label.press("Enter")
    assert '"pageNumber":1' in (asked.value.request.post_data or "")
    page.wait_for_url(re.compile("labels=team%3Asales"))
    wanted = count(api, timeRange="P30D", state="SUCCESS", labels="team:sales")
    assert wanted not in ("0", count(api, timeRange="P30D", state="SUCCESS"))
    number.get_by_text(wanted, exact=True).wait_for()
    page.reload()
    number.get_by_text(wanted, exact=True).wait_for()
    chart(page, "Log lines").get_by_role("link", name="orders").first.wait_for()
    assert chart(page, "Log lines").get_by_role("link", name="broken").count() == 0
    look(page, "dashboard-narrowed")
    page.get_by_role("button", name="Remove the filter team:sales").click()
    page.wait_for_url(lambda url: "labels" not in url)
    page.get_by_role("button", name="Clear filters").click()
    page.wait_for_url(lambda url: "state" not in url)
    number.get_by_text(count(api, timeRange="P30D"), exact=True).wait_for()


def test_a_dashboard_shows_any_time_that_it_allows(page: Page, api: httpx.Client) -> None:
    save(api, EVERY_KIND.replace("charts:", "timeWindow: {default: P14D, max: P20D}\ncharts:", 1))
    page.goto("/ui/dashboards/every_kind")
    page.get_by_label("Time", exact=True).select_option("between")
    page.wait_for_url(re.compile("startDate=.*endDate="))
    number = chart(page, "All executions")
    number.get_by_text(count(api, timeRange="P14D"), exact=True).wait_for()
    # Where nothing is left between both, the other end follows.
    page.get_by_label("To", exact=True).fill("2020-01-31T00:00")
    page.wait_for_function("() => document.querySelector('[aria-label=From]').value < '2020-01-18'")
    page.get_by_label("From", exact=True).fill("2020-01-20T00:00")
    page.wait_for_url(re.compile("startDate=2020-01-19T23.*endDate=2020-01-30T23"))
    number.get_by_text("0", exact=True).wait_for()
    look(page, "dashboard-between")
    page.get_by_label("Time", exact=True).select_option("PT24H")
    page.wait_for_url(lambda url: "startDate" not in url)


def test_a_chart_says_which_filters_its_rows_lack(page: Page, api: httpx.Client) -> None:
    kind = f"{CHART}KPI\n    data: {{type: {DATA}FlowsKPI, columns: {{field: ID, agg: COUNT}}}}"
    save(api, f"id: flows\ntitle: Flows\ncharts:\n  - id: flows\n    type: {kind}\n")
    page.goto("/ui/dashboards/flows?state=FAILED&labels=team:sales")
    chart(page, "flows").get_by_text("Not narrowed by state.").wait_for()


def test_a_chart_is_saved_as_a_file(page: Page, api: httpx.Client) -> None:
    save(api)
    page.goto("/ui/dashboards/every_kind")
    with page.expect_download() as download:
        page.get_by_role("button", name="States as CSV").click()
    assert download.value.suggested_filename == "states.csv"


def test_dashboards_are_found_by_their_title(page: Page, api: httpx.Client) -> None:
    save(api)
    save(api, "title: Another one\n")
    page.goto("/ui/dashboards/default")
    page.get_by_role("button", name="Dashboards").click()
    box = page.get_by_role("dialog")
    for name in ("Default dashboard", "Another one", "Every kind of chart"):
        box.get_by_role("link", name=name).wait_for()
    look(page, "dashboard-chooser")
    box.get_by_label("Search dashboards").fill("every")
    box.get_by_role("link", name="Another one").wait_for(state="detached")
    box.get_by_role("link", name="Every kind of chart").click()
    page.get_by_role("heading", level=1, name="Every kind of chart").wait_for()
    page.get_by_role("button", name="Dashboards").click()
    page.get_by_role("dialog").get_by_role("link", name="Another one").click()
    page.get_by_text("No charts yet.").wait_for()


def test_a_dashboard_is_written_beside_its_charts(page: Page, api: httpx.Client) -> None:
    page.goto("/ui/dashboards/new")
    page.get_by_text("✓ Valid").wait_for()
    picture(page, "Executions over time").wait_for()
    look(page, "dashboard-new")
    write_at_the_end(page, "  - id: last\n    type: Cake")
    problem = page.get_by_role("list", name="Problems").get_by_role("button").first
    assert re.match(r"\d\d:11 charts\[5\]\.type: Invalid type: Cake", problem.inner_text())
    chart(page, "last").get_by_role("alert").wait_for()
    look(page, "dashboard-problem")
    rewrite(page, "type: Cake", "type: Markdown")
    rewrite(page, "title: My dashboard", "title: Written by hand")
    page.get_by_text("✓ Valid").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", level=1, name="Written by hand").wait_for()
    found = api.get(BASE, params={"q": "Written by hand"}).json()
    assert found["total"] == 1


def test_the_editor_completes_fields(page: Page) -> None:
    with page.expect_response(re.compile("schemas/dashboard")):
        page.goto("/ui/dashboards/new")
    page.get_by_text("✓ Valid").wait_for()
    write_at_the_end(page, "  - id: last\n    type: KP")
    completion = page.get_by_role("option", name=re.compile(r"dashboard\.chart\.KPI"))
    for _ in range(8):
        page.keyboard.press("Control+Space")
        page.wait_for_timeout(1000)
        if completion.count():
            break
        page.keyboard.press("Escape")
    completion.wait_for()


def test_a_dashboard_is_changed_and_deleted(page: Page, api: httpx.Client) -> None:
    save(api)
    page.goto("/ui/dashboards/every_kind")
    page.get_by_role("link", name="Edit").click()
    page.get_by_text("✓ Valid").wait_for()
    assert page.get_by_role("button", name="Save").is_disabled()
    rewrite(page, "id: every_kind", "id: another")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Dashboard id is not editable").wait_for()
    rewrite(page, "id: another", "id: every_kind")
    rewrite(page, "title: Every kind of chart", "title: Renamed")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", level=1, name="Edit Renamed").wait_for()
    page.get_by_role("link", name="Show").click()
    page.get_by_role("heading", level=1, name="Renamed", exact=True).wait_for()
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_role("button", name="Delete").click()
    assert api.get(f"{BASE}/every_kind").status_code == 200
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile("/dashboards/default"))
    assert asked == ["Delete the dashboard Renamed?"] * 2
    assert api.get(f"{BASE}/every_kind").status_code == 404


def test_an_unknown_dashboard_says_so(page: Page) -> None:
    page.goto("/ui/dashboards/nowhere")
    page.get_by_role("heading", level=1, name="No such dashboard").wait_for()
    page.get_by_role("button", name="Dashboards").wait_for()


def test_an_idle_dashboard_asks_once_in_five_seconds_at_most(page: Page, api: httpx.Client) -> None:
    save(api)
    page.clock.install()
    page.goto("/ui/dashboards/every_kind")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    page.clock.run_for(1000)
    settle(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(IDLE_SECONDS):
        page.clock.run_for(1000)
        page.wait_for_timeout(10)
    assert len(asked) <= IDLE_SECONDS / 5 + 1, asked
