"""Sizes: what the first page costs, long logs, and executions with many task runs.

Times are printed, never judged: the machine may be busy.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import YAML, start
from looking import until_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

FIRST_PAINT_BYTES = 300_000
LINES = 200_000
RUNS = 10_000
LIVE_RUNS = 2_500
PARTS = "Parts of the execution"

MANY_LINES = f"""
id: many_lines
namespace: company.sizes
tasks:
  - id: talk
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    commands:
      - "seq -f 'line %.0f' 1 {LINES}"
"""

MANY_RUNS = f"""
id: many_runs
namespace: company.sizes
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{{{ range(1, {RUNS}) }}}}"
    concurrencyLimit: 0
    tasks:
      - id: give
        type: io.kestra.plugin.core.debug.Return
        format: "value {{{{ taskrun.value }}}}"
"""

LIVE = f"""
id: live_runs
namespace: company.sizes
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{{{ range(1, {LIVE_RUNS}) }}}}"
    concurrencyLimit: 0
    tasks:
      - id: nap
        type: io.kestra.plugin.core.flow.Sleep
        duration: "PT{{{{ 5 + (taskrun.value | number('INT')) % 100 }}}}S"
"""
_COUNT_EVENTS = """(() => {
  window.told = {whole: 0, changes: 0, wholeBytes: 0, changesBytes: 0, longestStop: 0}
  const Source = window.EventSource
  window.EventSource = class extends Source {
    constructor(url) {
      super(url)
      if (!/executions\\/[^/]+\\/follow/.test(url)) return
      const count = name => ({data}) => {
        window.told[name] += 1
        window.told[`${name}Bytes`] += data.length
      }
      this.addEventListener('message', count('whole'))
      this.addEventListener('changes', count('changes'))
    }
  }
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    window.told.longestStop = Math.max(window.told.longestStop, now - last - 20)
    last = now
  }, 20)
})()"""
_TIME_ACTS = """(() => {
  window.longestAct = 0
  new PerformanceObserver(list => {
    for (const {name, duration} of list.getEntries()) {
      if (/^(click|keydown|pointerdown|pointerup)$/.test(name)) {
        window.longestAct = Math.max(window.longestAct, duration)
      }
    }
  }).observe({type: 'event', durationThreshold: 16, buffered: true})
})()"""
"""From a hand's act to the next picture, as the browser counts it: without what a test takes."""


@pytest.fixture
def api(server: str) -> Iterator[httpx.Client]:
    """A client of the server that the pages come from; large flows take their time."""
    with httpx.Client(base_url=server, timeout=240) as client:
        yield client


def timed(name: str, act: Callable[[], object], seen: Callable[[], object]) -> None:
    """Do something, wait until it shows, and print how long that took."""
    begun = time.perf_counter()
    act()
    seen()
    print(f"{name}: {(time.perf_counter() - begun) * 1000:.0f} ms")


def tell_longest_act(page: Page) -> None:
    """Print how long the page took at most to answer an act since it was loaded."""
    print(f"longest answer to an act: {page.evaluate('() => window.longestAct'):.0f} ms")


def saved_and_run(api: httpx.Client, source: str, name: str) -> str:
    """Save a flow and run it to its end; return the address of the execution."""
    assert api.post("/api/v1/flows", content=source, headers=YAML).status_code == 200
    return f"/ui/executions/company.sizes/{name}/{start(api, f'company.sizes/{name}')}"


def test_the_first_page_is_small(page: Page) -> None:
    page.goto("/ui/flows")
    page.get_by_role("link", name="orders").first.wait_for()
    sizes: list[int] = page.evaluate(
        "() => performance.getEntriesByType('resource')"
        ".filter(({name}) => /\\.(js|css)$/.test(name)).map(item => item.encodedBodySize)"
    )
    print(f"scripts and styles of the flow list: {sum(sizes):,} bytes in {len(sizes)} files")
    assert 0 < sum(sizes) <= FIRST_PAINT_BYTES


@pytest.mark.timeout(300)
def test_a_long_log_is_read_where_it_is_seen(page: Page, api: httpx.Client) -> None:
    address = saved_and_run(api, MANY_LINES, "many_lines")

    def shown(line: str) -> None:
        page.get_by_text(line, exact=True).wait_for()

    timed("open", lambda: page.goto(f"{address}/logs"), lambda: shown("line 1"))
    page.get_by_text(f"{LINES:,} lines").wait_for()
    lines = page.get_by_role("log")
    timed(
        "to the middle",
        lambda: lines.evaluate("box => { box.scrollTop = box.scrollHeight / 2 }"),
        page.get_by_text(re.compile("^line 100[0-9]{3}$")).first.wait_for,
    )
    timed(
        "to the end",
        lambda: lines.evaluate("box => { box.scrollTop = box.scrollHeight }"),
        lambda: shown(f"line {LINES}"),
    )
    assert page.locator(".log-line").count() < 200
    search = page.get_by_role("textbox", name="Search the log")
    timed(
        "search", lambda: search.fill("LINE 12345"), lambda: page.get_by_text("11 lines").wait_for()
    )
    shown("line 123456")
    search.fill("")
    page.get_by_label("Lowest level").select_option("ERROR")
    page.get_by_text("No line at ERROR or above.").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".log")


