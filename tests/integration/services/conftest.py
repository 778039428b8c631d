"""A store of the test's own, with tables."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tiercel.store import Store
from tiercel.store.migrations import migrate


@pytest.fixture(scope="session")
def migrated_url(create_database: Callable[[], str]) -> str:
    """A database with the store's tables; nobody stays connected to it."""
    url = create_database()
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def store(migrated_url: str, servers: object) -> AsyncIterator[Store]:
    """A store on an empty copy of the tables."""
    import psycopg

    with psycopg.connect(migrated_url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT string_agg(format('tiercel.%I', relname), ', ') FROM pg_class"
            " WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'tiercel'::regnamespace"
            " AND relname NOT LIKE '%migrations%'"
        ).fetchone()
        assert tables is not None
        connection.execute(f"TRUNCATE {tables[0]}")
    made = await Store.connect(migrated_url)
    yield made
    await made.close()
