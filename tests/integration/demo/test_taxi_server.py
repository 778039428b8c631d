"""The loopback site of taxi trips answers like the public one."""

from __future__ import annotations

import csv
import gzip
import socket
import subprocess
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
import yaml

from tiercel.services.demo_data import TaxiServer, is_reachable
from tiercel.services.demo_rows import generate_csv, generate_gzip

if TYPE_CHECKING:
    from tiercel.services.demo_rows import Taxi

EXAMPLES = Path(__file__).parents[3] / "examples"
MONTH = "yellow/yellow_tripdata_2019-01.csv.gz"


async def get(url: str, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.request(method, url)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(gzip.decompress(content).decode().splitlines()))


@pytest.mark.parametrize(("taxi", "columns"), [("yellow", 18), ("green", 20)])
async def test_a_generated_month_has_the_real_columns(taxi: Taxi, columns: int) -> None:
    async with TaxiServer(rows=500) as server:
        answer = await get(f"{server.base_url}/{taxi}/{taxi}_tripdata_2020-02.csv.gz")
    assert answer.status_code == 200
    rows = rows_of(answer.content)
    assert len(rows) == 500
    assert {len(row) for row in rows} == {columns}
    prefix = "tpep" if taxi == "yellow" else "lpep"
    for row in rows:
        pickup = datetime.fromisoformat(row[f"{prefix}_pickup_datetime"])
        dropoff = datetime.fromisoformat(row[f"{prefix}_dropoff_datetime"])
        assert (pickup.year, pickup.month) == (2020, 2)
        assert pickup < dropoff
        parts = ("fare_amount", "extra", "mta_tax", "tip_amount", "tolls_amount")
        parts += ("improvement_surcharge", "congestion_surcharge")
        assert sum(float(row[part]) for part in parts) == pytest.approx(float(row["total_amount"]))


async def test_a_month_has_ten_thousand_rows_by_default() -> None:
    async with TaxiServer() as server:
        answer = await get(f"{server.base_url}/{MONTH}")
    assert len(rows_of(answer.content)) == 10_000


def test_generated_rows_are_distinct_and_the_same_at_every_call() -> None:
    assert list(generate_gzip("green", 2019, 3, 7000)) == list(
        generate_gzip("green", 2019, 3, 7000)
    )
    lines = b"".join(generate_csv("green", 2019, 3, 7000)).splitlines()
    assert len(set(lines)) == 7001
    assert lines != b"".join(generate_csv("green", 2019, 4, 7000)).splitlines()


def test_the_last_ride_of_december_ends_in_the_next_year() -> None:
    text = b"".join(generate_csv("yellow", 2019, 12, 200_000)).decode()
    assert ",2020-01-01 00:" in text


async def test_real_rows_are_served_where_there_are_some(tmp_path: Path) -> None:
    (tmp_path / "yellow").mkdir()
    real = gzip.compress(b"VendorID\n1\n")
    (tmp_path / MONTH).write_bytes(real)
    async with TaxiServer(tmp_path, rows=3) as server:
        assert (await get(f"{server.base_url}/{MONTH}")).content == real
        other = await get(f"{server.base_url}/green/green_tripdata_2019-01.csv.gz")
        assert len(rows_of(other.content)) == 3


async def test_months_that_the_site_lacks_are_not_found() -> None:
    async with TaxiServer(rows=1) as server:
        for path in (
            "yellow/yellow_tripdata_2018-12.csv.gz",
            "yellow/yellow_tripdata_2021-08.csv.gz",
            "yellow/yellow_tripdata_2019-00.csv.gz",
            "yellow/yellow_tripdata_2019-13.csv.gz",
            "yellow/green_tripdata_2019-01.csv.gz",
            "yellow/../../etc/passwd",
            "red/red_tripdata_2019-01.csv.gz",
            "",
        ):
            assert (await get(f"{server.base_url}/{path}")).status_code == 404
        assert (await get(f"{server.base_url}/{MONTH}", "HEAD")).status_code == 200


async def test_the_command_of_the_course_reads_it(tmp_path: Path) -> None:
    async with TaxiServer(rows=1000) as server:
        command = f"wget -qO- {server.base_url}/{MONTH} | gunzip > {tmp_path}/trips.csv"
        subprocess.run(["sh", "-ec", command], check=True)
    assert len((tmp_path / "trips.csv").read_text().splitlines()) == 1001


async def test_it_is_gone_after_the_block() -> None:
    async with TaxiServer(rows=1) as server:
        url = f"{server.base_url}/{MONTH}"
        assert await is_reachable(url, timeout=60)
        assert not await is_reachable(f"{server.base_url}/missing", timeout=60)
    assert not await is_reachable(url, timeout=60)
    with pytest.raises(RuntimeError, match="does not run"):
        server.base_url  # noqa: B018


async def test_a_site_that_says_nothing_is_not_reachable() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        assert not await is_reachable(url, timeout=0.05)
    assert not await is_reachable("not a url", timeout=0.05)


@pytest.mark.parametrize("taxi", ["yellow", "green"])
def test_the_example_flow_loads_generated_rows(taxi: Taxi, database_url: str) -> None:
    names, statements = _statements_of_the_flow(taxi)
    csv_file = b"".join(generate_csv(taxi, 2019, 1, 2000))
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(2):
            for statement in statements:
                if statement != "COPY":
                    connection.execute(statement)
                    continue
                copy = (
                    f"COPY public.{taxi}_tripdata_staging ({names}) FROM STDIN (FORMAT csv, HEADER)"
                )
                with connection.cursor().copy(copy) as stream:
                    stream.write(csv_file)
        found = connection.execute(
            f"SELECT count(*), count(DISTINCT unique_row_id), max(filename) FROM {taxi}_tripdata"
        ).fetchone()
    assert found == (2000, 2000, f"{taxi}_tripdata_2019-01.csv")


def _statements_of_the_flow(taxi: Taxi) -> tuple[str, list[str]]:
    """Return columns and SQL of one branch of the example, variables filled in; COPY as a word."""
    flow = yaml.safe_load((EXAMPLES / "postgres_taxi.yaml").read_text())
    values = {
        "{{render(vars.table)}}": f"public.{taxi}_tripdata",
        "{{render(vars.staging_table)}}": f"public.{taxi}_tripdata_staging",
        "{{render(vars.file)}}": f"{taxi}_tripdata_2019-01.csv",
    }
    branch = next(task for task in flow["tasks"] if task["id"] == f"if_{taxi}_taxi")["then"]
    names, statements = "", []
    for task in branch:
        if "columns" in task:
            names = ", ".join(task["columns"])
            statements.append("COPY")
        elif "sql" in task:
            text = task["sql"]
            for template, value in values.items():
                text = text.replace(template, value)
            assert "{{" not in text
            statements.append(text)
    return names, statements
