"""What is counted of committed steps."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from tiercel.engine import ExecutionState
from tiercel.model.execution import Attempt, Execution, Label, TaskRun
from tiercel.model.job import Job
from tiercel.model.state import State, StateType
from tiercel.services.meters import Meters
from tiercel.services.step import StepOutcome
from tiercel.web.telemetry import Sample, gauge, metered, prometheus_text, tagged

NOW = datetime(2024, 1, 1, tzinfo=UTC)
CREATED, RUNNING, SUCCESS = StateType.CREATED, StateType.RUNNING, StateType.SUCCESS


def lasting(*states: StateType) -> State:
    return State.of(*((state, NOW + timedelta(seconds=n)) for n, state in enumerate(states)))


def step(meters: Meters, *states: StateType, labels: tuple[Label, ...] = ()) -> None:
    state = lasting(*states)
    attempt = Attempt("attempt", state, token=1, worker_id="worker")
    run = TaskRun("run", "e", "t", 0, state, attempts=(attempt,))
    execution = Execution("e", "n", "f", 1, state, "e", labels=labels)
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


def test_what_one_process_knows_of_is_counted_there() -> None:
    meters = Meters()
    meters.queried(0.5)
    meters.message_refused("Job")
    meters.timed_out(
        Job("a", "r", "e", "n", "f", 1, "t", 2, "some.Type", {}, {}, worker_group="gpu")
    )
    found = {series.name: (series.count, series.total, dict(series.tags)) for series in meters}
    assert found == {
        "jdbc.query.duration": (1, 0.5, {}),
        "queue.big_message.count": (1, 0, {"class_name": "Job"}),
        "worker.timeout.count": (
            1,
            0,
            {
                "attempt_count": "3",
                "flow_id": "f",
                "namespace_id": "n",
                "task_type": "some.Type",
                "worker_group": "gpu",
            },
        ),
    }


def test_there_are_not_endlessly_many_series() -> None:
    meters = Meters()
    for number in range(20_010):
        meters.count("some.count", (("flow_id", str(number)),))
    assert len(list(meters)) == 20_000


def test_what_is_declared_is_listed_before_there_is_any() -> None:
    meters = Meters()
    meters.declare(["loops"], ["delays"], (("kind", "a"),))
    found = {series.name: (series.count, series.is_timer, series.tags) for series in meters}
    assert found == {"loops": (0, False, (("kind", "a"),)), "delays": (0, True, (("kind", "a"),))}


def test_what_fails_took_time_too() -> None:
    meters = Meters()
    with suppress(ValueError), meters.timed("work"):
        raise ValueError
    [series] = meters
    assert (series.count, series.total >= 0) == (1, True)


def test_a_gauge_says_how_much_there_is_now() -> None:
    meters = Meters()
    for value in (1, 2, 1):
        meters.gauge("running", value)
    [metric] = metered(meters, "kestra")
    assert (metric.name, metric.kind) == ("kestra_running", "gauge")
    assert metric.samples == (Sample("kestra_running", 1),)


def test_every_metric_has_the_tags_that_are_configured() -> None:
    meters = Meters()
    meters.gauge("running", 1, (("zone", "own"), ("label_a-b", "x")))
    found = [*metered(meters, "kestra"), gauge("plain", 2, "A number.")]
    shown = prometheus_text(list(tagged(found, {"zone": "a", "my-rack": 7, "1st": 'q"'})))
    assert 'kestra_running{zone="own",label_a_b="x",my_rack="7",_1st="q\\""} 1\n' in shown
    assert 'plain{zone="a",my_rack="7",_1st="q\\""} 2\n' in shown
    assert list(tagged(found[1:], {})) == found[1:]


def test_labels_of_executions_are_tags_where_that_is_configured() -> None:
    meters = Meters(["team", "no-such", "team"])
    step(meters, CREATED, RUNNING, SUCCESS, labels=(Label("team", "blue"), Label("more", "x")))
    assert all(
        dict(series.tags)["label_team"] == "blue"
        and dict(series.tags)["label_no-such"] == "__none__"
        and "label_more" not in dict(series.tags)
        for series in meters
    )
    text = prometheus_text(list(tagged(metered(meters, "kestra"), {})))
    assert (
        'kestra_executor_execution_started_count_total{flow_id="f",namespace_id="n",'
        'label_team="blue",label_no_such="__none__"} 1\n'
    ) in text
