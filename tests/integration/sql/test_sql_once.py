"""A commit is not repeated by the next try of an attempt whose worker was lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin()


async def run(context: FakeTaskContext, kind: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"jdbc.postgresql.{kind}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    assert output is not None
    return output.stored_values()


def count(database: psycopg.Connection[Any]) -> int:
    row = database.execute("SELECT count(*) FROM trips").fetchone()
    assert row is not None
    return int(row[0])


async def stored(context: FakeTaskContext, tmp_path: Path) -> str:
    file = tmp_path / "trips.csv"
    file.write_text("1\n2\n3\n")
    return await context.store_file(file)


async def test_a_copy_that_had_committed_is_not_repeated(database, login, context, tmp_path):
    database.execute("CREATE TABLE trips (id int)")
    uri = await stored(context, tmp_path)
    first = await run(context, "CopyIn", **login, **{"from": uri}, table="trips", format="CSV")
    context.left_note = context.note
    again = await run(context, "CopyIn", **login, **{"from": uri}, table="trips", format="CSV")
    assert first == again == {"rowCount": 3}
    assert count(database) == 3
    assert any("nothing is repeated" in message for _, message in context.logs)


@pytest.mark.parametrize("kind", ["Query", "Queries"])
async def test_statements_that_had_committed_are_not_repeated(database, login, context, kind):
    database.execute("CREATE TABLE trips (id int)")
    sql = "INSERT INTO trips VALUES (1) RETURNING id"
    first = await run(context, kind, **login, sql=sql, fetchType="FETCH_ONE")
    context.left_note = context.note
    again = await run(context, kind, **login, sql=sql, fetchType="FETCH_ONE")
    assert first == again
    assert count(database) == 1


async def test_what_was_rolled_back_is_run_again(database, login, context):
    database.execute("CREATE TABLE trips (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    sql = "INSERT INTO trips VALUES (1), (1)"
    with pytest.raises(TaskFailedError):
        await run(context, "Queries", **login, sql=sql)
    assert context.note is not None
    context.left_note = context.note
    database.execute("ALTER TABLE trips DROP CONSTRAINT trips_id_key")
    await run(context, "Queries", **login, sql=sql)
    assert count(database) == 2


async def test_a_note_of_another_server_says_nothing(database, login, context):
    database.execute("CREATE TABLE trips (id int)")
    context.left_note = {"place": "elsewhere:5432/db", "transaction": "3", "outputs": {}}
    await run(context, "Queries", **login, sql="INSERT INTO trips VALUES (1)")
    assert count(database) == 1


async def test_reading_leaves_no_note(login, context, database):
    await run(context, "Query", **login, sql="SELECT 1 AS one; SELECT 2 AS two", fetchType="FETCH")
    assert context.note is None
