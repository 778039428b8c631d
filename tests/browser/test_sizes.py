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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

FIRST_PAINT_BYTES = 300_000
LINES = 200_000
RUNS = 10_000

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
    parts = page.get_by_role("navigation", name="Parts of the execution")
    for part, text in (("Overview", "Facts"), ("Outputs", "more: search"), ("Topology", "give")):
        link = parts.get_by_role("link", name=part)
        timed(f"to {part}", link.click, page.get_by_text(text).first.wait_for)
