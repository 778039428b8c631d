"""The course's taxi pipeline, unchanged, on a whole node; trips come from a loopback server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tiercel.cli.demo import DATABASE, create_database
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.demo_data import TaxiServer
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import LogFilter

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOW = (Path(__file__).parents[3] / "examples" / "postgres_taxi.yaml").read_text()
ROWS = 1_000


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def trips() -> AsyncIterator[TaxiServer]:
    async with TaxiServer(rows=ROWS) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def warehouse(node: Node) -> AsyncIterator[asyncpg.Connection]:
    await create_database(node)
    connection = await asyncpg.connect(node.endpoints.database_url, database=DATABASE)
    yield connection
    await connection.close()


async def run_pipeline(
    node: Node, trips: TaxiServer, source: str = FLOW, **inputs: str
) -> Snapshot:
    saved = await node.flows.save(source)
    flow = saved.parsed.flow
    execution = await node.executions.start(
        flow.namespace, flow.id, inputs=inputs, variables={"base_url": trips.base_url}
    )
    return await node.executions.wait(execution.id)


async def error_messages(node: Node, snapshot: Snapshot) -> str:
    async for _ in node.executions.watch(snapshot.execution.id):
        pass
    entries = await node.logs.list(snapshot.execution.id, LogFilter(LogLevel.ERROR))
    return "\n".join(f"{entry.task_id}: {entry.message}" for entry in entries)


@pytest.mark.parametrize("taxi", ["yellow", "green"])
async def test_a_month_is_loaded_and_merged_once(node, trips, warehouse, taxi):
    for _ in range(2):
        done = await run_pipeline(node, trips, taxi=taxi, year="2019", month="01")
        assert done.execution.state.current is StateType.SUCCESS
        count, unique = await warehouse.fetchrow(
            f"SELECT count(*), count(DISTINCT unique_row_id) FROM {taxi}_tripdata"
        )
        assert (count, unique) == (ROWS, ROWS)
    labels = {label.key: label.value for label in done.execution.labels}
    assert labels["file"] == f"{taxi}_tripdata_2019-01.csv"


async def test_files_of_the_execution_are_purged(node, trips, warehouse):
    done = await run_pipeline(node, trips, taxi="yellow", year="2019", month="02")
    assert done.execution.state.current is StateType.SUCCESS
    folder = f"kestra:///company/team/postgres-taxi/executions/{done.execution.id}"
    assert await node.storage.list(folder) == ()


async def test_a_missing_month_fails_and_names_the_command(node, trips, warehouse):
    source = FLOW.replace('"12"]', '"12", "13"]').replace('"2020"]', '"2020", "1999"]')
    source = source.replace("id: postgres_taxi", "id: taxi_missing")
    done = await run_pipeline(node, trips, source, taxi="yellow", year="1999", month="13")
    assert done.execution.state.current is StateType.FAILED
    assert "extract" in await error_messages(node, done)


async def test_a_wrong_password_fails_and_is_not_shown(node, trips, warehouse):
    source = FLOW.replace("password: k3str4", "password: wr0ngpw")
    source = source.replace("id: postgres_taxi", "id: taxi_wrong_password")
    done = await run_pipeline(node, trips, source, taxi="yellow")
    told = await error_messages(node, done)
    assert done.execution.state.current is StateType.FAILED
    assert "password authentication failed" in told
    assert "wr0ngpw" not in told


async def test_a_short_csv_row_fails_and_leaves_the_table_as_it_was(node, trips, warehouse):
    source = FLOW.replace("id: postgres_taxi", "id: taxi_short_row")
    source = source.replace("| gunzip >", "| gunzip | sed '5s/,.*//' >")
    before = await warehouse.fetchval("SELECT count(*) FROM yellow_tripdata")
    done = await run_pipeline(node, trips, source, taxi="yellow", year="2020", month="03")
    told = await error_messages(node, done)
    assert done.execution.state.current is StateType.FAILED
    assert "missing data for column" in told
    assert "line 5" in told
    assert await warehouse.fetchval("SELECT count(*) FROM yellow_tripdata") == before
