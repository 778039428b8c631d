"""Row files that the server writes are those that this side would write."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from context import FakeTaskContext
from tiercel.plugins.rows.ion import read_rows
from tiercel.plugins.sql import results
from tiercel.plugins.sql.postgresql import Query
from tiercel.plugins.sql.server_rows import row_file_plan

Login = dict[str, Any]
PARIS = ZoneInfo("Europe/Paris")

VALUES = """
SELECT * FROM (VALUES
  (1::int2, 2::int8, true, 'a"b\\c' || chr(10) || chr(9) || 'é{}$$', 1.5::float8, 1.10::float4,
   123456.78900::numeric, date '2030-12-25', timestamp '2004-10-19 10:23:54.25',
   timestamptz '2004-10-19 10:23:54.25+02', time '04:05:30.9', '\\x00ff'::bytea,
   'ab'::char(3), 'n'::name, '2e41c605-cf47-4545-87ba-d55d24594aec'::uuid),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (-3, 9223372036854775807, false, '', 1e22, -1e-7, 100000000000000000000, '0044-03-15 BC',
   'infinity', '2024-01-15 10:00:00-03:30', '24:00:00', decode(repeat('00', 90), 'hex'), '', '',
   '00000000-0000-0000-0000-000000000000'),
  (0, 0, false, 'x', 'NaN', 'Infinity', 'NaN', 'infinity', '10000-01-01', 'infinity', '00:00', '',
   '', '', '00000000-0000-0000-0000-000000000000'),
  (0, 0, false, 'null', 3, 4, 0.10, '0001-01-01', '0001-01-01', '1800-01-01 00:00:00Z', '23:59:59',
   'x', 'x', 'x', '00000000-0000-0000-0000-000000000000')
) AS v("small", "Big one", "true", s, f8, f4, n, d, ts, tz, t, b, c, nm, u)
"""


async def stored(context: FakeTaskContext, login: Login, sql: str, zone: str) -> str:
    task = Query(sql=sql, fetch_type="STORE", time_zone_id=zone, **login)
    return await context.stored_text((await task.run(context)).stored_values()["uri"])


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/St_Johns", "Etc/UTC"])
async def test_both_ways_give_the_same_file(
    context: FakeTaskContext,
    login: Login,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
):
    fast = await stored(context, login, VALUES, zone)
    monkeypatch.setattr(results, "row_file_plan", lambda *_: None)
    slow = await stored(context, login, VALUES, zone)
    assert fast.splitlines() == slow.splitlines()
    assert len(list(read_rows(fast.splitlines(keepends=True)))) == 5


async def test_odd_floats_are_the_same_values(
    context: FakeTaskContext,
    login: Login,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
):
    sql = (
        "SELECT (m * power(10::float8, e))::float8 AS f FROM generate_series(-20, 20) AS e, "
        "unnest(ARRAY[1, -1, 1.5, 0.1234567890123456789, 12345.678]) AS m"
    )
    fast = list(read_rows((await stored(context, login, sql, "UTC")).splitlines(keepends=True)))
    monkeypatch.setattr(results, "row_file_plan", lambda *_: None)
    slow = list(read_rows((await stored(context, login, sql, "UTC")).splitlines(keepends=True)))
    assert fast == slow


ODD_TEXTS = """
SELECT n, left(t, 4000) AS t, nullif(n % 3, 0) AS third, 'x' || t AS "say ""t"" x" FROM (
  SELECT n, CASE n % 10
    WHEN 0 THEN '"' WHEN 1 THEN '\\N' WHEN 2 THEN chr(11) || '\\v' WHEN 3 THEN chr(1) || chr(31)
    WHEN 4 THEN E'\\t\\n\\r\\b\\f' WHEN 5 THEN NULL WHEN 6 THEN '"\\N"' WHEN 7 THEN 't:\\N,'
    WHEN 8 THEN repeat('é%"', n) ELSE '' END AS t
  FROM generate_series(1, 9000) AS n) AS texts
"""


async def test_texts_of_every_kind_are_the_same(
    context: FakeTaskContext,
    login: Login,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
):
    fast = await stored(context, login, ODD_TEXTS, "UTC")
    monkeypatch.setattr(results, "row_file_plan", lambda *_: None)
    slow = await stored(context, login, ODD_TEXTS, "UTC")
    assert fast.splitlines() == slow.splitlines()


async def test_whole_lines_stand_among_others(
    context: FakeTaskContext,
    login: Login,
    database: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
):
    sql = (
        "SELECT n, 'a\"' || chr(9) AS t, CASE WHEN n % 7 = 0 THEN date 'infinity' "
        "ELSE date '2024-01-01' + n END AS d, n / 3.0::float8 AS f FROM generate_series(1, 9000) n"
    )
    fast = await stored(context, login, sql, "UTC")
    monkeypatch.setattr(results, "row_file_plan", lambda *_: None)
    assert fast.splitlines() == (await stored(context, login, sql, "UTC")).splitlines()


@pytest.mark.parametrize(
    "sql",
    [
        "WITH a AS (SELECT 2 AS n) SELECT n FROM a ORDER BY n -- last",
        "VALUES (2)",
        "SELECT 2 AS n LIMIT 1",
    ],
)
async def test_queries_of_all_forms(
    context: FakeTaskContext, login: Login, database: psycopg.Connection[Any], sql: str
):
    text = await stored(context, login, sql, "UTC")
    assert text in ("{n:2}\n", "{column1:2}\n")


async def test_many_columns(
    context: FakeTaskContext, login: Login, database: psycopg.Connection[Any]
):
    columns = ", ".join(f"{number} AS c{number}" for number in range(150))
    (row,) = read_rows([await stored(context, login, f"SELECT {columns}", "UTC")])
    assert row == {f"c{number}": number for number in range(150)}


async def test_nothing_is_an_empty_file(
    context: FakeTaskContext, login: Login, database: psycopg.Connection[Any]
):
    assert await stored(context, login, "SELECT 1 AS n WHERE false", "UTC") == ""


@pytest.mark.parametrize(
    ("sql", "columns", "style"),
    [
        ("INSERT INTO t VALUES (1) RETURNING n", [("n", 23)], "ISO, MDY"),
        ("WITH d AS (DELETE FROM t RETURNING n) SELECT n FROM d", [("n", 23)], "ISO, MDY"),
        ("SELECT n INTO u FROM t", [("n", 23)], "ISO, MDY"),
        ("EXPLAIN SELECT 1", [("n", 25)], "ISO, MDY"),
        ("SELECT n, n FROM t", [("n", 23), ("n", 23)], "ISO, MDY"),
        ("SELECT j FROM t", [("j", 114)], "ISO, MDY"),
        ("SELECT", [], "ISO, MDY"),
        ("SELECT n FROM t", [("n", 23)], "German, DMY"),
    ],
)
def test_what_this_side_has_to_do(sql: str, columns: list[tuple[str, int]], style: str):
    assert row_file_plan(sql, columns, PARIS, style) is None
    assert row_file_plan("SELECT n FROM t", [("n", 23)], PARIS, "ISO, MDY")
