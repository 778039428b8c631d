"""The pages speak the language of the browser, or the one that was chosen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from looking import NARROW, ROOT, look, overflow, settle, shoot, watched_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CATALOGS = ROOT / "ui" / "src" / "language" / "catalogs"
LANGUAGES = sorted(path.stem for path in CATALOGS.glob("*.json"))
FLOW = "/ui/flows/edit/company.team/orders"
PLACES = {
    "dashboard": "/ui/",
    "flows": "/ui/flows",
    "flow": f"{FLOW}/overview",
    "flow-triggers": f"{FLOW}/triggers",
    "flow-editor": f"{FLOW}/editor",
    "executions": "/ui/executions",
    "logs": "/ui/logs",
    "triggers": "/ui/admin/triggers",
    "namespace-files": "/ui/namespaces/edit/company.team/editor",
    "plugins": "/ui/plugins/io.kestra.plugin.core.log.Log",
    "health": "/ui/health",
    "settings": "/ui/settings",
}


def catalog(language: str) -> dict[str, str]:
    """Return the texts of a language by the English ones."""
    found: dict[str, str] = json.loads((CATALOGS / f"{language}.json").read_text("utf-8"))
    return found


def spoken(page: Page) -> str:
    """Return the language that the page says it is in."""
    found: str = page.evaluate("() => document.documentElement.lang")
    return found


@pytest.fixture
def austrian(browser: Browser, server: str) -> Iterator[Page]:
    """A page in a browser whose reader likes the German of Austria most."""
    with watched_page(browser, server, "de-AT") as page:
        yield page


def choose_language(page: Page, label: str, option: str) -> None:
    """Choose a language in the settings, whatever they are written in at present."""
    page.goto("/ui/settings")
    page.get_by_role("combobox", name=label, exact=True).click()
    with page.expect_navigation():
        page.get_by_role("option", name=option).first.click()


@pytest.mark.parametrize("name", PLACES)
def test_german_fits(austrian: Page, name: str) -> None:
    austrian.goto(PLACES[name])
    austrian.get_by_role("heading", level=1).wait_for()
    assert spoken(austrian) == "de"
    look(austrian, f"german-{name}")


def test_the_language_of_the_browser_is_spoken(austrian: Page) -> None:
    austrian.goto("/ui/flows")
    austrian.get_by_role("button", name="Flow anlegen").or_(
        austrian.get_by_role("link", name="Flow anlegen")
    ).first.wait_for()
    austrian.get_by_role("link", name="Ausführungen", exact=True).first.click()
    austrian.wait_for_url("**/ui/executions*")
    austrian.get_by_role("heading", name="Ausführungen", level=1).wait_for()
    assert austrian.title() == "Ausführungen | Tiercel"


def test_english_is_for_those_who_speak_nothing_else(browser: Browser, server: str) -> None:
    with watched_page(browser, server, "nl-NL") as page:
        page.goto("/ui/flows")
        page.get_by_role("heading", name="Flows", level=1).wait_for()
        assert spoken(page) == "en"


def test_another_language_is_chosen_and_let_go_of(page: Page) -> None:
    choose_language(page, "Language", "Deutsch")
    page.get_by_role("heading", name="Einstellungen", level=1).wait_for()
    page.goto("/ui/executions")
    page.get_by_role("heading", name="Ausführungen", level=1).wait_for()
    assert spoken(page) == "de"
    choose_language(page, "Sprache", "English")
    page.get_by_role("heading", name="Settings", level=1).wait_for()
    choose_language(page, "Language", "Deutsch")
    choose_language(page, "Sprache", catalog("de")["Of this browser"])
    page.get_by_role("heading", name="Settings", level=1).wait_for()
    assert spoken(page) == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_drawn(browser: Browser, server: str, language: str) -> None:
    texts = catalog(language)
    with watched_page(browser, server, language) as page:
        page.goto("/ui/flows")
        page.get_by_role("heading", name=texts["Flows"], level=1).wait_for()
        assert spoken(page) == language
        settle(page)
        shoot(page, f"language-{language}-flows")
        page.goto("/ui/settings")
        page.get_by_role("heading", name=texts["Settings"], level=1).wait_for()
        width, height = NARROW
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        shoot(page, f"language-{language}-settings")
        assert overflow(page) <= 0


def test_pages_are_in_english_when_the_texts_do_not_come(austrian: Page) -> None:
    austrian.route("**/assets/de-*.js", lambda route: route.abort())
    austrian.goto("/ui/flows")
    austrian.get_by_role("heading", name="Flows", level=1).wait_for()
    austrian.get_by_role("alert").filter(has_text="Deutsch").wait_for()
    assert spoken(austrian) == "en"
