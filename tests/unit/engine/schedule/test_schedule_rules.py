"""Late and missed dates, and dates at which conditions hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tiercel.engine.schedule import (
    Recover,
    Rule,
    fitting_after,
    fitting_before,
    fitting_between,
    not_late,
    recovered,
    rule_of,
)
from tiercel.engine.schedule.cron import parse_cron
from tiercel.engine.schedule.dates import CronDates
from tiercel.model.flow import TriggerSpec

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
TYPE = "io.kestra.plugin.core.trigger"


def rule(cron: str = "0 * * * *", **changes) -> Rule:
    zone = ZoneInfo(changes.pop("zone", "UTC"))
    values = {"is_listed": False, "late": None, "recover": Recover.ALL, **changes}
    return Rule(CronDates(parse_cron(cron), zone), zone, **values)


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2024, 1, day, hour, minute, tzinfo=UTC)


def always(_: datetime) -> bool:
    return True


def test_a_rule_is_read_from_the_properties_of_a_trigger():
    spec = TriggerSpec("t", f"{TYPE}.Schedule")
    given = {
        "cron": "*/10 0 9 * * *",
        "withSeconds": True,
        "timezone": "Europe/Paris",
        "lateMaximumDelay": "PT5M",
        "recoverMissedSchedules": "LAST",
    }
    read = rule_of(spec, given, "UTC")
    assert read.dates.after(NOON) == datetime(2024, 1, 2, 8, 0, tzinfo=UTC)
    assert (read.late, read.recover) == (timedelta(minutes=5), Recover.LAST)
    assert read.local(at(8)) == "2024-01-01T09:00:00+01:00"


def test_listed_dates_without_offset_are_those_of_the_zone():
    spec = TriggerSpec("t", f"{TYPE}.ScheduleOnDates")
    read = rule_of(spec, {"dates": ["2024-01-01T13:00:00", NOON]}, "Europe/Paris")
    assert read.dates.after(at(0)) == NOON
    assert read.dates.after(NOON) is None


def test_dates_of_utc_are_shown_with_z():
    assert rule().local(NOON) == "2024-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("recover", "expected"),
    [(Recover.ALL, at(9)), (Recover.LAST, at(11)), (Recover.NONE, at(12))],
)
def test_missed_dates_are_recovered_as_said(recover, expected):
    now = at(11, 30)
    assert recovered(rule(recover=recover), at(9), at(8), now) == expected


@pytest.mark.parametrize("recover", Recover)
def test_nothing_missed_is_nothing_to_recover(recover):
    assert recovered(rule(recover=recover), at(13), at(12), at(12, 30)) == at(13)


def test_the_last_date_is_not_run_again():
    assert recovered(rule(recover=Recover.LAST), at(11), at(11), at(11, 30)) == at(12)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(at(9, 4), at(9)), (at(9, 5), at(9)), (at(9, 6), at(10)), (at(11, 3), at(11))],
)
def test_a_date_that_is_too_late_gives_way_to_the_first_that_is_not(now, expected):
    assert not_late(rule(late=timedelta(minutes=5)), at(9), now) == expected


def test_no_date_is_too_late_without_a_limit():
    assert not_late(rule(), at(9), at(9, day=30)) == at(9)


def mondays(moment: datetime) -> bool:
    return moment.weekday() == 0


def test_days_that_do_not_fit_are_passed_over():
    hourly = rule("*/5 * * * *")
    assert fitting_after(hourly, NOON, mondays, always) == at(12, 5)
    end = datetime(2024, 1, 1, 23, 55, tzinfo=UTC)
    assert fitting_after(hourly, end, always, mondays) == datetime(2024, 1, 8, tzinfo=UTC)
    start = datetime(2024, 1, 8, tzinfo=UTC)
    assert fitting_before(hourly, start, always, mondays) == end
    asked = []

    def never(moment: datetime) -> bool:
        asked.append(moment)
        return False

    assert fitting_after(hourly, NOON, always, never) is None
    assert len({moment.date() for moment in asked}) == len(asked)


def test_the_search_for_a_fitting_date_has_an_end():
    asked = []

    def never(moment: datetime) -> bool:
        asked.append(moment)
        return False

    assert fitting_after(rule(), NOON, never, always) is None
    assert fitting_before(rule(), NOON, never, always) is None
    assert len(asked) == 2_000
    assert fitting_after(rule("0 0 1 1 *"), NOON, lambda m: m.year == 2035, always) is None


def test_dates_between_are_bounded_on_both_sides():
    found = list(fitting_between(rule(), at(9), at(12), lambda m: m.hour != 10, always))
    assert found == [at(9), at(11), at(12)]


def test_days_are_those_of_the_zone():
    tokyo = rule(zone="Asia/Tokyo")
    zone = ZoneInfo("Asia/Tokyo")
    found = fitting_after(
        tokyo, NOON, always, lambda moment: moment.astimezone(zone).weekday() == 1
    )
    assert found == at(15)
