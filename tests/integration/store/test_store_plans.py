"""Hot queries read a bounded number of rows through an index, however much is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from store_values import LATER, NOW

from tiercel.model.execution import Label
from tiercel.store import Condition, Operation, Sort, Store
from tiercel.store.executions import EXECUTION_SEARCH
from tiercel.store.logs import LOG_SEARCH
from tiercel.store.migrations import migrate
from tiercel.store.queries import queries
from tiercel.store.search import search_sql
from tiercel.store.step import _statement
from tiercel.store.store import _STEP_SETTINGS

ROWS = 50_000
STEP = queries("step")

_FILL = """
SET search_path = tiercel;
INSERT INTO executions (
    id, namespace, flow_id, flow_revision, state, start_date, last_date, labels, document
)
SELECT 'e' || i, 'company.team' || i % 50, 'flow' || i % 20, 1,
    CASE WHEN i % 500 = 0 THEN 'FAILED' ELSE 'SUCCESS' END,
    now() - i * interval '1 second', now() - i * interval '1 second',
    jsonb_build_array(jsonb_build_object('key', 'batch', 'value', (i % 1000)::text)), '{}'
FROM generate_series(1, 50000) i;
INSERT INTO inbox (execution_id, due_at, news)
SELECT 'e' || i, CASE WHEN i % 25 = 0 THEN now() - i * interval '1 second'
    ELSE now() + interval '1 day' END, '{"kind": "created"}'
FROM generate_series(1, 50000) i;
INSERT INTO jobs (execution_id, attempt_id, created_at, started_at, job)
SELECT 'e' || i, 'a' || i, now(), CASE WHEN i % 100 = 0 THEN NULL ELSE now() END, '{}'
FROM generate_series(1, 50000) i;
INSERT INTO task_runs (execution_id, id, sequence, task_id, state, document)
SELECT 'e' || i / 5, 'r' || i, i % 5, 'extract', 'SUCCESS', '{}'
FROM generate_series(1, 50000) i;
INSERT INTO logs (
    execution_id, "timestamp", sequence, task_run_id, namespace, flow_id, level, thread, message
)
SELECT 'e' || i % 1000, now() - i * interval '1 second', i, '', 'n', 'f', 'INFO', '', 'text'
FROM generate_series(1, 50000) i;
"""


@pytest.fixture(scope="module")
def full_database_url(create_database: Callable[[], str]) -> str:
    """A database with 50,000 executions, of which 2,000 have due news."""
    url = create_database()
    asyncio.run(migrate(url))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_FILL)
        connection.execute("ANALYZE")
    return url


@pytest.fixture
async def connection(full_database_url: str) -> AsyncIterator[Any]:
    store = await Store.connect(full_database_url)
    async with store._database.connection() as lent:
        yield lent
    await store.close()


class Plan:
    """What a statement did: nodes, indexes, and rows each scan read."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.indexes: set[str] = set()
        self.full_scans: set[str] = set()
        self.rows_read = 0
        self._walk(root)

    def _walk(self, node: dict[str, Any]) -> None:
        if "Index Name" in node:
            self.indexes.add(node["Index Name"])
        if node["Node Type"] == "Seq Scan" and "Relation Name" in node:
            self.full_scans.add(node["Relation Name"])
        if "Scan" in node["Node Type"] and "Relation Name" in node:
            read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            self.rows_read += read * node["Actual Loops"]
        for child in node.get("Plans", []):
            self._walk(child)


async def plan_of(connection: Any, query: str, *args: object) -> Plan:
    rows = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *args)
    return Plan(msgspec.json.decode(rows[0][0])[0]["Plan"])


async def search_plan(connection: Any, *conditions: Condition, sort: tuple[Sort, ...] = ()) -> Plan:
    query, args = search_sql(EXECUTION_SEARCH, conditions, sort, page=1, size=25)
    return await plan_of(connection, query, *args)


async def begin(connection: Any) -> None:
    """Begin a transaction with the settings of the connections that steps use."""
    await connection.execute("BEGIN")
    for name, value in _STEP_SETTINGS.items():
        await connection.execute(f"SET LOCAL {name} = {value}")


async def test_claiming_reads_the_due_rows_only(connection: Any) -> None:
    await begin(connection)
    query = STEP["claim"].replace("{and_not_ignored}", "")
    plan = await plan_of(connection, query, NOW + timedelta(minutes=1), 100, ["e1", "e2"])
    await connection.execute("ROLLBACK")
    assert plan.indexes == {"inbox_due", "inbox_pkey", "executions_pkey"}
    assert not plan.full_scans
    assert plan.rows_read <= 420


async def test_news_is_read_by_execution(connection: Any) -> None:
    await begin(connection)
    plan = await plan_of(connection, STEP["due_news"], ["e25", "e50"], LATER)
    await connection.execute("ROLLBACK")
    assert plan.indexes == {"inbox_pkey"}
    assert plan.rows_read <= 4


async def test_the_next_date_is_one_row(connection: Any) -> None:
    plan = await plan_of(connection, queries("inbox")["next_due"])
    assert plan.indexes == {"inbox_due"}
    assert plan.rows_read == 1


