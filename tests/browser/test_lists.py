"""Lists as their readers want them: columns that are chosen and kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
