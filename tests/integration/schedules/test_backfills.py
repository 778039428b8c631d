"""Backfills: which dates, in which order, how many at once, and who goes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from schedule_flows import flow, listener, schedule
from test_firing import end_all, hour, run_hours

from tiercel.model.errors import ConflictError, IllegalArgumentError, NotFoundError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.services.backfills import BackfillRequest, Only

KEY = ("n", "hourly", "t")
NIGHT = BackfillRequest(datetime(2023, 12, 31, 20, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))
DATES = [
    "2023-12-31T20:00:00Z",
    "2023-12-31T21:00:00Z",
    "2023-12-31T22:00:00Z",
    "2023-12-31T23:00:00Z",
    "2024-01-01T00:00:00Z",
]


def night(**changes) -> BackfillRequest:
    return BackfillRequest(**{"start": NIGHT.start, "end": NIGHT.end, **changes})


@pytest.fixture
async def saved(kit):
    await kit.flows.save(flow("hourly", schedule()))
    return kit


async def run_to_end(kit, backfill_id: str):
    for _ in range(20):
        await kit.settle()
        await end_all(kit)
        item = await kit.backfills.get(backfill_id)
        if item.ended_at is not None:
            return item
    raise AssertionError("the backfill does not end")


async def started(kit) -> list[str]:
    found = sorted(await kit.executions("hourly"), key=lambda item: item.state.start_date)
    return [item.trigger.variables["date"] for item in found]


async def test_dates_run_one_after_the_other(saved):
    item = await saved.backfills.create(*KEY, NIGHT)
    for count in range(1, 6):
        await saved.settle()
        found = await started(saved)
        assert found == DATES[:count]
        await end_all(saved)
    done = await saved.backfills.get(item.id)
    assert (done.total, done.succeeded, done.progress) == (5, 5, 1.0)
    assert done.ended_at is not None


async def test_inputs_and_labels_lie_over_those_of_the_trigger(kit):
    own = "inputs: {size: 1, day: trigger}\nlabels: {from: trigger}"
    more = (
        "labels: {from: flow, team: a}\ninputs: [{id: size, type: INT}, {id: day, type: STRING}]\n"
    )
    await kit.flows.save(flow("hourly", schedule(more=own), more=more))
    request = night(inputs={"day": "{{ trigger.date }}"}, labels=[Label("backfill", "true")])
    await kit.backfills.create(*KEY, request)
    await kit.settle()
    (execution,) = await kit.executions("hourly")
    labels = {label.key: label.value for label in execution.labels}
    assert execution.inputs == {"size": 1, "day": DATES[0]}
    assert (labels["backfill"], labels["from"], labels["team"]) == ("true", "trigger", "a")


async def test_a_dry_run_lists_the_dates_and_stores_nothing(saved):
    assert await saved.backfills.plan(*KEY, NIGHT) == DATES
    assert await saved.backfills.plan(*KEY, night(newest_first=True)) == DATES[::-1]
    await saved.settle()
    assert await saved.backfills.of_trigger(*KEY) == []
    assert await saved.executions("hourly") == []


async def test_the_newest_date_can_go_first(saved):
    item = await saved.backfills.create(*KEY, night(newest_first=True))
    await run_to_end(saved, item.id)
    assert await started(saved) == DATES[::-1]


async def test_no_more_run_at_once_than_the_limit(saved):
    item = await saved.backfills.create(*KEY, night(parallel=3))
    await saved.settle()
    assert len(await started(saved)) == 3
    assert (await saved.backfills.get(item.id)).running == 3
    first, *_ = await saved.executions("hourly")
    await saved.end(first)
    await saved.settle()
    assert len(await started(saved)) == 4
    assert (await run_to_end(saved, item.id)).succeeded == 5


async def test_a_paused_backfill_starts_nothing_until_it_goes_on(saved):
    item = await saved.backfills.create(*KEY, NIGHT)
    await saved.settle()
    await saved.backfills.pause(*KEY)
    await end_all(saved)
    await saved.settle()
    assert await started(saved) == DATES[:1]
    assert "paused after 1 of 5" in (await saved.triggers.why(*KEY)).reasons[0]
    await saved.backfills.unpause(*KEY)
    assert (await run_to_end(saved, item.id)).succeeded == 5


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_backfill_shows_where_it_is(saved, newest_first):
    item = await saved.backfills.create(*KEY, night(newest_first=newest_first))
    assert item.current_date == (NIGHT.end if newest_first else NIGHT.start)
    for date in DATES[1:4] if not newest_first else DATES[3:0:-1]:
        await saved.settle()
        await end_all(saved)
        await saved.settle()
        reached = (await saved.backfills.get(item.id)).current_date
        assert reached == datetime.fromisoformat(date)
    assert (await saved.backfills.pause(*KEY)).current_date == reached
    assert (await saved.backfills.all_open())[0].current_date == reached
    assert (await saved.backfills.cancel(*KEY)).current_date == reached
    assert (await saved.backfills.of_trigger(*KEY))[0].current_date == reached


async def test_a_cancelled_backfill_ends_where_it_is(saved):
    item = await saved.backfills.create(*KEY, NIGHT)
    await saved.settle()
    cancelled = await saved.backfills.cancel(*KEY)
    await end_all(saved)
    await saved.settle()
    assert cancelled.cancelled
    assert await started(saved) == DATES[:1]
    assert (await saved.backfills.get(item.id)).succeeded == 1
    with pytest.raises(IllegalArgumentError, match="No backfill found"):
        await saved.backfills.cancel(*KEY)
    await saved.backfills.create(*KEY, NIGHT)


async def test_failed_and_missing_dates_can_be_run_alone(saved):
    first = await saved.backfills.create(*KEY, night(end=datetime(2023, 12, 31, 22, tzinfo=UTC)))
    await saved.settle()
    await end_all(saved, StateType.RUNNING, StateType.FAILED)
    done = await run_to_end(saved, first.id)
    assert (done.succeeded, done.failed) == (2, 1)
    assert await saved.backfills.plan(*KEY, night(only=Only.FAILED)) == DATES[:1]
    assert await saved.backfills.plan(*KEY, night(only=Only.MISSING)) == DATES[3:]
    both = night(only=Only.MISSING_OR_FAILED)
    assert await saved.backfills.plan(*KEY, both) == [DATES[0], *DATES[3:]]
    again = await saved.backfills.create(*KEY, night(only=Only.FAILED))
    await run_to_end(saved, again.id)
    assert await saved.backfills.plan(*KEY, night(only=Only.FAILED)) == []


async def test_nothing_to_run_is_over_at_once(saved):
    item = await saved.backfills.create(*KEY, night(only=Only.FAILED))
    assert (item.total, item.progress) == (0, 1.0)
    assert item.ended_at is not None


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (night(start=NIGHT.end + timedelta(hours=1)), "ends before it starts"),
        (night(end=datetime(2024, 1, 2, tzinfo=UTC)), "in the future"),
        (night(start=datetime(1999, 1, 1, tzinfo=UTC)), "more than 100000 dates"),
        (night(start=datetime(1024, 1, 1, tzinfo=UTC)), "more than 200 years"),
        (night(parallel=0), "not possible"),
    ],
)
async def test_what_can_not_run_is_refused(saved, request_, reason):
    with pytest.raises(IllegalArgumentError, match=reason):
        await saved.backfills.create(*KEY, request_)


@pytest.mark.parametrize(
    "more", ["", "conditions: [{type: io.kestra.plugin.core.condition.DayWeek, dayOfWeek: MONDAY}]"]
)
async def test_endlessly_many_dates_are_refused_before_one_is_looked_at(kit, more):
    every_second = schedule("* * * * * *", more=f"withSeconds: true\n{more}")
    await kit.flows.save(flow("hourly", every_second))
    endless = night(start=datetime(1901, 1, 1, tzinfo=UTC), only=Only.MISSING)
    most = "1000000 dates, before its conditions" if more else "100000 dates"
    for ask in (kit.backfills.plan, kit.backfills.create):
        with pytest.raises(IllegalArgumentError, match=f"more than {most}"):
            await ask(*KEY, endless)


async def test_a_second_backfill_and_unknown_triggers_are_refused(saved):
    await saved.backfills.create(*KEY, NIGHT)
    with pytest.raises(ConflictError, match="has a backfill already: 0 of 5"):
        await saved.backfills.create(*KEY, NIGHT)
    with pytest.raises(NotFoundError, match="has no trigger nope"):
        await saved.backfills.create("n", "hourly", "nope", NIGHT)
    await saved.flows.save(flow("waiting", listener("states: [FAILED]")))
    with pytest.raises(IllegalArgumentError, match="no past dates"):
        await saved.backfills.create("n", "waiting", "t", NIGHT)


async def test_a_live_date_goes_before_dates_of_the_past(saved):
    await saved.backfills.create(*KEY, NIGHT)
    await saved.settle()
    saved.clock.advance(hours=1)
    await saved.settle()
    assert await started(saved) == DATES[:1]
    await end_all(saved)
    assert (await started(saved))[:2] == [DATES[0], hour(1)]


async def test_a_backfill_leaves_the_slots_of_a_flow_to_live_runs(kit):
    more = "concurrency: {limit: 2}\n"
    await kit.flows.save(flow("hourly", schedule(more="allowConcurrent: true"), more=more))
    await run_hours(kit, 1, end=False)
    await kit.backfills.create(*KEY, night(parallel=5))
    await kit.settle()
    assert len(await started(kit)) == 2


async def test_dates_that_can_not_run_count_as_failed(kit):
    more = "inputs: [{id: size, type: INT}]\n"
    await kit.flows.save(flow("hourly", schedule(), more=more))
    item = await kit.backfills.create(*KEY, night(inputs={"size": "many"}))
    done = await run_to_end(kit, item.id)
    assert (done.succeeded, done.failed) == (0, 5)


async def test_other_dates_drop_the_backfill_and_other_labels_do_not(saved):
    item = await saved.backfills.create(*KEY, NIGHT)
    await saved.flows.save(flow("hourly", schedule(more="labels: {a: b}")))
    assert (await saved.backfills.get(item.id)).ended_at is None
    await saved.flows.save(flow("hourly", schedule("30 * * * *")))
    assert (await saved.backfills.get(item.id)).cancelled


async def test_live_dates_of_a_backfilled_trigger_are_not_lost(saved):
    item = await saved.backfills.create(*KEY, NIGHT)
    await saved.settle()
    await run_hours(saved, 3)
    await run_to_end(saved, item.id)
    assert sorted(await started(saved)) == [*DATES, hour(1), hour(2), hour(3)]


async def test_conditions_hold_in_the_past_too(kit):
    more = """
    conditions:
      - {type: io.kestra.plugin.core.condition.DayWeek, dayOfWeek: MONDAY}
    """
    await kit.flows.save(flow("hourly", schedule(more=more)))
    assert await kit.backfills.plan(*KEY, NIGHT) == DATES[-1:]
