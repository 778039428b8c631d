"""WorkingDirectory on a whole node: one folder, one worker, several tasks."""

from __future__ import annotations

import asyncio

import pytest
from node_kit import messages

from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHELL = (
    "type: io.kestra.plugin.scripts.shell.Commands, "
    "taskRunner: {type: io.kestra.plugin.core.runner.Process}"
)


def shell(task_id: str, command: str, more: str = "") -> str:
    return f"{{id: {task_id}, {SHELL}{more}, commands: ['{command}']}}"


def directory(flow_id: str, tasks: list[str], more: str = "", rest: str = "") -> str:
    listed = "".join(f"      - {task}\n" for task in tasks)
    return f"""
id: {flow_id}
namespace: tests.dirs
tasks:
  - id: wd
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
{listed}{more}
{rest}
"""


def states(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(run.task_id, run.state.current.value) for run in snapshot.task_runs]


def run_of(snapshot: Snapshot, task_id: str) -> object:
    return next(run for run in snapshot.task_runs if run.task_id == task_id)


async def test_tasks_share_a_folder_and_see_each_others_outputs(node, run_flow):
    done = await run_flow(
        directory(
            "shared",
            [
                shell("write", "printf hello > a.txt"),
                "{id: log, type: io.kestra.plugin.core.log.Log, disabled: true, message: no}",
                shell(
                    "read",
                    'echo "::{\\"outputs\\":{\\"text\\":\\"$(cat a.txt) $(cat in.txt)\\"}}::"',
                ),
                "{id: back, type: io.kestra.plugin.core.debug.Return, "
                'format: "{{ outputs.read.vars.text }} {{ workerTaskrun.id != taskrun.id }}"}',
            ],
            '    inputFiles: {in.txt: "there", empty/none.txt: null}\n'
            '    outputFiles: ["*.txt", "**/*.txt"]',
            rest="  - {id: next, type: io.kestra.plugin.core.debug.Return, "
            'format: "{{ outputs.back.value }}!"}',
        )
    )
    assert states(done) == [
        ("wd", "SUCCESS"),
        ("write", "SUCCESS"),
        ("read", "SUCCESS"),
        ("back", "SUCCESS"),
        ("next", "SUCCESS"),
    ]
    assert run_of(done, "next").outputs == {"value": "hello there true!"}
    assert set(run_of(done, "wd").outputs["outputFiles"]) == {
        "a.txt",
        "in.txt",
        "empty/none.txt",
    }
    assert {run.parent_id for run in done.task_runs[1:4]} == {done.task_runs[0].id}
    assert await messages(node, done)


async def test_a_failed_task_stops_the_rest_and_runs_errors(run_flow):
    done = await run_flow(
        directory(
            "stopped",
            [shell("bad", "exit 3"), shell("never", "true")],
            "    errors:\n"
            "      - {id: handler, type: io.kestra.plugin.core.debug.Return, format: e}",
        )
    )
    assert states(done) == [("wd", "FAILED"), ("bad", "FAILED"), ("handler", "SUCCESS")]


async def test_an_allowed_failure_goes_on(run_flow):
    done = await run_flow(
        directory("allowed", [shell("bad", "exit 3", ", allowFailure: true"), shell("t", "true")])
    )
    assert states(done) == [("wd", "WARNING"), ("bad", "WARNING"), ("t", "SUCCESS")]


async def test_tasks_are_tried_again_in_their_folder_and_skipped(run_flow):
    retry = ", retry: {type: constant, interval: PT0.05S, maxAttempt: 3}"
    done = await run_flow(
        directory(
            "tried",
            [
                shell("flaky", "echo x >> tries; test $(wc -l < tries) -eq 3", retry),
                shell("left_out", "exit 1", ', runIf: "{{ false }}"'),
                shell("count", 'echo "::{\\"outputs\\":{\\"n\\":$(wc -l < tries)}}::"'),
            ],
        )
    )
    assert states(done) == [
        ("wd", "SUCCESS"),
        ("flaky", "SUCCESS"),
        ("left_out", "SKIPPED"),
        ("count", "SUCCESS"),
    ]
    assert len(run_of(done, "flaky").attempts) == 3
    assert run_of(done, "count").outputs["vars"] == {"n": 3}


