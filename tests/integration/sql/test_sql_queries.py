"""Query and Queries on a real server: results, transactions, parameters, refusals, cancelling."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import psycopg
import pytest

from context import FakeTaskContext, Metric
from tiercel.model.task import LogLevel
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.sql import session
from tiercel.plugins.sql.postgresql import Queries, Query

Database = psycopg.Connection[Any]
Login = dict[str, Any]

ALL_TYPES = """
SELECT 1::smallint AS "small", 9007199254740993 AS "big", '123456.78900'::numeric AS "numeric",
  1.5::real AS "real", 'x '::char(3) AS "char", true AS "bool", '\\x01ff'::bytea AS "bytes",
  date '2030-12-25' AS "date", time '04:05:30.5' AS "time", timetz '04:05:30.25+02' AS "timetz",
  timestamp '2004-10-19 10:23:54.999999' AS "local",
  timestamptz '2004-10-19 10:23:54.25+02' AS "moment",
  interval '10 years 4 months 5 days 10.9 seconds' AS "interval", '1234.5'::money AS "money",
  '{"a":[1,null]}'::jsonb AS "json", '[1,2]'::json AS "list", '{{1,2},{3,NULL}}'::int[] AS "array",
  '00000000-0000-0000-0000-000000000001'::uuid AS "uuid", inet '1.2.3.4' AS "inet",
  int4range(1,3) AS "range", row(1,'a') AS "record", point(1,2) AS "point",
  'infinity'::date AS "infinity", '0044-03-15 BC'::date AS "bc", B'1' AS "bit", B'101' AS "bits",
  'NaN'::float8 AS "nan", NULL AS "null", array[date '2020-01-01'] AS "dates"
