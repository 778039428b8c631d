"""Dates of cron expressions, a decade of them in several zones against an independent library."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from tiercel.engine.schedule.cron import Cron, parse_cron
from tiercel.engine.schedule.dates import CronDates, Dates, ListedDates
from tiercel.engine.schedule.zones import next_change
from tiercel.model.errors import IllegalArgumentError

START = datetime(2016, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "America/New_York", "Europe/Paris", "Asia/Kolkata", "Africa/Casablanca")
ODD_ZONES = ("America/Sao_Paulo", "Pacific/Apia", "Asia/Beirut", "Australia/Lord_Howe")
"""Clocks that change at midnight, or by half an hour: the other library gets them wrong."""
DAILY = ("30 2 * * *", "15,45 1,3 * * SUN", "0 0 * * MON-FRI")
SPARSE = ("0 9 1 * *", "0 0 29 2 *", "5 4 13 * FRI", "0 0 1-7/2 JAN,JUL *")
RHYTHM = ("*/20 1-3 1,25-31 3,10 *", "0 */9 * * *")


def dates(expression: str, zone: str, *, with_seconds: bool = False) -> CronDates:
    return CronDates(parse_cron(expression, with_seconds=with_seconds), ZoneInfo(zone))


def dates_between(schedule: Dates, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the dates from ``start`` to ``end``, both included, oldest first."""
    found = schedule.after(start - timedelta(microseconds=1))
    while found is not None and found <= end:
        yield found
        found = schedule.after(found)


