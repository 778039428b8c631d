"""Fixtures for tests of the store: one database with tables, emptied before each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest

from tiercel.store import Store
from tiercel.store.migrations import migrate

_TABLES = (
    "flows",
    "flow_revisions",
    "executions",
    "task_runs",
    "inbox",
    "jobs",
    "logs",
    "metrics",
    "triggers",
)


@pytest.fixture(scope="session")
def shared_database_url(create_database: Callable[[], str]) -> str:
    """A database with the store's tables, for tests that run one after the other."""
    url = create_database()
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    """The shared database with nothing in it."""
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(f"DELETE FROM tiercel.{table}")
    return shared_database_url


@pytest.fixture
def empty_database_url(create_database: Callable[[], str]) -> str:
    """A database of the test's own, without tables."""
    url = create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS tiercel CASCADE")
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on the shared database."""
    made = await Store.connect(database_url)
    yield made
    await made.close()
