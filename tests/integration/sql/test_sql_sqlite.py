"""SQLite tasks on files and in memory."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
TABLE = """
CREATE TABLE t (
  n INTEGER, r REAL, d DECIMAL(10,2), s TEXT, b BLOB, f BOOLEAN, day DATE, at DATETIME, c TIME);
INSERT INTO t VALUES (1, 1.5, '2.50', 'x', x'ff', 1, '2024-01-02', '2024-01-02 03:04:05', '04:05');
"""
SLOW = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, sql: str, **more: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.jdbc.sqlite.{name}", {"sql": sql, **more})
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def test_types_follow_the_declared_columns(context: FakeTaskContext):
    sql = f"{TABLE} SELECT * FROM t"
    outputs = await run(context, "Query", sql, fetchType="FETCH_ONE", timeZoneId="Europe/Paris")
    assert outputs["row"] == {
        "n": 1,
        "r": 1.5,
        "d": 2.5,
        "s": "x",
        "b": "/w==",
        "f": 1,
        "day": "2024-01-02",
        "at": "2024-01-02T02:04:05Z",
        "c": "04:05:00",
    }
    outputs = await run(context, "Query", sql, store=True, timeZoneId="Europe/Paris")
    assert await context.stored_text(outputs["uri"]) == (
        '{n:1,r:1.5e0,d:2.5,s:"x",b:{{/w==}},f:1,day:2024-01-02,at:2024-01-02T02:04:05.000Z,'
        'c:LocalTime::"04:05:00"}\n'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.25", "2024-01-02T03:04:05.25Z"),
        ("2024-01-02", "2024-01-02T00:00:00Z"),
        ("soon", "soon"),
    ],
)
async def test_moments_in_any_form(context: FakeTaskContext, text: str, shown: str):
    sql = f"CREATE TABLE t (at TIMESTAMP); INSERT INTO t VALUES ('{text}'); SELECT at FROM t"
    outputs = await run(context, "Query", sql, fetchType="FETCH_ONE", timeZoneId="UTC")
    assert outputs["row"] == {"at": shown}


async def test_a_database_travels_between_tasks(context: FakeTaskContext):
    made = await run(context, "Queries", TABLE, outputDbFile=True)
    more = {"url": "jdbc:sqlite:shop.db", "sqliteFile": made["databaseUri"]}
    outputs = await run(context, "Query", "SELECT n FROM t", fetchType="FETCH", **more)
    assert (outputs["rows"], outputs["size"]) == ([{"n": 1}], 1)


@pytest.mark.parametrize("url", ["jdbc:sqlite::memory:", "jdbc:sqlite:", "jdbc:sqlite:a.db"])
async def test_urls(context: FakeTaskContext, url: str):
    outputs = await run(context, "Query", "SELECT 1 AS a", url=url, fetchOne=True)
    assert outputs["row"] == {"a": 1}


async def test_another_scheme(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="URL should start with `jdbc:sqlite`"):
        await run(context, "Query", "SELECT 1", url="jdbc:mysql:x")


@pytest.mark.parametrize(("transaction", "count"), [(True, 0), (False, 1)])
async def test_an_error_undoes_the_transaction(
    context: FakeTaskContext, tmp_path: Path, transaction: bool, count: int
):
    url = f"jdbc:sqlite:{tmp_path}/shop.db"
    await run(context, "Query", "CREATE TABLE t (n int)", url=url)
    sql = "INSERT INTO t VALUES (:n); SELECT nosuch"
    with pytest.raises(TaskFailedError, match="no such column: nosuch"):
        await run(context, "Queries", sql, url=url, transaction=transaction, parameters={"n": 1})
    outputs = await run(context, "Query", "SELECT count(*) AS c FROM t", url=url, fetchOne=True)
    assert outputs["row"] == {"c": count}


async def test_a_trigger_is_one_statement(context: FakeTaskContext):
    sql = (
        "CREATE TABLE a (n); CREATE TABLE b (n);"
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (1); DELETE FROM a; END;"
        "INSERT INTO a VALUES (1); SELECT (SELECT count(*) FROM a) a, (SELECT count(*) FROM b) b"
    )
    outputs = await run(context, "Queries", sql, fetchType="FETCH_ONE")
    assert outputs["outputs"] == [{"row": {"a": 0, "b": 1}, "size": 1}]


async def test_a_stopped_task_ends_its_statement(context: FakeTaskContext):
    running = asyncio.create_task(run(context, "Query", SLOW))
    while not context.messages(LogLevel.DEBUG):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 60)


async def test_moments_as_javas_driver_writes_them(context: FakeTaskContext):
    sql = "CREATE TABLE m (at DATETIME, day DATE); INSERT INTO m VALUES (1704164645000, 20240102);"
    outputs = await run(context, "Query", f"{sql} SELECT * FROM m", fetchType="FETCH_ONE")
    assert outputs["row"] == {"at": "2024-01-02T03:04:05Z", "day": "2024-01-02"}
