"""Subflow and WorkingDirectory: work that somebody else reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from simulation.flows import flow, flowable, inline, worker
from simulation.machine import START, Machine, path
from tiercel.engine.advance import _HANDLERS
from tiercel.engine.effects import (
    StartExecution,
    StartExecutions,
    StopExecution,
    StopExecutions,
)
from tiercel.engine.flowables.for_each_item import generated_tasks
from tiercel.model.execution import Attempt, Label
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    ChildReported,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionsStarted,
    ExecutionStarted,
    KillRequested,
    News,
)
from tiercel.model.state import State, StateType
from tiercel.model.task import Retry


def subflow(task_id="s", **common):
    return flowable("subflow", task_id, namespace="n", flowId="child", **common)


def begun(*tasks, **fields):
    machine = Machine(flow(*tasks, **fields)).start()
    return machine, machine.other_effects[0]


def ended(start, state=StateType.SUCCESS, **more):
    return ExecutionEnded(start.task_run_id, start.attempt_id, start.execution_id, state, **more)


def test_every_kind_of_news_has_a_handler():
    assert set(_HANDLERS) == set(get_args(News))


def test_a_subflow_starts_an_execution_and_waits():
    machine, start = begun(subflow(inputs={"a": 1}, labels={"k": "v"}, revision=2), inline("n"))
    assert isinstance(start, StartExecution)
    assert (start.namespace, start.flow_id, start.revision) == ("n", "child", 2)
    assert start.inputs == {"a": 1}
    assert start.labels == (Label("k", "v"),)
    machine.tell(ExecutionStarted(start.task_run_id, start.attempt_id, start.execution_id))
    assert machine.states == {"s": "RUNNING"}
    assert machine.of("s").outputs == {"executionId": start.execution_id}
    news = ended(start, outputs={"x": 1})
    machine.tell(news, news)
    assert machine.final == "SUCCESS"
    run = machine.of("s")
    assert run.outputs == {
        "executionId": start.execution_id,
        "state": "SUCCESS",
        "outputs": {"x": 1},
    }
    assert [path(a.state) for a in run.attempts] == ["CRS"]


@pytest.mark.parametrize(
    ("state", "common", "becomes"),
    [
        ("FAILED", {}, "FAILED"),
        ("FAILED", {"allow_failure": True}, "WARNING"),
        ("FAILED", {"transmitFailed": False}, "SUCCESS"),
        ("WARNING", {}, "WARNING"),
        ("KILLED", {}, "KILLED"),
        ("CANCELLED", {}, "SUCCESS"),
    ],
)
def test_the_state_of_the_other_execution_is_passed_on(state, common, becomes):
    machine, start = begun(subflow(**common))
    machine.tell(ended(start, StateType(state)))
    assert machine.states == {"s": becomes}
    assert machine.final == becomes


def test_who_does_not_wait_is_done_when_the_other_is_created():
    machine, start = begun(subflow(wait=False))
    machine.tell(ExecutionStarted(start.task_run_id, start.attempt_id, start.execution_id))
    assert machine.final == "SUCCESS"
    assert machine.of("s").outputs == {"executionId": start.execution_id, "state": "CREATED"}


def test_a_refused_execution_fails_the_subflow():
    machine, start = begun(subflow(), errors=[inline("e")])
    machine.tell(ExecutionRefused(start.task_run_id, start.attempt_id, "Unable to find flow"))
    assert machine.states == {"s": "FAILED", "e": "SUCCESS"}
    assert machine.messages == ["Unable to find flow"]
    assert path(machine.of("s").state) == "CRF"
    assert [path(a.state) for a in machine.of("s").attempts] == ["CF"]


def test_outputs_that_cannot_be_had_fail_the_subflow():
    machine, start = begun(subflow())
    machine.tell(ended(start, error="no x"))
    assert machine.final == "FAILED"
    assert machine.messages == ["Failed to extract outputs with the error: 'no x'"]


def test_each_retry_of_a_subflow_is_a_new_execution():
    rule = Retry("constant", interval=timedelta(seconds=1), max_attempts=2)
    machine, start = begun(subflow(), retry=rule)
    machine.tell(ended(start, StateType.FAILED))
    machine.next_timer()
    second = machine.other_effects[1]
    assert second.execution_id != start.execution_id
    machine.tell(ended(start), ended(second, StateType.FAILED))
    assert machine.final == "FAILED"
    assert len(machine.of("s").attempts) == 2


def test_system_labels_are_refused():
    machine = Machine(flow(subflow(labels={"system.x": "y"}))).start()
    assert machine.final == "FAILED"
    assert machine.other_effects == []


def test_a_kill_reaches_the_other_execution():
    machine, start = begun(subflow())
    machine.tell(KillRequested())
    assert machine.other_effects[1] == StopExecution(start.execution_id)
    assert machine.final == "KILLING"
    machine.tell(ended(start, StateType.KILLED))
    assert machine.of("s").outputs == {"executionId": start.execution_id, "state": "KILLED"}
    assert [path(a.state) for a in machine.of("s").attempts] == ["CRK"]
    assert machine.final == "KILLED"


def test_a_kill_may_spare_the_other_execution():
    machine, start = begun(subflow())
    machine.tell(KillRequested(spares_children=True))
    assert machine.other_effects == [start]
    assert path(machine.of("s").state) == "CRK"
    assert machine.final == "KILLED"


def directory(*tasks, **common):
    return flowable("working_directory", "wd", *tasks, **common)


def report(run, task_id, state, child=None):
    steps = [(StateType.CREATED, START), (StateType.RUNNING, START)]
    if state is not StateType.RUNNING:
        steps.append((state, START))
    attempts = (Attempt(id=f"a-{task_id}", state=State.of(*steps)),)
    attempt = run.attempts[-1]
    return ChildReported(
        run.id, attempt.id, attempt.token, child or f"c-{task_id}", task_id, state, START, START,
        attempts, {"value": task_id},
    )  # fmt: skip


def done(run, state=StateType.SUCCESS, *children):
    attempt = run.attempts[-1]
    return AttemptEnded(
        run.id, attempt.id, attempt.token or 1, "w", state, START, START, {"outputFiles": {}},
        children=children,
    )  # fmt: skip


def taken(*tasks, **common):
    machine = Machine(flow(directory(*tasks, **common), inline("n"))).start()
    run = machine.of("wd")
    machine.tell(AttemptStarted(run.id, run.attempts[0].id, 1, "w", START))
    return machine


def test_a_directory_is_one_job_whose_children_are_reported():
    machine = taken(worker("a"), worker("b"))
    run = machine.of("wd")
    machine.tell(report(run, "a", StateType.RUNNING))
    assert machine.states == {"wd": "RUNNING", "a": "RUNNING"}
    machine.tell(report(run, "a", StateType.SUCCESS), report(run, "a", StateType.RUNNING))
    machine.tell(report(run, "b", StateType.SUCCESS), done(run))
    assert machine.states == {"wd": "SUCCESS", "a": "SUCCESS", "b": "SUCCESS", "n": "SUCCESS"}
    assert path(machine.of("a").state) == "CRS"
    assert machine.state.outputs["a"] == {"value": "a"}
    assert machine.of("wd").outputs == {"outputFiles": {}}


def test_lost_reports_of_children_come_with_the_end():
    machine = taken(worker("a", allow_failure=True))
    run = machine.of("wd")
    machine.tell(done(run, StateType.SUCCESS, report(run, "a", StateType.FAILED)))
    assert machine.states == {"wd": "WARNING", "a": "WARNING", "n": "SUCCESS"}


def test_a_failed_child_runs_the_errors_outside_of_the_directory():
    machine = taken(worker("a"), errors=[inline("e")])
    run = machine.of("wd")
    machine.tell(done(run, StateType.SUCCESS, report(run, "a", StateType.FAILED)))
    assert machine.states == {"wd": "FAILED", "a": "FAILED", "e": "SUCCESS"}


def test_a_directory_that_cannot_be_made_fails():
    machine = taken(worker("a"))
    machine.tell(done(machine.of("wd"), StateType.FAILED))
    assert machine.states == {"wd": "FAILED"}


def test_a_lost_directory_is_done_again_as_a_whole():
    machine = taken(worker("a"))
    run = machine.of("wd")
    late = report(run, "a", StateType.SUCCESS)
    machine.tell(late)
    machine.tell(AttemptStarted(run.id, run.attempts[0].id, 2, "w2", START))
    assert machine.states == {"wd": "RUNNING"}
    machine.tell(late)
    assert machine.states == {"wd": "RUNNING"}
    run = machine.of("wd")
    machine.tell(report(run, "a", StateType.SUCCESS, child="c2"), done(run))
    assert machine.states == {"wd": "SUCCESS", "a": "SUCCESS", "n": "SUCCESS"}
    assert [path(a.state) for a in machine.of("wd").attempts] == ["CRU", "CRS"]


def test_kill_of_a_directory_waits_for_its_worker():
    machine = taken(worker("a"), worker("b"))
    run = machine.of("wd")
    machine.tell(report(run, "a", StateType.SUCCESS), report(run, "b", StateType.RUNNING))
    machine.tell(KillRequested())
    assert machine.final == "KILLING"
    assert machine.stopped == [run.attempts[0].id]
    killed = report(run, "b", StateType.KILLED)
    machine.tell(killed)
    assert machine.final == "KILLING"
    machine.tell(done(run, StateType.KILLED, killed))
    assert machine.states == {"wd": "KILLED", "a": "SUCCESS", "b": "KILLED"}
    assert machine.final == "KILLED"


def test_a_directory_whose_worker_is_lost_is_killed_in_the_end():
    machine = taken(worker("a"))
    machine.tell(report(machine.of("wd"), "a", StateType.RUNNING))
    machine.tell(KillRequested())
    machine.wait(60)
    assert machine.states == {"wd": "KILLED", "a": "KILLED"}
    assert machine.ended == 1


def each_item(**common):
    properties = {"namespace": "n", "flowId": "child", "items": "kestra:///x", **common}
    task = flowable("for_each_item", "f", **properties)
    return replace(task, children={"tasks": generated_tasks(task)})


def batches(count, **common):
    """A ForEachItem whose file is split and whose executions are started."""
    machine = Machine(flow(each_item(**common), inline("n"))).start()
    run = machine.of("f_split")
    machine.jobs.clear()
    machine.tell(
        AttemptEnded(
            run.id, run.attempts[0].id, 1, "w", StateType.SUCCESS, START, START, {"splits":
            "kestra:///s"}
        )
    )  # fmt: skip
    start = machine.other_effects[0]
    assert isinstance(start, StartExecutions)
    assert (start.splits, start.flow_id) == ("kestra:///s", "child")
    machine.tell(ExecutionsStarted(start.task_run_id, start.attempt_id, count, "/outputs"))
    return machine, start


def batch_ended(start, batch, state="SUCCESS"):
    ids = start.task_run_id, start.attempt_id, f"e{batch}"
    return ExecutionEnded(*ids, StateType(state), batch=batch)


def test_each_batch_of_a_file_is_an_execution():
    machine, start = batches(3, inputs={"i": "{{ taskrun.items }}"})
    assert start.inputs == {"i": "{{ taskrun.items }}"}
    machine.tell(batch_ended(start, 2), batch_ended(start, 2), batch_ended(start, 0))
    assert machine.of("f_items").outputs["iterations"] == {"CREATED": 1, "RUNNING": 0, "SUCCESS": 2}
    machine.tell(batch_ended(start, 1))
    assert machine.of("f_items").outputs == {
        "iterations": {"CREATED": 0, "RUNNING": 0, "SUCCESS": 3},
        "numberOfBatches": 3,
        "subflowOutputsBaseUri": "/outputs",
    }
    assert machine.of("f_items").iteration == 3
    machine.work(machine.of("f_merge").id)
    assert machine.final == "SUCCESS"
    assert machine.order == ["f", "f_split", "f_items", "f_merge", "n"]


@pytest.mark.parametrize(
    ("common", "states"),
    [
        ({}, {"f": "FAILED", "f_items": "FAILED"}),
        ({"allow_failure": True}, {"f": "WARNING", "f_items": "FAILED", "n": "SUCCESS"}),
    ],
)
def test_a_failed_batch_fails_the_whole(common, states):
    machine, start = batches(2, **common)
    machine.tell(batch_ended(start, 0, "FAILED"), batch_ended(start, 1))
    assert machine.states == {"f_split": "SUCCESS", **states}


def test_an_empty_file_has_no_batches():
    machine, _ = batches(0)
    assert machine.states["f_items"] == "SUCCESS"


def test_who_does_not_wait_for_batches_goes_on():
    machine, _ = batches(2, wait=False)
    assert machine.of("f_items").outputs["iterations"] == {"SUCCESS": 2, "RUNNING": 0}
    assert "f_merge" in machine.states


def test_a_kill_reaches_the_executions_of_all_batches():
    machine, start = batches(2)
    machine.tell(KillRequested())
    assert machine.other_effects[-1] == StopExecutions(start.task_run_id)
    machine.tell(batch_ended(start, 0, "KILLED"), batch_ended(start, 1, "KILLED"))
    assert machine.states == {"f": "KILLED", "f_split": "SUCCESS", "f_items": "KILLED"}
    assert machine.final == "KILLED"


def test_a_for_each_item_without_its_tasks_fails():
    assert Machine(flow(flowable("for_each_item", "f"))).start().final == "FAILED"
