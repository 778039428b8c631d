"""Flows on a whole node: what they leave in the database, in storage and in the log."""

from __future__ import annotations

import asyncio

import pytest
from node_kit import messages, outputs

from tiercel.model.errors import ConflictError, InvalidInputError, NotFoundError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.executions import Snapshot

pytestmark = pytest.mark.asyncio(loop_scope="session")


def states(snapshot: Snapshot) -> dict[str, StateType]:
    return {run.task_id: run.state.current for run in snapshot.task_runs}


async def test_forty_inline_tasks_leave_forty_task_runs_and_ordered_logs(node, run_flow):
    tasks = "".join(
        f"  - id: t{n}\n    type: io.kestra.plugin.core.log.Log\n    message: line {n}\n"
        for n in range(40)
    )
    done = await run_flow(f"id: forty\nnamespace: tests.node\ntasks:\n{tasks}")
    assert done.execution.state.current is StateType.SUCCESS
    assert [run.task_id for run in done.task_runs] == [f"t{n}" for n in range(40)]
    assert await messages(node, done) == [f"line {n}" for n in range(40)]


async def test_script_outputs_reach_the_next_task(run_flow):
    done = await run_flow("""
id: pass_on
namespace: tests.node
tasks:
  - id: produce
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    outputFiles: ["*.txt"]
    commands:
      - echo '::{"outputs":{"rows":7}}::'
      - printf 'abc' > data.txt
  - id: consume
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    inputFiles:
      in.txt: "{{ outputs.produce.outputFiles['data.txt'] }}"
    commands:
      - echo "::{\\"outputs\\":{\\"text\\":\\"$(cat in.txt) {{ outputs.produce.vars.rows }}\\"}}::"
""")
    assert done.execution.state.current is StateType.SUCCESS
    assert outputs(done, "consume")["vars"] == {"text": "abc 7"}


async def test_declared_outputs_are_typed_and_kept(run_flow):
    done = await run_flow("""
id: declared
namespace: tests.node
inputs:
  - {id: n, type: INT, defaults: 4}
tasks:
  - {id: say, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.n + 1 }}"}
outputs:
  - {id: five, type: INT, value: "{{ outputs.say.value }}"}
""")
    assert done.execution.outputs == {"five": 5}


async def test_labels_come_from_flow_call_and_task(run_flow):
    done = await run_flow(
        """
id: labelled
namespace: tests.node
labels: {team: data}
tasks:
  - id: mark
    type: io.kestra.plugin.core.execution.Labels
    labels: {run: "{{ execution.id }}"}
""",
        labels=[Label("who", "me")],
    )
    labels = {label.key: label.value for label in done.execution.labels}
    identifier = done.execution.id
    assert labels == {
        "team": "data",
        "who": "me",
        "run": identifier,
        "system.correlationId": identifier,
    }


async def test_a_failed_task_runs_the_errors_branch_and_skips_the_rest(run_flow):
    done = await run_flow("""
id: fails
namespace: tests.node
tasks:
  - id: boom
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    commands: ["exit 3"]
  - {id: never, type: io.kestra.plugin.core.log.Log, message: never}
errors:
  - {id: tell, type: io.kestra.plugin.core.log.Log, message: told}
""")
    assert done.execution.state.current is StateType.FAILED
    assert states(done) == {"boom": StateType.FAILED, "tell": StateType.SUCCESS}


async def test_a_constant_retry_repeats_a_failing_script(run_flow, tmp_path):
    done = await run_flow(f"""
id: retries
namespace: tests.node
tasks:
  - id: flaky
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    retry: {{type: constant, interval: PT0.1S, maxAttempts: 5}}
    commands:
      - echo x >> {tmp_path}/tries
      - test $(wc -l < {tmp_path}/tries) -ge 3
""")
    assert done.execution.state.current is StateType.SUCCESS
    ended = [attempt.state.current for attempt in done.task_runs[0].attempts]
    assert ended == [StateType.FAILED, StateType.FAILED, StateType.SUCCESS]


