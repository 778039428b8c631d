"""Executions that start others: Subflow, ForEachItem, flows that are tried again."""

from __future__ import annotations

import asyncio

import pytest
from node_kit import children, history, paused_children

from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import Condition, Operation

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHILD = """
id: child
namespace: tests.sub
labels: {own: child}
inputs:
  - {id: n, type: INT, defaults: 1}
tasks:
  - id: a
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.n }} {{ trigger.executionId }}"
  - {id: f, type: io.kestra.plugin.core.execution.Fail, condition: "{{ inputs.n == 13 }}"}
outputs:
  - {id: twice, type: INT, value: "{{ inputs.n * 2 }}"}
"""

WAITING = """
id: waiting_child
namespace: tests.sub
tasks:
  - {id: p, type: io.kestra.plugin.core.flow.Pause}
"""


def parent(flow_id: str, more: str, child: str = "child", rest: str = "") -> str:
    return f"""
id: {flow_id}
namespace: tests.sub
tasks:
  - id: s
    type: io.kestra.plugin.core.flow.Subflow
    namespace: tests.sub
    flowId: {child}
{more}
{rest}
"""


async def test_a_parent_gets_the_outputs_of_its_child(node, run_flow):
    await node.flows.save(CHILD)
    done = await run_flow(
        parent(
            "asks",
            '    inputs: {n: "{{ 3 + 4 }}"}\n    labels: {given: by task}',
            rest="  - {id: t, type: io.kestra.plugin.core.debug.Return, "
            'format: "{{ outputs.s.outputs.twice }}"}',
        )
    )
    assert done.execution.state.current is StateType.SUCCESS
    assert done.task_runs[1].outputs == {"value": "14"}
    (child,) = await children(node, done.execution.id)
    assert done.task_runs[0].outputs == {
        "executionId": child.execution.id,
        "state": "SUCCESS",
        "outputs": {"twice": 14},
    }
    assert child.task_runs[0].outputs == {"value": f"7 {done.execution.id}"}
    assert child.execution.trigger.variables["taskRunId"] == done.task_runs[0].id
    assert Label("system.correlationId", done.execution.id) in child.execution.labels
    assert {Label("own", "child"), Label("given", "by task")} <= set(child.execution.labels)


async def test_a_failed_child_fails_its_parent_unless_it_is_allowed(node, run_flow):
    await node.flows.save(CHILD)
    failed = await run_flow(parent("fails", "    inputs: {n: 13}"))
    assert failed.execution.state.current is StateType.FAILED
    assert failed.task_runs[0].outputs["outputs"] == {"twice": 26}
    kept = await run_flow(parent("keeps", "    inputs: {n: 13}\n    transmitFailed: false"))
    assert kept.execution.state.current is StateType.SUCCESS
    allowed = await run_flow(parent("allows", "    inputs: {n: 13}\n    allowFailure: true"))
    assert allowed.execution.state.current is StateType.WARNING


async def test_who_does_not_wait_is_done_at_once(node, run_flow):
    await node.flows.save(CHILD)
    done = await run_flow(parent("leaves", "    wait: false"))
    child_id = done.task_runs[0].outputs["executionId"]
    assert done.task_runs[0].outputs == {"executionId": child_id, "state": "CREATED"}
    assert (await node.executions.wait(child_id)).execution.state.current is StateType.SUCCESS


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("nope", "", "Unable to find flow 'tests.sub'.'nope' with revision '0'"),
        ("child", "    inputs: {n: x}", "n: Invalid input for `n`"),
    ],
)
async def test_a_child_that_can_not_be_made_fails_the_task(node, run_flow, name, more, message):
    await node.flows.save(CHILD)
    done = await run_flow(parent(f"refused_{name}", more, child=name))
    assert done.execution.state.current is StateType.FAILED
    assert len(done.task_runs[0].attempts) == 1
    async for _ in node.executions.watch(done.execution.id):
        pass
    entries = await node.logs.list(done.execution.id)
    assert any(message in entry.message for entry in entries)


