"""``tiercel demo``: the taxi pipeline from nothing, on the embedded servers."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

import tiercel
from tiercel.cli.console import err, out, show_error
from tiercel.cli.run import watch
from tiercel.cli.server import until_stopped
from tiercel.model.errors import ConflictError, TiercelError
from tiercel.model.state import StateType
from tiercel.services.demo_data import TaxiServer, is_reachable

if TYPE_CHECKING:
    from tiercel.cli.wiring import Wiring
    from tiercel.services.executions import Snapshot
    from tiercel.services.node import Node, NodeOptions

DATABASE = "postgres-zoomcamp"
ROLE = "kestra"
PASSWORD = "k3str4"  # noqa: S105  the published password of the course's flows
PUBLIC_URL = "https://github.com/DataTalksClub/nyc-tlc-data/releases/download"
BASE_URL = "taxi_base_url"
_TRIPS = {"taxi": "yellow", "year": "2019", "month": "01"}
_TABLE = "yellow_tripdata"
_SHOWN = (
    "unique_row_id",
    "tpep_pickup_datetime",
    "passenger_count",
    "trip_distance",
    "total_amount",
)


def examples() -> list[str]:
    """Return the sources of the example flows that are installed with the program."""
    folder = Path(str(resources.files(tiercel))) / "examples"
    if not folder.is_dir():
        folder = Path(tiercel.__file__).parents[2] / "examples"
    return [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))]


def local_trips() -> Path | None:
    """Return the folder of real trips that lies beside a checkout, if there is one."""
    folder = Path(tiercel.__file__).parents[3] / "shared" / "data" / "nyc-tlc"
    return folder if folder.is_dir() else None


async def create_database(node: Node) -> None:
    """Make the role and the database that the course's flows expect, unless they are there."""
    import asyncpg

    connection = await asyncpg.connect(node.endpoints.database_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE):
            await connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER {ROLE}')
    finally:
        await connection.close()


async def run_demo(
    wiring: Wiring, options: NodeOptions, host: str, port: int, *, leave: bool
) -> int:
    """Run the pipeline with everything embedded; stay up afterwards unless ``leave``."""
    try:
        async with AsyncExitStack() as stack:
            options = replace(options, envs=await _trips_source(stack))
            node = await stack.enter_async_context(wiring.open_node(options))
            url = await stack.enter_async_context(wiring.serve(node, host, port))
            code = await node.guard(_demo(node, url))
            if not leave:
                out.print("Ctrl-C stops everything.")
                await until_stopped(node)
            return code
    except TiercelError as error:
        show_error(error)
        return 1


async def _demo(node: Node, url: str) -> int:
    if node.options.database_url:
        raise ConflictError(
            "The demo makes a role and a database of its own",
            hint="run it without --database-url, on the embedded PostgreSQL",
        )
    await create_database(node)
    out.print(f"[bold]1[/]  database [cyan]{DATABASE}[/] is there, owner [cyan]{ROLE}[/]")
    for source in examples():
        saved = await node.flows.save(source)
        flow = saved.parsed.flow
        out.print(f"[bold]2[/]  flow [cyan]{flow.namespace}.{flow.id}[/]")
    out.print(f"[bold]3[/]  running [cyan]company.team.postgres_taxi[/] {_TRIPS}")
    execution = await node.executions.start("company.team", "postgres_taxi", inputs=_TRIPS)
    snapshot = await watch(node, execution.id)
    await show_table(node)
    _show_urls(node, url, snapshot)
    return 0 if snapshot.execution.state.current is StateType.SUCCESS else 1


async def _trips_source(stack: AsyncExitStack) -> dict[str, str]:
    """Return what tells the flows where the trips come from: nothing for the public site."""
    name = f"{_TRIPS['taxi']}_tripdata_{_TRIPS['year']}-{_TRIPS['month']}.csv.gz"
    if await is_reachable(f"{PUBLIC_URL}/{_TRIPS['taxi']}/{name}", timeout=3.0):
        return {}
    folder = local_trips()
    server = await stack.enter_async_context(TaxiServer(folder))
    kind = "real rows from a local folder" if folder else "generated rows"
    out.print(f"the public trip data can't be reached: serving {kind} from {server.base_url}")
    return {BASE_URL: server.base_url}


async def show_table(node: Node) -> None:
    """Print how many rows were loaded, and the first of them."""
    import asyncpg

    connection = await asyncpg.connect(node.endpoints.database_url, database=DATABASE)
    try:
        if await connection.fetchval("SELECT to_regclass($1)", f"public.{_TABLE}") is None:
            err.print(f"[yellow]table {_TABLE} was not made[/]")
            return
        count = await connection.fetchval(f"SELECT count(*) FROM {_TABLE}")  # noqa: S608  constants
        columns = ", ".join(_SHOWN)
        rows = await connection.fetch(
            f"SELECT {columns} FROM {_TABLE} ORDER BY tpep_pickup_datetime LIMIT 5"  # noqa: S608
        )
    finally:
        await connection.close()
    table = Table(title=f"{_TABLE}: {count:,} rows", title_justify="left")
    for column in _SHOWN:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(str(value)) for value in row))
    out.print(table)


def _show_urls(node: Node, url: str, snapshot: Snapshot) -> None:
    port = node.endpoints.postgres_port
    path = f"{snapshot.execution.namespace}/{snapshot.execution.flow_id}/{snapshot.execution.id}"
    out.print(f"pages      {url}/ui/executions/{path}")
    out.print(f"API        {url}/api/v1/executions/{snapshot.execution.id}")
    out.print(f"database   postgresql://{ROLE}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}")
    out.print(f"data       {node.options.data_dir}")