def expected(expression: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    found = []
    for tick in CronSim(expression, (start - timedelta(seconds=1)).astimezone(ZoneInfo(zone))):
        moment = tick.astimezone(UTC)
        if moment > end:
            return found
        if not found or moment > found[-1]:
            found.append(moment)
    return found


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("expression", DAILY + SPARSE + RHYTHM)
def test_a_decade_of_dates_is_that_of_another_library(expression, zone):
    ours = list(dates_between(dates(expression, zone), START, END))
    assert ours == expected(expression, zone, START, END)


@pytest.mark.parametrize("zone", ODD_ZONES)
@pytest.mark.parametrize("minute", ["*/20", "0", "30"])
def test_dates_about_odd_changes_are_those_found_by_trying_every_minute(minute, zone):
    cron, info = parse_cron(f"{minute} 0-3,23 * * *"), ZoneInfo(zone)
    schedule = CronDates(cron, info)
    moment = datetime(2011, 12, 28, tzinfo=UTC)
    while moment < datetime(2019, 1, 1, tzinfo=UTC):
        change = next_change(info, moment.replace(tzinfo=None), datetime(2019, 1, 1, tzinfo=UTC))
        if change is None:
            return
        moment = change.at.replace(tzinfo=UTC)
        start, end = moment - timedelta(hours=26), moment + timedelta(hours=26)
        assert list(dates_between(schedule, start, end)) == tried(cron, info, start, end)


def tried(cron: Cron, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """Every minute from start to end that the rule in ``dates`` allows."""
    found: list[datetime] = []
    seen: set[datetime] = set()
    local_before = (start - timedelta(hours=3)).astimezone(zone).replace(tzinfo=None)
    at = start - timedelta(hours=3)
    while at <= end:
        local = at.astimezone(zone).replace(tzinfo=None)
        skipped = minutes(local_before + timedelta(minutes=1), local)
        is_named = cron.first(local) == local
        filled = cron.is_local and any(cron.first(time) == time for time in skipped)
        if (is_named and not (cron.is_local and local in seen)) or filled:
            found.append(at)
        seen.add(local)
        local_before = local
        at += timedelta(minutes=1)
    return [moment for moment in found if moment >= start]


def minutes(start: datetime, end: datetime) -> list[datetime]:
    return [
        start + timedelta(minutes=n) for n in range(max((end - start) // timedelta(minutes=1), 0))
    ]


@pytest.mark.parametrize("zone", ZONES + ODD_ZONES)
@pytest.mark.parametrize("expression", DAILY + SPARSE + RHYTHM)
def test_going_back_finds_the_same_dates(expression, zone):
    schedule = dates(expression, zone)
    forward = list(dates_between(schedule, START, END))
    backward = []
    found = schedule.before(END + timedelta(microseconds=1))
    while found is not None and found >= START:
        backward.append(found)
        found = schedule.before(found)
    assert backward[::-1] == forward


@pytest.mark.parametrize("zone", ZONES + ODD_ZONES)
@pytest.mark.parametrize("expression", DAILY + SPARSE + RHYTHM)
def test_dates_are_counted_without_looking_at_them(expression, zone):
    schedule, end = dates(expression, zone), START.replace(year=2018)
    found = list(dates_between(schedule, START, end))
    assert schedule.count(START, end, 10**9) == len(found)
    instant = timedelta(microseconds=1)
    for first, last in [(0, 0), (0, len(found) - 1), (len(found) // 3, len(found) // 2)]:
        wanted = last - first + 1
        start, stop = found[first], found[last]
        assert schedule.count(start, stop, 10**9) == wanted
        assert schedule.count(start + instant, stop, 10**9) == wanted - 1
        assert schedule.count(start, stop - instant, 10**9) == wanted - 1


@pytest.mark.parametrize("zone", ["America/New_York", *ODD_ZONES])
@pytest.mark.parametrize("minute", ["*/20", "0", "30"])
def test_dates_about_changes_are_counted(minute, zone):
    schedule = dates(f"{minute} 0-3,23 * * *", zone)
    for change in changes(zone):
        for hours in (-3, -1, 0, 1, 2):
            start = change + timedelta(hours=hours)
            for end in (change, change + timedelta(minutes=30), change + timedelta(hours=26)):
                found = list(dates_between(schedule, start, end))
                assert schedule.count(start, end, 10**9) == len(found), (start, end)


def changes(zone: str) -> Iterator[datetime]:
    """Yield when clocks changed from 2011 to 2019."""
    at, end = datetime(2011, 12, 28), datetime(2019, 1, 1)  # noqa: DTZ001  naive UTC
    while (change := next_change(ZoneInfo(zone), at, end)) is not None and change.at < end:
        at = change.at
        yield at.replace(tzinfo=UTC)


def test_endlessly_many_dates_are_counted_as_too_many():
    start, end = datetime(1000, 1, 1, tzinfo=UTC), datetime(8999, 1, 1, tzinfo=UTC)
    for zone in ("UTC", "Europe/Paris"):
        every_second = dates("* * * * * *", zone, with_seconds=True)
        assert every_second.count(start, end, 100_000) > 100_000
        assert every_second.count(start, start, 100_000) == 1
        assert every_second.count(end, start, 100_000) == 0


def test_listed_dates_are_counted():
    moments = [START + timedelta(hours=n) for n in range(5)]
    listed = ListedDates.of(moments)
    assert listed.count(moments[1], moments[3], 100) == 3
    assert listed.count(moments[3], moments[1], 100) == 0


@st.composite
def fields(draw: st.DrawFn, low: int, high: int) -> str:
    kind = draw(st.sampled_from("*nrsl"))
    if kind == "*":
        return "*"
    first = draw(st.integers(low, high - 1))
    if kind == "n":
        return str(first)
    last = draw(st.integers(first + 1, high))
    step = draw(st.integers(1, high))
    if kind == "r":
        return f"{first}-{last}"
    if kind == "s":
        return draw(st.sampled_from([f"*/{step}", f"{first}-{last}/{step}", f"{first}/{step}"]))
    return f"{first},{last}"


@given(
    minute=fields(0, 59),
    hour=fields(0, 23),
    day=fields(1, 28),
    month=fields(1, 12),
    weekday=fields(0, 7),
    zone=st.sampled_from(ZONES),
    start=st.integers(0, 10**8).map(lambda seconds: START + timedelta(seconds=seconds)),
)
@settings(max_examples=60, deadline=None)
def test_any_expression_gives_the_dates_of_another_library(
    minute, hour, day, month, weekday, zone, start
):
    expression = f"{minute} {hour} {day} {month} {weekday}"
    schedule = dates(expression, zone)
    theirs = CronSim(expression, start.astimezone(ZoneInfo(zone)))
    at = start
    for _ in range(30):
        at = schedule.after(at)
        moment = next(theirs).astimezone(UTC)
        assert at == moment


@pytest.mark.parametrize("seed", range(20))
def test_seconds_are_those_of_another_library(seed):
    pick = random.Random(seed)  # noqa: S311
    second = pick.choice(["*/13", "0,30", "5-9", "59"])
    expression = f"{second} {pick.choice(['*', '*/9', '3'])} {pick.choice(['*', '4'])} * * *"
    ours = dates(expression, "UTC", with_seconds=True)
    start = START + timedelta(seconds=pick.randrange(10**8))
    theirs, at = CronSim(expression, start), start
    for _ in range(50):
        at = ours.after(at)
        assert at == next(theirs)


def test_a_time_that_is_skipped_runs_when_clocks_go_forward():
    found = list(
        dates_between(
            dates("30 2 * * *", "Europe/Paris"),
            datetime(2024, 3, 30, tzinfo=UTC),
            datetime(2024, 4, 1, tzinfo=UTC),
        )
    )
    assert found == [
        datetime(2024, 3, 30, 1, 30, tzinfo=UTC),
        datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
    ]


def test_a_time_that_comes_twice_runs_once_with_seconds_too():
    schedule = dates("0,20 30 1 * * *", "America/New_York", with_seconds=True)
    found = list(
        dates_between(
            schedule, datetime(2024, 11, 3, tzinfo=UTC), datetime(2024, 11, 4, tzinfo=UTC)
        )
    )
    assert found == [
        datetime(2024, 11, 3, 5, 30, tzinfo=UTC),
        datetime(2024, 11, 3, 5, 30, 20, tzinfo=UTC),
    ]


def test_leap_days_only_come_in_leap_years():
    found = list(dates_between(dates("0 0 29 2 *", "UTC"), START, datetime(2105, 1, 1, tzinfo=UTC)))
    years = [moment.year for moment in found]
    assert years[:3] == [2016, 2020, 2024]
    assert 2100 not in years


def test_a_day_that_never_comes_gives_no_date():
    schedule = dates("0 0 30 2 *", "Europe/Paris")
    assert schedule.after(START) is None
    assert schedule.before(START) is None


@pytest.mark.parametrize(
    ("nickname", "fields"),
    [
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("@monthly", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
    ],
)
def test_nicknames_stand_for_fields(nickname, fields):
    assert parse_cron(nickname) == parse_cron(fields)


MALFORMED = """
* * * *
60 * * * *
* 24 * * *
* * 0 * *
* * * 13 *
* * * * 8
5-1 * * * *
*/0 * * * *
a * * * *
* * * FEBR *
1,,2 * * * *
0 0 L * *
@reboot
0 0 0 * * *
\N{ARABIC-INDIC DIGIT THREE} * * * *
"""


@pytest.mark.parametrize("expression", MALFORMED.splitlines())
def test_a_malformed_expression_is_refused(expression):
    with pytest.raises(IllegalArgumentError, match="invalid cron expression"):
        parse_cron(expression)


def test_listed_dates_are_in_order_and_each_once():
    late, early = START + timedelta(days=1), START
    listed = ListedDates.of([late, early, early])
    assert listed.moments == (early, late)
    assert listed.after(early) == late
    assert listed.before(late) == early
    assert listed.after(late) is None
    assert listed.before(early) is None
