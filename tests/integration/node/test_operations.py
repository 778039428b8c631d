"""What people do to executions, on a whole node."""

from __future__ import annotations

import pytest
from node_kit import history, until

from tiercel.model.errors import ConflictError, IllegalArgumentError, InvalidInputError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.node import Node
from tiercel.services.requirements import BulkRefusedError

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAILING = """
id: failing_op
namespace: tests.ops
tasks:
  - {id: a, type: io.kestra.plugin.core.debug.Return, format: a}
  - {id: b, type: io.kestra.plugin.core.execution.Fail,
     condition: "{{ taskrun.attemptsCount == 0 }}"}
  - {id: c, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.a.value }}c"}
errors:
  - {id: e, type: io.kestra.plugin.core.debug.Return, format: e}
"""

PAUSED = """
id: paused_op
namespace: tests.ops
tasks:
  - id: p
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - {id: n, type: INT}
      - {id: note, type: STRING, required: false}
  - {id: after, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.p.onResume.n + 1 }}"}
"""


async def start(node: Node, source: str, state: StateType | None = None) -> str:
    flow = (await node.flows.save(source)).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    if state is not None:
        await until(node, execution.id, state)
    return execution.id


async def test_restart_keeps_ids_and_shows_the_restarted_state(node, run_flow):
    failed = await run_flow(FAILING)
    assert failed.execution.state.current is StateType.FAILED
    answer = await node.operations.restart(failed.execution.id)
    assert history(answer) == ["CREATED", "RUNNING", "FAILED", "RESTARTED"]
    assert [run.task_id for run in answer.task_runs] == ["a", "b"]
    done = await node.executions.wait(failed.execution.id)
    assert done.execution.state.current is StateType.SUCCESS
    assert [run.task_id for run in done.task_runs] == ["a", "b", "c"]
    assert len(done.task_runs[1].attempts) == 2
    assert done.execution.metadata.attempt_number == 2


async def test_restart_is_refused_when_nothing_failed(node, run_flow):
    done = await run_flow(FAILING.replace("attemptsCount == 0", "attemptsCount == 9"))
    with pytest.raises(IllegalArgumentError, match="No task found"):
        await node.operations.restart(done.execution.id)


async def test_restart_with_a_revision_is_a_new_execution(node, run_flow):
    failed = await run_flow(FAILING)
    mended = FAILING.replace("attemptsCount == 0", "attemptsCount == 7")
    revision = (await node.flows.save(mended)).stored.revision
    answer = await node.replays.restart(failed.execution.id, revision)
    assert answer.execution.parent_id == failed.execution.id
    assert answer.execution.state.current is StateType.RESTARTED
    done = await node.executions.wait(answer.execution.id)
    assert done.execution.state.current is StateType.SUCCESS
    assert done.execution.flow_revision == revision
    old_ids = {run.id for run in failed.task_runs}
    assert not old_ids & {run.id for run in done.task_runs}


async def test_replay_from_the_start_and_from_a_task_run(node, run_flow):
    done = await run_flow(FAILING.replace("attemptsCount == 0", "attemptsCount == 9"))
    again = await node.replays.replay(done.execution.id)
    assert again.execution.parent_id == done.execution.id
    assert (history(again), list(again.task_runs)) == (["CREATED"], [])
    middle = await node.replays.replay(done.execution.id, done.task_runs[1].id)
    assert [run.task_id for run in middle.task_runs] == ["a", "b"]
    assert middle.execution.state.current is StateType.RESTARTED
    for execution in (again, middle):
        ended = await node.executions.wait(execution.execution.id)
        assert ended.execution.state.current is StateType.SUCCESS
        assert len(ended.task_runs) == 3
    with pytest.raises(IllegalArgumentError, match="No task found"):
        await node.replays.replay(done.execution.id, "nope")


async def test_resume_takes_typed_inputs_and_refuses_missing_ones(node):
    execution_id = await start(node, PAUSED, StateType.PAUSED)
    with pytest.raises(InvalidInputError, match="missing required input"):
        await node.operations.resume(execution_id)
    await node.operations.resume(execution_id, {"n": "4"}, by="ann")
    done = await node.executions.wait(execution_id)
    assert done.task_runs[1].outputs == {"value": "5"}
    assert done.task_runs[0].outputs["onResume"] == {"n": 4, "note": None}
    assert history(done) == ["CREATED", "RUNNING", "PAUSED", "RESTARTED", "RUNNING", "SUCCESS"]
    with pytest.raises(ConflictError, match="is not paused"):
        await node.operations.resume(execution_id, {"n": 1})


