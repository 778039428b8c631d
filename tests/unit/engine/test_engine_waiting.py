"""Why an execution waits: one sentence for everything that can hold it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulation import states
from simulation.flows import failing, flow, flowable, inline, worker
from simulation.machine import START, Machine
from tiercel.engine import ExecutionState, waiting_reason
from tiercel.engine.effects import StartExecution
from tiercel.engine.flowables.for_each_item import generated_tasks
from tiercel.model.flow import Concurrency
from tiercel.model.news import AttemptStarted, ExecutionsStarted, KillRequested, PauseRequested
from tiercel.model.task import Retry, RetryBehavior, WorkerGroup


def taken(machine, task_id="a"):
    run = machine.of(task_id)
    return machine.tell(AttemptStarted(run.id, run.attempts[-1].id, 1, "w1", START))


def queued():
    machine = Machine(flow(worker("a"), concurrency=Concurrency(2)))
    machine.running = 2
    return machine.start()


def batches():
    task = flowable("for_each_item", "f", items="x", namespace="n", flowId="c")
    children = {"tasks": generated_tasks(task)}
    machine = Machine(flow(flowable("for_each_item", "f", branches=children, items="x"))).start()
    machine.work(machine.of("f_split").id)
    run = machine.of("f_items")
    return machine.tell(ExecutionsStarted(run.id, run.attempts[-1].id, 3))


def retry(behavior=RetryBehavior.RETRY_FAILED_TASK):
    return Retry("constant", interval=timedelta(minutes=1), behavior=behavior)


def beside_a_pause():
    tasks = flowable("parallel", "p", worker("a"), flowable("pause", "w"))
    return taken(Machine(flow(tasks)).start())


def left():
    """One task is at work when the one beside it ends the execution."""
    beside = flowable("sequential", "s", inline("n", wait=1), inline("x", exit="WARNING"))
    machine = taken(Machine(flow(flowable("parallel", "p", worker("a"), beside))).start())
    machine.wait(2)
    return machine


def loop():
    wait = {"checkFrequency": {"interval": 60}}
    return Machine(flow(flowable("loop_until", "l", inline("a"), condition="false", **wait)))


SELECTED = WorkerGroup("", "WAIT", ("gpu", "fast"), "ANY")
KINDS = {
    "not begun": (lambda: Machine(flow(inline("a"))), "Waits for an executor to begin it."),
    "date": (
        lambda: Machine(flow(inline("a")), schedule_date=START + timedelta(hours=1)).start(),
        "Waits for its scheduled start at 2026-01-01T01:00:00Z.",
    ),
    "slot": (queued, "Waits for one of the 2 slots of flow company.team.flow."),
    "worker": (
        lambda: Machine(flow(worker("a"))).start(),
        "Task a waits for a free worker.",
    ),
    "worker group": (
        lambda: Machine(flow(worker("a", worker_group=WorkerGroup("gpu")))).start(),
        "Task a waits for a free worker of group gpu.",
    ),
    "worker tags": (
        lambda: Machine(flow(worker("a", worker_group=SELECTED))).start(),
        "Task a waits for a free worker of a group with any of the tags gpu, fast.",
    ),
    "work": (
        lambda: taken(Machine(flow(worker("a"))).start()),
        "Task a runs on worker w1.",
    ),
    "sleep": (
        lambda: Machine(flow(inline("a", wait=9))).start(),
        "Task a waits for its time to pass.",
    ),
    "retry": (
        lambda: Machine(flow(failing("a", retry=retry()))).start(),
        "Task a is tried again at 2026-01-01T00:01:00Z.",
    ),
    "approval": (
        lambda: Machine(flow(flowable("pause", "p"))).start(),
        "Task p waits for someone to resume it.",
    ),
    "approval beside work": (
        beside_a_pause,
        "Task w waits for someone to resume it (1 more).",
    ),
    "delay": (
        lambda: Machine(flow(flowable("pause", "p", delay="PT1M"))).start(),
        "Task p goes on at 2026-01-01T00:01:00Z.",
    ),
    "next round": (
        lambda: loop().start(),
        "Task l begins its next round at 2026-01-01T00:01:00Z.",
    ),
    "paused by hand": (
        lambda: Machine(flow(worker("a"))).start().tell(PauseRequested()),
        "Paused by hand; waits for someone to resume it.",
    ),
    "breakpoint": (
        states.STATES["BREAKPOINT"],
        "Stands at the breakpoint before task a; waits for someone to resume it.",
    ),
    "batches": (batches, "Task f_items waits for 3 of the 3 executions it started."),
    "kill": (
        lambda: taken(Machine(flow(worker("a"))).start()).tell(KillRequested()),
        "Being killed: Task a runs on worker w1.",
    ),
    "an exit": (
        left,
        "Ends in WARNING, but for what is at work: Task a runs on worker w1.",
    ),
    "after the end": (
        lambda: Machine(flow(inline("a"), after_execution=[worker("b")])).start(),
        "Over but for what runs after it: Task b waits for a free worker.",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_an_execution_is_said(kind):
    make, sentence = KINDS[kind]
    machine = make()
    assert waiting_reason(machine.flow, machine.state) == sentence


def test_a_child_is_named():
    machine = Machine(flow(flowable("subflow", "s", namespace="n", flowId="c"))).start()
    start = next(one for one in machine.other_effects if isinstance(one, StartExecution))
    expected = f"Task s waits for execution {start.execution_id}."
    assert waiting_reason(machine.flow, machine.state) == expected


@pytest.mark.parametrize("state", states.STATES)
def test_exactly_what_is_not_over_waits_for_something(state):
    machine = states.STATES[state]()
    reason = waiting_reason(machine.flow, machine.state)
    assert (reason is None) is machine.execution.state.current.is_terminal


def test_something_is_said_between_two_steps_too():
    machine = Machine(flow(worker("a"))).start()
    bare = ExecutionState(machine.execution)
    assert waiting_reason(machine.flow, bare) == "Waits for an executor to go on with it."
