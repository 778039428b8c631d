"""Breakpoints: the execution stops before a task until someone lets it go on."""

from __future__ import annotations

from simulation.flows import flow, flowable, inline, worker
from simulation.machine import Machine, path
from tiercel.engine import replay, waiting_reason
from tiercel.model.execution import Breakpoint
from tiercel.model.news import (
    AttemptStarted,
    BreakpointResumed,
    ForceRunRequested,
    KillRequested,
    ResumeRequested,
    TaskRunStateRequested,
)
from tiercel.model.state import StateType


def stopping(*tasks, at=("b",), **fields):
    points = tuple(Breakpoint(*point.split(".")) for point in at)
    return Machine(flow(*tasks, **fields), breakpoints=points).start()


def test_an_execution_stops_before_the_task_and_goes_on():
    machine = stopping(inline("a"), inline("b"), inline("c"))
    assert path(machine.execution.state) == "CRB"
    assert machine.states == {"a": "SUCCESS", "b": "BREAKPOINT"}
    assert waiting_reason(machine.flow, machine.state) == (
        "Stands at the breakpoint before task b; waits for someone to resume it."
    )
    machine.tell(BreakpointResumed())
    assert path(machine.execution.state) == "CRBRS"
    assert path(machine.of("b").state) == "CBCRS"
    assert machine.execution.breakpoints == ()


def test_other_breakpoints_may_be_set_on_the_way():
    machine = stopping(inline("a"), inline("b"), inline("c"))
    machine.tell(BreakpointResumed((Breakpoint("b"), Breakpoint("c"))))
    assert machine.states == {"a": "SUCCESS", "b": "SUCCESS", "c": "BREAKPOINT"}


def test_a_breakpoint_holds_for_one_value_of_a_loop():
    loop = flowable("for_each", "loop", inline("b"), values=["x", "y"])
    machine = stopping(loop, at=("b.y",))
    assert machine.states["b[x]"] == "SUCCESS"
    assert machine.states["b[y]"] == "BREAKPOINT"


def test_work_beside_a_breakpoint_ends_but_nothing_new_begins():
    machine = stopping(flowable("parallel", "p", worker("a"), inline("b")), inline("c"))
    machine.work(machine.of("a").id)
    assert machine.states == {"p": "RUNNING", "a": "SUCCESS", "b": "BREAKPOINT"}
    machine.tell(BreakpointResumed())
    assert machine.final == "SUCCESS"


def test_a_pause_beside_a_breakpoint_still_waits_for_its_resume():
    tasks = flowable("parallel", "p", inline("b"), flowable("pause", "w"))
    machine = stopping(tasks)
    machine.tell(BreakpointResumed())
    assert (machine.final, machine.states["w"]) == ("PAUSED", "PAUSED")
    machine.tell(ResumeRequested())
    assert machine.final == "SUCCESS"


def test_a_kill_or_a_state_set_by_hand_ends_it():
    assert stopping(inline("b")).tell(KillRequested()).states == {"b": "KILLED"}
    machine = stopping(inline("b"), inline("c"))
    machine.tell(TaskRunStateRequested(machine.of("b").id, StateType.SUCCESS))
    assert machine.states == {"b": "SUCCESS", "c": "SUCCESS"}


def test_a_forced_run_passes_the_breakpoint():
    assert stopping(inline("b")).tell(ForceRunRequested()).final == "SUCCESS"


def test_a_replay_has_no_breakpoints_but_its_own():
    machine = stopping(inline("b")).tell(BreakpointResumed())
    new, _ = replay(machine.flow, machine.state, None, machine.now, machine.new_id)
    assert new.breakpoints == ()


def test_a_job_given_out_before_is_not_touched():
    machine = stopping(flowable("parallel", "p", worker("a"), inline("b")))
    run = machine.of("a")
    machine.tell(AttemptStarted(run.id, run.attempts[-1].id, 1, "w", machine.now))
    assert machine.of("a").state.current is StateType.RUNNING