async def test_a_kill_ends_the_task_at_work_and_those_behind_it(node):
    source = directory("killed", [shell("long", "sleep 30"), shell("behind", "true")])
    flow = (await node.flows.save(source)).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    async with asyncio.timeout(60):
        while ("long", "RUNNING") not in states(await node.executions.get(execution.id)):
            await asyncio.sleep(0.02)
    await node.executions.kill(execution.id)
    done = await node.executions.wait(execution.id)
    assert states(done) == [("wd", "KILLED"), ("long", "KILLED"), ("behind", "KILLED")]
    assert run_of(done, "behind").attempts == ()


async def test_the_cache_is_kept_from_one_execution_to_the_next(run_flow):
    source = directory(
        "cached",
        [
            shell(
                "once",
                "test -f kept.bin || date +%s%N > kept.bin; "
                'echo "::{\\"outputs\\":{\\"id\\":\\"$(cat kept.bin)\\"}}::"',
            )
        ],
        '    cache: {patterns: ["kept.bin"], ttl: PT1H}',
    )
    first, second = await run_flow(source), await run_flow(source)
    assert run_of(first, "once").outputs["vars"] == run_of(second, "once").outputs["vars"]
    late = await run_flow(source.replace("PT1H", "PT0S"))
    assert run_of(late, "once").outputs["vars"] != run_of(first, "once").outputs["vars"]


async def test_a_file_name_that_leaves_the_folder_is_refused(node, run_flow):
    done = await run_flow(
        directory("leaves", [shell("t", "true")], '    inputFiles: {"../out.txt": x}')
    )
    assert states(done) == [("wd", "FAILED")]
    assert any("Failed preExecuteTasks" in text for text in await messages(node, done))


async def test_directories_run_inside_loops(run_flow):
    done = await run_flow(
        """
id: looped
namespace: tests.dirs
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [a, b]
    concurrencyLimit: 0
    tasks:
      - id: wd
        type: io.kestra.plugin.core.flow.WorkingDirectory
        tasks:
          - {id: r, type: io.kestra.plugin.core.debug.Return, format: "{{ taskrun.value }}1"}
          - {id: s, type: io.kestra.plugin.core.debug.Return,
             format: "{{ outputs.r[taskrun.value].value }}2"}
  - {id: t, type: io.kestra.plugin.core.debug.Return,
     format: "{{ outputs.s.a.value }}{{ outputs.s.b.value }}"}
"""
    )
    assert done.execution.state.current is StateType.SUCCESS
    assert run_of(done, "t").outputs == {"value": "a12b12"}


async def test_files_of_the_namespace_are_in_the_directory(node, run_flow, tmp_path):
    for path, text in {"sql/a.sql": "select 1", "sql/b.sql": "select 2", "notes.txt": "n"}.items():
        source = tmp_path / "file"
        source.write_text(text)
        await node.storage.put_file(f"kestra:///tests/dirs/_files/{path}", source)
    done = await run_flow(
        directory(
            "namespace_files",
            [shell("list", "find . -type f > found.txt; cat sql/a.sql")],
            "    namespaceFiles: {enabled: true, include: ['sql/**'], exclude: ['**/b.sql']}\n"
            "    outputFiles: ['found.txt']",
        )
    )
    assert states(done) == [("wd", "SUCCESS"), ("list", "SUCCESS")]
    uri = run_of(done, "wd").outputs["outputFiles"]["found.txt"]
    found = b"".join([part async for part in node.storage.open(uri)]).decode()
    assert "./sql/a.sql" in found
    assert "b.sql" not in found
    assert "notes.txt" not in found


async def test_outputs_are_kept_for_tasks_of_the_executor_and_of_a_directory(node, run_flow):
    cached = ", taskCache: {enabled: true}"
    moment = 'echo "::{\\"outputs\\":{\\"at\\":$(date +%s%N)}}::"'
    source = directory(
        "task_cache",
        [shell("inner", moment, cached)],
        rest=f"  - {{id: outer, type: io.kestra.plugin.core.debug.Return, format: x{cached}}}",
    )
    first, second = await run_flow(source), await run_flow(source)
    assert run_of(second, "inner").outputs == run_of(first, "inner").outputs
    assert run_of(second, "outer").outputs == {"value": "x"}
    said = await messages(node, second)
    assert said.count("The outputs are those of an earlier run") == 2
