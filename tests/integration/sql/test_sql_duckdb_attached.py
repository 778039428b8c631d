"""DuckDB over what others wrote: Parquet, CSV, and a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask

REGISTRY = Registry.builtin(use_entry_points=False)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def test_parquet_and_csv_are_read_and_written(context: FakeTaskContext):
    rows = await context.store_text("rows.ion", '{id:1,city:"a"}\n{id:2,city:"b"}\n')
    parquet = await run(context, "serdes.parquet.IonToParquet", **{"from": rows})
    prices = await context.store_text("prices.csv", "id,price\n1,2.5\n2,3.5\n2,1\n")
    outputs = await run(
        context,
        "jdbc.duckdb.Queries",
        inputFiles={"cities.parquet": parquet["uri"], "prices.csv": prices},
        outputFiles=["sums"],
        sql="CREATE TABLE sums AS SELECT city, sum(price) AS total FROM 'cities.parquet'"
        " JOIN read_csv('{{ workingDir }}/prices.csv') USING (id) GROUP BY city ORDER BY city;"
        "COPY sums TO '{{ outputFiles.sums }}' (FORMAT parquet);"
        "SELECT * FROM sums",
        fetchType="FETCH",
    )
    assert outputs["outputs"][0]["rows"] == [
        {"city": "a", "total": 2.5},
        {"city": "b", "total": 4.5},
    ]
    back = await run(
        context, "serdes.parquet.ParquetToIon", **{"from": outputs["outputFiles"]["sums"]}
    )
    assert back["size"] == 2


def _has_postgres_extension() -> bool:
    try:
        duckdb.connect().execute("INSTALL postgres; LOAD postgres")
    except duckdb.Error:
        return False
    return True


async def test_a_postgresql_database_is_attached(
    context: FakeTaskContext, login: dict[str, Any], database: psycopg.Connection[Any]
):
    if not _has_postgres_extension():
        pytest.skip("DuckDB's postgres extension can't be installed here (no network)")
    database.execute("CREATE TABLE trips AS SELECT n, n * 1.5 AS fare FROM generate_series(1,9) n")
    place = login["url"].removeprefix("jdbc:")
    name = login["username"]
    attach = place.replace("://", f"://{name}:{login['password']}@")
    outputs = await run(
        context,
        "jdbc.duckdb.Queries",
        sql=f"LOAD postgres; ATTACH '{attach}' AS shop (TYPE postgres);"
        "CREATE TABLE shop.totals AS SELECT sum(fare) AS total FROM shop.trips;"
        "SELECT count(*) AS n FROM shop.trips",
        fetchType="FETCH_ONE",
    )
    assert outputs["outputs"][0]["row"] == {"n": 9}
    assert database.execute("SELECT total::float8 FROM totals").fetchone() == (67.5,)
