"""Limits on executions of one flow: queued, cancelled, failed, released in order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from node_kit import gated, history, most_at_once, until

from tiercel.model.state import StateType
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")


def flow(flow_id: str, behavior: str, task: str, limit: int = 1) -> str:
    return f"""
id: {flow_id}
namespace: tests.limits
concurrency: {{limit: {limit}, behavior: {behavior}}}
tasks:
  - {task}
"""


PAUSE = "{id: s, type: io.kestra.plugin.core.flow.Pause}"
RETURN = "{id: s, type: io.kestra.plugin.core.debug.Return, format: x}"


async def start(node: Node, source: str, count: int) -> list[str]:
    saved = (await node.flows.save(source)).parsed.flow
    return [(await node.executions.start(saved.namespace, saved.id)).id for _ in range(count)]


async def test_a_queue_runs_one_after_the_other_in_order(node, tmp_path):
    ids = await start(node, flow("queue_one", "QUEUE", gated(tmp_path / "gate")), 4)
    for execution_id in ids[1:]:
        await until(node, execution_id, StateType.QUEUED)
    (tmp_path / "gate").touch()
    done = [await node.executions.wait(execution_id) for execution_id in ids]
    assert history(done[0]) == ["CREATED", "RUNNING", "SUCCESS"]
    for later in done[1:]:
        assert history(later) == ["CREATED", "QUEUED", "RUNNING", "SUCCESS"]
    runs = [
        (item.execution.state.histories[-2].date, item.execution.state.histories[-1].date)
        for item in done
    ]
    for (_, ended), (began, _) in pairwise(runs):
        assert ended <= began


async def test_never_more_than_the_limit_run(node, tmp_path):
    ids = await start(node, flow("queue_three", "QUEUE", gated(tmp_path / "gate"), limit=3), 12)
    for number, execution_id in enumerate(ids):
        await until(node, execution_id, StateType.RUNNING if number < 3 else StateType.QUEUED)
    (tmp_path / "gate").touch()
    done = [await node.executions.wait(execution_id) for execution_id in ids]
    assert most_at_once(done) == 3


async def test_a_long_queue_of_inline_tasks_drains(node):
    ids = await start(node, flow("queue_inline", "QUEUE", RETURN), 60)
    for execution_id in ids:
        done = await node.executions.wait(execution_id)
        assert done.execution.state.current is StateType.SUCCESS


@pytest.mark.parametrize(("behavior", "state"), [("CANCEL", "CANCELLED"), ("FAIL", "FAILED")])
async def test_executions_over_the_limit_are_refused(node, behavior, state):
    source = flow(f"over_{behavior.lower()}", behavior, PAUSE)
    first, second = await start(node, source, 2)
    done = await node.executions.wait(second)
    assert history(done) == ["CREATED", state]
    assert list(done.task_runs) == []
    await node.executions.kill(first)
    await node.executions.wait(first)


async def test_a_paused_execution_keeps_its_slot_until_it_is_killed(node):
    first, second, third = await start(node, flow("paused_slot", "QUEUE", PAUSE), 3)
    await until(node, first, StateType.PAUSED)
    await until(node, third, StateType.QUEUED)
    await node.executions.kill(second)
    assert history(await node.executions.wait(second)) == [
        "CREATED",
        "QUEUED",
        "KILLING",
        "KILLED",
    ]
    await node.operations.resume(first)
    await until(node, third, StateType.PAUSED)
    await node.operations.resume(third)
    done = await node.executions.wait(third)
    assert history(done)[:3] == ["CREATED", "QUEUED", "RUNNING"]


async def test_unqueued_and_forced_executions_ignore_the_limit(node):
    ids = await start(node, flow("unqueued", "QUEUE", PAUSE), 4)
    await until(node, ids[3], StateType.QUEUED)
    await node.operations.unqueue(ids[1])
    await node.operations.force_run(ids[2])
    await until(node, ids[1], StateType.PAUSED)
    await until(node, ids[2], StateType.PAUSED)
    cancelled = await node.operations.unqueue(ids[3], StateType.CANCELLED)
    assert history(cancelled) == ["CREATED", "QUEUED", "CANCELLED"]
    assert await node.bulk.kill(ids[:3]) == 3
    for execution_id in ids[:3]:
        await node.executions.wait(execution_id)


async def test_a_raised_limit_lets_the_queue_go_on(node):
    first, second = await start(node, flow("raised", "QUEUE", PAUSE), 2)
    await until(node, second, StateType.QUEUED)
    await node.flows.save(flow("raised", "QUEUE", PAUSE, limit=2))
    await until(node, second, StateType.PAUSED)
    await node.bulk.kill([first, second])
    await node.executions.wait(second)


async def test_an_execution_says_what_it_waits_for(node):
    first, second = await start(node, flow("asked_why", "QUEUE", PAUSE), 2)
    await until(node, second, StateType.QUEUED)
    why = await node.operations.why_waiting(second)
    assert why == f"Waits for the slot of flow tests.limits.asked_why, held by {first}."
    assert await node.operations.why_waiting(first) == ("Task s waits for someone to resume it.")
    await node.bulk.kill([first, second])
    assert (await node.executions.wait(second)).settled
    assert await node.operations.why_waiting(second) is None


async def test_a_task_without_workers_says_so(node):
    grouped = (
        "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: ['true'], "
        "taskRunner: {type: io.kestra.plugin.core.runner.Process}, workerGroup: {key: nobody}}"
    )
    (execution_id,) = await start(node, flow("no_workers", "QUEUE", grouped), 1)
    await until(node, execution_id, StateType.RUNNING)
    assert await node.operations.why_waiting(execution_id) == (
        "Task s waits for a free worker of group nobody: no worker of group 'nobody' is connected."
    )
    await node.executions.kill(execution_id)
    await node.executions.wait(execution_id)
