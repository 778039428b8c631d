"""Servers with and without a login, for published clients of the original."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from client_servers import PASSWORD, USER, Server, imported, running
from kestrapy_kit import Sdk


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
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end, "it never came to hold"
            time.sleep(0.05)

    return wait


@pytest.fixture(scope="module", params=["1.3.1", "2.0.3"])
def kestrapy(request: pytest.FixtureRequest) -> Iterator[tuple[str, ModuleType]]:
    """One of the hand-written versions of the package."""
    with imported("kestrapy", request.param) as module:
        yield request.param, module


@pytest.fixture
def sdk(kestrapy: tuple[str, ModuleType], closed_server: Server) -> Sdk:
    """A client of the server that wants a login, and a namespace of the test's own."""
    version, module = kestrapy
    client = module.KestraClient(host=closed_server.url, username=USER, password=PASSWORD)
    return Sdk(version, module, client, closed_server, f"sdk.{uuid.uuid4().hex}")
