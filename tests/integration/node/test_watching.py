"""What somebody sees who watches an execution while it runs."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path

import asyncpg
import pytest

from tiercel.model.job import LogEntry
from tiercel.services.executions import Snapshot

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_line_that_is_stored_late_is_seen_while_the_execution_runs(node, tmp_path: Path):
    say, end = tmp_path / "say", tmp_path / "end"
    saved = await node.flows.save(f"""
id: late_line
namespace: tests.node
tasks:
  - id: s
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands:
      - until [ -e '{say}' ]; do sleep 0.05; done; echo here I am
      - until [ -e '{end}' ]; do sleep 0.05; done
""")
    flow = saved.parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    connection = await asyncpg.connect(node.endpoints.database_url)
    try:
        # nobody can store a line as long as this transaction lasts
        async with connection.transaction(), asyncio.timeout(60):
            await connection.execute("LOCK TABLE tiercel.logs IN SHARE MODE")
            say.touch()
            while not await node.bus.unindexed():
                await asyncio.sleep(0.01)
            # what is sent to followers now, nobody hears: there are none yet
            watching = node.executions.watch(execution.id)
            first = await anext(watching)
            while not isinstance(first, Snapshot):
                first = await anext(watching)
        async with aclosing(watching), asyncio.timeout(60):
            async for item in watching:
                if isinstance(item, LogEntry) and item.message == "here I am":
                    break
        snapshot = await node.executions.get(execution.id)
        assert not snapshot.settled
    finally:
        end.touch()
        await connection.close()
    assert (await node.executions.wait(execution.id)).settled
