"""What every look at a page has in common."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / "build" / "screenshots"
PATIENCE_MS = 60_000
"""How long a test waits for what must come: machines may be busy, and a pass waits for nothing."""

WIDE = (1280, 800)
NARROW = (390, 844)
_RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


@contextmanager
def watched_page(browser: Browser, url: str) -> Iterator[Page]:
    """Open a page in a profile of its own; what a script throws fails the test."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": WIDE[0], "height": WIDE[1]},
        timezone_id="Europe/Berlin",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.on("console", lambda message: _note_refusal(thrown, message.text))
    yield page
    context.close()
    assert not thrown


def _note_refusal(thrown: list[str], text: str) -> None:
    if "Content Security Policy" in text:
        thrown.append(text)


def serious(page: Page) -> list[str]:
    """Return what axe finds that keeps somebody out, with the elements."""
    # Through the debugger, not as an element: the page's own policy allows no foreign script.
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{item['id']}: {node['html'][:160]}"
        for item in found
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    width: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def settle(page: Page) -> None:
    """Wait until everything that the page asked for is drawn."""
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    page.wait_for_timeout(600)


def shoot(page: Page, name: str) -> None:
    """Leave a picture to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