async def test_a_kill_reaches_children_and_grandchildren(node):
    await node.flows.save(WAITING)
    await node.flows.save(parent("middle", "", child="waiting_child"))
    flow = (await node.flows.save(parent("top", "", child="middle"))).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    async with asyncio.timeout(60):
        while not (below := await children(node, execution.id)):
            await asyncio.sleep(0.01)
    lowest = await paused_children(node, below[0].execution.id)
    await node.executions.kill(execution.id)
    for item in (execution.id, below[0].execution.id, lowest[0].execution.id):
        done = await node.executions.wait(item)
        assert history(done)[-2:] == ["KILLING", "KILLED"]
    top = await node.executions.get(execution.id)
    assert [entry.state.value for entry in top.task_runs[0].state.histories] == [
        "CREATED",
        "RUNNING",
        "KILLED",
    ]
    assert Label("system.correlationId", execution.id) in lowest[0].execution.labels


async def test_a_kill_without_cascade_lets_children_go_on(node):
    await node.flows.save(WAITING)
    flow = (await node.flows.save(parent("sparing", "", child="waiting_child"))).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    below = await paused_children(node, execution.id)
    await node.executions.kill(execution.id, cascade=False)
    done = await node.executions.wait(execution.id)
    assert history(done)[-2:] == ["KILLING", "KILLED"]
    child = await node.executions.get(below[0].execution.id)
    assert child.execution.state.current is StateType.PAUSED


async def test_a_restarted_parent_restarts_its_failed_child(node, run_flow):
    await node.flows.save(
        """
id: second_time
namespace: tests.sub
tasks:
  - {id: f, type: io.kestra.plugin.core.execution.Fail,
     condition: "{{ taskrun.attemptsCount == 0 }}"}
"""
    )
    failed = await run_flow(parent("restarts", "", child="second_time"))
    assert failed.execution.state.current is StateType.FAILED
    await node.operations.restart(failed.execution.id)
    done = await node.executions.wait(failed.execution.id)
    assert done.execution.state.current is StateType.SUCCESS
    (child,) = await children(node, done.execution.id)
    assert history(child)[-3:] == ["RESTARTED", "RUNNING", "SUCCESS"]
    assert len(done.task_runs[0].attempts) == 2


async def test_each_attempt_of_a_subflow_starts_a_new_child(node, run_flow):
    await node.flows.save(CHILD)
    retry = "    retry: {type: constant, interval: PT0.05S, maxAttempt: 3}"
    done = await run_flow(parent("retries", f"    inputs: {{n: 13}}\n{retry}"))
    assert done.execution.state.current is StateType.FAILED
    assert len(done.task_runs[0].attempts) == 3
    assert len(await children(node, done.execution.id)) == 3


async def test_a_deleted_child_ends_its_parent(node):
    await node.flows.save(WAITING)
    flow = (await node.flows.save(parent("orphaned", "", child="waiting_child"))).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    below = await paused_children(node, execution.id)
    await node.executions.delete(below[0].execution.id)
    done = await node.executions.wait(execution.id)
    assert done.execution.state.current is StateType.KILLED


async def test_a_flow_is_tried_again_as_a_new_execution(node, run_flow):
    first = await run_flow(
        """
id: again_as_new
namespace: tests.sub
retry:
  {type: constant, interval: PT0.05S, maxAttempt: 3, behavior: CREATE_NEW_EXECUTION}
tasks:
  - {id: f, type: io.kestra.plugin.core.execution.Fail}
"""
    )
    assert history(first)[-1] == "RETRIED"
    async with asyncio.timeout(60):
        while True:
            found, _ = await node.executions.search(
                [Condition("flow_id", Operation.EQUALS, "again_as_new")]
            )
            if len(found) == 3 and all(item.settled for item in found):
                break
            await asyncio.sleep(0.01)
    by_number = sorted(found, key=lambda item: item.execution.metadata.attempt_number)
    states = [item.execution.state.current.value for item in by_number]
    assert states == ["RETRIED", "RETRIED", "FAILED"]
    assert by_number[1].execution.parent_id == by_number[0].execution.id
    assert {item.execution.original_id for item in found} == {first.execution.id}


async def test_an_old_map_of_outputs_is_rendered_in_the_child(node, run_flow):
    await node.flows.save(
        CHILD.split("outputs:", maxsplit=1)[0].replace("id: child", "id: plain", 1)
    )
    done = await run_flow(
        parent("old_outputs", '    outputs: {a: "{{ outputs.a.value }}"}', child="plain")
    )
    assert done.task_runs[0].outputs["outputs"] == {"a": f"1 {done.execution.id}"}
    failed = await run_flow(
        parent("old_failing", '    outputs: {a: "{{ outputs.nope.value }}"}', child="plain")
    )
    assert failed.execution.state.current is StateType.FAILED


