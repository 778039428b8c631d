"""Tasks that count and tidy up, keep states, publish metrics, and end their execution."""

from __future__ import annotations

import pytest
from node_kit import outputs

from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

CORE = "io.kestra.plugin.core"


def states(snapshot: Snapshot) -> dict[str, str]:
    return {run.task_id: run.state.current.value for run in snapshot.task_runs}


def flow(flow_id: str, tasks: str, namespace: str = "tests.upkeep") -> str:
    return f"id: {flow_id}\nnamespace: {namespace}\ntasks:\n{tasks}"


async def test_executions_are_counted(run_flow) -> None:
    for _ in range(2):
        await run_flow(flow("counted", f"  - {{id: a, type: {CORE}.debug.Return, format: x}}\n"))
    done = await run_flow(
        flow(
            "counts",
            f"""
  - id: of_flows
    type: io.kestra.core.tasks.executions.Counts
    flows:
      - {{namespace: tests.upkeep, flowId: counted}}
      - {{namespace: tests.upkeep, flowId: never_run}}
    states: [SUCCESS]
  - id: missing
    type: {CORE}.execution.Count
    flows: [{{namespace: tests.upkeep, flowId: never_run}}]
    expression: "{{{{ count == 0 }}}}"
  - id: of_namespaces
    type: {CORE}.execution.Count
    namespaces: [tests.upkeep]
    states: [SUCCESS]
""",
        )
    )
    assert done.execution.state.current is StateType.SUCCESS
    assert outputs(done, "of_flows")["total"] == 2
    assert [row["count"] for row in outputs(done, "of_flows")["results"]] == [2, 0]
    assert outputs(done, "missing")["results"][0]["flowId"] == "never_run"
    assert outputs(done, "of_namespaces")["results"] == [{"namespace": "tests.upkeep", "count": 2}]


async def test_old_executions_are_purged_and_running_ones_stay(node: Node, run_flow) -> None:
    space = "tests.purged"
    log = f"  - {{id: a, type: {CORE}.log.Log, message: hello}}\n"
    old = [await run_flow(flow("old", log, space)) for _ in range(2)]
    pause = flow("pausing", f"  - {{id: p, type: {CORE}.flow.Pause}}\n", space)
    await node.flows.save(pause)
    paused = await node.executions.start(space, "pausing")
    for one in old:
        async for _ in node.executions.watch(one.execution.id):
            pass
    done = await run_flow(
        flow(
            "purge",
            f"""
  - id: purge
    type: io.kestra.plugin.core.storage.Purge
    namespace: {space}
    endDate: "{{{{ now() }}}}"
""",
        )
    )
    assert outputs(done, "purge") == {
        "executionsCount": 2,
        "logsCount": 2,
        "storagesCount": 0,
        "metricsCount": 0,
    }
    assert await node.store.executions.get(old[0].execution.id) is None
    assert await node.store.executions.get(paused.id) is not None
    await node.executions.kill(paused.id)


async def test_the_log_is_fetched_and_purged(node: Node, run_flow) -> None:
    first = await run_flow(
        flow(
            "logged",
            f"""
  - {{id: a, type: {CORE}.log.Log, message: [one, two]}}
  - {{id: b, type: {CORE}.log.Log, message: three, level: DEBUG}}
""",
        )
    )
    async for _ in node.executions.watch(first.execution.id):
        pass
    done = await run_flow(
        flow(
            "fetch",
            f"""
  - id: fetch
    type: {CORE}.log.Fetch
    namespace: tests.upkeep
    flowId: logged
    executionId: {first.execution.id}
  - id: purge
    type: {CORE}.log.PurgeLogs
    executionId: {first.execution.id}
    logLevels: [INFO]
    endDate: "{{{{ now() }}}}"
  - id: bad
    type: {CORE}.log.Fetch
    flowId: logged
    allowFailure: true
""",
        )
    )
    assert outputs(done, "fetch")["size"] == 2
    rows = b"".join([part async for part in node.storage.open(outputs(done, "fetch")["uri"])])
    assert b'message:"one"' in rows
    counts = {"count": 2, "executionLogsCount": 2, "nonExecutionLogsCount": 0}
    assert outputs(done, "purge") == counts
    left = await node.logs.list(first.execution.id)
    assert [entry.message for entry in left] == ["three"]


