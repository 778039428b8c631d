"""The PyPI package ``kestrapy``: everything about executions."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from kestrapy_kit import LOG, TENANT, Sdk

WITH_INPUTS = """\
inputs:
  - {id: name, type: STRING, defaults: nobody}
  - {id: size, type: INT, required: false}
  - {id: rows, type: JSON, required: false}
  - {id: sure, type: BOOLEAN, defaults: false}
  - {id: data, type: FILE, required: false}
"""
GREETING = "  - {id: hello, type: io.kestra.plugin.core.debug.Return, format: '{{ inputs }}'}\n"
PAUSE = """\
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - {id: reason, type: STRING, defaults: none}
  - id: after
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.wait.onResume.reason }}"
"""
FAIL = "  - {id: fail, type: io.kestra.plugin.core.execution.Fail}\n"
SLEEP = "  - {id: sleep, type: io.kestra.plugin.core.flow.Sleep, duration: PT10M}\n"
ONE_AT_A_TIME = "concurrency: {limit: 1, behavior: QUEUE}\n"


def ids(executions: list[Any]) -> list[str]:
    return [item.id for item in executions]


def counted(reply: Any) -> int:
    count: int = reply["count"] if isinstance(reply, dict) else reply.count
    return count


def test_an_execution_is_started_read_and_found(sdk: Sdk) -> None:
    executions = sdk.client.executions
    sdk.save("one")
    started = sdk.run("one", labels=["team:a b", "env:x"])
    assert started.state.current.value == "SUCCESS"
    read = executions.execution(started.id, TENANT)
    assert (read.flow_id, read.flow_revision, read.deleted) == ("one", 1, False)
    assert [item.task_id for item in read.task_run_list] == ["hello"]
    assert {item.key: item.value for item in read.labels}["team"] == "a b"
    assert sdk.searched(sdk.where("FLOW_ID", "one")) == [started.id]
    assert sdk.searched(sdk.where("LABELS", {"team": "a b"})) == [started.id]
    assert sdk.searched(sdk.where("STATE", "FAILED")) == []
    assert sdk.searched(sdk.where("STATE", ["SUCCESS", "FAILED"], "IN")) == [started.id]
    found = executions.search_executions_by_flow_id(TENANT, sdk.space, "one", 1, 10)
    assert (found["total"], found["results"][0]["id"]) == (1, started.id)


def test_inputs_and_files_are_given(sdk: Sdk) -> None:
    sdk.save("inputs", GREETING, WITH_INPUTS)
    given = {"name": "Ada", "size": 3, "rows": {"a": [1]}, "sure": True}
    inputs = sdk.run("inputs", inputs=given).inputs
    assert {key: inputs[key] for key in given} == given
    for file in (b"a,b", ("orders.csv", b"a,b"), ("orders.csv", b"a,b", "text/csv")):
        done = sdk.run("inputs", inputs={"name": "Ada", "data": file})
        uri = done.inputs["data"]
        executions = sdk.client.executions
        assert executions.download_file_from_execution(done.id, uri, TENANT) == b"a,b"
        assert executions.file_metadatas_from_execution(done.id, uri, TENANT).size == 3
    with pytest.raises(sdk.module.ApiException) as refused:
        sdk.run("inputs", inputs={"size": "many"})
    assert refused.value.status == 422


def test_what_is_not_there_is_a_404(sdk: Sdk) -> None:
    for call in (sdk.client.executions.execution, sdk.client.executions.kill_execution):
        with pytest.raises(sdk.module.exceptions.NotFoundException):
            call("nothing", TENANT)


def test_an_execution_is_followed(sdk: Sdk) -> None:
    sdk.save("followed", PAUSE)
    started = sdk.start("followed")
    sdk.until(started.id, "PAUSED")
    sdk.client.executions.resume_execution(started.id, TENANT, inputs={"reason": "go"})
    events = list(sdk.client.executions.follow_execution(started.id, TENANT))
    states = [event.state.current.value for event in events if event.state]
    assert states[-1] == "SUCCESS"
    sdk.save("short")
    done = sdk.run("short")
    assert list(sdk.client.executions.follow_execution(done.id, TENANT))
    follows = sdk.client.executions.follow_dependencies_execution
    [event, *_] = follows(done.id, TENANT, destination_only=False, expand_all=False)
    told = event if isinstance(event, dict) else event.model_dump(by_alias=True)
    assert (told["executionId"], told["flowId"]) == (done.id, "short")


def test_a_pause_is_resumed_with_inputs(sdk: Sdk) -> None:
    sdk.save("pause", PAUSE)
    started = sdk.start("pause")
    sdk.until(started.id, "PAUSED")
    sdk.client.executions.resume_execution(started.id, TENANT, inputs={"reason": "because"})
    sdk.until(started.id, "SUCCESS")
    read = sdk.server.call("GET", f"/executions/{started.id}").json()
    assert read["taskRunList"][-1]["outputs"]["value"] == "because"


def test_executions_are_paused_resumed_and_killed(sdk: Sdk) -> None:
    executions = sdk.client.executions
    sdk.save("long", SLEEP)
    started = sdk.start("long")
    sdk.until(started.id, "RUNNING")
    executions.pause_execution(started.id, TENANT)
    sdk.until(started.id, "PAUSED")
    executions.resume_execution(started.id, TENANT)
    sdk.until(started.id, "RUNNING")
    executions.kill_execution(started.id, TENANT, is_on_kill_cascade=False)
    sdk.until(started.id, "KILLED")
    others = ids([sdk.start("long") for _ in range(3)])
    for item in others:
        sdk.until(item, "RUNNING")
    assert counted(executions.pause_executions_by_ids(TENANT, others[:1])) == 1
    executions.pause_executions_by_query(TENANT, [*sdk.here, sdk.where("STATE", "RUNNING")])
    for item in others:
        sdk.until(item, "PAUSED")
    assert counted(executions.resume_executions_by_ids(TENANT, others[:1])) == 1
    executions.resume_executions_by_query(TENANT, [*sdk.here, sdk.where("STATE", "PAUSED")])
    assert counted(executions.kill_executions_by_ids(TENANT, others[:1])) == 1
    executions.kill_executions_by_query(TENANT, [*sdk.here, sdk.where("STATE", "RUNNING")])
    for item in others:
        sdk.until(item, "KILLED")


def test_executions_are_restarted_and_replayed(sdk: Sdk) -> None:
    executions = sdk.client.executions
    sdk.save("fails", FAIL)
    failed = sdk.run("fails")
    assert failed.state.current.value == "FAILED"
    again = executions.restart_execution(failed.id, TENANT)
    assert again.id == failed.id
    sdk.until(failed.id, "FAILED")
    assert counted(executions.restart_executions_by_ids(TENANT, [failed.id])) == 1
    sdk.until(failed.id, "FAILED")
    executions.restart_executions_by_query(TENANT, [*sdk.here, sdk.where("FLOW_ID", "fails")])
    sdk.until(failed.id, "FAILED")
    replayed = executions.replay_execution(failed.id, TENANT)
    assert replayed.id != failed.id
    run = executions.execution(failed.id, TENANT).task_run_list[0].id
    assert executions.replay_execution(failed.id, TENANT, task_run_id=run, revision=1).id
    assert (
        counted(executions.replay_executions_by_ids(TENANT, [failed.id], latest_revision=True)) == 1
    )
    executions.replay_executions_by_query(TENANT, [*sdk.here], latest_revision=False)
    sdk.save("inputs", GREETING, WITH_INPUTS)
    first = sdk.run("inputs", inputs={"name": "Ada"})
    changed = executions.replay_execution_with_inputs(first.id, TENANT, inputs={"name": "Bob"})
    new = changed["id"] if isinstance(changed, dict) else changed.id
    sdk.until(new, "SUCCESS")
    assert executions.execution(new, TENANT).inputs["name"] == "Bob"


def test_queued_executions_are_let_go(sdk: Sdk) -> None:
    executions = sdk.client.executions
    sdk.save("limited", SLEEP, ONE_AT_A_TIME)
    running, *queued = ids([sdk.start("limited") for _ in range(5)])
    sdk.until(running, "RUNNING")
    for item in queued:
        sdk.until(item, "QUEUED")
    state = sdk.module.StateType
    executions.unqueue_execution(queued[0], TENANT, state=state.RUNNING)
    assert counted(executions.unqueue_executions_by_ids(TENANT, state.CANCELLED, queued[1:2])) == 1
    executions.force_run_execution(queued[2], TENANT)
    executions.unqueue_executions_by_query(
        TENANT, state.CANCELLED, [*sdk.here, sdk.where("STATE", "QUEUED")]
    )
    sdk.until(queued[0], "RUNNING")
    sdk.until(queued[1], "CANCELLED")
    sdk.until(queued[2], "RUNNING")
    sdk.until(queued[3], "CANCELLED")
    limits = sdk.client.flows.search_concurrency_limits(TENANT)
    rows = limits["results"] if isinstance(limits, dict) else limits.results
    assert rows
    last = sdk.start("limited").id
    sdk.until(last, "QUEUED")
    assert counted(executions.force_run_by_ids(TENANT, [last])) == 1
    executions.force_run_executions_by_query(TENANT, [*sdk.here, sdk.where("STATE", "QUEUED")])
    executions.kill_executions_by_query(TENANT, [*sdk.here, sdk.where("STATE", "RUNNING")])


def test_labels_and_states_are_changed(sdk: Sdk) -> None:
    executions, module = sdk.client.executions, sdk.module
    sdk.save("fails", FAIL)
    failed = sdk.run("fails")
    label = module.Label(key="seen", value="yes")
    executions.set_labels_on_terminated_execution(failed.id, TENANT, [label])
    assert sdk.searched(sdk.where("LABELS", {"seen": "yes"})) == [failed.id]
    many = module.ExecutionControllerSetLabelsByIdsRequest(
        executions_id=[failed.id], execution_labels=[module.Label(key="two", value="2")]
    )
    assert counted(executions.set_labels_on_terminated_executions_by_ids(TENANT, many)) == 1
    executions.set_labels_on_terminated_executions_by_query(TENANT, [label], sdk.here)
    assert sdk.searched(sdk.where("LABELS", {"two": "2"})) == [failed.id]
    state = module.StateType
    executions.update_execution_status(failed.id, state.WARNING, TENANT)
    sdk.until(failed.id, "WARNING")
    executions.update_executions_status_by_ids(TENANT, state.FAILED, [failed.id])
    sdk.until(failed.id, "FAILED")
    executions.update_executions_status_by_query(TENANT, state.CANCELLED, sdk.here)
    sdk.until(failed.id, "CANCELLED")
    other = sdk.run("fails")
    run = executions.execution(other.id, TENANT).task_run_list[0].id
    executions.update_task_run_state(
        other.id,
        TENANT,
        module.ExecutionControllerStateRequest(task_run_id=run, state=state.SUCCESS),
    )
    sdk.until(other.id, "SUCCESS")


def test_executions_are_looked_at(sdk: Sdk) -> None:
    executions, module = sdk.client.executions, sdk.module
    sdk.save("seen")
    done = sdk.run("seen")
    assert executions.execution_flow_graph(done.id, TENANT).nodes
    assert executions.flow_from_execution(TENANT, sdk.space, "seen").id == "seen"
    assert executions.flow_from_execution_by_id(done.id, TENANT).namespace == sdk.space
    wanted = module.ExecutionRepositoryInterfaceFlowFilter(namespace=sdk.space, id="seen")
    [latest] = executions.latest_executions(TENANT, [wanted])
    assert latest.id == done.id
    told = executions.eval_expression(done.id, TENANT, "{{ flow.id }}")
    assert (told["result"] if isinstance(told, dict) else told.result) == "seen"


def test_executions_are_deleted(sdk: Sdk) -> None:
    executions = sdk.client.executions
    sdk.save("gone")
    made = ids([sdk.run("gone") for _ in range(3)])
    executions.delete_execution(made[0], TENANT, delete_logs=True, delete_storage=False)
    assert counted(executions.delete_executions_by_ids(TENANT, made[1:2])) == 1
    executions.delete_executions_by_query(TENANT, sdk.here, include_non_terminated=True)
    assert sdk.searched() == []


def test_a_webhook_starts_a_flow(sdk: Sdk) -> None:
    executions = sdk.client.executions
    trigger = (
        "triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: open-sesame}]\n"
    )
    sdk.save("hooked", more=trigger)
    started = executions.trigger_execution_by_get_webhook(
        TENANT, sdk.space, "hooked", "open-sesame"
    )
    assert sdk.searched() == [started["id"] if isinstance(started, dict) else started.id]


def test_the_newest_version_asks_for_more(sdk: Sdk) -> None:
    if not sdk.is_newest:
        pytest.skip("these calls are new")
    executions, client = sdk.client.executions, sdk.client
    sdk.save("seen", GREETING, WITH_INPUTS + "outputs: [{id: out, type: STRING, value: x}]\n")
    done = sdk.run("seen", inputs={"name": "Ada", "data": b"a,b\n1,2\n"})
    fields = executions.find_distinct_execution_field_values(TENANT, "flowId", sdk.here)
    assert "seen" in str(fields)
    rows = list(
        csv.DictReader(
            io.StringIO(str(executions.export_executions_by_query_to_csv(TENANT, sdk.here)))
        )
    )
    assert len(rows) == 1
    assert sdk.space in executions.list_executable_namespaces(TENANT)
    assert executions.list_executable_flows_by_namespace(sdk.space, TENANT)[0].id == "seen"
    assert executions.execution_average_duration(sdk.space, "seen", TENANT)["count"] == 1
    uri = done.inputs["data"]
    assert executions.preview_file_from_execution(done.id, uri, TENANT)
    run = executions.execution(done.id, TENANT).task_run_list[0].id
    told = executions.eval_task_run_expression(done.id, run, TENANT, "{{ taskrun.id }}")
    assert run in str(told)
    checked = executions.validate_new_execution_inputs(
        sdk.space, "seen", TENANT, inputs={"size": "many"}
    )
    assert "size" in str(checked)
    assert client.outputs.execution_outputs(done.id, TENANT) == {"out": "x"}
    assert run in str(client.outputs.task_outputs_information(done.id, TENANT))
    assert "Ada" in str(client.outputs.task_run_outputs(done.id, run, TENANT))
    raw = executions.follow_execution_raw(done.id, TENANT)
    assert raw.headers["content-type"].startswith("text/event-stream")
    raw.close()
    for trigger in ("post", "put", "get"):
        call = getattr(executions, f"trigger_execution_by_{trigger}_webhook_with_path")
        with pytest.raises(sdk.module.exceptions.NotFoundException):
            call(TENANT, sdk.space, "seen", "no-key", "some/path")


def test_logs_are_listed_downloaded_followed_and_deleted(sdk: Sdk) -> None:
    logs = sdk.client.logs
    more = f"  - {{id: loud, type: {LOG}, message: careful, level: WARN}}\n"
    sdk.save("logged", f"  - {{id: hello, type: {LOG}, message: hello}}\n{more}{SLEEP}")
    started = sdk.start("logged")
    followed = []
    for entry in logs.follow_logs_from_execution(started.id, TENANT, min_level="INFO"):
        message = entry["message"] if isinstance(entry, dict) else entry.message
        followed.append(message)
        if "careful" in followed:
            break
    assert followed[-2:] == ["hello", "careful"]
    sdk.client.executions.kill_execution(started.id, TENANT)
    sdk.until(started.id, "KILLED")
    listed = logs.list_logs_from_execution(started.id, TENANT, min_level="WARN")
    assert "careful" in str(listed)
    assert "hello" not in str(listed)
    assert "hello" in str(logs.download_logs_from_execution(started.id, TENANT))
    found = logs.search_logs(
        TENANT,
        1,
        10,
        None,
        [*sdk.here, sdk.where("LEVEL" if sdk.is_newest else "MIN_LEVEL", "WARN")],
    )
    assert "careful" in str(found)
    logs.delete_logs_from_execution(started.id, TENANT, task_id="hello")
    assert "hello" not in str(logs.download_logs_from_execution(started.id, TENANT))
    logs.delete_logs_from_flow(sdk.space, "logged", "nothing", TENANT)
    logs.delete_logs_from_execution(started.id, TENANT)
    assert "careful" not in str(logs.list_logs_from_execution(started.id, TENANT))