def batches(flow_id: str, more: str, lines: int, child: str = "batch_child") -> str:
    content = "".join(f"{n}\\n" for n in range(lines))
    return f"""
id: {flow_id}
namespace: tests.sub
tasks:
  - {{id: w, type: io.kestra.plugin.core.storage.Write, content: "{content}"}}
  - id: b
    type: io.kestra.plugin.core.flow.ForEachItem
    items: "{{{{ outputs.w.uri }}}}"
    namespace: tests.sub
    flowId: {child}
{more}
"""


BATCH_CHILD = """
id: batch_child
namespace: tests.sub
inputs:
  - {id: items, type: STRING}
  - {id: number, type: INT, defaults: 0}
tasks:
  - {id: r, type: io.kestra.plugin.core.debug.Return, format: "{{ read(inputs.items) }}"}
  - {id: f, type: io.kestra.plugin.core.execution.Fail, condition: "{{ inputs.number == 13 }}"}
outputs:
  - {id: text, type: STRING, value: "{{ outputs.r.value }}"}
"""
INPUTS = '    inputs: {items: "{{ taskrun.items }}", number: "{{ taskrun.iteration }}"}\n'


def by_task(snapshot: Snapshot) -> dict:
    return {run.task_id: run for run in snapshot.task_runs}


async def stored(node: Node, uri: str) -> str:
    return b"".join([chunk async for chunk in node.storage.open(uri)]).decode()


async def test_batches_of_a_file_run_as_executions_whose_outputs_are_merged(node, run_flow):
    await node.flows.save(BATCH_CHILD)
    done = await run_flow(batches("in_batches", f"{INPUTS}    batch: {{rows: 4}}", 10))
    runs = by_task(done)
    assert done.execution.state.current is StateType.SUCCESS
    assert list(runs) == ["w", "b", "b_split", "b_items", "b_merge"]
    assert runs["b_items"].outputs["numberOfBatches"] == 3
    iterations = runs["b_items"].outputs["iterations"]
    assert iterations == {"CREATED": 0, "RUNNING": 0, "SUCCESS": 3}
    assert len(await children(node, done.execution.id)) == 3
    merged = await stored(node, runs["b_merge"].outputs["subflowOutputs"])
    assert merged.splitlines() == [
        '{"text":"0\\n1\\n2\\n3\\n"}',
        '{"text":"4\\n5\\n6\\n7\\n"}',
        '{"text":"8\\n9\\n"}',
    ]


async def test_batches_that_fail_fail_the_task_and_are_restarted_alone(node, run_flow):
    await node.flows.save(BATCH_CHILD)
    failed = await run_flow(batches("failing_batches", INPUTS, 14))
    items = by_task(failed)["b_items"]
    assert failed.execution.state.current is StateType.FAILED
    assert items.outputs["iterations"] == {"CREATED": 0, "RUNNING": 0, "SUCCESS": 13, "FAILED": 1}
    assert "b_merge" not in by_task(failed)
    await node.operations.restart(failed.execution.id)
    await node.executions.wait(failed.execution.id)
    below = await children(node, failed.execution.id)
    assert len(below) == 14
    again = [item for item in below if "RESTARTED" in history(item)]
    assert len(again) == 1


async def test_batches_need_not_be_waited_for_and_an_empty_file_has_none(node, run_flow):
    await node.flows.save(BATCH_CHILD)
    left = await run_flow(batches("left_batches", f"{INPUTS}    wait: false", 3))
    assert left.execution.state.current is StateType.SUCCESS
    assert by_task(left)["b_items"].outputs["iterations"] == {"SUCCESS": 3, "RUNNING": 0}
    empty = await run_flow(batches("empty_batches", INPUTS, 0))
    assert empty.execution.state.current is StateType.SUCCESS
    assert by_task(empty)["b_items"].outputs["numberOfBatches"] == 0
    assert by_task(empty)["b_merge"].outputs.get("subflowOutputs") is None


async def test_a_kill_reaches_all_batches(node):
    await node.flows.save(WAITING)
    source = batches("killed_batches", "", 3, child="waiting_child")
    flow = (await node.flows.save(source)).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    below = await paused_children(node, execution.id, 3)
    await node.executions.kill(execution.id)
    done = await node.executions.wait(execution.id)
    assert history(done)[-2:] == ["KILLING", "KILLED"]
    for item in below:
        ended = await node.executions.wait(item.execution.id)
        assert ended.execution.state.current is StateType.KILLED
