"""CopyIn, CopyOut and Batch on a real server."""

from __future__ import annotations

import asyncio
import gzip
import os
from typing import Any

import psycopg
import pytest

from context import FakeTaskContext, Metric
from tiercel.model.errors import StorageError
from tiercel.model.task import LogLevel
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.sql.postgresql import Batch, Query
from tiercel.plugins.sql.postgresql_copy import CopyIn, CopyOut

Database = psycopg.Connection[Any]
Login = dict[str, Any]


async def copy_in(
    context: FakeTaskContext, login: Login, text: str, **properties: Any
) -> dict[str, Any]:
    uri = await context.store_text("in.csv", text)
    task = CopyIn(**{"from": uri, "table": "t", **login, **properties})
    return (await task.run(context)).stored_values()


async def test_a_csv_with_a_header_and_other_case_is_loaded(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (vendorid text, amount float8, note text)")
    values = await copy_in(
        context,
        login,
        'VendorID,Amount\n1,2.5\n"2",3\n',
        format="CSV",
        header=True,
        columns=["VendorID", "Amount"],
    )
    assert values == {"rowCount": 2}
    assert database.execute("SELECT * FROM t ORDER BY 1").fetchall() == [
        ("1", 2.5, None),
        ("2", 3.0, None),
    ]
    assert context.metrics == [Metric("counter", "rows", 2, None)]
    assert context.messages(LogLevel.DEBUG) == [
        "Starting query: COPY t (VendorID, Amount) FROM STDIN WITH (FORMAT CSV, HEADER TRUE)"
    ]


async def test_progress_ends_with_all_bytes_and_rows(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    await copy_in(context, login, "1\n2\n3\n")
    assert context.progress_calls[-3:] == [
        ("copied", 6, 6, "B"),
        ("rows", 3, None, "rows"),
        ("rows", 3, 3, "rows"),
    ]


async def test_options_reach_the_server(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a text, b text)")
    text = "'x;''y';\\N\n".encode("latin-1").decode()
    options = {"delimiter": ";", "quote": "'", "nullString": "\\N", "encoding": "LATIN1"}
    assert await copy_in(context, login, text, format="CSV", **options) == {"rowCount": 1}
    assert database.execute("SELECT * FROM t").fetchall() == [("x;'y", None)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "id,amount\n1,2\n2\n",
            ['ERROR: missing data for column "amount"', '  Where: COPY t, line 3: "2"'],
        ),
        (
            "id,amount\n1,2,3\n",
            ["ERROR: extra data after last expected column", '  Where: COPY t, line 2: "1,2,3"'],
        ),
        (
            "id,amount\nx,2\n",
            [
                'ERROR: invalid input syntax for type integer: "x"',
                '  Where: COPY t, line 2, column id: "x"',
            ],
        ),
    ],
)
async def test_a_bad_line_is_shown_and_nothing_is_loaded(
    context: FakeTaskContext, login: Login, database: Database, text: str, lines: list[str]
) -> None:
    database.execute("CREATE TABLE t (id int, amount int)")
    with pytest.raises(TaskFailedError) as error:
        await copy_in(context, login, text, format="CSV", header=True)
    assert str(error.value).splitlines() == lines
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"table": "nosuch"}, 'ERROR: relation "nosuch" does not exist'),
        (
            {"columns": ["nickname"]},
            'ERROR: column "nickname" of relation "t" does not exist',
        ),
        ({"oids": True}, 'ERROR: option "oids" not recognized'),
        ({"table": None}, "`table` is required"),
    ],
)
async def test_what_the_statement_lacks_is_named(
    context: FakeTaskContext,
    login: Login,
    database: Database,
    properties: dict[str, Any],
    message: str,
) -> None:
    database.execute("CREATE TABLE t (id int)")
    with pytest.raises(TaskFailedError) as error:
        await copy_in(context, login, "1\n", **properties)
    assert str(error.value).startswith(message)


