"""Settings that several servers add at their first start."""

from __future__ import annotations

import asyncio

import psycopg


async def test_who_comes_second_gets_what_the_first_one_wrote(store, database_url):
    async with await psycopg.AsyncConnection.connect(database_url) as first:
        await first.execute("INSERT INTO tiercel.settings (name, value) VALUES ('key', '\"a\"')")
        second = asyncio.create_task(store.settings.get_or_add("key", "b"))
        await asyncio.sleep(0.05)
        await first.commit()
        assert await second == "a"
    assert await store.settings.get_or_add("key", "c") == "a"
    assert await store.settings.get_or_add("other", "c") == "c"
