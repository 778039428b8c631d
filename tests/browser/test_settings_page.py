"""What a reader chooses counts at once and stays; tokens, imports and the configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from browser_server import served
from looking import look, watched_page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_choices_count_at_once_and_stay(page: Page) -> None:
    page.goto("/ui/settings")
    choose(page, "Theme", "Dark")
    page.wait_for_function("() => document.documentElement.dataset.mantineColorScheme === 'dark'")
    page.get_by_role("combobox", name="Time zone", exact=True).fill("Asia/Tokyo")
    page.get_by_role("option", name="Asia/Tokyo", exact=True).click()
    choose(page, "Dates", "Always with year and date")
    choose(page, "Rows of a list", "10")
    choose(page, "First page", "Flows")
    choose(page, "After Execute, show", "Logs")
    page.get_by_label("Letters of the editor, in pixels").fill("19")
    page.goto("/ui/")
    page.wait_for_url(re.compile("/ui/flows"))
    assert page.evaluate("() => document.documentElement.dataset.mantineColorScheme") == "dark"
    assert page.get_by_label("Rows per page").input_value() == "10"
    started = page.locator(".last-time time").first
    started.wait_for()
    expected = page.evaluate(
        "at => new Intl.DateTimeFormat('sv', {timeZone: 'Asia/Tokyo', dateStyle: 'short',"
        " timeStyle: 'medium'}).format(new Date(at))",
        started.get_attribute("datetime"),
    )
    assert started.inner_text() == expected
    page.goto("/ui/flows/edit/company.team/orders/editor")
    line = page.locator(".view-line").first
    line.wait_for()
    assert line.evaluate("node => getComputedStyle(node).fontSize") == "19px"
    page.get_by_role("button", name="Execute", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Execute", exact=True).click()
    page.wait_for_url(re.compile(r"/executions/company\.team/orders/\w+/logs"))


def test_logs_and_new_tabs_begin_as_chosen(page: Page) -> None:
    page.goto("/ui/settings")
    choose(page, "Lowest level of logs", "ERROR")
    choose(page, "And show it in", "A new tab")
    page.goto("/ui/logs")
    assert page.get_by_label("Lowest level").input_value() == "ERROR"
    page.goto("/ui/flows/edit/company.team/orders/editor")
    page.get_by_role("button", name="Execute", exact=True).click()
    with page.context.expect_page() as opened:
        page.get_by_role("dialog").get_by_role("button", name="Execute", exact=True).click()
    opened.value.wait_for_url(re.compile(r"/executions/company\.team/orders/\w+/gantt"))
    assert page.url.endswith("/orders/editor")


def test_the_menu_gives_its_room_to_the_page(page: Page) -> None:
    page.goto("/ui/flows")
    menu = page.get_by_role("navigation", name="Main")
    menu.wait_for()
    page.get_by_role("button", name="Menu beside the page").click()
    menu.wait_for(state="hidden")
    page.reload()
    page.get_by_role("link", name="orders").first.wait_for()
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu beside the page").click()
    menu.wait_for()


def test_what_is_kept_may_be_broken(page: Page) -> None:
    page.goto("/ui/settings")
    page.evaluate("() => localStorage.setItem('tiercel-preferences', '{\"rows\": \"<b>\", oops')")
    page.goto("/ui/flows")
    page.get_by_role("link", name="orders").wait_for()
    assert page.get_by_label("Rows per page").input_value() == "25"


def test_a_token_is_shown_once_works_and_is_revoked(page: Page, server: str) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/settings")
    page.get_by_label("Name of a new token").fill("nightly-jobs")
    page.get_by_role("button", name="Make it").click()
    token = page.locator(".token code").inner_text()
    assert len(token) > 20
    page.reload()
    page.get_by_role("button", name="Revoke nightly-jobs").wait_for()
    assert token not in page.content()
    page.get_by_role("button", name="Revoke nightly-jobs").click()
    page.get_by_role("button", name="Revoke nightly-jobs").wait_for(state="detached")
    names = [item["name"] for item in httpx.get(f"{server}/api/v1/tokens", timeout=60).json()]
    assert "nightly-jobs" not in names


def test_flows_go_out_as_one_file_and_come_back(page: Page) -> None:
    page.goto("/ui/settings")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as zip").click()
    assert download.value.path().read_bytes()[:2] == b"PK"
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(download.value.path())
    page.get_by_role("alert").wait_for()
    bad = {"name": "bad.yml", "mimeType": "text/yaml", "buffer": b"id: bad\nnamespace: a\n"}
    chooser.set_input_files(files=bad)
    page.get_by_text(re.compile("tasks", re.IGNORECASE)).first.wait_for()
    good = b"id: imported\nnamespace: company.imported\ntasks:\n  - id: a\n" + (
        b"    type: io.kestra.plugin.core.log.Log\n    message: hi\n"
    )
    chooser.set_input_files(files={"name": "f.yml", "mimeType": "text/yaml", "buffer": good})
    page.get_by_text("f.yml is imported").wait_for()


def test_the_configuration_is_shown_without_its_secrets(page: Page) -> None:
    page.goto("/ui/settings")
    table = page.get_by_role("region", name="Configuration in force")
    table.get_by_text("tiercel.worker.threads").wait_for()
    page.get_by_label("Search the configuration").fill("retention")
    table.get_by_text("tiercel.worker.threads").wait_for(state="detached")
    table.get_by_text("tiercel.retention.days").wait_for()


def test_a_login_is_set_and_then_needed(browser: Browser, tmp_path: Path) -> None:
    user, password = "ada@example.org", "Correct4horse"
    with served(tmp_path) as url, watched_page(browser, url) as page:
        page.goto("/ui/settings")
        page.get_by_label("E-mail address").fill(user)
        page.get_by_role("textbox", name="Password").fill(password)
        page.get_by_role("textbox", name="Again").fill("Another5horse")
        page.get_by_text("It is not the same").wait_for()
        assert page.get_by_role("button", name="Set the login").is_disabled()
        page.get_by_role("textbox", name="Again").fill(password)
        page.get_by_role("button", name="Set the login").click()
        page.get_by_label("User").fill(user)
        page.get_by_label("Password").first.fill("wrong")
        look(page, "login")
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("User or password is wrong.").wait_for()
        page.get_by_label("Password").first.fill(password)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Change the login").wait_for()
        page.get_by_role("main").get_by_role("button", name="Log out").click()
        page.get_by_label("User").wait_for()
        page.goto("/ui/flows")
        page.get_by_label("User").wait_for()


def test_choices_are_grouped_and_fit_every_window(page: Page) -> None:
    page.goto("/ui/settings")
    for title in ("Appearance", "Editor", "Lists and logs", "Language and time"):
        page.get_by_role("region", name=title, exact=True).wait_for()
    look(page, "settings")
    page.get_by_role("combobox", name="Font of the editor").fill("a; b")
    page.get_by_text("Names of fonts only").wait_for()
    page.get_by_role("combobox", name="Font of the editor").fill("Fira Code")
    choose(page, "Colours of the editor", "Dark")
    page.get_by_label("Fold texts of several lines when a flow is opened").check()
    choose(page, "Lists are read again", "Every minute")
    page.reload()
    assert page.get_by_role("combobox", name="Font of the editor").input_value() == "Fira Code"
    assert page.get_by_label("Fold texts of several lines when a flow is opened").is_checked()
    page.get_by_role("button", name="Back to the defaults").click()
    assert not page.get_by_label("Fold texts of several lines when a flow is opened").is_checked()


def test_charts_take_the_colours_that_are_chosen(page: Page) -> None:
    bar = ".strip-bar [data-state=SUCCESS]"
    page.goto("/ui/executions")
    quiet = page.locator(bar).first.evaluate("node => getComputedStyle(node).backgroundColor")
    page.goto("/ui/settings")
    choose(page, "Colours of charts", "Classic: bright")
    look(page, "settings-classic")
    page.goto("/ui/executions")
    page.locator(bar).first.wait_for()
    bright = page.locator(bar).first.evaluate("node => getComputedStyle(node).backgroundColor")
    assert (quiet, bright) == ("rgb(10, 107, 61)", "rgb(20, 148, 71)")
    page.goto("/ui/dashboards/default")
    page.locator(f"path[fill='{bright}']").first.wait_for(state="attached")


def test_the_environment_is_named_here_or_by_the_server(browser: Browser, tmp_path: Path) -> None:
    told = "kestra: {environment: {name: staging, color: '#ff8800'}}"
    with (
        served(tmp_path, KESTRA_CONFIGURATION=told) as url,
        watched_page(browser, url) as page,
    ):
        page.goto("/ui/settings")
        page.get_by_title("Environment staging").wait_for()
        page.get_by_label("Name of this environment").fill("my <b>shop</b>")
        label = page.get_by_title("Environment my <b>shop</b>")
        label.wait_for()
        look(page, "environment")
        assert label.evaluate("node => getComputedStyle(node).borderColor") == "rgb(255, 136, 0)"
        page.get_by_label("Colour of this environment").fill("#2266cc")
        page.reload()
        assert label.evaluate("node => getComputedStyle(node).borderColor") == "rgb(34, 102, 204)"
        page.get_by_role("button", name="As the server says").click()
        page.get_by_text("As the server says: #ff8800").wait_for()
