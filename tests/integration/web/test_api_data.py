"""Looking into databases: what flows name can be read, and nothing else can be done."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

SaveFlow = Callable[[str], Awaitable[dict[str, Any]]]
PASSWORD = "a-password-of-the-database"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(web_node: Node) -> AsyncIterator[str]:
    """The JDBC URL of a database on the embedded server, with a user of its own."""
    url = web_node.endpoints.database_url
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"CREATE ROLE looked LOGIN PASSWORD '{PASSWORD}'")
        await connection.execute("CREATE DATABASE trips OWNER looked")
    where = f"127.0.0.1:{web_node.endpoints.postgres_port}/trips"
    own = f"postgresql://looked:{PASSWORD}@{where}"
    async with await psycopg.AsyncConnection.connect(own, autocommit=True) as connection:
        await connection.execute("CREATE TABLE yellow (id int, fare numeric, at timestamp)")
        await connection.execute(
            "INSERT INTO yellow SELECT n, n * 1.5, '2019-01-01' FROM generate_series(1, 2500) n"
        )
    yield f"jdbc:postgresql://{where}"
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("DROP DATABASE trips WITH (FORCE)")
        await connection.execute("DROP ROLE looked")


@pytest_asyncio.fixture(loop_scope="session")
async def source(api: httpx.AsyncClient, save_flow: SaveFlow, database: str) -> dict[str, Any]:
    """The database as a flow names it in its plugin defaults."""
    await save_flow(f"""id: loads-trips
namespace: tests.data
variables:
  user: looked
tasks:
  - id: load
    type: io.kestra.plugin.jdbc.postgresql.Query
    sql: SELECT 1
  - id: depends
    type: io.kestra.plugin.jdbc.postgresql.Query
    sql: SELECT 1
    username: "{{{{ outputs.load.row.x }}}}"
pluginDefaults:
  - type: io.kestra.plugin.jdbc.postgresql
    values:
      url: {database}
      username: "{{{{ vars.user }}}}"
      password: {PASSWORD}
""")
    reply = await api.get("/api/v1/main/data")
    assert PASSWORD not in reply.text
    found: list[dict[str, Any]] = reply.json()["results"]
    return next(one for one in found if "tests.data.loads-trips" in one["flows"])


async def ask(api: httpx.AsyncClient, source: dict[str, Any], sql: str, limit: int = 5) -> Any:
    body = {"sql": sql, "limit": limit}
    return await api.post(f"/api/v1/data/{source['id']}/query", json=body)


async def test_a_database_that_a_flow_names_is_listed_with_its_tables(
    api: httpx.AsyncClient, source: dict[str, Any]
):
    assert (source["username"], source["database"]) == ("looked", "trips")
    tables = (await api.get(f"/api/v1/data/{source['id']}/tables")).json()
    assert [(t["schema"], t["name"], t["rows"], t["exact"]) for t in tables] == [
        ("public", "yellow", 2500, True)
    ]
    rows = (await api.get(f"/api/v1/data/{source['id']}/tables/public/yellow?limit=2")).json()
    assert [column["type"] for column in rows["columns"]] == ["int4", "numeric", "timestamp"]
    assert rows["rows"] == [[1, 1.5, "2019-01-01T00:00:00"], [2, 3, "2019-01-01T00:00:00"]]
    assert rows["truncated"]


async def test_the_embedded_server_shows_every_database_but_its_own(
    api: httpx.AsyncClient, source: dict[str, Any]
):
    found = (await api.get("/api/v1/data")).json()["results"]
    embedded = {one["database"]: one for one in found if one["embedded"]}
    assert "trips" in embedded
    assert "tiercel" not in embedded
    answer = await ask(api, embedded["trips"], "SELECT count(*) FROM yellow")
    assert answer.json()["rows"] == [[2500]]
    refused = await ask(api, embedded["trips"], "SELECT pg_read_file('/etc/hostname')")
    assert refused.status_code == 422
    assert "permission denied" in refused.text


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("DELETE FROM yellow", "syntax error"),
        ("SELECT 1; DROP TABLE yellow", "multiple commands"),
        ("WITH gone AS (DELETE FROM yellow RETURNING 1) SELECT * FROM gone", "data-modifying"),
        ("EXPLAIN ANALYZE DELETE FROM yellow", "read-only transaction"),
        ("SELECT set_config('transaction_read_only', 'off', false)", "read-write mode"),
        ("COMMIT", "syntax error"),
        ("SELECT nothing FROM yellow", "does not exist"),
        ("SELECT pg_sleep(1), set_config('statement_timeout', '1', true)", ""),
        (" ; ", "no statement"),
    ],
)
async def test_what_does_not_read_is_refused_in_the_databases_words(
    api: httpx.AsyncClient, source: dict[str, Any], sql: str, word: str
):
    reply = await ask(api, source, sql)
    if word:
        assert reply.status_code == 422
        assert word in reply.json()["message"]
    count = await ask(api, source, "SELECT count(*) FROM yellow")
    assert count.json()["rows"] == [[2500]]


async def test_statements_that_tell_about_the_database_are_run(
    api: httpx.AsyncClient, source: dict[str, Any]
):
    plan = (await ask(api, source, "EXPLAIN SELECT * FROM yellow")).json()
    assert plan["columns"][0]["name"] == "QUERY PLAN"
    cut = (await ask(api, source, "TABLE yellow;", limit=3)).json()
    assert (len(cut["rows"]), cut["truncated"]) == (3, True)


async def test_all_rows_can_be_downloaded(api: httpx.AsyncClient, source: dict[str, Any]):
    body = {"sql": "SELECT id, fare FROM yellow ORDER BY id"}
    reply = await api.post(f"/api/v1/data/{source['id']}/query/csv", json=body)
    rows = list(csv.reader(io.StringIO(reply.text)))
    assert rows[0] == ["id", "fare"]
    assert rows[-1] == ["2500", "3750"]
    assert len(rows) == 2501
    refused = await api.post(f"/api/v1/data/{source['id']}/query/csv", json={"sql": "SELEKT"})
    assert refused.status_code == 422


async def test_an_unknown_database_is_not_found(api: httpx.AsyncClient):
    assert (await api.get("/api/v1/data/nothing/tables")).status_code == 404
