"""A server as users start it, with flows and executions, and a browser that looks at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from browser_seeds import Seeded, executions_of, seed, sweep
from browser_server import served
from looking import shoot, watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
"""The first draws without windows of its own, in half the time."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program of a browser of this machine; nothing is downloaded, and without one we skip."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium or Chrome found: install one, e.g. apt-get install chromium")
    return path


@pytest.fixture(scope="session")
def seeded(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """A server with seeded data, where there is a browser to look at it."""
    assert chromium
    with (
        served(tmp_path_factory.mktemp("browser")) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        seed(client)
        yield Seeded(url, executions_of(client))


@pytest.fixture(scope="session")
def server(seeded: Seeded) -> str:
    """The address of the server."""
    return seeded.url


@pytest.fixture(scope="module")
def swept(seeded: Seeded) -> Iterator[None]:
    """The tests of a file leave the server to those of the next as they found it."""
    yield
    with httpx.Client(base_url=seeded.url, timeout=120) as client:
        sweep(client, seeded.executions)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser that goes with the last test of a file.

    Its driver keeps an event loop running, beside which no test with a loop of its own could run.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(
    browser: Browser, server: str, swept: None, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of the server, in a profile of its own; what a script throws fails the test.

    What a test saw when it failed is kept as a picture.
    """
    failed_before = request.session.testsfailed
    with watched_page(browser, server) as page:
        yield page
        if request.session.testsfailed > failed_before:
            shoot(page, f"failed-{request.node.name}")
