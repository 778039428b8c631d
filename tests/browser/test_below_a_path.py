"""A server below a path of its host, with a login: whatever a browser asks for lies below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from browser_server import served
from looking import watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PLACE = "/team/kestra"
USER, PASSWORD = "ada@example.org", "Correct4horse"
FLOW = """
id: placed
namespace: company.below
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: it is said}
  - {id: wait, type: io.kestra.plugin.core.flow.Pause}
triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: sesame}]
"""


def test_pages_work_below_a_path(browser: Browser, tmp_path: Path) -> None:
    given = {
        "MICRONAUT_SERVER_CONTEXT_PATH": PLACE,
        "KESTRA_SERVER_BASIC_AUTH_USERNAME": USER,
        "KESTRA_SERVER_BASIC_AUTH_PASSWORD": PASSWORD,
    }
    with served(tmp_path, **given) as url, watched_page(browser, url) as page:
        assert url.endswith(PLACE)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        headers = {"content-type": "application/x-yaml"}
        httpx.post(
            f"{url}/api/v1/flows",
            content=FLOW,
            headers=headers,
            auth=(USER, PASSWORD),
            timeout=60,
        ).raise_for_status()
        page.goto(url)
        page.get_by_label("User").fill(USER)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Flows", exact=True).click()
        page.wait_for_url(f"{url}/ui/flows**")
        page.get_by_role("link", name="placed").click()
        page.get_by_role("main").get_by_role("link", name="Triggers").click()
        page.get_by_title(f"{url}/api/v1/executions/webhook/company.below/placed/sesame").wait_for()
        page.get_by_role("main").get_by_role("link", name="Editor").click()
        page.locator(".monaco-editor").first.wait_for()
        page.get_by_text("✓ Valid").wait_for()
        page.get_by_role("button", name="Execute", exact=True).click()
        with page.expect_request("**/follow*"):
            page.get_by_role("dialog").get_by_role("button", name="Execute").click()
        page.wait_for_url(f"{url}/ui/executions/company.below/placed/**")
        page.get_by_text("PAUSED").first.wait_for()
        page.get_by_role("main").get_by_role("link", name="Logs").click()
        page.get_by_text("it is said").first.wait_for()
        page.reload()
        page.get_by_text("it is said").first.wait_for()
        paths = [urlsplit(address).path for address in asked if address.startswith("http")]
        assert any("worker" in path for path in paths)
        elsewhere = [path for path in paths if not f"{path}/".startswith(f"{PLACE}/")]
        assert elsewhere == []
