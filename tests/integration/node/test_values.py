"""Values with needs of their own on a whole node: secrets, files, outputs of any size."""

from __future__ import annotations

import pytest
from node_kit import messages, outputs

from tiercel.model.errors import InvalidInputError
from tiercel.model.state import StateType
from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import Output, RunnableTask
from tiercel.services.node import Node
from tiercel.services.uploads import Upload

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHELL = (
    "type: io.kestra.plugin.scripts.shell.Commands, "
    "taskRunner: {type: io.kestra.plugin.core.runner.Process}"
)


SECRET = f"""
id: secret_input
namespace: tests.values
inputs:
  - {{id: password, type: SECRET, validator: "[a-z]{{8}}"}}
  - {{id: nested.token, type: SECRET, required: false}}
tasks:
  - {{id: log, type: io.kestra.plugin.core.log.Log, message: "it is {{{{ inputs.password }}}}"}}
  - id: sh
    {SHELL.replace(", taskRunner", chr(10) + "    taskRunner")}
    commands:
      - echo "shell {{{{ inputs.password }}}}"
      - echo '::{{"outputs":{{"length":{{{{ inputs.password | length }}}}}}}}::'
outputs:
  - {{id: kept, type: SECRET, value: "{{{{ inputs.password }}}}"}}
"""


async def test_a_secret_is_encrypted_readable_by_tasks_and_masked(node, run_flow):
    done = await run_flow(SECRET, {"password": "hunterxy"})
    assert done.execution.state.current is StateType.SUCCESS
    assert "hunterxy" not in str(done.execution.inputs)
    assert outputs(done, "sh")["vars"] == {"length": 8}
    said = await messages(node, done)
    assert "it is ********" in said
    assert "shell ********" in said
    kept = done.execution.outputs["kept"]
    assert kept["type"] == "io.kestra.datatype:aes_encrypted"
    assert "hunterxy" not in kept["value"]


async def test_the_rules_of_a_secret_are_those_of_its_clear_text(run_flow):
    with pytest.raises(InvalidInputError, match="pattern") as refused:
        await run_flow(SECRET, {"password": "SHOUTED9"})
    assert "SHOUTED9" not in str(refused.value)


async def test_a_secret_output_of_a_child_is_clear_for_its_parent(node, run_flow):
    await node.flows.save(SECRET)
    done = await run_flow("""
id: secret_parent
namespace: tests.values
tasks:
  - id: s
    type: io.kestra.plugin.core.flow.Subflow
    namespace: tests.values
    flowId: secret_input
    inputs: {password: hunterxy}
  - {id: log, type: io.kestra.plugin.core.log.Log, message: "got {{ outputs.s.outputs.kept }}"}
""")
    assert done.execution.state.current is StateType.SUCCESS
    assert "hunterxy" not in str(outputs(done, "s"))
    assert "got ********" in await messages(node, done)


async def test_a_file_is_given_as_an_input(node, run_flow, tmp_path):
    given = tmp_path / "upload"
    given.write_text("from outside")
    done = await run_flow(
        """
id: file_input
namespace: tests.values
inputs:
  - {id: data, type: FILE}
tasks:
  - {id: r, type: io.kestra.plugin.core.debug.Return, format: "{{ read(inputs.data) }}"}
""",
        uploads=[Upload("data", "data.txt", given)],
    )
    assert outputs(done, "r") == {"value": "from outside"}
    assert done.execution.inputs["data"].endswith("/inputs/data/data.txt")


class Big(RunnableTask):
    """Gives a long text."""

    type_name = "tests.values.Big"
    size: int

    async def run(self, context: TaskContext) -> Output | None:
        """Return it."""
        return Output(values={"text": "x" * self.size})


@pytest.fixture(scope="module", autouse=True)
def big(node: Node) -> None:
    """Make the task known to the node."""
    if node.registry.find(Big.type_name) is None:
        node.registry.register(Big)


BIG = """
id: big_outputs
namespace: tests.values
tasks:
  - {id: big, type: tests.values.Big, size: 200000}
"""
READERS = """
  - {id: inline, type: io.kestra.plugin.core.debug.Return, format: "{{ outputs.big.text }}"}
  - {id: length, type: io.kestra.plugin.core.debug.Return,
     format: "{{ outputs.big.text | length }} {{ outputs.inline.value | length }}"}
  - id: again
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
      - {id: inside, type: tests.values.Big, size: "{{ outputs.inline.value | length }}"}
      - {id: behind, type: io.kestra.plugin.core.debug.Return,
         format: "{{ outputs.inside.text | length }}"}
"""


async def test_big_outputs_are_files_that_templates_read(node, run_flow):
    done = await run_flow(BIG + READERS)
    assert done.execution.state.current is StateType.SUCCESS
    assert outputs(done, "length") == {"value": "200000 200000"}
    assert outputs(done, "behind") == {"value": "200000"}
    assert len(outputs(done, "inline")["value"]) == 200_000
    kept = (await node.store.executions.with_task_runs(done.execution.id))[1]
    by_task = {run.task_id: run.outputs for run in kept}
    assert by_task["inline"]["uri"].startswith("kestra:///tests/values/big-outputs/")
    assert by_task["big"]["size"] > 200_000


async def test_outputs_over_all_limits_fail_their_task_only(node, run_flow):
    source = BIG.replace("200000", "100000000, allowFailure: true").replace("big_", "too_big_")
    done = await run_flow(source)
    assert [run.state.current.value for run in done.task_runs] == ["WARNING"]
    assert done.execution.state.current is StateType.WARNING
    assert any("too big" in text for text in await messages(node, done))


async def test_the_key_of_a_worker_group_is_rendered(node, run_flow):
    group = "100, workerGroup: {key: \"{{ 'def' ~ 'ault' }}\"}"
    done = await run_flow(BIG.replace("200000", group).replace("big_", "grouped_"))
    assert done.execution.state.current is StateType.SUCCESS
    broken = BIG.replace("200000", "100, workerGroup: {key: '{{ nope.x }}'}")
    failed = await run_flow(broken.replace("big_", "broken_"))
    assert [run.state.current.value for run in failed.task_runs] == ["FAILED"]


async def test_a_cached_task_runs_once_for_the_same_properties(run_flow):
    source = """
id: cached_task
namespace: tests.values
inputs:
  - {id: n, type: INT, defaults: 1}
tasks:
  - id: c
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    taskCache: {enabled: true, ttl: PT1H}
    commands:
      - echo "::{\\"outputs\\":{\\"id\\":\\"{{ inputs.n }}-$(date +%N)\\"}}::"
"""
    first, second = await run_flow(source), await run_flow(source)
    assert outputs(first, "c") == outputs(second, "c")
    assert second.execution.state.current is StateType.SUCCESS
    other = await run_flow(source, {"n": 2})
    assert outputs(other, "c") != outputs(first, "c")
