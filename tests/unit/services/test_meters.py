"""What is counted of committed steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tiercel.engine import ExecutionState
from tiercel.model.execution import Attempt, Execution, TaskRun
from tiercel.model.state import State, StateType
from tiercel.services.meters import Meters
from tiercel.services.step import StepOutcome

NOW = datetime(2024, 1, 1, tzinfo=UTC)
CREATED, RUNNING, SUCCESS = StateType.CREATED, StateType.RUNNING, StateType.SUCCESS


def lasting(*states: StateType) -> State:
    return State.of(*((state, NOW + timedelta(seconds=n)) for n, state in enumerate(states)))


def step(meters: Meters, *states: StateType) -> None:
    state = lasting(*states)
    attempt = Attempt("attempt", state, token=1, worker_id="worker")
    run = TaskRun("run", "e", "t", 0, state, attempts=(attempt,))
    execution = Execution("e", "n", "f", 1, state, "e")
    outcome = StepOutcome(execution_changed=True, changed={"run": None})
    meters.step_done(ExecutionState(execution, [run]), outcome)


def counts(meters: Meters) -> dict[str, float]:
    return {series.name: series.count for series in meters}


def test_everything_counts_once_however_often_it_is_written() -> None:
    meters = Meters()
    for states in [(CREATED,), (CREATED, RUNNING), (CREATED, RUNNING, SUCCESS)]:
        step(meters, *states)
        step(meters, *states)
    assert counts(meters) == {
        "executor.execution.started.count": 1,
        "executor.execution.end.count": 1,
        "executor.execution.duration": 1,
        "executor.taskrun.next.count": 1,
        "executor.taskrun.ended.count": 1,
        "executor.taskrun.ended.duration": 1,
        "executor.workertaskresult.count": 1,
        "worker.started.count": 1,
        "worker.queued.duration": 1,
        "worker.ended.count": 1,
        "worker.ended.duration": 1,
    }
    [ended] = [series for series in meters if series.name == "worker.ended.duration"]
    assert (ended.total, ended.longest) == (1.0, 1.0)
    assert dict(ended.tags) == {
        "attempt_count": "1",
        "flow_id": "f",
        "namespace_id": "n",
        "state": "SUCCESS",
    }


def test_there_are_not_endlessly_many_series() -> None:
    meters = Meters()
    for number in range(20_010):
        meters.count("some.count", (("flow_id", str(number)),))
    assert len(list(meters)) == 20_000