async def test_killing_a_paused_execution_kills_it(node):
    execution_id = await start(node, PAUSED, StateType.PAUSED)
    await node.executions.kill(execution_id)
    done = await node.executions.wait(execution_id)
    assert history(done) == ["CREATED", "RUNNING", "PAUSED", "KILLING", "KILLED"]


async def test_pause_and_resume_by_hand(node):
    sleeping = """
id: sleeping_op
namespace: tests.ops
tasks:
  - {id: s, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.3S}
  - {id: t, type: io.kestra.plugin.core.debug.Return, format: t}
"""
    execution_id = await start(node, sleeping, StateType.RUNNING)
    paused = await node.operations.pause(execution_id)
    assert paused.execution.state.current is StateType.PAUSED
    with pytest.raises(IllegalArgumentError, match="not running"):
        await node.operations.pause(execution_id)
    await node.operations.resume(execution_id)
    done = await node.executions.wait(execution_id)
    assert history(done) == ["CREATED", "RUNNING", "PAUSED", "RUNNING", "SUCCESS"]


async def test_states_are_changed_by_hand(node, run_flow):
    failed = await run_flow(FAILING)
    await node.operations.change_task_run_state(
        failed.execution.id, failed.task_runs[1].id, StateType.SUCCESS
    )
    done = await node.executions.wait(failed.execution.id)
    assert done.execution.state.current is StateType.SUCCESS
    assert [run.task_id for run in done.task_runs] == ["a", "b", "c"]
    changed = await node.operations.change_status(done.execution.id, StateType.WARNING)
    assert history(changed)[-2:] == ["SUCCESS", "WARNING"]
    with pytest.raises(IllegalArgumentError, match="terminal state"):
        await node.operations.change_status(done.execution.id, StateType.RUNNING)


async def test_labels_are_merged_after_the_end(node, run_flow):
    done = await run_flow(FAILING)
    labels = [Label("team", "a")]
    changed = await node.operations.set_labels(done.execution.id, labels)
    assert Label("team", "a") in changed.execution.labels
    with pytest.raises(IllegalArgumentError, match="System labels"):
        await node.operations.set_labels(done.execution.id, [Label("system.x", "y")])
    execution_id = await start(node, PAUSED, StateType.PAUSED)
    with pytest.raises(ConflictError, match="not terminated"):
        await node.operations.set_labels(execution_id, labels)
    await node.executions.kill(execution_id)


async def test_many_are_changed_all_or_none(node, run_flow):
    failed = [(await run_flow(FAILING)).execution.id for _ in range(2)]
    paused = await start(node, PAUSED, StateType.PAUSED)
    with pytest.raises(BulkRefusedError) as refused:
        await node.bulk.restart([*failed, paused, "unknown"])
    assert refused.value.message == "invalid bulk restart"
    assert set(refused.value.invalids) == {
        (paused, "execution not in state FAILED"),
        ("unknown", "execution not found"),
    }
    for execution_id in failed:
        found = await node.executions.get(execution_id)
        assert found.execution.state.current is StateType.FAILED
    assert await node.bulk.restart(failed) == 2
    for execution_id in failed:
        done = await node.executions.wait(execution_id)
        assert done.execution.state.current is StateType.SUCCESS
    assert await node.bulk.kill([paused]) == 1
    assert (await node.executions.wait(paused)).execution.state.current is StateType.KILLED


async def test_force_run_starts_what_waits_for_its_date(node):
    source = FAILING.replace("failing_op", "scheduled_op").replace("== 0", "== 9")
    flow = (await node.flows.save(source)).parsed.flow
    from datetime import timedelta

    from tiercel.services.clock import utc_now

    later = utc_now() + timedelta(hours=1)
    execution = await node.executions.start(flow.namespace, flow.id, schedule_date=later)
    await node.operations.force_run(execution.id)
    done = await node.executions.wait(execution.id)
    assert history(done) == ["CREATED", "RUNNING", "SUCCESS"]
    with pytest.raises(IllegalArgumentError, match="Only non terminated"):
        await node.operations.force_run(execution.id)
