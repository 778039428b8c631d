"""What a month of finished executions and their log lines costs: nothing, but when they go.

Rows that PostgreSQL reads are counted, not seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tiercel.main import open_node
from tiercel.model.execution import Execution
from tiercel.model.state import State, StateType
from tiercel.services.kv import KeyValues
from tiercel.services.node import NodeOptions
from tiercel.services.retention import Retention, RetentionOptions
from tiercel.storage import LocalStorage
from tiercel.store import Store
from tiercel.store.codec import encode
from tiercel.store.migrations import migrate

FINISHED = 10_000
OLD = FINISHED // 2
BATCH = 250
LINES = 3
GROWN = """
INSERT INTO executions (id, namespace, flow_id, flow_revision, state, start_date, end_date,
    last_date, labels, document)
SELECT 'grown' || n, 'company.team' || mod(n, 5), 'flow' || mod(n, 10), 1, 'SUCCESS',
    began, began, began, '{}', %(document)s
FROM generate_series(1, %(count)s) AS n,
    LATERAL (SELECT now() - interval '60 days' * (1 - n::float / %(count)s)) AS at (began);
INSERT INTO task_runs (execution_id, id, sequence, task_id, state, document)
SELECT id, id || 'r', 0, 't', 'SUCCESS', '{}' FROM executions;
DO $$
DECLARE day date;
BEGIN
    FOR day IN
        SELECT generate_series(now() - interval '61 days', now(), interval '1 day')::date
    LOOP
        EXECUTE format(
            'CREATE TABLE logs_%%s PARTITION OF logs FOR VALUES FROM (%%L) TO (%%L)',
            to_char(day, 'YYYYMMDD'), day || ' 00:00+00', day + 1 || ' 00:00+00');
    END LOOP;
END $$;
INSERT INTO logs (execution_id, timestamp, sequence, task_run_id, namespace, flow_id, level,
    thread, message)
SELECT id, start_date, n, id || 'r', namespace, flow_id, 'INFO', 'main', 'a line of some length'
FROM executions, generate_series(1, %(lines)s) AS n;
"""
READ = """
SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
WHERE schemaname = 'tiercel'
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
ONE = """
id: one
namespace: company.team1
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hi}
"""


def finished() -> str:
    """Return the document of an execution that has ended."""
    now = datetime.now(UTC)
    state = State.of((StateType.CREATED, now), (StateType.SUCCESS, now))
    execution = Execution(
        id="grown",
        namespace="company.team1",
        flow_id="flow1",
        flow_revision=1,
        state=state,
        original_id="grown",
    )
    return encode(execution).decode()


def ask(url: str, query: str, **values: Any) -> Any:
    """Do one or more statements; return the first value of the last one, if it gives any."""
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("SET search_path TO tiercel")
        cursor = connection.execute(query, values)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


@pytest.fixture
def empty(create_database: Callable[[], str]) -> str:
    """A database with nothing in it."""
    url = create_database()
    asyncio.run(migrate(url))
    return url


@pytest.fixture
def grown(create_database: Callable[[], str]) -> str:
    """A database after two months."""
    url = create_database()
    asyncio.run(migrate(url))
    ask(url, GROWN, count=FINISHED, document=finished(), lines=LINES)
    ask(url, "ANALYZE")
    return url


async def rows_read(url: str, act: Callable[[], Awaitable[object]]) -> int:
    """Return how many rows were read while something was done that closes its connections."""

    before = ask(url, READ)
    await act()
    async with asyncio.timeout(60):
        while ask(url, OTHERS):  # a backend tells what it read when it ends
            await asyncio.sleep(0.02)
    return int(ask(url, READ) - before)


async def day_of_a_node(url: str, folder: Path) -> None:
    """Boot, run some executions, and stop."""
    options = NodeOptions(data_dir=folder, database_url=url)
    async with open_node(options) as node:
        await node.flows.save(ONE)
        for _ in range(5):
            begun = await node.executions.start("company.team1", "one")
            await node.executions.wait(begun.id)


async def test_boot_and_steps_read_as_much_as_without_any_history(
    empty: str, grown: str, tmp_path: Path
) -> None:
    read = [
        await rows_read(url, partial(day_of_a_node, url, tmp_path / name))
        for name, url in (("empty", empty), ("grown", grown))
    ]
    assert read[1] < read[0] + 200


async def test_a_batch_of_retention_reads_what_it_deletes(grown: str, tmp_path: Path) -> None:
    store = await Store.connect(grown)
    storage = LocalStorage(tmp_path)
    options = RetentionOptions(days=30, batch=BATCH)
    retention = Retention(store, storage, KeyValues(storage), options, pause=0.0)

    async def sweep() -> None:
        swept = await retention.sweep()
        assert abs(swept.executions - OLD) < 10
        await store.close()

    assert await rows_read(grown, sweep) < 40 * OLD
    left = ask(grown, "SELECT count(*) FROM task_runs")
    oldest = ask(grown, "SELECT min(start_date) FROM executions")
    assert abs(left - (FINISHED - OLD)) < 10
    assert datetime.now(UTC) - oldest < timedelta(days=30, minutes=10)