async def test_writing_a_step_touches_its_own_rows_only(connection: Any) -> None:
    query = _statement(
        (("part_headers", 7), ("part_ended", 1), ("part_consumed", 2), ("part_withdrawn", 2))
    )
    await begin(connection)
    plan = await plan_of(
        connection,
        query,
        *(["e25"], [0]),
        *(["e25"], ["RUNNING"], [NOW], [None], [NOW], [b"[]"], [b"{}"]),
        ["e75"],
        *(["e25"], [25]),
        *(["e50"], ["a50"]),
    )
    await connection.execute("ROLLBACK")
    assert plan.indexes >= {"executions_pkey", "inbox_pkey", "jobs_pkey"}
    assert not plan.full_scans
    assert plan.rows_read <= 6


async def test_loading_reads_the_execution_only(connection: Any) -> None:
    await begin(connection)
    plan = await plan_of(connection, queries("executions")["load_executions"], ["e7", "e8"])
    await connection.execute("ROLLBACK")
    assert plan.indexes == {"executions_pkey", "task_runs_pkey"}
    assert plan.rows_read == 12


async def test_the_sweeper_reads_unstarted_jobs_only(connection: Any) -> None:
    plan = await plan_of(connection, queries("jobs")["unstarted_jobs"], LATER, 100)
    assert plan.indexes == {"jobs_unstarted"}
    assert plan.rows_read <= 100


@pytest.mark.parametrize(
    ("conditions", "sort", "index", "most_rows"),
    [
        ((), (), "executions_start", 25),
        ((), (Sort("start_date"),), "executions_start", 25),
        ((), (Sort("id", descending=True),), "executions_pkey", 25),
        ((), (Sort("namespace"), Sort("flow_id")), "executions_flow", 2_000),
        (
            (
                Condition("namespace", Operation.EQUALS, "company.team7"),
                Condition("flow_id", Operation.EQUALS, "flow7"),
            ),
            (),
            "executions_flow",
            25,
        ),
        ((Condition("state", Operation.EQUALS, "FAILED"),), (), "executions_state", 25),
        ((Condition("state", Operation.EQUALS, "RUNNING"),), (), "executions_state", 0),
        (
            (Condition("labels", Operation.EQUALS, Label("batch", "77")),),
            (),
            "executions_labels",
            50,
        ),
        (
            (Condition("start_date", Operation.LESS_THAN, NOW - timedelta(hours=13)),),
            (),
            "executions_start",
            25,
        ),
        (
            (
                Condition("state", Operation.IN, ["FAILED", "WARNING"]),
                Condition("start_date", Operation.GREATER_THAN, NOW - timedelta(hours=9)),
                Condition("start_date", Operation.LESS_THAN, NOW - timedelta(hours=1)),
            ),
            (Sort("start_date", descending=True),),
            "executions_state",
            100,
        ),
        (
            (
                Condition("labels", Operation.EQUALS, Label("batch", "77")),
                Condition("start_date", Operation.GREATER_THAN, NOW - timedelta(hours=9)),
            ),
            (Sort("start_date", descending=True),),
            "executions_labels",
            50,
        ),
    ],
)
async def test_searches_use_an_index(
    connection: Any,
    conditions: tuple[Condition, ...],
    sort: tuple[Sort, ...],
    index: str,
    most_rows: int,
) -> None:
    plan = await search_plan(connection, *conditions, sort=sort)
    # the index of executions that are under way serves a search for one of their states as well
    assert plan.indexes & {index, "executions_slots"}
    assert not plan.full_scans
    assert plan.rows_read <= most_rows


async def test_children_of_an_execution_are_found_by_index(connection: Any) -> None:
    plan = await search_plan(connection, Condition("trigger_execution_id", Operation.EQUALS, "e1"))
    assert plan.indexes == {"executions_children"}


async def test_the_log_of_an_execution_is_read_by_index(connection: Any) -> None:
    query = queries("logs")["list_logs"]
    args = ("e1", ["INFO"], None, None, None, None, NOW - timedelta(hours=13), 0, "", 20)
    plan = await plan_of(connection, query, *args)
    assert any("execution_id_timestamp" in index for index in plan.indexes)
    assert not plan.full_scans
    assert plan.rows_read <= 50


async def test_retention_goes_from_flow_to_flow_by_index(connection: Any) -> None:
    plan = await plan_of(connection, queries("retention")["next_flow"], "company.team7", "flow7")
    assert plan.indexes == {"executions_flow"}
    assert plan.rows_read == 1


async def test_retention_reads_the_old_executions_of_a_flow_only(connection: Any) -> None:
    query = queries("retention")["old_executions"]
    begin_of_time = NOW - timedelta(days=9_000)
    args = ("company.team7", "flow7", begin_of_time, "", NOW - timedelta(hours=1), 100)
    await connection.execute("BEGIN")
    plan = await plan_of(connection, query, *args)
    await connection.execute("ROLLBACK")
    assert "executions_flow" in plan.indexes
    assert not plan.full_scans
    assert plan.rows_read <= 300


async def test_logs_of_a_time_are_found_by_index(connection: Any) -> None:
    conditions = (
        Condition("timestamp", Operation.GREATER_THAN, NOW - timedelta(hours=3)),
        Condition("timestamp", Operation.LESS_THAN, NOW - timedelta(hours=2)),
    )
    sort = (Sort("timestamp", descending=True),)
    query, args = search_sql(LOG_SEARCH, conditions, sort, page=1, size=25)
    plan = await plan_of(connection, query, *args)
    assert any("timestamp" in index for index in plan.indexes)
    assert not plan.full_scans
    assert plan.rows_read <= 50