async def test_states_pass_from_one_execution_to_the_next(run_flow) -> None:
    source = flow(
        "keeps_state",
        f"""
  - id: before
    type: {CORE}.state.Get
  - id: set
    type: io.kestra.core.tasks.states.Set
    data: {{n: 2, "{{{{ flow.id }}}}": x}}
  - id: after
    type: {CORE}.state.Get
""",
    )
    first, second = await run_flow(source), await run_flow(source)
    assert outputs(first, "before") == {"count": 0, "data": {}}
    assert outputs(first, "set") == {"count": 2, "key": "keeps-state_states_tasks-states_default"}
    assert outputs(second, "before")["data"] == {"n": 2, "keeps_state": "x"}


async def test_entries_are_changed_in_part_and_purged(run_flow) -> None:
    done = await run_flow(
        flow(
            "entries",
            f"""
  - {{id: set, type: {CORE}.kv.Set, key: map, value: '{{"a": {{"b": 1}}, "c": 2}}', kvType: JSON}}
  - {{id: merge, type: {CORE}.kv.Put, key: map, value: {{a: {{d: 3}}}}}}
  - {{id: patch, type: {CORE}.kv.Put, key: map, value: [{{key: a.b, value: 9}}]}}
  - {{id: get, type: {CORE}.kv.Get, key: map}}
  - {{id: none, type: {CORE}.kv.PurgeKV, namespaces: [tests.upkeep]}}
  - id: purge
    type: {CORE}.kv.PurgeKV
    namespaces: [tests]
    keyPattern: "m*"
    expiredOnly: false
""",
        )
    )
    assert outputs(done, "get")["value"] == {"a": {"b": 9, "d": 3}, "c": 2}
    assert outputs(done, "none") == {"size": 0}
    assert outputs(done, "purge") == {"size": 1}


async def test_metrics_are_published(node: Node, run_flow) -> None:
    done = await run_flow(
        flow(
            "metrics",
            f"""
  - id: publish
    type: {CORE}.metric.Publish
    metrics:
      - {{type: counter, name: rows, value: "{{{{ 2 + 3 }}}}", tags: {{table: trips}}}}
      - {{type: timer, name: took, value: PT1.5S}}
""",
        )
    )
    assert outputs(done, "publish") == {"metrics": 2}
    found, _ = await node.logs.metrics(done.execution.id)
    assert {(one.name, one.value) for one in found} == {("rows", 5.0), ("took", 1500.0)}


async def test_a_templated_task_is_built_when_it_runs(run_flow) -> None:
    done = await run_flow(
        flow(
            "templated",
            f"""
  - id: good
    type: io.kestra.core.tasks.templating.TemplatedTask
    spec: |
      type: {CORE}.debug.Return
      format: "{{{{ flow.id }}}}"
  - id: bad
    type: {CORE}.templating.TemplatedTask
    allowFailure: true
    spec: "type: {CORE}.flow.Sequential"
""",
        )
    )
    assert outputs(done, "good") == {"value": "templated"}
    assert states(done) == {"good": "SUCCESS", "bad": "WARNING"}


@pytest.mark.parametrize(
    ("wanted", "final"),
    [("SUCCESS", "SUCCESS"), ("CANCELED", "CANCELLED"), ("KILLED", "KILLED"), ("FAILED", "FAILED")],
)
async def test_an_exit_ends_the_execution(run_flow, wanted: str, final: str) -> None:
    done = await run_flow(
        flow(
            f"exit_{wanted.lower()}",
            f"""
  - id: around
    type: {CORE}.flow.Sequential
    tasks:
      - {{id: leave, type: {CORE}.execution.Exit, state: {wanted}}}
      - {{id: never, type: {CORE}.debug.Return, format: x}}
  - {{id: neither, type: {CORE}.debug.Return, format: x}}
""",
        )
    )
    assert done.execution.state.current.value == final
    assert states(done) == {"around": final, "leave": final}