async def test_a_missing_file_is_named(context: FakeTaskContext, login: Login) -> None:
    task = CopyIn(**{"from": "kestra:///company/team/none.csv", "table": "t", **login})
    with pytest.raises(StorageError, match=r"none.csv"):
        await task.run(context)


@pytest.mark.parametrize("form", ["TEXT", "CSV", "BINARY"])
async def test_what_is_copied_out_goes_in_again(
    context: FakeTaskContext, login: Login, database: Database, form: str
) -> None:
    database.execute("CREATE TABLE t (a int, b text)")
    database.execute("INSERT INTO t VALUES (1, E'x,\\n\"y'), (2, NULL)")
    out = (await CopyOut(table="t", format=form, **login).run(context)).stored_values()
    assert out["rowCount"] == 2
    task = CopyIn(**{"from": out["uri"], "table": "t", "format": form, **login})
    assert (await task.run(context)).stored_values() == {"rowCount": 2}
    doubled = database.execute("SELECT count(*), count(DISTINCT b) FROM t").fetchone()
    assert doubled == (4, 1)


async def test_a_query_is_copied_out_with_its_options(
    context: FakeTaskContext, login: Login
) -> None:
    sql = "SELECT 1 AS int, 'a' AS text UNION SELECT 2, 'b' ORDER BY 1;"
    task = CopyOut(
        sql=sql,
        format="CSV",
        header=True,
        delimiter="\t",
        escape='"',
        force_quote=["int"],
        **login,
    )
    out = (await task.run(context)).stored_values()
    assert await context.stored_text(out["uri"]) == 'int\ttext\n"1"\ta\n"2"\tb\n'
    assert out["uri"].endswith(".tmp")


