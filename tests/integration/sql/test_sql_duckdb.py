"""DuckDB tasks on databases of their own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import InvalidPropertyError, Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
PRODUCTS = '[{"brand":"A","price":1.5},{"brand":"B","price":9},{"brand":"A","price":3}]'
TYPES = """
SELECT 1::tinyint AS tiny, 2::ubigint AS big, 3::hugeint AS huge, 1.50::decimal(10,2) AS dec,
  interval 3 month AS span, '{"a":1}'::json AS doc, '[1]'::json AS arr, [1, 2] AS list,
  {'x': 1} AS struct, true AS flag, 'x'::blob AS bytes, date '2024-01-02' AS day,
  time '10:00:00' AS clock, timestamp '2024-01-02 03:04:05' AS local,
  timestamptz '2024-01-02 03:04:05+02' AS moment, 1.5::float AS real, null AS nothing
"""


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, sql: str, **more: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.jdbc.duckdb.{name}", {"sql": sql, **more})
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def test_the_pipeline_of_the_course(context: FakeTaskContext):
    uri = await context.store_text("products.json", PRODUCTS)
    outputs = await run(
        context,
        "Queries",
        "INSTALL json; LOAD json;\nSELECT brand, round(avg(price), 2) AS avg_price\n"
        "FROM read_json_auto('{{workingDir}}/products.json') GROUP BY brand ORDER BY 2 DESC;",
        inputFiles={"products.json": uri},
        fetchType="STORE",
    )
    (entry,) = outputs["outputs"]
    assert await context.stored_text(entry["uri"]) == (
        '{brand:"B",avg_price:9.0e0}\n{brand:"A",avg_price:2.25e0}\n'
    )
    assert (entry["row"], entry["size"]) == (None, 2)


async def test_the_last_rows_of_a_query_count(context: FakeTaskContext):
    outputs = await run(context, "Query", "SELECT 1 AS a; SELECT 2 AS a; SET threads = 1;")
    assert outputs == {"row": None, "outputFiles": {}}
    outputs = await run(context, "Query", "SELECT 1 AS a; SELECT 2 AS a", fetchType="FETCH")
    assert (outputs["rows"], outputs["size"]) == ([{"a": 2}], 1)


async def test_all_types_in_outputs(context: FakeTaskContext):
    outputs = await run(context, "Query", TYPES, fetchType="FETCH_ONE", timeZoneId="Europe/Paris")
    assert outputs["row"] == {
        "tiny": 1,
        "big": "2",
        "huge": "3",
        "dec": 1.5,
        "span": "3 months",
        "doc": {"a": 1},
        "arr": [1],
        "list": [1, 2],
        "struct": {"x": 1},
        "flag": True,
        "bytes": "eA==",
        "day": "2024-01-02",
        "clock": "10:00:00",
        "local": "2024-01-02T02:04:05Z",
        "moment": "2024-01-02T01:04:05Z",
        "real": 1.5,
        "nothing": None,
    }


async def test_all_types_in_row_files(context: FakeTaskContext):
    outputs = await run(context, "Query", TYPES, fetchType="STORE", timeZoneId="Europe/Paris")
    assert await context.stored_text(outputs["uri"]) == (
        '{tiny:1,big:"2",huge:"3",dec:1.50,span:"3 months",doc:{a:1},arr:[1],list:[1,2],'
        'struct:{x:1},flag:true,bytes:{{eA==}},day:2024-01-02,clock:LocalTime::"10:00:00",'
        'local:ZonedDateTime::"2024-01-02T03:04:05+01:00[Europe/Paris]",'
        'moment:OffsetDateTime::"2024-01-02T01:04:05Z",real:1.5e0,nothing:null}\n'
    )


async def test_files_in_and_out(context: FakeTaskContext):
    uri = await context.store_text("in.csv", "a,b\n1,x\n2,y\n")
    outputs = await run(
        context,
        "Query",
        "COPY (SELECT * FROM read_csv_auto('in.csv') WHERE a > 1) TO '{{ outputFiles.out }}'",
        inputFiles={"in.csv": uri},
        outputFiles=["out"],
    )
    assert await context.stored_text(outputs["outputFiles"]["out"]) == "a,b\n2,y\n"


@pytest.mark.parametrize("name", ["../x", "/x", "./x"])
async def test_files_stay_in_the_folder(context: FakeTaskContext, name: str):
    with pytest.raises(TaskFailedError, match="only relative path"):
        await run(context, "Query", "SELECT 1", outputFiles=[name])
    with pytest.raises(TaskFailedError, match="only relative path"):
        await run(context, "Query", "SELECT 1", inputFiles={name: "x"})


async def test_a_file_that_was_not_written(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="made no file 'out'"):
        await run(context, "Query", "SELECT 1", outputFiles=["out"])


async def test_a_database_travels_between_tasks(context: FakeTaskContext):
    made = await run(context, "Query", "CREATE TABLE t AS SELECT 7 AS n", outputDbFile=True)
    uri = made["databaseUri"]
    outputs = await run(context, "Query", "FROM t", databaseUri=uri, fetchType="FETCH_ONE")
    assert outputs["row"] == {"n": 7}


async def test_a_database_file(context: FakeTaskContext, tmp_path: Path):
    url = f"jdbc:duckdb:{tmp_path}/new/shop.db"
    await run(context, "Queries", "CREATE TABLE t (n int); INSERT INTO t VALUES (1)", url=url)
    outputs = await run(context, "Query", "SELECT count(*) AS c FROM t", url=url, fetchOne=True)
    assert outputs["row"] == {"c": 1}


@pytest.mark.parametrize(("transaction", "count"), [(True, 0), (False, 1)])
async def test_an_error_undoes_the_transaction(
    context: FakeTaskContext, tmp_path: Path, transaction: bool, count: int
):
    url = f"jdbc:duckdb:{tmp_path}/shop.db"
    await run(context, "Query", "CREATE TABLE t (n int)", url=url)
    sql = "INSERT INTO t VALUES (1); SELECT nothing; INSERT INTO t VALUES (2)"
    with pytest.raises(TaskFailedError, match="nothing") as caught:
        await run(context, "Queries", sql, url=url, transaction=transaction)
    assert "Statement: 2 of 3: SELECT nothing" in str(caught.value)
    outputs = await run(context, "Query", "SELECT count(*) AS c FROM t", url=url, fetchOne=True)
    assert outputs["row"] == {"c": count}


async def test_parameters_are_bound_outside_of_texts(context: FakeTaskContext):
    outputs = await run(
        context,
        "Queries",
        "SELECT :n::text || ':n' AS a, :text AS b, :missing AS c",
        parameters={"n": 5, "text": "it's"},
        fetchType="FETCH",
    )
    assert outputs["outputs"][0]["rows"] == [{"a": "5:n", "b": "it's", "c": None}]


async def test_statements_without_rows_give_no_entry(context: FakeTaskContext):
    sql = "CREATE TABLE t (n int); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2) RETURNING n"
    outputs = await run(context, "Queries", sql, fetchType="FETCH")
    assert outputs["outputs"] == [{"row": None, "rows": [{"n": 2}], "size": 1}]
    await run(context, "Queries", "SELECT 1")
    assert "fetchType is set to NONE, no output will be returned" in context.messages(LogLevel.INFO)


async def test_afterwards_in_the_same_transaction(context: FakeTaskContext, tmp_path: Path):
    url = f"jdbc:duckdb:{tmp_path}/shop.db"
    await run(context, "Query", "CREATE TABLE t AS SELECT 1 AS n", url=url)
    with pytest.raises(TaskFailedError):
        await run(context, "Query", "INSERT INTO t VALUES (2)", url=url, afterSQL="SELECT nothing")
    outputs = await run(
        context, "Query", "FROM t", url=url, afterSQL="DELETE FROM t", fetchType="FETCH"
    )
    assert outputs["rows"] == [{"n": 1}]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("jdbc:postgresql:x", "URL should start with `jdbc:duckdb`"),
        ("jdbc:duckdb:relative.db", "must be absolute"),
        (" ", "blank"),
    ],
)
async def test_urls_that_are_refused(context: FakeTaskContext, url: str, message: str):
    with pytest.raises(TaskFailedError, match=message):
        await run(context, "Query", "SELECT 1", url=url)


async def test_variables_of_the_process_are_out_of_reach(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="REGISTRY"):
        await run(context, "Query", "SELECT * FROM REGISTRY", fetchType="FETCH")


async def test_a_stopped_task_ends_its_statement(context: FakeTaskContext):
    sql = "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE hash(a.range) = 7"
    running = asyncio.create_task(run(context, "Query", sql))
    while not any("Starting query" in text for text in context.messages(LogLevel.DEBUG)):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 60)


def test_the_trigger_takes_the_same_properties():
    trigger: Any = REGISTRY.build("io.kestra.plugin.jdbc.duckdb.Trigger", {"sql": "SELECT 1"})
    assert trigger.fetching() == "FETCH"
    with pytest.raises(InvalidPropertyError):
        REGISTRY.build(
            "io.kestra.plugin.jdbc.duckdb.Trigger", {"sql": "SELECT 1", "interval": "P0D"}
        )


async def test_names_of_files_begin_at_the_working_directory(context: FakeTaskContext):
    outputs = await run(
        context,
        "Query",
        "SELECT filename, n, interval 3 month AS span FROM read_csv('*.csv', filename = true)",
        inputFiles={"one.csv": "n\n1\n"},
        fetchType="FETCH",
    )
    assert outputs["rows"] == [{"filename": "one.csv", "n": 1, "span": "3 months"}]
