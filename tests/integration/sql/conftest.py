"""A database of the test's own, as a flow's properties name it, and a context to run tasks in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from context import FakeTaskContext
from tiercel.embedded import Endpoints


@pytest.fixture
def database(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the test's own, to look at what tasks did."""
    with psycopg.connect(database_url, autocommit=True) as connection:
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
