from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from worker_kit import Gate, Heard, Wait, job, logs

from tiercel.model.job import Progress
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.bus import Bus
    from tiercel.services.worker import Worker
    from tiercel.storage import LocalStorage

pytestmark = pytest.mark.usefixtures("worker")


async def test_a_task_sees_rendered_properties_and_gives_outputs(bus: Bus, heard: Heard) -> None:
    properties = {"value": "{{ inputs.n }}!", "later": "{{ inputs.n }}"}
    await bus.publish_jobs([job("test.Echo", properties=properties)])
    ended = await heard.ended()
    assert ended.state is StateType.SUCCESS
    assert ended.outputs == {"value": "7!", "later": "{{ inputs.n }}"}
    assert ended.started <= ended.date


async def test_only_the_start_of_what_lasts_is_reported_by_itself(
    bus: Bus, heard: Heard, worker: Worker
) -> None:
    await bus.publish_jobs([job("test.Echo", "a1"), job("test.Gate", "g1")])
    started = await heard.started("g1")
    Gate.gate.set()
    ended = await heard.ended("g1")
    assert (ended.token, ended.worker_id) == (started.token, started.worker_id)
    assert ended.started == started.date


async def test_a_task_names_its_final_state(bus: Bus, heard: Heard) -> None:
    await bus.publish_jobs([job("test.Echo", properties={"warn": True})])
    assert (await heard.ended()).state is StateType.WARNING


async def test_logs_are_stored_before_the_end_is_reported(bus: Bus, heard: Heard) -> None:
    await bus.publish_jobs([job("test.Echo", properties={"value": "x"})])
    await heard.ended()
    assert await bus.unindexed() >= 1
    entries = await logs(bus, 2)
    assert [(e.level, e.message) for e in entries] == [
        (LogLevel.DEBUG, "echoing"),
        (LogLevel.INFO, "value is x"),
    ]
    assert [e.sequence for e in entries] == [0, 1]


async def test_entries_under_the_log_level_are_dropped(bus: Bus, heard: Heard) -> None:
    await bus.publish_jobs([job("test.Echo", log_level=LogLevel.INFO)])
    await heard.ended()
    assert [e.level for e in await logs(bus, 1)] == [LogLevel.INFO]


async def test_a_refusal_fails_the_attempt_and_keeps_its_outputs(bus: Bus, heard: Heard) -> None:
    await bus.publish_jobs([job("test.Fail")])
    ended = await heard.ended()
    assert (ended.state, ended.outputs) == (StateType.FAILED, {"rows": 2, "took": 3.0})
    assert [(e.level, e.message) for e in await logs(bus, 1)] == [(LogLevel.ERROR, "No such table")]


async def test_an_unexpected_error_shows_one_line_and_a_trace(bus: Bus, heard: Heard) -> None:
    await bus.publish_jobs([job("test.Fail", properties={"how": "raise"})])
    assert (await heard.ended()).state is StateType.FAILED
    error, trace = await logs(bus, 2)
    assert (error.level, error.message) == (LogLevel.ERROR, "ZeroDivisionError: by nought")
    assert trace.level is LogLevel.TRACE
    assert trace.message.startswith("Traceback")


@pytest.mark.parametrize("how", ["exit", "cancel"])
async def test_a_task_can_not_end_the_worker(bus: Bus, heard: Heard, how: str) -> None:
    await bus.publish_jobs([job("test.Fail", properties={"how": how}), job("test.Echo", "a2")])
    assert (await heard.ended("a1")).state is StateType.FAILED
    assert (await heard.ended("a2")).state is StateType.SUCCESS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"properties": {"value": "{{ inputs.nope.x }}"}}, "nope"),
        ({"properties": {"unknown": 1}}, "unknown"),
        ({"type": "test.Missing"}, "Invalid type: test.Missing"),
        ({"timeout": "soon"}, "The timeout 'soon' is not a duration"),
    ],
)
async def test_what_can_not_be_built_fails_with_a_reason(
    bus: Bus, heard: Heard, changes: dict[str, object], message: str
) -> None:
    await bus.publish_jobs([job("test.Echo", **changes)])
    assert (await heard.ended()).state is StateType.FAILED
    (entry,) = await logs(bus, 1)
    assert entry.level is LogLevel.ERROR
    assert message in entry.message


async def test_a_timeout_fails_the_attempt(bus: Bus, heard: Heard) -> None:
    await bus.publish_jobs([job("test.Wait", timeout="PT0.{{ inputs.n }}S")])
    assert (await heard.ended()).state is StateType.FAILED
    assert "run-a1" in Wait.cleaned
    *_, said, trace = await logs(bus, 3)
    assert (said.level, said.message) == (LogLevel.ERROR, "Timeout after 00:00:00.700")
    assert trace.level is LogLevel.TRACE
    assert trace.message.startswith(said.message)


async def test_outputs_too_big_for_a_message_fail_the_attempt(bus: Bus, heard: Heard) -> None:
    value = "{{ 'x' * 1 }}"
    variables = {"big": "y" * (bus.message_limit // 2)}
    properties = {"value": "{{ big }}", "later": value}
    properties["value"] = "{{ big }}{{ big }}{{ big }}"
    await bus.publish_jobs([job("test.Echo", properties=properties, variables=variables)])
    ended = await heard.ended()
    assert (ended.state, ended.outputs) == (StateType.FAILED, {})


async def test_files_go_to_the_task_runs_folder_and_the_working_directory_goes(
    bus: Bus, heard: Heard, storage: LocalStorage, tmp_path: Path
) -> None:
    await bus.publish_jobs([job("test.Files")])
    ended = await heard.ended()
    assert ended.state is StateType.SUCCESS, await logs(bus, 1)
    first, second = ended.outputs["uris"]
    folder = "kestra:///company/team/my-flow/executions/e1/tasks/my-task/run-a1/"
    assert first == f"{folder}a.txt"
    assert second.startswith(folder)
    assert second != first
    assert await storage.size(first) == ended.outputs["size"] == 3
    await bus.publish_jobs([job("test.Echo", "a2")])
    await heard.ended("a2")
    assert not list(tmp_path.glob("work/*/*"))


async def test_secrets_are_masked_and_metrics_and_progress_sent(bus: Bus, heard: Heard) -> None:
    async with bus.watch("e1") as signals, bus.metric_batches() as metrics:
        await bus.publish_jobs([job("test.Chatty", secrets=("s3cr3t",))])
        await heard.ended()
        while not isinstance(told := await signals.next(), Progress):
            pass
        assert told.done == 5
        (metric,) = (await anext(aiter(metrics))).items
    assert (metric.name, metric.value, metric.tags) == ("rows", 5.0, {"table": "t"})
    assert [e.message for e in await logs(bus, 1)] == ["password *******, key ******"]


async def test_a_log_can_go_to_a_file(bus: Bus, heard: Heard, storage: LocalStorage) -> None:
    await bus.publish_jobs([job("test.Echo", log_to_file=True, properties={"value": "x"})])
    uri = (await heard.ended()).log_file
    assert uri is not None
    lines = b"".join([chunk async for chunk in storage.open(uri)]).decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["DEBUG echoing", "INFO  value is x"]
    assert await bus.unindexed() == 0
