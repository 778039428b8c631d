"""Retries, waits, lost workers, late and repeated news."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulation.flows import failing, flow, inline, sequential, worker
from simulation.machine import START, Machine, path
from tiercel.engine import ExecutionState
from tiercel.engine.retries import next_date
from tiercel.model.news import AttemptEnded, AttemptStarted, Created, KillRequested, TimerDue
from tiercel.model.state import StateType
from tiercel.model.task import Retry


def constant(attempts=None, **more):
    return Retry("constant", interval=timedelta(seconds=2), max_attempts=attempts, **more)


def succeeds_at(attempt):
    return lambda context, before: "SUCCESS" if before == attempt - 1 else "FAILED"


def ended(run, token=1, state=StateType.SUCCESS, date=START, outputs=None):
    attempt = run.attempts[-1].id
    return AttemptEnded(run.id, attempt, token, f"w{token}", state, START, date, outputs or {})


def started(run, token=1):
    return AttemptStarted(run.id, run.attempts[-1].id, token, f"w{token}", START)


def test_a_constant_retry_uses_all_attempts_then_errors_run():
    machine = Machine(flow(failing("f", retry=constant(3)), errors=[inline("e")])).run()
    run = machine.of("f")
    assert path(run.state) == "CRFYCRFYCRF"
    assert [path(a.state) for a in run.attempts] == ["CRF"] * 3
    assert path(machine.execution.state) == "CRFYRFYRF"
    assert machine.order == ["f", "e"]
    assert machine.now == START + timedelta(seconds=4)


def test_a_success_on_a_later_attempt():
    machine = Machine(flow(inline("f", run=succeeds_at(4), retry=constant(5)))).run()
    assert machine.final == "SUCCESS"
    assert len(machine.of("f").attempts) == 4


def test_warning_on_retry():
    rule = constant(5, warning_on_retry=True)
    assert Machine(flow(inline("f", run=succeeds_at(2), retry=rule))).run().final == "WARNING"
    assert Machine(flow(inline("f", retry=rule))).run().final == "SUCCESS"


def test_max_duration_counts_from_the_first_attempt():
    rule = constant(max_duration=timedelta(seconds=5))
    machine = Machine(flow(failing("f", retry=rule))).run()
    assert len(machine.of("f").attempts) == 3


@pytest.mark.parametrize("where", ["flowable", "flow"])
def test_a_retry_is_inherited(where):
    rule = {"retry": constant(3)}
    inner, outer = (rule, {}) if where == "flowable" else ({}, rule)
    nested = sequential("s", failing("f"), errors=[inline("le")], **inner)
    machine = Machine(flow(nested, errors=[inline("e")], **outer)).run()
    assert len(machine.of("f").attempts) == 3
    assert machine.order == ["s", "f", "le", "e"]


def test_allow_failure_comes_after_the_retries():
    machine = Machine(flow(failing("f", retry=constant(3), allow_failure=True), inline("n"))).run()
    assert machine.states == {"f": "WARNING", "n": "SUCCESS"}
    assert len(machine.of("f").attempts) == 3


def test_exponential_delays_grow_up_to_the_cap():
    rule = Retry("exponential", interval=timedelta(seconds=1), max_interval=timedelta(seconds=5))
    dates = [next_date(rule, made=n, first=START, last=START, seed="s") for n in (1, 2, 3, 4, 99)]
    assert [(d - START).total_seconds() for d in dates] == [1, 2, 4, 5, 5]


def test_random_delays_are_repeatable_and_inside_the_bounds():
    rule = Retry("random", min_interval=timedelta(seconds=1), max_interval=timedelta(seconds=3))
    dates = [next_date(rule, made=n, first=START, last=START, seed="s") for n in range(1, 50)]
    assert all(1 <= (d - START).total_seconds() < 3 for d in dates)
    assert len(set(dates)) > 40
    assert dates == [
        next_date(rule, made=n, first=START, last=START, seed="s") for n in range(1, 50)
    ]


def test_a_stale_retry_timer_is_dropped():
    machine = Machine(flow(worker("f", run=succeeds_at(2), retry=constant(5)))).start()
    machine.work(machine.of("f").id)
    assert machine.final == "RETRYING"
    _, _, due = machine.timers[0]
    machine.next_timer()
    before = machine.state.task_runs
    machine.tell(due, TimerDue(machine.of("f").id, "sleep", 1))
    assert machine.state.task_runs == before


def test_a_retry_timer_that_comes_again_does_not_hasten_the_next_retry():
    machine = Machine(flow(failing("f", retry=constant(5)))).start()
    first = machine.timers[0][2]
    machine.next_timer()
    assert len(machine.of("f").attempts) == 2
    machine.tell(first)
    assert len(machine.of("f").attempts) == 2
    assert machine.final == "RETRYING"


def test_a_wait_holds_nothing_and_ends_with_its_timer():
    machine = Machine(flow(inline("w", wait=60, run=lambda c, b: {"x": 1}), inline("n"))).start()
    assert machine.states == {"w": "RUNNING"}
    assert machine.jobs == {}
    machine.wait(60)
    assert machine.final == "SUCCESS"
    assert machine.of("w").outputs == {"x": 1}
    assert path(machine.of("w").attempts[0].state) == "CRS"


def test_a_job_stays_created_until_a_worker_starts():
    machine = Machine(flow(worker("a"))).start()
    run = machine.of("a")
    assert path(run.state) == "C"
    assert path(run.attempts[0].state) == "C"
    machine.tell(started(run))
    run = machine.of("a")
    assert path(run.state) == "CR"
    assert run.attempts[0].worker_id == "w1"
    machine.tell(ended(run, outputs={"v": 1}))
    assert path(machine.of("a").state) == "CRS"
    assert machine.of("a").outputs == {"v": 1}


def test_an_end_whose_start_was_lost_counts():
    machine = Machine(flow(worker("a"))).start()
    machine.tell(ended(machine.of("a")))
    assert path(machine.of("a").state) == "CRS"
    assert path(machine.of("a").attempts[0].state) == "CRS"


def test_a_lost_worker_is_replaced_and_its_late_result_dropped():
    machine = Machine(flow(worker("a", retry=constant(2)))).start()
    machine.tell(started(machine.of("a"), 1), started(machine.of("a"), 2))
    run = machine.of("a")
    assert [path(a.state) for a in run.attempts] == ["CRU", "CR"]
    assert [a.token for a in run.attempts] == [1, 2]
    assert path(run.state) == "CR"
    machine.tell(ended(run, 1, StateType.FAILED), started(run, 1))
    assert machine.of("a") == run
    machine.tell(ended(run, 2))
    assert [path(a.state) for a in machine.of("a").attempts] == ["CRU", "CRS"]
    assert machine.final == "SUCCESS"


def test_a_lost_try_uses_up_no_retry():
    machine = Machine(flow(worker("a", retry=constant(2)))).start()
    machine.tell(started(machine.of("a"), 1), ended(machine.of("a"), 2, StateType.FAILED))
    assert machine.final == "RETRYING"


def test_repeated_and_late_news_change_nothing():
    machine = Machine(flow(worker("a"), worker("b"))).start()
    run = machine.of("a")
    news = [started(run), ended(run)]
    machine.tell(*news)
    before = machine.state.task_runs, machine.execution
    machine.tell(*reversed(news), *news, Created())
    assert (machine.state.task_runs, machine.execution) == before


def test_who_starts_an_attempt_that_is_over_is_told_to_stop():
    machine = Machine(flow(worker("a"))).start()
    run = machine.of("a")
    machine.tell(ended(run, 1))
    machine.tell(started(run, 2))
    assert machine.stopped == [run.attempts[0].id]
    assert machine.ended == 1


def test_dates_of_workers_never_run_backwards_or_ahead():
    machine = Machine(flow(worker("a"))).start()
    run = machine.of("a")
    machine.tell(ended(run, date=START + timedelta(hours=1)))
    dates = [entry.date for entry in machine.of("a").state.histories]
    assert dates == sorted(dates)
    assert dates[-1] == machine.now


def test_kill_ends_what_has_not_begun_at_once():
    machine = Machine(flow(sequential("s", worker("a")), errors=[inline("e")])).start()
    machine.tell(KillRequested())
    assert machine.states == {"s": "KILLED", "a": "KILLED"}
    assert path(machine.execution.state) == "CRGK"
    assert machine.stopped
    assert machine.ended == 1


def test_kill_waits_for_running_attempts():
    machine = Machine(flow(sequential("s", worker("a", allow_failure=True)))).start()
    machine.tell(started(machine.of("a")))
    machine.tell(KillRequested(), KillRequested())
    assert machine.final == "KILLING"
    assert machine.stopped == [machine.of("a").attempts[0].id]
    machine.tell(ended(machine.of("a"), 1, StateType.FAILED))
    assert [path(r.state) for r in machine.state.task_runs] == ["CRK", "CRK"]
    assert path(machine.execution.state) == "CRGK"


def test_a_worker_that_never_answers_a_kill_is_given_up():
    machine = Machine(flow(worker("a"))).start()
    machine.tell(started(machine.of("a")))
    machine.tell(KillRequested())
    machine.wait(60)
    assert machine.final == "KILLED"
    assert path(machine.of("a").attempts[0].state) == "CRK"


@pytest.mark.parametrize("task", [failing("w", retry=constant(9)), inline("w", wait=60)])
def test_kill_of_what_waits(task):
    machine = Machine(flow(task)).start()
    _, _, due = machine.timers[0]
    machine.tell(KillRequested())
    assert machine.final == "KILLED"
    before = machine.state.task_runs
    machine.tell(due, KillRequested())
    assert machine.state.task_runs == before
    assert machine.ended == 1


def test_after_execution_runs_for_a_killed_execution():
    machine = Machine(flow(worker("a"), after_execution=[inline("x")])).start()
    machine.tell(KillRequested())
    assert machine.states == {"a": "KILLED", "x": "SUCCESS"}
    assert machine.final == "KILLED"


def test_a_scheduled_execution_waits_for_its_date():
    date = START + timedelta(hours=1)
    machine = Machine(flow(inline("a")), schedule_date=date).start()
    assert machine.final == "CREATED"
    machine.next_timer()
    assert machine.now == date
    assert machine.final == "SUCCESS"


def test_a_kill_before_the_start():
    machine = Machine(flow(inline("a")), schedule_date=START + timedelta(hours=1)).start()
    machine.tell(KillRequested())
    assert path(machine.execution.state) == "CGK"
    machine.tell(Created())
    assert machine.states == {}


def test_fail_everything_ends_all_that_is_open():
    machine = Machine(flow(sequential("s", worker("a")), inline("b"))).start()
    changed = machine.state.fail_everything(machine.now)
    assert {run.task_id for run in changed} == {"s", "a"}
    assert path(machine.execution.state) == "CRF"
    assert not machine.state.has_open


def test_a_state_rebuilt_from_rows_goes_on_alike():
    machine = Machine(flow(sequential("s", worker("a"), worker("b")), inline("c"))).start()
    machine.work(machine.of("a").id)
    machine.state = ExecutionState(machine.execution, list(reversed(machine.state.task_runs)))
    machine.work(machine.of("b").id)
    assert machine.final == "SUCCESS"
    assert machine.order == ["s", "a", "b", "c"]
