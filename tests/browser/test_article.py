"""The story that the example flows were written for, told in the browser from first to last."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from browser_server import served
from looking import serious, settle, shoot, watched_page

from tiercel.services.demo_data import TaxiServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

EXAMPLES = Path(__file__).parents[2] / "examples"
ROWS = 500
DATABASE = "postgres-zoomcamp"


@pytest.fixture
def trips() -> Iterator[str]:
    """The address of a site with taxi trips, on this machine."""
    server = TaxiServer(rows=ROWS)
    with ThreadPoolExecutor(1) as thread:
        # In a thread: the browser's driver keeps a loop in this one.
        thread.submit(asyncio.run, server.__aenter__()).result()
        yield server.base_url
        thread.submit(asyncio.run, server.__aexit__()).result()


def create_database(folder: Path) -> str:
    """Make the role and the database that the flows name; return where the server is."""
    password = next(folder.rglob("postgres/password")).read_text().strip()
    port = next(folder.rglob("postgres/port")).read_text().strip()
    place = f"127.0.0.1:{port}"
    url = f"postgresql://postgres:{password}@{place}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE kestra LOGIN PASSWORD 'k3str4'")
        connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER kestra')
    return place


def pasted(page: Page, source: str) -> None:
    """Put a whole flow into the editor, as one who copied it from a page does."""
    page.get_by_text("✓ Valid").wait_for()
    page.locator(".monaco-editor").first.click()
    page.keyboard.press("Control+A")
    page.evaluate("text => navigator.clipboard.writeText(text)", source)
    page.keyboard.press("Control+V")
    page.get_by_label("View").get_by_text("Topology", exact=True).click()
    page.locator(".source-picture").get_by_text("yellow_merge_data").first.wait_for()
    page.get_by_text("✓ Valid").wait_for()


def saved(page: Page, name: str, place: str) -> None:
    """Create an example flow; its database is the one of this machine."""
    source = (EXAMPLES / f"{name}.yaml").read_text()
    pasted(page, source.replace("host.docker.internal:5432", place))
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile(rf"/flows/edit/[\w.]+/{name}/editor"))


@pytest.mark.timeout(300)
def test_trips_are_loaded_by_hand_and_by_a_backfill(
    browser: Browser, tmp_path: Path, trips: str
) -> None:
    with (
        served(tmp_path, ENV_TAXI_BASE_URL=trips) as url,
        watched_page(browser, url) as page,
    ):
        place = create_database(tmp_path)
        page.goto("/ui/")
        page.locator(".menu").get_by_role("link", name="Flows").click()
        page.get_by_role("link", name="Create the first").click()
        saved(page, "postgres_taxi", place)
        see_topology(page)
        execute(page)
        see_rows(page, "1", "article-data")
        page.locator(".menu").get_by_role("link", name="Flows").click()
        page.get_by_role("link", name="Create flow").click()
        saved(page, "postgres_taxi_scheduled", place)
        backfill(page)
        see_rows(page, "3", "article-data-backfilled")


def see_topology(page: Page) -> None:
    """Look at the whole flow as a picture."""
    page.get_by_role("link", name="Topology").click()
    page.locator("[data-drawn]").get_by_text("green_merge_data").wait_for()
    settle(page)
    shoot(page, "article-topology")
    assert not serious(page)


def execute(page: Page) -> None:
    """Load one month with the form, and follow it to its outputs."""
    page.get_by_role("button", name="Execute", exact=True).click()
    dialog = page.get_by_role("dialog")
    assert dialog.get_by_label("Select taxi type").first.input_value() == "yellow"
    dialog.get_by_label("Select month").first.click()
    page.get_by_role("option", name="02").click()
    settle(page)
    shoot(page, "article-execute")
    dialog.get_by_role("button", name="Execute").click()
    page.wait_for_url(re.compile("/executions/company.team/postgres_taxi/.+/gantt"))
    page.get_by_role("button", name=re.compile("yellow_merge_data")).wait_for()
    page.locator('.badge[data-state="SUCCESS"]').first.wait_for()
    settle(page)
    shoot(page, "article-gantt")
    page.get_by_role("button", name=re.compile("yellow_copy_in")).click()
    page.get_by_role("group", name="Chosen task run").get_by_text("SUCCESS").wait_for()
    parts = page.get_by_role("navigation", name="Parts of the execution")
    parts.get_by_role("link", name="Logs").click()
    page.get_by_label("Lowest level").select_option("TRACE")
    page.locator(".log-line").first.wait_for()
    parts.get_by_role("link", name="Topology").click()
    page.locator("[data-drawn]").get_by_text("yellow_merge_data").wait_for()
    settle(page)
    shoot(page, "article-execution-topology")
    parts.get_by_role("link", name="Outputs").click()
    page.get_by_role("button", name="Open outputFiles").click()
    page.get_by_text("yellow_tripdata_2019-02.csv").first.wait_for()
    parts.get_by_role("link", name="Overview").click()
    page.get_by_text("file: yellow_tripdata_2019-02.csv").wait_for()


def see_rows(page: Page, months: str, name: str) -> None:
    """See what is in the database now."""
    page.locator(".menu").get_by_role("link", name="Data").click()
    if page.get_by_label("Database").first.input_value().find(DATABASE) < 0:
        page.get_by_label("Database").first.click()
        page.get_by_role("option", name=re.compile(DATABASE)).first.click()
    page.get_by_role("button", name=re.compile(r"^yellow_tripdata\b(?!_)")).click()
    page.get_by_text("yellow_tripdata_2019").first.wait_for()
    settle(page)
    shoot(page, name)
    page.get_by_label("SQL").fill("SELECT count(DISTINCT filename) AS months FROM yellow_tripdata")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("cell", name=months, exact=True).wait_for()


def backfill(page: Page) -> None:
    """Load the first three months of a year, and see each of them succeed."""
    parts = page.get_by_role("navigation", name="Parts of the flow")
    parts.get_by_role("link", name="Triggers").click()
    page.get_by_role("button", name="Backfill yellow_schedule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("Start")).first.fill("2019-01-01T00:00")
    dialog.get_by_label(re.compile("^End")).first.fill("2019-03-31T23:00")
    dialog.get_by_text(re.compile("^3 executions")).wait_for()
    settle(page)
    shoot(page, "article-backfill")
    dialog.get_by_role("button", name="Start the backfill").click()
    dialog.wait_for(state="detached")
    parts.get_by_role("link", name="Executions").click()
    for row in range(3):
        page.locator('tbody .badge[data-state="SUCCESS"]').nth(row).wait_for()
    page.get_by_role("button", name="backfill: true").first.wait_for()
    settle(page)
    shoot(page, "article-executions")
