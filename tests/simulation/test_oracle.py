"""In a world where nothing goes wrong every random flow comes to what plain recursion says."""

from __future__ import annotations

from simulation.machine import Machine
from simulation.oracle import expected
from simulation.random_flows import random_flow
from tiercel.engine import ExecutionState
from tiercel.model.execution import TaskRun
from tiercel.model.news import ResumeRequested
from tiercel.model.state import StateType


def place(state: ExecutionState, run: TaskRun) -> tuple[str, ...]:
    values = [r.value for r in (run, *state.ancestors(run)) if r.value is not None]
    return (run.task_id, *reversed(values))


def states_by_place(state: ExecutionState) -> dict[tuple[str, ...], str]:
    return {place(state, run): run.state.current.value for run in state.task_runs}


def is_paused(machine: Machine) -> bool:
    return any(run.state.current is StateType.PAUSED for run in machine.state.open_task_runs())


def test_random_flows_come_to_what_they_must():
    compared = 0
    for seed in range(2000):
        flow = random_flow(seed)
        must = expected(flow)
        machine = Machine(flow).run()
        while machine.ended == 0 and is_paused(machine):
            machine.tell(ResumeRequested())
            machine.run_on()
        assert machine.ended == 1, f"seed {seed}: {machine.final} {machine.states}"
        if must is None:
            continue
        compared += 1
        assert machine.final == must.final, f"seed {seed}"
        assert states_by_place(machine.state) == must.states, f"seed {seed}"
    assert compared > 1000
