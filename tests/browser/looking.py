"""What every look at a page has in common."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
_COUNT_REQUESTS = """(() => {
  const ask = window.fetch
  let open = 0
  window.asking = () => open > 0
  window.fetch = async (...given) => {
    open += 1
    try { return await ask(...given) } finally { open -= 1 }
  }
})()"""
_QUIET_MS = 150
_IS_QUIET = """quiet => {
  const moves = ({playState, effect}) =>
    playState === 'running' && effect.getComputedTiming().endTime !== Infinity
  const isBusy = document.querySelector('[aria-busy]') || document.getAnimations().some(moves)
  const now = performance.now()
  if (isBusy || window.asking?.()) window.quietSince = now
  window.quietSince ??= now
  return now - window.quietSince >= quiet
}"""
_RUN = """async only => {
  const rules = only.length ? {runOnly: {type: 'rule', values: only}} : {}
  return (await axe.run(document, {...rules, resultTypes: ['violations']})).violations
}"""
_OF_COLOURS = ("color-contrast", "link-in-text-block")
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@contextmanager
def watched_page(browser: Browser, url: str, locale: str = "en-US") -> Iterator[Page]:
    """Open a page in a profile of its own; what a script throws fails the test."""
    context = browser.new_context(
        base_url=url,
        locale=locale,
        viewport={"width": WIDE[0], "height": WIDE[1]},
        timezone_id="Europe/Berlin",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.add_init_script(_COUNT_REQUESTS)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.on("console", lambda message: _note_refusal(thrown, message.text))
    yield page
    context.close()
    assert not thrown, "\n".join(thrown)


def _note_refusal(thrown: list[str], text: str) -> None:
    if "Content Security Policy" in text:
        thrown.append(text)


def serious(page: Page, *rules: str) -> list[str]:
    """Return what axe finds that keeps somebody out, with the elements.

    Args:
        rules: Those to go by; all by default.
    """
    # Through the debugger, not as an element: the page's own policy allows no foreign script.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(_RUN, rules)
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
    """Wait until everything that the page asked for is drawn, and nothing moves."""
    page.evaluate("() => { window.quietSince = undefined }")
    page.wait_for_function(_IS_QUIET, arg=_QUIET_MS)


def until_state(page: Page, state: str) -> None:
    """Wait for a state in the head of an execution's page, and for that page before."""
    page.get_by_role("navigation", name="Parts of the execution").wait_for()
    page.wait_for_function(
        "state => document.querySelector('.badge')?.dataset.state === state", arg=state
    )


def shoot(page: Page, name: str) -> None:
    """Leave a picture to be looked at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def look(page: Page, name: str) -> None:
    """Judge what is shown, wide and narrow, light and dark, and leave pictures to be looked at.

    Another scheme has the same elements in other colours: only those are judged again.
    """
    found: list[str] = []
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme)
            settle(page)
            shoot(page, f"{name}-{width}-{scheme}")
            rules = () if scheme == "light" else _OF_COLOURS
            found += [f"{width} {scheme}: {item}" for item in serious(page, *rules)]
        if (wide := overflow(page)) > 0:
            found.append(f"{width}: {wide} pixels do not fit")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    settle(page)
    assert not found, "\n".join(found)
