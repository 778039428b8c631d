"""Migrations, connecting, and what is said when the server is not there."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psycopg
import pytest
from store_values import NOW, execution

from tiercel.model.errors import ServerUnavailableError
from tiercel.store import SchemaError, Store
from tiercel.store.migrations import Migration, known_migrations, migrate

ONE = Migration(1, "one", "CREATE TABLE one (id integer)")
TWO = Migration(2, "two", "CREATE TABLE two (id integer); INSERT INTO two VALUES (1)")


async def test_migrations_are_applied_once_and_in_order(empty_database_url: str) -> None:
    assert await migrate(empty_database_url, [ONE]) == [1]
    assert await migrate(empty_database_url, [ONE, TWO]) == [2]
    assert await migrate(empty_database_url, [ONE, TWO]) == []


async def test_processes_that_start_at_once_share_the_work(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))
    everything = [migration.version for migration in known_migrations()]
    assert sorted(applied, key=len) == [[], [], [], everything]


async def test_a_migration_that_fails_leaves_nothing(empty_database_url: str) -> None:
    broken = Migration(2, "broken", "CREATE TABLE two (id integer); SELECT 1/0")
    with pytest.raises(Exception, match="division by zero"):
        await migrate(empty_database_url, [ONE, broken])
    assert await migrate(empty_database_url, [ONE, TWO]) == [2]


async def test_a_newer_schema_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, [ONE, TWO])
    with pytest.raises(SchemaError, match="has schema 2, this version of Tiercel knows only 1"):
        await migrate(empty_database_url, [ONE])


async def test_a_changed_migration_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, [ONE])
    changed = Migration(1, "one", "CREATE TABLE uno (id integer)")
    with pytest.raises(SchemaError, match=r"Migration 1 \(one\) differs"):
        await migrate(empty_database_url, [changed])


async def test_tables_of_others_are_left_alone(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.executions (mine integer)")
    store = await Store.connect(empty_database_url)
    await store.migrate()
    assert await store.executions.search() == ([], 0)
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/tiercel",
        "postgresql://nobody@/tiercel?host=/nowhere&port=5432",
        "postgresql://nobody@name.invalid/tiercel",
    ],
)
async def test_a_server_that_is_not_there_is_said_plainly(url: str) -> None:
    with pytest.raises(ServerUnavailableError, match="can't be reached") as caught:
        await Store.connect(url)
    assert caught.value.hint
    with pytest.raises(ServerUnavailableError):
        await migrate(url)


async def test_a_database_that_is_not_there_is_said_plainly(empty_database_url: str) -> None:
    database = psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]
    with pytest.raises(ServerUnavailableError, match="no such database"):
        await Store.connect(empty_database_url.replace(str(database), "missing"))


async def test_a_connection_that_is_cut_is_replaced(store: Store, database_url: str) -> None:
    await store.executions.create([execution("one")])

    async def step_over_a_cut_connection() -> None:
        async with store.step(NOW) as step:
            cut_connections(database_url)
            await step.load(["one"])

    with pytest.raises(ServerUnavailableError, match="not available"):
        await step_over_a_cut_connection()
    found = None
    async with asyncio.timeout(60):
        while found is None:  # the connections that were idle hear of their end by and by
            with suppress(ServerUnavailableError):
                found = await store.executions.get("one")
    async with store.step(NOW) as step:
        assert len(step.claims) == 1


async def test_a_closed_store_is_said_plainly(database_url: str) -> None:
    store = await Store.connect(database_url)
    await store.close()
    with pytest.raises(ServerUnavailableError):
        await store.executions.get("one")


def cut_connections(url: str) -> None:
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'tiercel' AND datname = current_database()"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(query)
