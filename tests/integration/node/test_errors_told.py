"""What is told of a failure: its place in the flow, and the cause to whoever handles it."""

from __future__ import annotations

import pytest
from node_kit import outputs

from tiercel.model.task import LogLevel
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node
from tiercel.store import LogFilter

pytestmark = pytest.mark.asyncio(loop_scope="session")

CORE = "io.kestra.plugin.core"
SHELL = "io.kestra.plugin.scripts.shell.Commands"


async def errors(node: Node, done: Snapshot) -> list[str]:
    async for _ in node.executions.watch(done.execution.id):
        pass
    entries = await node.logs.list(done.execution.id, LogFilter(LogLevel.ERROR))
    return [entry.message for entry in entries]


async def test_a_handler_sees_what_failed_first(run_flow) -> None:
    done = await run_flow(f"""
id: handled
namespace: tests.told
tasks:
  - id: group
    type: {CORE}.flow.Sequential
    tasks:
      - id: breaks
        type: {CORE}.execution.Fail
        errorMessage: no rows today
    errors:
      - id: near
        type: {CORE}.debug.Return
        format: "{{{{ error.taskId }}}}: {{{{ error.message }}}}"
errors:
  - id: far
    type: {CORE}.debug.Return
    format: "{{{{ error.taskId }}}}: {{{{ error.message }}}}"
""")
    assert outputs(done, "near") == outputs(done, "far") == {"value": "breaks: no rows today"}


async def test_a_handler_on_a_worker_sees_why_a_script_failed(run_flow) -> None:
    done = await run_flow(f"""
id: handled_script
namespace: tests.told
tasks:
  - id: each
    type: {CORE}.flow.ForEach
    values: [a, b]
    tasks:
      - id: script
        type: {SHELL}
        taskRunner: {{type: {CORE}.runner.Process}}
        commands: ["exit 3"]
errors:
  - id: tell
    type: {SHELL}
    taskRunner: {{type: {CORE}.runner.Process}}
    commands:
      - echo '::{{"outputs":{{"why":"{{{{ error.taskId }}}} {{{{ error.value }}}}"}}}}::'
  - id: message
    type: {CORE}.debug.Return
    format: "{{{{ error.message }}}}"
""")
    assert outputs(done, "tell")["vars"] == {"why": "script a"}
    assert "exit code 3" in outputs(done, "message")["value"]


@pytest.mark.parametrize(
    ("task", "place"),
    [
        (
            f"type: {CORE}.debug.Return\n    format: x\n    runIf: '{{{{ inputs.nope }}}}'",
            "property `t.runIf`, line 7, column 16 of the flow",
        ),
        (
            f"type: {CORE}.flow.If\n    condition: '{{{{ nope.x }}}}'\n    then:\n"
            f"      - {{id: u, type: {CORE}.debug.Return, format: x}}",
            "property `t.condition`, line 6, column 20 of the flow",
        ),
    ],
)
async def test_an_error_in_what_the_engine_renders_has_a_place(
    node: Node, run_flow, task: str, place: str
) -> None:
    source = f"id: placed\nnamespace: tests.told\ntasks:\n  - id: t\n    {task}\n"
    (message, *_) = await errors(node, await run_flow(source))
    assert place in message
