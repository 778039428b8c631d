"""What fires when: one scheduler or several, on time or late, with locks and conditions."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from schedule_flows import flow, listener, on_dates, schedule

from tiercel.engine.schedule import Recover
from tiercel.model.errors import ConflictError, NotFoundError
from tiercel.model.state import StateType

CONDITION = "io.kestra.plugin.core.condition"


def hour(number: int) -> str:
    return f"2024-01-01T{number:02}:00:00Z"


async def run_hours(kit, hours: int, *, end: bool = True) -> None:
    """Let hours pass; each execution ends at once."""
    for _ in range(hours):
        kit.clock.advance(hours=1)
        await kit.settle()
        if end:
            await end_all(kit)


async def end_all(kit, *states: StateType) -> None:
    found, _ = await kit.store.executions.search(size=1_000)
    for execution in found:
        if not execution.state.is_terminal:
            await kit.end(execution, *states)
    await kit.settle()


async def test_each_date_gives_one_execution_with_its_variables(kit):
    inputs = "inputs: {day: \"{{ trigger.date | date('dd-HH') }}\"}\nlabels: {of: '{{ flow.id }}'}"
    more = (
        "labels: {team: a}\ninputs: [{id: day, type: STRING}, {id: size, type: INT, defaults: 3}]\n"
    )
    await kit.flows.save(flow("hourly", schedule(more=inputs), more=more))
    await run_hours(kit, 3)
    found = await kit.executions("hourly")
    assert [item.trigger.variables["date"] for item in found] == [hour(1), hour(2), hour(3)]
    last = found[-1]
    assert last.trigger.variables == {"date": hour(3), "next": hour(4), "previous": hour(2)}
    assert last.inputs == {"day": "01-03", "size": 3}
    labels = {label.key: label.value for label in last.labels}
    assert (labels["team"], labels["of"]) == ("a", "hourly")
    assert labels["system.correlationId"] == last.id


async def test_what_fired_is_counted_with_its_delay_and_how_long_it_ran(kit):
    await kit.flows.save(flow("hourly", schedule()))
    kit.clock.advance(hours=1, minutes=2)
    await kit.settle()
    kit.clock.advance(minutes=3)
    await end_all(kit)
    counted = {series.name: (series.count, round(series.total)) for series in kit.meters}
    assert counted["scheduler.trigger.count"] == (1, 0)
    assert counted["scheduler.trigger.delay.duration"] == (1, 120)
    assert counted["scheduler.execution.running.duration"] == (1, 180)
    assert counted["scheduler.execution.missing.duration"] == (0, 0)
    assert counted["scheduler.loop.count"][0] >= 2
    assert counted["scheduler.evaluate.count"][0] >= 1


async def test_several_schedulers_with_wrong_clocks_fire_each_date_once(kit):
    for name in ("a", "b", "c"):
        await kit.flows.save(flow(name, schedule("* * * * *", more="allowConcurrent: true")))
    skews = (timedelta(0), timedelta(minutes=5), timedelta(minutes=-5))
    schedulers = [kit.new_scheduler(lambda skew=skew: kit.clock() + skew) for skew in skews]
    for _ in range(40):
        kit.clock.advance(seconds=30)
        await asyncio.gather(*(scheduler.round() for scheduler in schedulers))
    for name in ("a", "b", "c"):
        dates = await kit.dates(name)
        assert len(dates) == len(set(dates)) == 25
        assert dates[-1] == "2024-01-01T00:25:00Z"


async def test_a_trigger_that_can_not_be_reckoned_with_keeps_nobody_waiting(kit, monkeypatch):
    for name in ("bad", "good"):
        await kit.flows.save(flow(name, schedule()))
    scheduled = kit.maker.scheduled

    def fail(flow, spec):
        if flow.id == "bad":
            raise OverflowError("date value out of range")
        return scheduled(flow, spec)

    monkeypatch.setattr(kit.maker, "scheduled", fail)
    await run_hours(kit, 2)
    assert await kit.dates("good") == [hour(1), hour(2)]
    assert await kit.dates("bad") == []
    state = await kit.state("bad")
    assert (state.result, "date value out of range" in state.message) == ("FAILED", True)


async def test_a_round_that_breaks_leaves_nothing_behind(kit, monkeypatch):
    await kit.flows.save(flow("hourly", schedule()))
    kit.clock.advance(hours=1)
    broken = kit.new_scheduler()

    def fail(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("tiercel.services.scheduler._unlocked", fail)
    with pytest.raises(RuntimeError):
        await broken.round()
    monkeypatch.undo()
    assert await kit.dates("hourly") == []
    await kit.settle()
    assert await kit.dates("hourly") == [hour(1)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALL", [hour(1), hour(2), hour(3), hour(4), hour(5)]),
        ("LAST", [hour(1), hour(4), hour(5)]),
        ("NONE", [hour(1), hour(5)]),
    ],
)
async def test_dates_missed_while_nothing_ran_are_recovered_as_the_trigger_says(
    kit, rule, expected
):
    await kit.flows.save(flow("hourly", schedule(more=f"recoverMissedSchedules: {rule}")))
    await run_hours(kit, 1)
    kit.clock.advance(hours=3, minutes=10)
    kit.scheduler = kit.new_scheduler()
    for _ in range(4):
        await kit.settle()
        await end_all(kit)
    kit.clock.advance(minutes=50)
    await kit.settle()
    assert await kit.dates("hourly") == expected


async def test_a_clock_that_jumps_ahead_is_time_in_which_nothing_ran(kit):
    await kit.flows.save(flow("hourly", schedule(more="recoverMissedSchedules: NONE")))
    await run_hours(kit, 1)
    kit.clock.advance(days=1)
    await kit.settle()
    assert await kit.dates("hourly") == [hour(1)]


async def test_a_clock_that_jumps_back_fires_nothing_twice(kit):
    await kit.flows.save(flow("hourly", schedule()))
    await run_hours(kit, 3)
    kit.clock.advance(hours=-2)
    await run_hours(kit, 3)
    dates = await kit.dates("hourly")
    assert dates == [hour(1), hour(2), hour(3), hour(4)]


async def test_dates_wait_for_the_execution_before_and_are_all_taken(kit):
    await kit.flows.save(flow("hourly", schedule()))
    await run_hours(kit, 4, end=False)
    assert await kit.dates("hourly") == [hour(1)]
    assert (await kit.state("hourly")).execution_id is not None
    for count in (2, 3, 4):
        await end_all(kit)
        assert len(await kit.dates("hourly")) == count
    await end_all(kit)
    assert (await kit.state("hourly")).execution_id is None


async def test_a_date_that_waited_too_long_is_skipped(kit):
    await kit.flows.save(flow("hourly", schedule(more="lateMaximumDelay: PT30M")))
    await run_hours(kit, 3, end=False)
    kit.clock.advance(minutes=40)
    await end_all(kit)
    assert await kit.dates("hourly") == [hour(1)]
    assert (await kit.state("hourly")).result == "SKIPPED"
    kit.clock.advance(minutes=20)
    await kit.settle()
    assert await kit.dates("hourly") == [hour(1), hour(4)]


async def test_the_first_date_that_is_not_late_runs(kit):
    await kit.flows.save(flow("often", schedule("* * * * *", more="lateMaximumDelay: PT5M")))
    kit.clock.advance(minutes=1)
    await kit.settle()
    await end_all(kit)
    kit.clock.advance(minutes=15, seconds=30)
    await kit.settle()
    assert (await kit.dates("often"))[-1] == "2024-01-01T00:12:00Z"


async def test_a_deleted_execution_holds_nothing_up(kit):
    await kit.flows.save(flow("hourly", schedule()))
    await run_hours(kit, 1, end=False)
    (execution,) = await kit.executions("hourly")
    await kit.store.executions.delete(execution.id)
    await kit.settle()
    assert (await kit.state("hourly")).execution_id is None


async def test_executions_may_overlap_where_the_trigger_allows_it(kit):
    await kit.flows.save(flow("hourly", schedule(more="allowConcurrent: true")))
    await run_hours(kit, 3, end=False)
    assert await kit.dates("hourly") == [hour(1), hour(2), hour(3)]


async def test_a_trigger_stops_after_the_states_it_names(kit):
    await kit.flows.save(flow("hourly", schedule(more="stopAfter: [FAILED]")))
    await run_hours(kit, 2)
    kit.clock.advance(hours=1)
    await kit.settle()
    await end_all(kit, StateType.RUNNING, StateType.FAILED)
    await run_hours(kit, 2)
    state = await kit.state("hourly")
    assert (state.disabled, state.next_date, state.result) == (True, None, "STOPPED")
    assert await kit.dates("hourly") == [hour(1), hour(2), hour(3)]


@pytest.mark.parametrize("more", ["allowConcurrent: true\n", "inputs: {size: many}\n"])
async def test_a_trigger_stops_whether_or_not_it_waits_for_its_executions(kit, more):
    trigger = schedule(more="stopAfter: [FAILED]\n" + more)
    await kit.flows.save(flow("hourly", trigger, more="inputs: [{id: size, type: INT}]\n"))
    kit.clock.advance(hours=1)
    await kit.settle()
    await end_all(kit, StateType.RUNNING, StateType.FAILED)
    await run_hours(kit, 2)
    assert (await kit.state("hourly")).disabled
    assert await kit.dates("hourly") == [hour(1)]


async def test_flows_hear_of_an_execution_that_failed_before_it_began(kit):
    await kit.flows.save(flow("alarm", listener("states: [FAILED]\n")))
    trigger = schedule(more="inputs: {size: many}")
    await kit.flows.save(flow("wrong", trigger, more="inputs: [{id: size, type: INT}]\n"))
    kit.clock.advance(hours=1)
    await kit.settle()
    (execution,) = await kit.executions("wrong")
    (alarm,) = await kit.executions("alarm")
    assert alarm.trigger.variables["executionId"] == execution.id


async def test_conditions_choose_among_the_dates(kit):
    more = f"""
    conditions:
      - type: {CONDITION}.DayWeekInMonth
        dayOfWeek: MONDAY
        dayInMonth: FIRST
    """
    await kit.flows.save(flow("monday", schedule("0 12 * * *", more=more)))
    kit.clock.advance(hours=12)
    await kit.settle()
    (execution,) = await kit.executions("monday")
    assert execution.trigger.variables == {
        "date": "2024-01-01T12:00:00Z",
        "next": "2024-02-05T12:00:00Z",
        "previous": "2023-12-04T12:00:00Z",
    }
    assert (await kit.state("monday")).next_date == datetime(2024, 2, 5, 12, tzinfo=UTC)


async def test_a_condition_that_does_not_hold_any_more_gives_nothing(kit):
    more = f"conditions: [{{type: {CONDITION}.Expression, expression: '{{{{ false }}}}'}}]"
    await kit.flows.save(flow("never", schedule(more=more)))
    await run_hours(kit, 2)
    state = await kit.state("never")
    assert await kit.dates("never") == []
    assert (state.result, state.next_date) == ("CONDITIONS", datetime(2024, 1, 1, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (f"conditions: [{{type: {CONDITION}.Expression, expression: '{{{{ nope.x }}}}'}}]", "nope"),
        ("inputs: {size: many}", "many"),
        ("inputs: {size: '{{ nope.x }}'}", "nope"),
    ],
)
async def test_what_cannot_be_evaluated_fails_where_people_look(kit, more, reason):
    source = flow("wrong", schedule(more=more), more="inputs: [{id: size, type: INT}]\n")
    await kit.flows.save(source)
    await run_hours(kit, 1)
    (execution,) = await kit.executions("wrong")
    assert execution.state.current is StateType.FAILED
    assert reason in (await kit.store.logs.list(execution.id))[0].message
    state = await kit.state("wrong")
    assert (state.result, state.execution_id) == ("FAILED", None)
    assert reason in state.message
    assert state.next_date == datetime(2024, 1, 1, 2, tzinfo=UTC)


async def test_given_dates_fire_once_each(kit):
    dates = ("2024-01-01T02:00:00Z", "2024-01-01T03:00:00+02:00", "2030-01-01T00:00:00")
    await kit.flows.save(flow("dates", on_dates(*dates, more="timezone: Europe/Paris")))
    await run_hours(kit, 3)
    found = await kit.executions("dates")
    assert [item.schedule_date for item in found] == [
        datetime(2024, 1, 1, 1, tzinfo=UTC),
        datetime(2024, 1, 1, 2, tzinfo=UTC),
    ]
    assert found[0].trigger.variables == {}
    assert (await kit.state("dates")).next_date == datetime(2029, 12, 31, 23, tzinfo=UTC)


async def test_dates_are_shown_in_the_zone_of_the_trigger(kit):
    kit.clock.now = datetime(2024, 7, 1, tzinfo=UTC)
    await kit.flows.save(flow("york", schedule("0 6 * * *", more="timezone: America/New_York")))
    kit.clock.now = datetime(2024, 7, 1, 10, tzinfo=UTC)
    await kit.settle()
    assert await kit.dates("york") == ["2024-07-01T06:00:00-04:00"]


async def test_state_survives_edits_that_do_not_touch_its_dates(kit):
    await kit.flows.save(flow("edited", schedule(), schedule("5 * * * *", id="other")))
    await run_hours(kit, 2, end=False)
    before = await kit.state("edited")
    renamed = schedule("5 * * * *", id="renamed")
    await kit.flows.save(flow("edited", schedule(more="labels: {a: b}"), renamed))
    assert await kit.state("edited") == before
    with pytest.raises(AssertionError):
        await kit.state("edited", "other")
    assert (await kit.state("edited", "renamed")).next_date is not None


async def test_new_dates_begin_with_the_edit(kit):
    await kit.flows.save(flow("edited", schedule("0 12 * * *")))
    kit.clock.advance(hours=1)
    await kit.flows.save(flow("edited", schedule("30 * * * *")))
    assert (await kit.state("edited")).next_date == datetime(2024, 1, 1, 1, 30, tzinfo=UTC)


async def test_deleting_a_flow_removes_its_triggers(kit):
    await kit.flows.save(flow("gone", schedule()))
    await kit.flows.delete("n", "gone")
    assert await kit.store.triggers.search() == ([], 0)
    await run_hours(kit, 2)
    assert await kit.dates("gone") == []


@pytest.mark.parametrize("more", ["disabled: true\n", ""])
async def test_what_is_disabled_in_the_source_does_not_fire(kit, more):
    trigger = schedule(more="" if more else "disabled: true")
    await kit.flows.save(flow("idle", trigger, more=more))
    await run_hours(kit, 2)
    assert await kit.dates("idle") == []
    await kit.flows.save(flow("idle", schedule()))
    await run_hours(kit, 1)
    assert await kit.dates("idle") == [hour(3)]


@pytest.mark.parametrize(
    ("recover", "expected"),
    [
        (Recover.ALL, [hour(1), hour(2), hour(3), hour(4)]),
        (Recover.LAST, [hour(1), hour(4)]),
        (Recover.NONE, [hour(1)]),
    ],
)
async def test_a_trigger_that_is_enabled_again_recovers_its_dates(kit, recover, expected):
    await kit.flows.save(flow("hourly", schedule()))
    await run_hours(kit, 1)
    await kit.triggers.set_disabled("n", "hourly", "t", True)
    assert (await kit.state("hourly")).next_date is None
    kit.clock.advance(hours=3)
    await kit.settle()
    await kit.triggers.set_disabled("n", "hourly", "t", False, recover)
    for _ in range(4):
        await kit.settle()
        await end_all(kit)
    assert await kit.dates("hourly") == expected


async def test_a_lock_can_be_cleared_by_hand(kit):
    await kit.flows.save(flow("hourly", schedule()))
    with pytest.raises(ConflictError, match="not locked"):
        await kit.triggers.unlock("n", "hourly", "t")
    await run_hours(kit, 2, end=False)
    await kit.triggers.unlock("n", "hourly", "t")
    await kit.settle()
    assert await kit.dates("hourly") == [hour(1), hour(2)]
    with pytest.raises(NotFoundError):
        await kit.triggers.unlock("n", "hourly", "nope")


async def test_why_a_trigger_does_not_fire_is_told_with_its_next_dates(kit):
    await kit.flows.save(flow("hourly", schedule(more="timezone: Europe/Paris")))
    told = await kit.triggers.why("n", "hourly", "t")
    assert told.reasons == [
        "Its next date is 2024-01-01T01:00:00Z.",
        "It was never evaluated.",
    ]
    assert len(told.preview) == 20
    assert told.preview[0] == "2024-01-01T02:00:00+01:00"
    await run_hours(kit, 2, end=False)
    held = (await kit.state("hourly")).execution_id
    assert held in (await kit.triggers.why("n", "hourly", "t")).reasons[0]
    await kit.triggers.set_disabled("n", "hourly", "t", True)
    assert "disabled" in (await kit.triggers.why("n", "hourly", "t")).reasons[0]


async def test_a_flow_saved_while_no_scheduler_heard_of_it_is_found(kit):
    kit.flows = type(kit.flows)(kit.store, kit.catalog._registry)
    await kit.flows.save(flow("quiet", schedule()))
    await kit.settle()
    await run_hours(kit, 1)
    assert await kit.dates("quiet") == [hour(1)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_ten_thousand_triggers_of_one_minute_all_fire_once(kit):
    for number in range(100):
        triggers = [schedule("5 * * * *", id=f"t{item}") for item in range(100)]
        await kit.flows.save(flow(f"many{number}", *triggers))
    kit.clock.advance(minutes=5)
    await asyncio.gather(kit.settle(), kit.settle(kit.new_scheduler()))
    _, total = await kit.store.executions.search(size=1)
    assert total == 10_000
