"""A server with a login lets nobody see anything before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser_server import served
from looking import serious, settle, shoot

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

USER, PASSWORD = "ada@example.org", "Correct4horse"


def test_one_logs_in_and_out(browser: Browser, tmp_path: Path) -> None:
    login = {
        "KESTRA_SERVER_BASIC_AUTH_USERNAME": USER,
        "KESTRA_SERVER_BASIC_AUTH_PASSWORD": PASSWORD,
    }
    with served(tmp_path, **login) as url:
        page = browser.new_page(base_url=url)
        page.goto("/ui/flows")
        page.get_by_label("User").fill(USER)
        page.get_by_label("Password").first.fill("wrong")
        settle(page)
        shoot(page, "login-1280")
        assert not serious(page)
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("User or password is wrong.").wait_for()
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("No flows yet.").wait_for()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("button", name="Log in").wait_for()
        page.close()
