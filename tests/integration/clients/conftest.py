"""Servers with and without a login, for published clients of the original."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from client_servers import PASSWORD, USER, Server, running


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that wants no login."""
    with running(tmp_path_factory.mktemp("open") / "data") as url:
        yield Server(url)


@pytest.fixture(scope="session")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that wants a login."""
    login = {
        "KESTRA_SERVER_BASIC_AUTH_USERNAME": USER,
        "KESTRA_SERVER_BASIC_AUTH_PASSWORD": PASSWORD,
    }
    with running(tmp_path_factory.mktemp("closed") / "data", **login) as url:
        yield Server(url, USER, PASSWORD)


Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something holds: what is asked is not what has been stored yet."""

    def wait(holds: Callable[[], object]) -> None:
        end = time.monotonic() + 20
        while not holds():
            assert time.monotonic() < end, "it never came to hold"
            time.sleep(0.05)

    return wait
