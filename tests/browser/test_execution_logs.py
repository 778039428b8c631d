"""The log of an execution: from error to error, links to lines, by task run; and its metrics."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML, start
from looking import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Route

NAMESPACE = "company.logs"
PAGES = 2_000
TALK = f"""
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    commands:
      - "seq -f 'line %.0f' 1 {PAGES}"
"""
MIXED = f"""
id: mixed
namespace: {NAMESPACE}
tasks:
  - {{id: early, type: io.kestra.plugin.core.log.Log, level: WARN, message: early words}}
  - id: talk{TALK}
  - {{id: bad, type: io.kestra.plugin.core.log.Log, level: ERROR, message: some trouble}}
  - id: more{TALK}
  - {{id: late, type: io.kestra.plugin.core.log.Log, level: WARN, message: late words}}
"""
COUNTING = f"""
id: counting
namespace: {NAMESPACE}
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2]
    tasks:
      - id: count
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands:
          - >-
            echo '::{{"metrics":
            [{{"name": "rows", "type": "counter", "value": {{{{ taskrun.value }}}}00}}]}}::'
"""
_IS_MARKED = """message => {
  const line = document.querySelector('.log-line[aria-current]')
  if (!line?.textContent.includes(message)) return false
  const [box, place] = [line.closest('[role=log]'), line].map(node => node.getBoundingClientRect())
  return place.top >= box.top && place.bottom <= box.bottom
}"""


@pytest.fixture(scope="module")
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def mixed(api: httpx.Client) -> str:
    """The address of an execution that has said much, and little of it a warning or an error."""
    return ran(api, MIXED, "mixed")


def ran(api: httpx.Client, source: str, name: str) -> str:
    """Save a flow and run it to its end; return the address of the execution."""
    api.post("/api/v1/flows", content=source, headers=YAML).raise_for_status()
    return f"/ui/executions/{NAMESPACE}/{name}/{start(api, f'{NAMESPACE}/{name}')}"


def marked(page: Page, message: str) -> None:
    """Wait until a line is marked, and in sight within the box that scrolls."""
    page.wait_for_function(_IS_MARKED, arg=message)


def test_one_goes_from_error_to_error_and_links_to_a_line(page: Page, mixed: str) -> None:
    page.goto(f"{mixed}/logs")
    page.get_by_role("group", name="Lines of level ERROR").get_by_text("1 ERROR").wait_for()
    page.get_by_role("group", name="Lines of level WARN").get_by_text("2 WARN").wait_for()
    page.get_by_text("early words").wait_for()
    page.keyboard.press("e")
    marked(page, "some trouble")
    page.wait_for_url(re.compile("line=2.*level=INFO|level=INFO.*line=2"))
    look(page, "execution-log")
    page.keyboard.press("w")
    marked(page, "late words")
    page.keyboard.press("w")
    marked(page, "early words")
    page.get_by_role("button", name="Previous WARN").click()
    marked(page, "late words")
    link = page.locator(".log-line").filter(has_text="late words").locator("a.log-at")
    address = link.evaluate("link => link.href")
    page.goto("/ui/flows")
    page.goto(address)
    marked(page, "late words")
    page.locator(".log-line").filter(has_text=f"line {PAGES - 3}").locator("a.log-at").click()
    marked(page, f"line {PAGES - 3}")


def test_a_log_is_shown_by_task_run_too(page: Page, mixed: str) -> None:
    page.goto(f"{mixed}/logs")
    page.get_by_label("Order").select_option("By task run")
    bad = page.get_by_role("region", name="bad", exact=True)
    bad.get_by_text("some trouble").wait_for()
    talk = page.get_by_role("region", name="talk", exact=True)
    talk.get_by_text(f"{PAGES:,} lines").wait_for()
    assert talk.get_by_role("log").count() == 0
    talk.get_by_role("button").first.click()
    talk.get_by_text("line 1", exact=True).wait_for()
    look(page, "execution-log-by-task-run")
    page.reload()
    talk.wait_for()
    page.get_by_role("group", name="Lines of level WARN").get_by_text("2 WARN").wait_for()
    page.keyboard.press("w")
    marked(page, "early words")
    page.get_by_label("Order").select_option("By time")
    marked(page, "early words")


def test_the_settings_say_which_task_runs_are_open(page: Page, mixed: str) -> None:
    for choice, opened in (("None", 0), ("All with errors", 1), ("All", 99)):
        page.goto("/ui/settings")
        page.get_by_role("combobox", name="Task runs that are open in it").click()
        page.get_by_role("option", name=choice, exact=True).click()
        page.goto(f"{mixed}/logs")
        page.get_by_label("Order").select_option("By task run")
        page.get_by_role("region", name="talk", exact=True).wait_for()
        heads = page.locator(".log-head")
        shown = [head.get_attribute("aria-expanded") for head in heads.all()]
        assert shown.count("true") == min(opened, len(shown)), choice


def test_more_task_runs_are_shown_when_asked_for(page: Page, mixed: str) -> None:
    def swollen(route: Route) -> None:
        reply = route.fetch()
        share = reply.json()[0]
        shares = [{**share, "taskRunId": f"r{number}", "errors": 0} for number in range(250)]
        route.fulfill(response=reply, body=json.dumps(shares))

    page.route("**/task-runs*", swollen)
    page.goto(f"{mixed}/logs")
    page.get_by_label("Order").select_option("By task run")
    heads = page.locator(".log-head")
    page.get_by_role("button", name="Show 50 more").click()
    page.wait_for_function("() => document.querySelectorAll('.log-head').length === 250")
    assert heads.count() == 250


def test_a_log_begins_at_the_level_that_was_chosen(page: Page, mixed: str) -> None:
    page.goto("/ui/settings")
    page.get_by_role("combobox", name="Lowest level of logs").click()
    page.get_by_role("option", name="ERROR", exact=True).click()
    page.goto(f"{mixed}/logs")
    page.get_by_text("some trouble").wait_for()
    assert page.get_by_label("Lowest level").input_value() == "ERROR"
    assert page.locator(".log-line").count() == 1


def test_metrics_are_those_of_a_task_run_if_wanted(page: Page, api: httpx.Client) -> None:
    page.goto(f"{ran(api, COUNTING, 'counting')}/metrics")
    page.get_by_role("cell", name="100", exact=True).wait_for()
    page.get_by_role("cell", name="200", exact=True).wait_for()
    look(page, "execution-metrics")
    page.get_by_role("combobox", name="Task run").click()
    page.get_by_role("option", name="count · 2").click()
    page.get_by_role("cell", name="100", exact=True).wait_for(state="detached")
    page.get_by_role("cell", name="200", exact=True).wait_for()
    page.reload()
    page.get_by_role("cell", name="200", exact=True).wait_for()
    assert page.get_by_role("cell", name="100", exact=True).count() == 0


def test_what_can_be_done_with_a_task_run_stands_beside_its_log(page: Page, server: str) -> None:
    query = {"namespace": "company.team", "flowId": "orders", "sort": "state.startDate:asc"}
    found = httpx.get(f"{server}/api/v1/executions/search", params=query, timeout=60).json()
    address = f"/ui/executions/company.team/orders/{found['results'][0]['id']}"
    page.goto(f"{address}/logs")
    page.get_by_label("Order", exact=True).select_option("taskRun")
    menu = page.get_by_role("button", name=re.compile("What can be done with load"))
    menu.first.click()
    page.get_by_role("menuitem", name="Source of the task").click()
    page.get_by_role("dialog").get_by_text("row {{ taskrun.value }}").wait_for()
    look(page, "execution-task-source")
    page.keyboard.press("Escape")
    menu.first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download its log").click()
    assert "row 1 of north" in Path(download.value.path()).read_text()
    page.goto(f"{address}/overview")
    page.locator("dd", has_text="revision").get_by_role("link").last.click()
    page.wait_for_url(re.compile(r"/revisions\?right=\d"))