async def test_cancelling_a_copy_keeps_nothing(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    path = context.working_dir / "endless"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    os.write(writer, b"1\n2\n")

    class Endless(FakeTaskContext):
        async def local_file(self, uri: str) -> Any:
            return path

        async def file_size(self, uri: str) -> int:
            return 4

    endless = Endless(context.working_dir)
    task = CopyIn(**{"from": "kestra:///endless", "table": "t", **login})
    running = asyncio.create_task(task.run(endless))
    async with asyncio.timeout(60):
        while ("copied", 4, 4, "B") not in endless.progress_calls:
            await asyncio.sleep(0.01)
    running.cancel()
    # The thread may wait for a line at the moment: lines go on coming until it has seen the stop.
    # A connection whose server does not answer the cancelling is cut off after some seconds.
    async with asyncio.timeout(60):
        while not running.done():
            os.write(writer, b"3\n")
            await asyncio.sleep(0.01)
    with pytest.raises(asyncio.CancelledError):
        await running
    os.close(writer)
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.mark.parametrize(
    "sql", ["SELECT pg_sleep(600)", "SELECT * FROM generate_series(1, 9000000000) AS n"]
)
async def test_a_copy_out_that_is_stopped_ends_on_the_server(
    context: FakeTaskContext, login: Login, database: Database, sql: str
) -> None:
    running = asyncio.create_task(CopyOut(sql=sql, **login).run(context))
    mine = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s"

    async def wait_for(count: int) -> None:
        async with asyncio.timeout(60):
            while database.execute(mine, [f"COPY ({sql}%"]).fetchone() != (count,):
                await asyncio.sleep(0.02)

    await wait_for(1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await wait_for(0)


async def test_rows_larger_than_a_chunk_are_copied_out_whole(
    context: FakeTaskContext, login: Login
) -> None:
    sql = "SELECT n, repeat(n::text, 3000000) FROM generate_series(1, 3) AS n"
    out = (await CopyOut(sql=sql, **login).run(context)).stored_values()
    text = await context.stored_text(out["uri"])
    assert text == "".join(f"{n}\t{str(n) * 3_000_000}\n" for n in range(1, 4))
    assert out["rowCount"] == 3


async def test_batch_binds_the_fields_of_a_row_file(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    sql = (
        "SELECT n AS a, 'v' || n AS b, jsonb_build_object('n', n) AS j, interval '1 day' AS i,"
        " array['q\"', NULL] AS l, timestamptz '2004-10-19 08:23:54.25Z' AS m, '\\x01'::bytea AS x"
        " FROM generate_series(1, 5) n"
    )
    stored = (await Query(sql=sql, store=True, **login).run(context)).stored_values()
    database.execute(
        "CREATE TABLE t (b text, a int, j json, i interval, l text[], m timestamptz, x bytea)"
    )
    task = Batch(**{"from": stored["uri"], "table": "t", "chunk": 2, **login})
    assert (await task.run(context)).stored_values() == {"rowCount": 5, "updatedCount": 5}
    assert "Successfully executed 3 bulk queries and updated 5 rows" in context.messages(
        LogLevel.INFO
    )
    row = database.execute("SELECT a, b, j, l, x, m = '2004-10-19 08:23:54.25Z' FROM t").fetchone()
    assert row == (1, "v1", {"n": 1}, ['q"', None], b"\x01", True)


async def test_batch_takes_lists_and_pads_short_rows(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int, b text)")
    uri = await context.store_text("rows.ion", '[1,"x"]\n{a:2}\n[3,"y",9]\n')
    task = Batch(**{"from": uri, "sql": "INSERT INTO t VALUES (?, ?)", **login})
    assert (await task.run(context)).stored_values() == {"rowCount": 3, "updatedCount": 3}
    assert database.execute("SELECT * FROM t ORDER BY a").fetchall() == [
        (1, "x"),
        (2, None),
        (3, "y"),
    ]


async def test_batch_keeps_the_chunks_before_an_error(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    uri = await context.store_text("rows.ion", '{a:1}\n{a:2}\n{a:3}\n{a:"x"}\n')
    task = Batch(**{"from": uri, "table": "t", "chunk": 2, "columns": ["a"], **login})
    with pytest.raises(
        TaskFailedError, match=r'^ERROR: invalid input syntax for type integer: "x"'
    ):
        await task.run(context)
    assert database.execute("SELECT a FROM t ORDER BY a").fetchall() == [(1,), (2,)]


async def test_batch_refuses_what_is_no_row_file(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    uri = await context.store_text("rows.csv", "a,b\n1,2\n")
    with pytest.raises(TaskFailedError, match=r"^`from` is no row file: line 1: unexpected ','"):
        await Batch(**{"from": uri, "table": "t", **login}).run(context)


async def copy_in_bytes(context: FakeTaskContext, login: Login, content: bytes) -> dict[str, Any]:
    uri = await context.storage.put("kestra:///company/in.csv.gz", content)
    task = CopyIn(**{"from": uri, "table": "t", "format": "CSV", **login})
    return (await task.run(context)).stored_values()


async def test_a_compressed_file_is_unpacked_on_the_way(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int, b text)")
    lines = [f"{number},{number * 7919 % 100_003}\n".encode() for number in range(300_000)]
    half = len(lines) // 2
    packed = gzip.compress(b"".join(lines[:half])) + gzip.compress(b"".join(lines[half:])) + b"\0"
    assert await copy_in_bytes(context, login, packed) == {"rowCount": 300_000}
    assert database.execute("SELECT count(*), sum(a) FROM t").fetchone() == (
        300_000,
        sum(range(300_000)),
    )
    assert ("copied", len(packed), len(packed), "B") in context.progress_calls


@pytest.mark.parametrize("cut", [-10, 40])
async def test_a_broken_compressed_file_loads_nothing(
    context: FakeTaskContext, login: Login, database: Database, cut: int
) -> None:
    database.execute("CREATE TABLE t (a int, b text)")
    packed = gzip.compress(b"1,a\n" * 100_000)
    broken = packed[:cut] if cut < 0 else packed[:cut] + b"\xff" * 20 + packed[cut:]
    with pytest.raises(TaskFailedError, match="broken gzip"):
        await copy_in_bytes(context, login, broken)
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)