@pytest.mark.timeout(300)
def test_many_task_runs_are_walked_through(page: Page, api: httpx.Client) -> None:
    address = saved_and_run(api, MANY_RUNS, "many_runs")
    page.add_init_script(_TIME_ACTS)
    row = page.get_by_role("button", name=re.compile(r"give · 1$"))
    timed("open", lambda: page.goto(f"{address}/gantt"), row.wait_for)
    folded = page.get_by_text(f"({RUNS})")
    timed("fold", page.get_by_role("button", name="Fold each").click, folded.wait_for)
    timed("unfold", page.get_by_role("button", name="Unfold each").click, row.wait_for)
    chosen = page.get_by_role("group", name="Chosen task run")
    timed("choose", row.click, chosen.wait_for)
    timed(
        "to the end",
        lambda: page.locator(".gantt").evaluate("box => { box.scrollTop = box.scrollHeight }"),
        page.get_by_text(f"give · {RUNS}").wait_for,
    )
    assert page.locator(".gantt-row").count() < 100
    walk_through_parts(page)
    page.get_by_role("navigation", name=PARTS).get_by_role("link", name="Outputs").click()
    search = page.get_by_role("textbox", name="Search task runs")
    wanted = page.get_by_title(f"give · {RUNS - 1}", exact=True)
    timed("search outputs", lambda: search.fill(f"· {RUNS - 1}"), wanted.wait_for)
    value = page.get_by_role("region", name="Value")
    timed("choose an output", wanted.click, value.wait_for)
    tell_longest_act(page)


def walk_through_parts(page: Page) -> None:
    """Open each part of an execution's page."""
    parts = page.get_by_role("navigation", name=PARTS)
    for part, text in (("Overview", "Facts"), ("Outputs", "more: search"), ("Topology", "runs ·")):
        link = parts.get_by_role("link", name=part)
        timed(f"to {part}", link.click, page.get_by_text(text).first.wait_for)
    search = page.get_by_role("textbox", name="Search the log")
    timed("to Logs", parts.get_by_role("link", name="Logs").click, search.wait_for)
    rows = page.locator(".gantt-row").nth(2)
    timed("to Gantt", parts.get_by_role("link", name="Gantt").click, rows.wait_for)


@pytest.mark.timeout(300)
def test_a_page_of_what_goes_on_is_told_what_changed_alone(page: Page, api: httpx.Client) -> None:
    assert api.post("/api/v1/flows", content=LIVE, headers=YAML).status_code == 200
    execution_id = start(api, "company.sizes/live_runs", wait=False)
    page.add_init_script(_COUNT_EVENTS)
    page.add_init_script(_TIME_ACTS)
    page.goto(f"/ui/executions/company.sizes/live_runs/{execution_id}/gantt")
    row = page.get_by_role("button", name=re.compile(r"nap · 2$"))
    fold, count = page.get_by_role("button", name="Fold each"), page.get_by_text(f"({LIVE_RUNS})")
    fold.click()
    count.wait_for()
    timed("open", page.reload, row.wait_for)
    timed("fold", fold.click, count.wait_for)
    unfold = page.get_by_role("button", name="Unfold each")
    timed("unfold", unfold.click, fold.wait_for)
    timed("choose", row.click, page.get_by_role("group", name="Chosen task run").wait_for)
    walk_through_parts(page)
    page.wait_for_function("() => window.told.changes > 5")
    told = page.evaluate("() => window.told")
    tell_longest_act(page)
    assert api.delete(f"/api/v1/executions/{execution_id}/kill").status_code == 202
    until_state(page, "KILLED")
    print(
        f"whole: {told['whole']} of {told['wholeBytes']:,} characters, "
        f"changes: {told['changes']} of {told['changesBytes'] / told['changes']:,.0f} each, "
        f"longest stop of the page: {told['longestStop']:.0f} ms"
    )
    assert told["whole"] == 1
    assert told["changesBytes"] / told["changes"] < told["wholeBytes"] / 10