async def test_a_timeout_ends_the_process_and_says_so(node, run_flow):
    done = await run_flow("""
id: slow
namespace: tests.node
tasks:
  - id: sleepy
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    timeout: PT0.2S
    commands: ["sleep 60"]
""")
    assert done.execution.state.current is StateType.FAILED
    assert any("Timeout after 00:00:00.200" in line for line in await messages(node, done))


async def test_kill_stops_the_process_and_ends_killed(node, tmp_path):
    saved = await node.flows.save(f"""
id: killed
namespace: tests.node
tasks:
  - id: long
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands: ["echo $$ > {tmp_path}/pid; sleep 600"]
""")
    flow = saved.parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    async with asyncio.timeout(60):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            await asyncio.sleep(0.02)
        await node.executions.kill(execution.id)
        done = await node.executions.wait(execution.id)
    assert done.execution.state.current is StateType.KILLED
    assert states(done) == {"long": StateType.KILLED}


async def test_killing_what_has_ended_is_refused_without_cascade(node, run_flow):
    done = await run_flow("""
id: over
namespace: tests.node
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hi}
""")
    with pytest.raises(ConflictError):
        await node.executions.kill(done.execution.id, cascade=False)


@pytest.mark.parametrize(
    ("task", "place"),
    [
        ("core.log.Log\n    message: 'say {{ nobody }}'", ("t.message", 6, 22)),
        (
            "core.execution.Labels\n    labels: {a: '{{ nobody }}'}",
            ("t.labels.a", 6, 21),
        ),
        ("scripts.shell.Commands\n    commands: ['x {{ nobody }}']", ("t.commands[0]", 6, 22)),
        (
            "scripts.shell.Commands\n    env: {B: '{{ nobody }}'}\n    commands: [x]",
            ("t.env.B", 6, 18),
        ),
        ("core.debug.Return\n    format: |\n      first\n      {{ nobody }}", ("t.format", 8, 10)),
    ],
)
async def test_an_expression_that_fails_names_its_property_and_line(node, run_flow, task, place):
    done = await run_flow(
        f"id: bad_expression\nnamespace: tests.node\ntasks:\n  - id: t\n"
        f"    type: io.kestra.plugin.{task}\n"
    )
    assert done.execution.state.current is StateType.FAILED
    told = "\n".join(await messages(node, done, LogLevel.ERROR))
    assert "Unable to find `nobody`" in told
    assert f"(property `{place[0]}`, line {place[1]}, column {place[2]} of the flow)" in told


async def test_sleep_holds_no_worker_and_ends_by_its_timer(run_flow):
    done = await run_flow("""
id: nap
namespace: tests.node
tasks:
  - {id: nap, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.1S}
""")
    assert done.execution.state.current is StateType.SUCCESS
    assert done.task_runs[0].state.has_been([StateType.RUNNING])


async def test_wrong_inputs_start_nothing(node):
    await node.flows.save("""
id: asks
namespace: tests.node
inputs:
  - {id: n, type: INT}
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hi}
""")
    with pytest.raises(InvalidInputError, match="`n`"):
        await node.executions.start("tests.node", "asks", inputs={"n": "many"})
    with pytest.raises(InvalidInputError, match="missing required input"):
        await node.executions.start("tests.node", "asks")


async def test_unknown_and_disabled_flows_are_not_started(node):
    await node.flows.save("""
id: switched_off
namespace: tests.node
disabled: true
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hi}
""")
    with pytest.raises(NotFoundError, match="not found"):
        await node.executions.start("tests.node", "none")
    with pytest.raises(ConflictError, match="disabled"):
        await node.executions.start("tests.node", "switched_off")


async def test_two_hundred_executions_at_once_all_end(node):
    await node.flows.save("""
id: many
namespace: tests.node
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hi}
""")
    started = await asyncio.gather(
        *(node.executions.start("tests.node", "many") for _ in range(200))
    )
    ended = await asyncio.gather(*(node.executions.wait(item.id) for item in started))
    assert {item.execution.state.current for item in ended} == {StateType.SUCCESS}
