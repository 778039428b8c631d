"""Restart, replay, changed states, limits, SLAs, and why an execution waits."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from msgspec.structs import replace

from simulation.flows import failing, flow, flowable, inline, sequential, worker
from simulation.machine import START, Machine, name, path
from tiercel.engine import ExecutionState, moved_to_revision, replay, waiting_reason
from tiercel.engine.effects import StartRetry
from tiercel.model.execution import ExecutionMetadata, Label
from tiercel.model.flow import Concurrency, ConcurrencyBehavior
from tiercel.model.news import (
    AttemptStarted,
    Continued,
    Created,
    ExecutionStateRequested,
    ForceRunRequested,
    KillRequested,
    LabelsRequested,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    TaskRunStateRequested,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.model.task import Retry, RetryBehavior, WorkerGroup


def fails_first(task_id, **common):
    """A task whose first attempt fails."""
    return inline(task_id, run=lambda c, before: "FAILED" if before == 0 else {}, **common)


def test_a_restart_runs_what_failed_again():
    machine = Machine(flow(inline("a"), fails_first("c"), inline("d"))).start()
    assert machine.states == {"a": "SUCCESS", "c": "FAILED"}
    machine.tell(RestartRequested())
    assert path(machine.execution.state) == "CRFTRS"
    assert path(machine.of("c").state) == "CRFTRS"
    assert path(machine.of("a").state) == "CRS"
    assert len(machine.of("c").attempts) == 2
    assert machine.order == ["a", "c", "d"]
    assert machine.execution.metadata.attempt_number == 2
    assert Label("system.restarted", "true") in machine.execution.labels
    assert machine.ended == 2


def test_a_restart_drops_what_handled_the_failure():
    local = sequential("s", inline("x"), fails_first("f"), errors=[inline("le")])
    machine = Machine(
        flow(local, inline("l"), errors=[inline("e")], finally_=[inline("z")])
    ).start()
    assert machine.order == ["s", "x", "f", "le", "e", "z"]
    machine.tell(RestartRequested())
    assert machine.order == ["s", "x", "f", "l", "z"]
    assert path(machine.of("s").state) == "CRFRS"
    assert machine.final == "SUCCESS"


def test_a_restart_inside_a_loop():
    f = inline("f", run=lambda c, b: "FAILED" if c["taskrun"]["value"] == "2" and b == 0 else {})
    each = flowable("for_each", "fe", f, values=["1", "2"])
    machine = Machine(flow(each, inline("l"), errors=[inline("e")])).start()
    machine.tell(RestartRequested())
    assert path(machine.of("f[2]").state) == "CRFTRS"
    assert path(machine.of("fe").state) == "CRFRS"
    assert machine.order == ["fe", "f[1]", "f[2]", "l"]


def test_a_restart_of_what_could_not_begin():
    seen = []
    condition = lambda c: seen.append(1) or ("!" if len(seen) == 1 else "true")  # noqa: E731
    choice = flowable("if", "i", branches={"then": [inline("t")]}, condition=condition)
    machine = Machine(flow(choice)).start()
    assert machine.states == {"i": "FAILED"}
    machine.tell(RestartRequested())
    assert machine.states == {"i": "SUCCESS", "t": "SUCCESS"}
    assert path(machine.of("i").state) == "CRFTRS"


def test_a_restart_that_fails_again_ends_again():
    machine = Machine(flow(flowable("switch", "s", branches={"cases.a": [inline("t")]}, value="b")))
    machine.start().tell(RestartRequested())
    assert path(machine.execution.state) == "CRFTRF"
    assert machine.ended == 2


@pytest.mark.parametrize("task", [inline("a"), worker("a")])
def test_nothing_to_restart(task):
    machine = Machine(flow(task)).start()
    before = machine.execution
    machine.tell(RestartRequested())
    assert machine.execution == before


def test_a_paused_execution_can_be_restarted():
    machine = Machine(flow(sequential("s", flowable("pause", "p")), inline("n"))).start()
    machine.tell(RestartRequested())
    assert path(machine.of("p").state) == "CRPTRP"
    machine.tell(ResumeRequested())
    assert machine.final == "SUCCESS"


def test_a_changed_task_run_lets_what_follows_run():
    machine = Machine(
        flow(sequential("s", failing("a"), inline("b")), errors=[inline("e")])
    ).start()
    machine.tell(TaskRunStateRequested(machine.of("a").id, StateType.SUCCESS))
    assert machine.states == {"s": "SUCCESS", "a": "SUCCESS", "b": "SUCCESS"}
    assert path(machine.of("a").state) == "CRFS"
    assert path(machine.of("a").attempts[0].state) == "CRFS"
    assert path(machine.execution.state) == "CRFTRS"


def test_a_task_run_changed_to_failed_runs_the_errors():
    machine = Machine(flow(inline("a"), errors=[inline("e")])).start()
    machine.tell(TaskRunStateRequested(machine.of("a").id, StateType.FAILED))
    assert machine.states == {"a": "FAILED", "e": "SUCCESS"}
    assert machine.final == "FAILED"


def test_a_running_task_run_that_is_changed_is_stopped():
    machine = Machine(flow(worker("a"), inline("b"))).start()
    machine.tell(AttemptStarted(machine.of("a").id, machine.of("a").attempts[0].id, 1, "w", START))
    machine.tell(TaskRunStateRequested(machine.of("a").id, StateType.WARNING))
    assert machine.stopped
    assert machine.states == {"a": "WARNING", "b": "SUCCESS"}


def test_a_child_that_is_changed_is_followed_once():
    each = flowable(
        "for_each", "o", worker("t"), worker("u"), values=["a", "b"], concurrencyLimit=2
    )
    machine = Machine(flow(each)).start()
    machine.tell(TaskRunStateRequested(machine.of("t[a]").id, StateType.SUCCESS))
    assert machine.order == ["o", "t[a]", "t[b]", "u[a]"]


def test_the_state_of_an_ended_execution_can_be_changed():
    machine = Machine(flow(failing("a"))).start()
    machine.tell(
        ExecutionStateRequested(StateType.SUCCESS), ExecutionStateRequested(StateType.RUNNING)
    )
    assert path(machine.execution.state) == "CRFS"
    assert machine.states == {"a": "FAILED"}
    assert machine.ended == 1


def test_labels_are_merged_at_any_time():
    machine = Machine(flow(inline("a"))).start()
    machine.tell(
        LabelsRequested((Label("a", "1"),)), LabelsRequested((Label("a", "2"), Label("b", "3")))
    )
    assert machine.execution.labels == (Label("a", "2"), Label("b", "3"))
    assert machine.ended == 1


def test_force_run_starts_a_scheduled_execution():
    machine = Machine(flow(inline("a")), schedule_date=START + timedelta(hours=1)).start()
    machine.tell(ForceRunRequested())
    assert machine.final == "SUCCESS"


def test_force_run_resumes_a_paused_one():
    machine = Machine(flow(worker("a"), inline("b"))).start()
    machine.tell(PauseRequested())
    machine.tell(ForceRunRequested())
    machine.work(machine.of("a").id)
    assert machine.final == "SUCCESS"


def limited(behavior, running):
    machine = Machine(flow(inline("a"), concurrency=Concurrency(1, ConcurrencyBehavior(behavior))))
    machine.running = running
    return machine.start()


@pytest.mark.parametrize(
    ("behavior", "history", "message"),
    [
        ("QUEUE", "CQ", "Flow is queued due to concurrency limit exceeded, 1 running(s)"),
        ("CANCEL", "CX", None),
        ("FAIL", "CF", "Flow is FAILED due to concurrency limit exceeded"),
    ],
)
def test_an_execution_over_the_limit(behavior, history, message):
    machine = limited(behavior, 1)
    assert path(machine.execution.state) == history
    assert machine.states == {}
    assert machine.messages == ([message] if message else [])
    assert machine.ended == (behavior != "QUEUE")


def test_an_execution_under_the_limit():
    assert path(limited("QUEUE", 0).execution.state) == "CRS"


@pytest.mark.parametrize(
    ("state", "history"), [("RUNNING", "CQRS"), ("CANCELLED", "CQX"), ("FAILED", "CQF")]
)
def test_a_queued_execution_is_let_out(state, history):
    machine = limited("QUEUE", 1)
    machine.tell(Created(), UnqueueRequested(StateType(state)))
    assert path(machine.execution.state) == history
    assert machine.ended == 1


def test_a_queued_execution_is_killed_and_forced():
    assert path(limited("QUEUE", 1).tell(KillRequested()).execution.state) == "CQGK"
    assert path(limited("QUEUE", 1).tell(ForceRunRequested()).execution.state) == "CQRS"


def sla(behavior, **more):
    return {"id": "s", "behavior": behavior, **more}


@pytest.mark.parametrize(
    ("behavior", "final"), [("FAIL", "FAILED"), ("CANCEL", "CANCELLED"), ("NONE", "RUNNING")]
)
def test_an_execution_that_takes_too_long(behavior, final):
    rule = sla(behavior, type="MAX_DURATION", duration="PT10S", labels={"sla": "late"})
    machine = Machine(flow(worker("a"), errors=[inline("e")], sla=[rule])).start()
    machine.wait(20)
    assert machine.final == final
    assert Label("sla", "late") in machine.execution.labels
    reason = "execution duration of PT10S exceed the maximum duration of PT10S."
    assert machine.messages[0] == f"SLA 's' violated: {reason}"
    assert "e" not in machine.states
    assert bool(machine.stopped) == (behavior != "NONE")


def test_an_execution_that_is_done_in_time():
    rule = sla("FAIL", type="MAX_DURATION", duration="PT10S")
    assert Machine(flow(inline("a"), sla=[rule])).run().final == "SUCCESS"


def test_an_assertion_that_turns_false():
    holds = lambda c: "false" if "b" in c["outputs"] else "true"  # noqa: E731
    rule = sla("CANCEL", type="EXECUTION_ASSERTION", **{"assert": holds})
    machine = Machine(flow(inline("a"), inline("b"), worker("c"), sla=[rule])).start()
    assert machine.final == "CANCELLED"
    assert machine.states["c"] == "CANCELLED"
    assert len([m for m in machine.messages if m.startswith("SLA 's' violated: assertion")]) == 1


def test_an_assertion_that_cannot_be_rendered_is_said_once():
    rule = sla("FAIL", type="EXECUTION_ASSERTION", **{"assert": "{{ ! }}"})
    machine = Machine(flow(inline("a"), inline("b"), sla=[rule])).run()
    assert machine.final == "SUCCESS"
    assert machine.messages == ["Ignoring SLA 's' because of the error: can't be rendered"]


def again(**more):
    return Retry(
        "constant",
        interval=timedelta(seconds=2),
        behavior=RetryBehavior.CREATE_NEW_EXECUTION,
        **more,
    )


def test_a_retry_by_a_new_execution():
    rule = again(max_attempts=3)
    machine = Machine(flow(sequential("s", failing("f")), errors=[inline("e")], retry=rule)).start()
    assert machine.states == {"s": "RETRIED", "f": "RETRIED"}
    assert path(machine.execution.state) == "CRN"
    assert machine.other_effects == [StartRetry(START + timedelta(seconds=2))]
    assert machine.ended == 1
    last = Machine(
        flow(sequential("s", failing("f")), errors=[inline("e")], retry=rule),
        metadata=ExecutionMetadata(3, START),
    ).start()
    assert last.final == "FAILED"
    assert last.states["e"] == "SUCCESS"


def test_what_runs_beside_a_failure_that_is_retried_elsewhere_ends():
    both = flowable("parallel", "p", worker("w"), failing("f", retry=again()))
    machine = Machine(flow(both)).start()
    assert machine.states == {"p": "RETRIED", "w": "KILLED", "f": "RETRIED"}
    assert machine.stopped


def test_a_long_row_of_inline_tasks_leaves_room_for_others():
    machine = Machine(
        flow(
            flowable(
                "for_each", "o", inline("t"), values=[str(n) for n in range(50)], concurrencyLimit=0
            )
        )
    )
    machine.most_inline = 8
    machine.start()
    assert sum(s == "SUCCESS" for s in machine.states.values()) == 8
    assert isinstance(machine.timers[0][2], Continued)
    machine.run_on()
    assert machine.final == "SUCCESS"
    assert len(machine.order) == 51


def replayed(machine, target=None):
    """Replay, and carry the new execution to its end."""
    target_id = machine.of(target).id if target else None
    execution, runs = replay(machine.flow, machine.state, target_id, machine.now, machine.new_id)
    other = Machine(machine.flow)
    other.state = ExecutionState(execution, runs)
    other.new_id = machine.new_id
    return other, [name(run) for run in runs]


def test_a_replay_from_the_start_is_a_fresh_execution():
    machine = Machine(flow(inline("a"), inline("b")), inputs={"x": 1}).run()
    other, kept = replayed(machine)
    assert kept == []
    assert path(other.execution.state) == "C"
    assert other.execution.parent_id == "execution"
    assert other.execution.original_id == "execution"
    assert other.execution.inputs == {"x": 1}
    assert other.execution.metadata.attempt_number == 2
    assert other.run().final == "SUCCESS"


def test_a_replay_from_a_task_keeps_what_came_before():
    machine = Machine(flow(*(inline(x) for x in "abcde"))).run()
    other, kept = replayed(machine, "b")
    assert kept == ["a", "b"]
    assert path(other.of("b").state) == "CRST"
    assert path(other.execution.state) == "CRST"
    assert other.of("a").id != machine.of("a").id
    other.run()
    assert path(other.execution.state) == "CRSTRS"
    assert other.order == list("abcde")
    assert path(other.of("a").state) == "CRS"


def test_a_replay_of_a_flowable_keeps_its_parallel_siblings():
    inner = sequential("in", inline("x"), inline("y"))
    machine = Machine(
        flow(flowable("parallel", "p", inline("a"), inner, inline("b")), inline("l"))
    ).run()
    other, kept = replayed(machine, "in")
    assert kept == ["p", "a", "in", "b"]
    assert path(other.of("in").state) == "CRSR"
    assert path(other.of("p").state) == "CRSR"
    assert other.run().states == machine.states


def test_what_goes_on_with_another_revision_has_new_ids_and_none_of_the_tasks_that_are_gone():
    machine = Machine(flow(inline("a"), sequential("s", inline("x"), inline("y")))).run()
    changed = dataclasses.replace(flow(sequential("s", inline("y"))), revision=7)
    moved, runs = moved_to_revision(changed, machine.state, machine.new_id)
    assert (moved.parent_id, moved.flow_revision) == ("execution", 7)
    assert [name(run) for run in runs] == ["s", "y"]
    assert runs[1].parent_id == runs[0].id != machine.of("s").id
    assert {run.execution_id for run in runs} == {moved.id} != {"execution"}


@pytest.mark.parametrize("limit", [0, 1])
def test_a_replay_inside_a_loop(limit):
    each = flowable(
        "for_each", "o", inline("t"), inline("u"), values=["1", "2"], concurrencyLimit=limit
    )
    machine = Machine(flow(each, inline("l"))).run()
    other, kept = replayed(machine, "t[1]")
    assert set(kept) == ({"o", "t[1]"} if limit == 1 else {"o", "t[1]", "t[2]", "u[2]"})
    other.run()
    assert other.states == machine.states


def test_a_replay_in_a_dag_drops_what_depends_on_the_target():
    tasks = [inline(x) for x in "abcd"]
    dag = flowable("dag", "g", *tasks, dependsOn={"b": ["a"], "c": ["b"]})
    machine = Machine(flow(dag)).run()
    other, kept = replayed(machine, "b")
    assert set(kept) == {"g", "a", "b", "d"}
    assert other.run().states == machine.states


def test_a_replay_of_what_failed_drops_its_handling():
    machine = Machine(
        flow(sequential("s", fails_first("f"), errors=[inline("le")]), errors=[inline("e")])
    ).run()
    other, kept = replayed(machine, "f")
    assert kept == ["s", "f"]
    assert other.run().final == "SUCCESS"


def test_a_replay_of_a_running_execution_takes_nothing_that_runs_along():
    both = flowable("parallel", "p", inline("a"), worker("w"))
    machine = Machine(flow(both)).start()
    other, kept = replayed(machine, "a")
    assert kept == ["p", "a", "w"]
    assert path(other.of("w").state) == "CKT"
    assert other.run().final == "SUCCESS"
    assert len(other.of("w").attempts) == 2


def reason(machine):
    return waiting_reason(machine.flow, machine.state)


def test_why_it_waits():
    assert reason(Machine(flow(inline("a"))).run()) is None
    assert reason(limited("QUEUE", 1)) == "Waits for the slot of flow company.team.flow."
    later = Machine(flow(inline("a")), schedule_date=START + timedelta(hours=1)).start()
    assert reason(later) == "Waits for its scheduled start at 2026-01-01T01:00:00Z."
    both = Machine(flow(flowable("parallel", "p", worker("a"), worker("b")))).start()
    assert reason(both) == "Task a waits for a free worker (1 more)."
    run = both.of("a")
    both.tell(AttemptStarted(run.id, run.attempts[0].id, 1, "w1", START))
    assert reason(both) == "Task a runs on worker w1 (1 more)."
    both.tell(KillRequested())
    assert reason(both) == "Being killed: Task a runs on worker w1."
    retried = Machine(flow(failing("f", retry=slow_retry()))).start()
    assert reason(retried) == "Task f is tried again at 2026-01-01T00:01:00Z."
    paused = Machine(flow(flowable("pause", "p", timeout="PT1M"))).start()
    expected = "Task p waits for someone to resume it, until 2026-01-01T00:01:00Z."
    assert reason(paused) == expected
    delayed = Machine(flow(flowable("pause", "p", delay="PT1M"))).start()
    assert reason(delayed) == "Task p goes on at 2026-01-01T00:01:00Z."
    asleep = Machine(flow(inline("a", wait=9))).start()
    assert reason(asleep) == "Task a waits for its time to pass."
    by_hand = Machine(flow(worker("a"))).start().tell(PauseRequested())
    assert reason(by_hand) == "Paused by hand; waits for someone to resume it."


def slow_retry():
    return Retry("constant", interval=timedelta(minutes=1), max_attempts=2)


def test_a_worker_group_is_named():
    task = worker("a", worker_group=WorkerGroup("gpu"))
    assert reason(Machine(flow(task)).start()) == "Task a waits for a free worker of group gpu."


def test_a_kept_header_stays_as_it_was():
    machine = Machine(flow(inline("a"))).run()
    before = replace(machine.execution)
    replayed(machine, "a")
    assert machine.execution == before