"""


async def test_fetch_one_gives_each_type_its_json_value(
    context: FakeTaskContext, login: Login
) -> None:
    task = Query(sql=ALL_TYPES, fetch_type="FETCH_ONE", time_zone_id="Europe/Paris", **login)
    values = (await task.run(context)).stored_values()
    assert values["size"] == 1
    assert values["row"] == {
        "small": 1,
        "big": 9007199254740993,
        "numeric": 123456.789,
        "real": 1.5,
        "char": "x  ",
        "bool": True,
        "bytes": "Af8=",
        "date": "2030-12-25",
        "time": "04:05:30",
        "timetz": "03:05:30.25",
        "local": "2004-10-19T10:23:54.999999",
        "moment": "2004-10-19T08:23:54.25Z",
        "interval": "P10Y4M5DT0H0M10S",
        "money": 1234.5,
        "json": {"a": [1, None]},
        "list": [1, 2],
        "array": [[1, 2], [3, None]],
        "uuid": "00000000-0000-0000-0000-000000000001",
        "inet": "1.2.3.4",
        "range": "[1,3)",
        "record": "(1,a)",
        "point": "(1,2)",
        "infinity": "infinity",
        "bc": "0044-03-15 BC",
        "bit": True,
        "bits": "101",
        "nan": "NaN",
        "null": None,
        "dates": ["2020-01-01"],
    }


async def test_types_of_the_database_itself_are_known(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TYPE mood AS ENUM ('so, so', 'ok'); CREATE EXTENSION hstore")
    sql = (
        "SELECT 'ok'::mood AS one, '{{ok,\"so, so\"},{NULL,ok}}'::mood[][] AS many,"
        ' \'a=>1,"b\\"c"=>NULL\'::hstore AS pairs, NULL::mood[] AS none'
    )
    fetched = await Query(sql=sql, fetch=True, **login).run(context)
    stored = (await Query(sql=sql, store=True, **login).run(context)).stored_values()
    assert fetched.stored_values()["rows"] == [
        {
            "one": "ok",
            "many": [["ok", "so, so"], [None, "ok"]],
            "pairs": {"a": "1", 'b"c': None},
            "none": None,
        }
    ]
    assert await context.stored_text(stored["uri"]) == (
        '{one:"ok",many:[["ok","so, so"],[null,"ok"]],pairs:{a:"1",\'b"c\':null},none:null}\n'
    )


async def test_fetch_keeps_nulls_and_the_last_of_equal_labels(
    context: FakeTaskContext, login: Login
) -> None:
    task = Query(sql="SELECT 1 AS a, NULL AS b, 2 AS a", fetch=True, **login)
    values = (await task.run(context)).stored_values()
    assert values == {"row": None, "rows": [{"a": 2, "b": None}], "size": 1}


async def test_fetching_nothing_gives_empty_results(context: FakeTaskContext, login: Login) -> None:
    sql = "SELECT 1 AS a WHERE false"
    fetched = await Query(sql=sql, fetch_type="FETCH", **login).run(context)
    one = await Query(sql=sql, fetch_one=True, **login).run(context)
    stored = (await Query(sql=sql, store=True, **login).run(context)).stored_values()
    assert fetched.stored_values() == {"row": None, "rows": [], "size": 0}
    assert one.stored_values() == {"row": None, "size": 0}
    assert stored["size"] == 0
    assert await context.stored_text(stored["uri"]) == ""


async def test_store_writes_a_row_file(context: FakeTaskContext, login: Login) -> None:
    sql = (
        "SELECT n AS id, 'v' || n AS value, timestamptz '2004-10-19 08:23:54.25Z' AS moment,"
        " 1.50 AS price, date '2030-12-25' AS day FROM generate_series(1, 3) n"
    )
    task = Query(sql=sql, fetch_type="STORE", fetch_size=2, time_zone_id="Europe/Paris", **login)
    values = (await task.run(context)).stored_values()
    lines = (await context.stored_text(values["uri"])).splitlines()
    assert values["size"] == 3
    assert lines[2] == (
        '{id:3,value:"v3",moment:ZonedDateTime::"2004-10-19T10:23:54.25+02:00[Europe/Paris]",'
        "price:1.50,day:2030-12-25}"
    )
    assert context.metrics == [
        Metric("counter", "fetch.size", 3, {"fetch": "false", "store": "true"})
    ]


async def test_a_statement_without_rows_gives_a_null_row_only(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    for kind in ("NONE", "FETCH", "STORE"):
        task = Query(sql="CREATE TABLE IF NOT EXISTS t (a int)", fetch_type=kind, **login)
        assert (await task.run(context)).stored_values() == {"row": None}
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


async def test_query_runs_all_statements_and_gives_the_last_rows(
    context: FakeTaskContext, login: Login
) -> None:
    sql = "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT * FROM t; SELECT 7 AS b; ;"
    values = (await Query(sql=sql, fetch_type="FETCH", **login).run(context)).stored_values()
    assert values["rows"] == [{"b": 7}]


async def test_after_sql_runs_in_the_same_transaction(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    task = Query(sql="SELECT * FROM t", fetch=True, afterSQL="DELETE FROM t", **login)
    assert (await task.run(context)).stored_values()["size"] == 1
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)
    failing = Query(sql="INSERT INTO t VALUES (2)", afterSQL="DELETE FROM nosuch", **login)
    with pytest.raises(TaskFailedError):
        await failing.run(context)
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


async def test_vacuum_runs_alone(context: FakeTaskContext, login: Login) -> None:
    assert (await Query(sql="VACUUM", **login).run(context)).stored_values() == {"row": None}


async def test_queries_give_an_entry_for_each_result(
    context: FakeTaskContext, login: Login
) -> None:
    sql = """
        CREATE TABLE t (a int);  -- one; two
        INSERT INTO t VALUES (1), (2);
        SELECT * FROM t ORDER BY a;
        DO $$ BEGIN INSERT INTO t VALUES (3); END $$;
        SELECT 'a;b' AS text, count(*) FROM t
    """
    task = Queries(sql=sql, fetch_type="FETCH", **login)
    outputs = (await task.run(context)).stored_values()["outputs"]
    assert outputs == [
        {"row": None, "rows": [{"a": 1}, {"a": 2}], "size": 2},
        {"row": None, "rows": [{"text": "a;b", "count": 3}], "size": 1},
    ]
    assert len(context.messages(LogLevel.DEBUG)) == 5


async def test_queries_that_fetch_nothing_say_so(context: FakeTaskContext, login: Login) -> None:
    values = (await Queries(sql="SELECT 1; SELECT 2", **login).run(context)).stored_values()
    assert values == {"outputs": [{"row": None}, {"row": None}]}
    assert (
        context.messages(LogLevel.INFO)
        == ["fetchType is set to NONE, no output will be returned"] * 2
    )


async def test_an_error_rolls_everything_back(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    with pytest.raises(TaskFailedError) as error:
        await Queries(sql="INSERT INTO t VALUES (1); SELECT * FROM nosuch; SELECT 1", **login).run(
            context
        )
    assert str(error.value).splitlines() == [
        'ERROR: relation "nosuch" does not exist',
        "  Position: 15",
        "  Statement: 2 of 3: SELECT * FROM nosuch",
    ]
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


async def test_without_a_transaction_what_came_before_an_error_stays(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    task = Queries(sql="INSERT INTO t VALUES (1); SELEC 1", transaction=False, **login)
    with pytest.raises(TaskFailedError):
        await task.run(context)
    assert database.execute("SELECT count(*) FROM t").fetchone() == (1,)


async def test_parameters_are_values_never_sql(context: FakeTaskContext, login: Login) -> None:
    sql = (
        "SELECT :text AS text, :number::int + 1 AS number, :missing::int AS missing,"
        " ':text' AS raw, :map::jsonb -> 'a' AS map, '{\"k\":1}'::jsonb ?? 'k' AS has"
    )
    parameters = {"text": "'; DROP TABLE t; --", "number": 41, "map": {"a": "b"}}
    task = Queries(sql=sql, parameters=parameters, fetch_type="FETCH_ONE", **login)
    [output] = (await task.run(context)).stored_values()["outputs"]
    assert output["row"] == {
        "text": "'; DROP TABLE t; --",
        "number": 42,
        "missing": None,
        "raw": ":text",
        "map": "b",
        "has": True,
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"password": "wrong"},
            'FATAL: password authentication failed for user "postgres"\n  Where: connecting to ',
        ),
        ({"url": "jdbc:postgresql://127.0.0.1:1/db"}, "Connection to 127.0.0.1:1 refused. "),
        (
            {"url": "jdbc:postgresql://nohost.invalid/db"},
            "Unknown host 'nohost.invalid': no address was found for it.",
        ),
        ({"ssl": True}, "The connection attempt failed: server does not support SSL"),
        ({"time_zone_id": "Mars/Olympus"}, "Unknown time zone 'Mars/Olympus' in `timeZoneId`"),
        (
            {"ssl_key": "-----BEGIN ENCRYPTED PRIVATE KEY-----"},
            "Unable to import private key. Key is encrypted, but no password was provided.",
        ),
    ],
)
async def test_a_refused_connection_says_why_without_the_password(
    context: FakeTaskContext, login: Login, changes: Login, message: str
) -> None:
    for kind in (Query, Queries):
        with pytest.raises(TaskFailedError) as error:
            await kind(sql="SELECT 1", **{**login, **changes}).run(context)
        assert str(error.value).startswith(message)
        assert str({**login, **changes}["password"]) not in str(error.value)


async def test_an_unknown_database_is_named(context: FakeTaskContext, login: Login) -> None:
    with pytest.raises(TaskFailedError, match=r'^FATAL: database ".*_not" does not exist'):
        await Query(sql="SELECT 1", **{**login, "url": f"{login['url']}_not"}).run(context)


async def test_notices_are_logged_for_who_looks_closely(
    context: FakeTaskContext, login: Login
) -> None:
    await Query(sql="DO $$ BEGIN RAISE NOTICE 'almost done'; END $$", **login).run(context)
    assert "NOTICE: almost done" in context.messages(LogLevel.DEBUG)


async def test_cancelling_stops_the_statement_and_undoes_the_transaction(
    context: FakeTaskContext, login: Login, database: Database
) -> None:
    database.execute("CREATE TABLE t (a int)")
    task = Queries(sql="INSERT INTO t VALUES (1); SELECT pg_sleep(60)", **login)
    running = asyncio.create_task(task.run(context))
    await _until_sleeping(database)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 60)
    assert not _is_sleeping(database)
    assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


async def test_a_server_that_hangs_does_not_hold_a_cancelled_task(
    context: FakeTaskContext,
    login: Login,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "_CANCEL_AGAIN_SECONDS", 0.01)
    running = asyncio.create_task(Query(sql="SELECT pg_sleep(60)", **login).run(context))
    await _until_sleeping(database)
    [backend] = database.execute(
        "SELECT pid FROM pg_stat_activity"
        " WHERE wait_event = 'PgSleep' AND datname = current_database()"
    ).fetchone() or [0]
    os.kill(backend, signal.SIGSTOP)
    try:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, 60)
    finally:
        os.kill(backend, signal.SIGCONT)


async def _until_sleeping(database: Database) -> None:
    async with asyncio.timeout(60):
        while not _is_sleeping(database):
            await asyncio.sleep(0.01)


def _is_sleeping(database: Database) -> bool:
    sql = (
        "SELECT 1 FROM pg_stat_activity"
        " WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    return database.execute(sql).fetchone() is not None
