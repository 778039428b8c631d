"""Pause, LoopUntil, pausing and resuming by hand."""

from __future__ import annotations

import pytest

from simulation.flows import failing, flow, flowable, inline, sequential, worker
from simulation.machine import START, Machine, path
from tiercel.engine import ExecutionState
from tiercel.model.news import KillRequested, PauseRequested, ResumeRequested


def pause(task_id="p", *tasks, **common):
    return flowable("pause", task_id, *tasks, **common)


def loop(task_id, condition, *tasks, **common):
    return flowable("loop_until", task_id, *tasks, condition=condition, **common)


def test_a_pause_waits_for_a_resume():
    machine = Machine(flow(pause(), inline("n"))).start()
    assert machine.states == {"p": "PAUSED"}
    assert machine.final == "PAUSED"
    machine.tell(ResumeRequested(inputs={"ok": True}, by="me"))
    assert machine.states == {"p": "SUCCESS", "n": "SUCCESS"}
    assert path(machine.execution.state) == "CRPTRS"
    assert path(machine.of("p").state) == "CRPS"
    assert machine.of("p").outputs == {
        "onResume": {"ok": True},
        "resumed": {"on": "2026-01-01T00:00:00Z", "to": "RUNNING", "by": "me"},
    }


def test_a_delay_resumes_by_itself():
    machine = Machine(flow(pause(delay="PT1S"), inline("n"))).run()
    assert path(machine.of("p").state) == "CRPRS"
    assert path(machine.execution.state) == "CRPTRS"


def test_tasks_of_a_pause_run_after_it():
    machine = Machine(flow(pause("p", inline("c"), pauseDuration=1), inline("n"))).run()
    assert machine.order == ["p", "c", "n"]
    assert path(machine.of("p").state) == "CRPRS"


def test_a_timeout_fails_the_pause():
    machine = Machine(flow(pause(timeout="PT1S"), inline("n"), errors=[inline("e")])).run()
    assert machine.states == {"p": "FAILED", "e": "SUCCESS"}
    assert path(machine.of("p").state) == "CRPF"
    assert path(machine.execution.state) == "CRPTRF"


def test_a_timeout_may_be_allowed():
    machine = Machine(flow(pause(timeout="PT1S", allow_failure=True), inline("n"))).run()
    assert machine.states == {"p": "WARNING", "n": "SUCCESS"}


def test_the_delay_wins_over_the_timeout():
    assert Machine(flow(pause(delay="PT3S", timeout="PT1S"))).run().final == "SUCCESS"


def test_a_resume_makes_the_delay_void():
    machine = Machine(flow(pause(delay="PT60S"), worker("n"))).start()
    machine.tell(ResumeRequested())
    before = machine.state.task_runs
    machine.wait(100)
    assert machine.state.task_runs == before


@pytest.mark.parametrize(
    ("behavior", "state", "final"),
    [
        ("WARN", "WARNING", "WARNING"),
        ("FAIL", "FAILED", "FAILED"),
        ("CANCEL", "CANCELLED", "CANCELLED"),
    ],
)
def test_what_happens_after_the_delay(behavior, state, final):
    machine = Machine(flow(pause(pauseDuration="PT1S", behavior_=0)))
    task = machine.flow.tasks[0]
    task.properties["behavior"] = behavior
    machine.run()
    assert machine.states["p"] == state
    assert machine.final == final


def test_on_pause_runs_before_standing_still():
    machine = Machine(flow(pause(branches={"onPause": [worker("o")]}))).start()
    assert machine.final == "RUNNING"
    machine.work(machine.of("o").id)
    assert machine.final == "PAUSED"


def test_parallel_pauses_need_a_resume_each():
    machine = Machine(flow(flowable("parallel", "x", pause("p"), pause("q")), inline("n")))
    machine.start()
    machine.tell(ResumeRequested())
    assert machine.states == {"x": "RUNNING", "p": "SUCCESS", "q": "PAUSED"}
    machine.tell(ResumeRequested())
    assert machine.final == "SUCCESS"


def test_what_is_parallel_to_a_pause_starts_after_it():
    sq = sequential("sq", inline("q1"), inline("q2"))
    machine = Machine(flow(flowable("parallel", "par", pause(delay="PT2S"), sq))).start()
    assert machine.states["sq"] == "CREATED"
    machine.next_timer()
    assert machine.final == "SUCCESS"
    assert path(machine.execution.state) == "CRPTRS"


