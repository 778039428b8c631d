"""The course's scheduled pipeline: a backfill of 2019 fills both tables, a month at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from tiercel.cli.demo import DATABASE, create_database
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.backfills import BackfillRequest
from tiercel.services.demo_data import TaxiServer
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import Backfill, Condition, Operation

ROOT = Path(__file__).parents[3]
FLOW = (ROOT / "examples" / "postgres_taxi_scheduled.yaml").read_text()
DOWNLOADS = "https://github.com/DataTalksClub/nyc-tlc-data/releases/download"
REAL_TRIPS = ROOT.parent / "shared" / "data" / "nyc-tlc"
YEAR = BackfillRequest(
    datetime(2019, 1, 1, tzinfo=UTC),
    datetime(2019, 12, 31, tzinfo=UTC),
    labels=[Label("backfill", "true")],
)
ROWS = 200
MONTHS = [f"2019-{month:02}" for month in range(1, 13)]

pytestmark = pytest.mark.slow


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def warehouse(node: Node) -> AsyncIterator[asyncpg.Connection]:
    await create_database(node)
    connection = await asyncpg.connect(node.endpoints.database_url, database=DATABASE)
    yield connection
    await connection.close()


async def ended(node: Node, backfill: Backfill) -> Backfill:
    while backfill.ended_at is None:
        await asyncio.sleep(0.1)
        backfill = await node.backfills.get(backfill.id)
    return backfill


async def runs(node: Node, trigger_id: str) -> list[Snapshot]:
    conditions = [
        Condition("flow_id", Operation.EQUALS, "postgres_taxi_scheduled"),
        Condition("trigger_id", Operation.EQUALS, trigger_id),
    ]
    found, _ = await node.executions.search(conditions, size=100)
    return sorted(found, key=lambda item: item.execution.state.start_date)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", ["generated", "real"])
async def test_a_year_fills_both_tables_in_order(node, warehouse, source):
    if source == "real" and not REAL_TRIPS.is_dir():
        pytest.skip("the real months are not there")
    folder, rows = (REAL_TRIPS, 10_000) if source == "real" else (None, ROWS)
    await warehouse.execute("DROP TABLE IF EXISTS yellow_tripdata, green_tripdata")
    before = {name: len(await runs(node, name)) for name in ("green_schedule", "yellow_schedule")}
    async with TaxiServer(folder, rows=ROWS) as trips:
        await node.flows.save(FLOW.replace(DOWNLOADS, trips.base_url))
        started = [
            await node.backfills.create("zoomcamp", "postgres_taxi_scheduled", name, YEAR)
            for name in before
        ]
        done = [await ended(node, item) for item in started]
    assert [(item.total, item.succeeded, item.failed) for item in done] == [(12, 12, 0)] * 2
    for taxi, expected in (("yellow", rows), ("green", ROWS)):
        counts = await warehouse.fetch(
            f"SELECT filename, count(*) AS rows FROM {taxi}_tripdata GROUP BY 1 ORDER BY 1"
        )
        assert [tuple(row) for row in counts] == [
            (f"{taxi}_tripdata_{month}.csv", expected) for month in MONTHS
        ]
    spans = []
    for name, count in before.items():
        own = (await runs(node, name))[count:]
        assert [item.execution.trigger.variables["date"][:7] for item in own] == MONTHS
        for item in own:
            labels = {label.key: label.value for label in item.execution.labels}
            assert (labels["backfill"], labels["taxi"]) == ("true", name.partition("_")[0])
            assert item.execution.state.current is StateType.SUCCESS
            spans.append((item.execution.state.start_date, item.execution.state.last_date))
    spans.sort()
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


SERVER = """
import asyncio, sys
from itertools import pairwise
from pathlib import Path
from tiercel.main import open_node
from tiercel.services.node import NodeOptions

async def main():
    options = NodeOptions(Path(sys.argv[1]), database_url=sys.argv[2], bus_url=sys.argv[3])
    async with open_node(options):
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("source", ["real" if REAL_TRIPS.is_dir() else "generated"])
async def test_a_server_killed_in_the_middle_ends_with_the_right_rows(
    kit, servers, database_url, bus_url, create_database, tmp_path, source
):
    folder, rows = (REAL_TRIPS, 10_000) if source == "real" else (None, ROWS)
    warehouse = create_database()
    tcp = urlsplit(servers.tcp_url)
    place = f"{tcp.hostname}:{tcp.port}{urlsplit(warehouse).path}"
    flow = FLOW.replace("host.docker.internal:5432/postgres-zoomcamp", place)
    flow = flow.replace("username: kestra", f"username: {tcp.username}")
    flow = flow.replace("password: k3str4", f"password: '{tcp.password}'")
    kit.clock.now = datetime.now(UTC)

    async def serve() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVER, str(tmp_path), database_url, bus_url
        )

    async with TaxiServer(folder, rows=ROWS) as trips:
        await kit.flows.save(flow.replace(DOWNLOADS, trips.base_url))
        item = await kit.backfills.create(
            "zoomcamp", "postgres_taxi_scheduled", "yellow_schedule", YEAR
        )
        server = await serve()
        try:
            for months in (2, 5):
                await reached(kit, item.id, months)
                server.kill()
                await server.wait()
                server = await serve()
            while item.ended_at is None:
                await asyncio.sleep(0.1)
                item = await kit.backfills.get(item.id)
        finally:
            server.kill()
            await server.wait()
    assert (item.total, item.succeeded, item.failed) == (12, 12, 0)
    connection = await asyncpg.connect(warehouse)
    counts = await connection.fetch(
        "SELECT filename, count(*), count(DISTINCT unique_row_id) AS trips "
        "FROM public.yellow_tripdata GROUP BY 1 ORDER BY 1"
    )
    await connection.close()
    assert [tuple(row) for row in counts] == [
        (f"yellow_tripdata_{month}.csv", rows, rows) for month in MONTHS
    ]
    found = await kit.executions("postgres_taxi_scheduled")
    assert len(found) == 12


async def reached(kit, backfill_id: str, months: int) -> None:
    """Wait until the download of the month after the first ``months`` is under way."""
    while True:
        dates = await kit.backfills.dates(backfill_id)
        running = [date.execution_id for date in dates if date.state == "RUNNING"]
        if sum(date.state == "SUCCESS" for date in dates) >= months and running:
            runs = (await kit.store.executions.task_runs(running))[running[0]]
            states = {run.task_id: run.state.current for run in runs}
            if states.get("extract") is StateType.RUNNING:
                return
        await asyncio.sleep(0.01)
