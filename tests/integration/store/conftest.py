"""Fixtures and builders for tests of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tiercel.store import Store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on a fresh database with its tables made."""
    made = await Store.connect(database_url)
    await made.migrate()
    yield made
    await made.close()