def test_running_work_beside_a_pause_ends_and_is_kept():
    par = flowable("parallel", "par", worker("w"), pause())
    machine = Machine(flow(par, inline("n"))).start()
    machine.work(machine.of("w").id)
    assert machine.states == {"par": "RUNNING", "w": "SUCCESS", "p": "PAUSED"}
    machine.tell(ResumeRequested())
    assert machine.final == "SUCCESS"


def test_kill_of_a_pause():
    machine = Machine(flow(pause(delay="PT1S"), inline("n"))).start()
    machine.tell(KillRequested())
    assert machine.states == {"p": "KILLED"}
    assert path(machine.execution.state) == "CRPGK"


def test_a_pause_by_hand_lets_work_end_but_starts_nothing():
    machine = Machine(flow(worker("a"), inline("b"))).start()
    machine.tell(PauseRequested(), PauseRequested())
    machine.work(machine.of("a").id)
    assert machine.states == {"a": "SUCCESS"}
    machine.state = ExecutionState(machine.execution, machine.state.task_runs)
    machine.tell(ResumeRequested())
    assert path(machine.execution.state) == "CRPRS"
    machine.tell(ResumeRequested(), PauseRequested())
    assert machine.final == "SUCCESS"


def test_a_loop_repeats_until_its_condition_holds():
    count = inline("t", run=lambda c, b: {"value": c["outputs"]["l"]["iterationCount"] + 1})
    done = lambda c: c["outputs"]["t"]["value"] == 4  # noqa: E731
    machine = Machine(flow(loop("l", lambda c: str(done(c)).lower(), inline("x"), count))).run()
    assert machine.final == "SUCCESS"
    assert machine.of("t").outputs == {"value": 4}
    assert machine.of("l").outputs == {"iterationCount": 3}
    assert machine.of("l").iteration == 3
    assert [r.iteration for r in machine.state.task_runs] == [3, 3, 3]
    assert path(machine.of("l").state) == "CRS"
    assert path(machine.execution.state) == "CRPRPRS"
    assert (machine.now - START).total_seconds() == 2


def test_a_loop_that_holds_at_once_has_no_iteration():
    machine = Machine(flow(loop("l", "true", inline("t")))).run()
    assert machine.of("l").iteration is None
    assert path(machine.execution.state) == "CRS"


def test_a_loop_that_fails_on_its_limit():
    frequency = {"interval": "PT1S", "maxIterations": 2}
    limited = loop(
        "l", "false", inline("t"), failOnMaxReached=True, checkFrequency=frequency,
        errors=[inline("e")],
    )  # fmt: skip
    machine = Machine(flow(limited)).run()
    assert path(machine.execution.state) == "CRPRF"
    assert machine.of("l").iteration == 2
    assert machine.of("l").outputs == {"iterationCount": 2}
    assert machine.messages == ["Max iterations reached"]
    assert machine.states["e"] == "SUCCESS"


def test_a_loop_that_only_stops_at_its_limit():
    frequency = {"interval": 1, "maxDuration": "PT5S"}
    machine = Machine(flow(loop("l", "0", inline("t"), checkFrequency=frequency))).run()
    assert machine.final == "SUCCESS"
    assert machine.messages == ["Max duration reached"]


def test_a_failing_child_ends_the_loop():
    machine = Machine(flow(loop("l", "false", inline("a"), failing("f")))).run()
    assert machine.final == "FAILED"
    assert machine.of("l").iteration is None


def test_a_warning_goes_on_looping():
    frequency = {"maxIterations": 3}
    warned = failing("f", allow_failure=True)
    machine = Machine(flow(loop("l", "false", warned, checkFrequency=frequency))).run()
    assert machine.of("l").iteration == 3
    assert machine.final == "WARNING"


def test_a_condition_that_cannot_be_rendered_fails_the_loop():
    machine = Machine(flow(loop("l", "{{ ! }}", inline("t")))).run()
    assert machine.states == {"l": "FAILED", "t": "SUCCESS"}


def test_kill_of_a_waiting_loop():
    machine = Machine(flow(loop("l", "false", inline("t")))).start()
    machine.tell(KillRequested())
    assert machine.states == {"l": "KILLED", "t": "SUCCESS"}
    assert machine.ended == 1


def test_a_loop_in_a_loop_counts_for_itself():
    condition = lambda c: str(c["outputs"]["l"]["a"]["iterationCount"] == 2).lower()  # noqa: E731
    each = flowable("for_each", "o", loop("l", condition, inline("t")), values=["a"])
    machine = Machine(flow(each)).run()
    assert machine.of("l[a]").iteration == 2
    assert machine.state.outputs["t"] == {"a": {}}
