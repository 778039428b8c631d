"""Fixtures for every test that needs a real PostgreSQL or NATS.

The servers are embedded ones in a temporary data folder. With pytest-xdist all workers share them:
each is one more process that uses the same folder, and the last to leave stops them.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tiercel.embedded import Endpoints


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Running PostgreSQL and NATS servers, shared by the whole test run."""
    from tiercel.embedded import EmbeddedServers

    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    embedded = EmbeddedServers(folder / "servers", postgres_port=0)
    yield embedded.start_blocking()
    embedded.stop_blocking()


@pytest.fixture(scope="session")
def bus_url(servers: Endpoints) -> str:
    """URL of the NATS server. Names of streams and subjects are shared by all tests."""
    return servers.bus_url


@pytest.fixture(scope="session")
def database_template() -> str:
    """Name of the database that fresh ones are copied from; override it with one that has tables.

    Nobody may be connected to it while it is copied.
    """
    return "template1"


@pytest.fixture(scope="session")
def create_database(servers: Endpoints, database_template: str) -> Iterator[Callable[[], str]]:
    """Make a fresh database and return its URL; all of them are dropped after the test run."""
    import psycopg

    made: list[str] = []

    def create() -> str:
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database_template}"')
        made.append(name)
        return servers.database_url.replace("/tiercel?", f"/{name}?")

    yield create
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database_url(create_database: Callable[[], str]) -> str:
    """URL of a database of the test's own."""
    return create_database()
