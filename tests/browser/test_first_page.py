"""An instance without flows welcomes its reader; lists are found again as they were left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from browser_seeds import YAML
from browser_server import served
from looking import look, watched_page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

FLOW = """
id: first
namespace: company.first
tasks:
  - id: a
    type: io.kestra.plugin.core.log.Log
    message: hi
"""


def test_an_empty_instance_welcomes_until_it_has_a_flow(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as url, watched_page(browser, url) as page:
        page.goto("/ui/")
        page.wait_for_url(re.compile("/ui/welcome$"))
        examples = page.get_by_role("region", name="Begin with an example")
        examples.get_by_role("link").first.wait_for()
        look(page, "welcome")
        examples.get_by_role("link").first.click()
        page.wait_for_url(re.compile(r"/ui/flows/new\?blueprint="))
        page.locator(".view-line").first.wait_for()
        httpx.post(f"{url}/api/v1/flows", content=FLOW, headers=YAML, timeout=60)
        page.goto("/ui/")
        page.wait_for_url(re.compile("/ui/dashboards/default"))


def test_lists_are_found_again_as_they_were_left(page: Page) -> None:
    menu = page.get_by_role("navigation", name="Main")
    page.goto("/ui/executions?state=FAILED&namespace=company.team")
    page.get_by_role("link", name="broken").first.wait_for()
    menu.get_by_role("link", name="Flows", exact=True).click()
    page.wait_for_url(re.compile("/ui/flows$"))
    page.get_by_role("link", name="orders").first.wait_for()
    menu.get_by_role("link", name="Executions", exact=True).click()
    page.wait_for_url(re.compile("state=FAILED"))
    assert "namespace=company.team" in page.url
    # On its own page the entry shows all of it.
    menu.get_by_role("link", name="Executions", exact=True).click()
    page.wait_for_url(re.compile("/ui/executions$"))
    menu.get_by_role("link", name="Logs", exact=True).click()
    page.wait_for_url(re.compile("/ui/logs$"))
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url(re.compile("/ui/executions$"))
