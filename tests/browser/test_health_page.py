"""Whether everything runs, as the page tells it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from browser_seeds import EVIL
from looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route


def test_the_process_and_its_servers_are_told(page: Page) -> None:
    page.goto("/ui/health")
    page.get_by_text("All is well").wait_for()
    row = page.get_by_role("region", name="Processes").get_by_role("row").nth(1)
    assert "executor, indexer, scheduler, webserver, worker" in row.inner_text()
    assert "default" in row.inner_text()
    for name in ("PostgreSQL", "NATS"):
        page.get_by_text(name, exact=True).wait_for()
    assert page.get_by_text("✓ up").count() == 2


def test_problems_come_first_with_how_to_mend_them(page: Page) -> None:
    def ill(route: Route) -> None:
        reply = route.fetch()
        answer = reply.json()
        answer["problems"] = [
            {"message": f"3 jobs wait {EVIL}", "hint": "start a worker", "severity": "ERROR"},
            {"message": "A process is silent", "hint": "start it again", "severity": "WARNING"},
        ]
        lost = {**answer["results"][0], "id": "x", "state": "LOST", "hostname": EVIL}
        answer["results"].append(lost)
        answer["servers"][1] = {"name": "NATS", "status": "DOWN", "error": EVIL}
        answer["queues"] = {"jobs": [{"group": EVIL, "count": 3, "oldest": lost["updatedAt"]}]}
        route.fulfill(response=reply, body=json.dumps(answer))

    page.route("**/api/v1/services", ill)
    page.goto("/ui/health")
    alert = page.get_by_role("alert")
    alert.get_by_text("start a worker").wait_for()
    page.get_by_text("✕ silent").wait_for()
    page.get_by_text("✕ down").wait_for()
    look(page, "health-ill")
    assert page.evaluate("() => window.owned") is None


def test_what_is_stored_and_what_ran_is_counted(page: Page) -> None:
    page.goto("/ui/health")
    usage = page.get_by_role("region", name="What is here, and what ran in the last 48 hours")
    stored = page.request.get("/api/v1/usages/all").json()["flows"]
    usage.get_by_role("link", name=f"{stored['count']} Flows").wait_for()
    usage.get_by_role("link", name=f"{stored['namespacesCount']} Namespaces").wait_for()
    look(page, "health-usage")
    usage.get_by_role("link", name="Executions").click()
    page.wait_for_url("**/ui/executions?startDate=*")
    page.get_by_role("link", name="orders").first.wait_for()
