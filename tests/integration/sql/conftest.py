"""A database of the test's own, as a flow's properties name it, and a context to run tasks in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from context import FakeTaskContext
from tiercel.embedded import Endpoints


@pytest.fixture(scope="module")
def shared_database(create_database: Callable[[], str]) -> str:
    """One database for the tests of a file: making one for each takes longer than the tests."""
    return create_database()


@pytest.fixture
def database(shared_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the test's own, to look at what tasks did; nothing is in the database."""
    with psycopg.connect(shared_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        yield connection


@pytest.fixture
def login(servers: Endpoints, database: psycopg.Connection[Any]) -> dict[str, Any]:
    """Properties that connect a task to the database."""
    parts = urlsplit(servers.tcp_url)
    return {
        "url": f"jdbc:postgresql://127.0.0.1:{parts.port}/{database.info.dbname}",
        "username": parts.username,
        "password": unquote(parts.password or ""),
    }


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    """The context of one task run."""
    return FakeTaskContext(tmp_path)
