"""What a schedule does besides naming dates: late and missed ones, conditions, what to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tiercel.engine.schedule.cron import parse_cron
from tiercel.engine.schedule.dates import CronDates, Dates, ListedDates
from tiercel.expressions.zones import zone as zone_of
from tiercel.model.durations import parse_duration

if TYPE_CHECKING:
    from tiercel.model.flow import TriggerSpec

_SEARCH = timedelta(days=3653)
_TRIES = 1_000
_INSTANT = timedelta(microseconds=1)
_FOREVER = timedelta(days=36_525)
_YEARS = range(1_000, 9_000)
"""Years that dates can be reckoned with: some before and after them are needed."""


class Recover(StrEnum):
    """What is done about dates that passed while no scheduler ran or the trigger was disabled."""

    ALL = "ALL"
    LAST = "LAST"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Rule:
    """A schedule trigger as its flow defines it.

    Attributes:
        zone: Where its dates are shown and days begin.
        is_listed: The dates are given one by one rather than by a cron expression.
        late: A date that is later than this is skipped; None for never.
    """

    dates: Dates
    zone: tzinfo
    is_listed: bool
    late: timedelta | None
    recover: Recover

    def local(self, moment: datetime) -> str:
        """Return a date as templates see it: ISO 8601 in the schedule's zone."""
        text = moment.astimezone(self.zone).isoformat(timespec="auto")
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def rule_of(spec: TriggerSpec, properties: Mapping[str, Any], server_zone: str) -> Rule:
    """Return the rule of a Schedule or ScheduleOnDates.

    Args:
        properties: Those of ``spec``, rendered.
        server_zone: For triggers without a ``timezone``.

    Raises:
        IllegalArgumentError: The cron expression is malformed.
        ExpressionError: The time zone is unknown.
        ValueError: A date or duration is malformed.
    """
    zone = zone_of(str(properties.get("timezone") or server_zone)).info
    recover = Recover(properties.get("recoverMissedSchedules") or Recover.ALL)
    if spec.type.endswith(".ScheduleOnDates"):
        moments = [_moment(value, zone) for value in properties.get("dates") or ()]
        return Rule(ListedDates.of(moments), zone, True, None, recover)
    cron = parse_cron(str(properties["cron"]), with_seconds=is_set(properties, "withSeconds"))
    late = properties.get("lateMaximumDelay")
    delay = late if isinstance(late, timedelta) or late is None else parse_duration(str(late))
    if delay is not None and delay > _FOREVER:
        delay = None
    return Rule(CronDates(cron, zone), zone, False, delay, recover)


def is_set(properties: Mapping[str, Any], name: str) -> bool:
    """Whether a boolean property is true, written as such or as text."""
    return str(properties.get(name)).lower() == "true"


def _moment(value: Any, zone: tzinfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    refuse_far(moment)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def refuse_far(moment: datetime) -> datetime:
    """Return a date that can be reckoned with.

    Raises:
        ValueError: Its year can't.
    """
    if moment.year not in _YEARS:
        raise ValueError(f"the year {moment.year} is not between {_YEARS[0]} and {_YEARS[-1]}")
    return moment


Fits = Callable[[datetime], bool]
"""Tells whether the conditions hold at a date."""


def fitting_after(rule: Rule, moment: datetime, fits: Fits, fits_day: Fits) -> datetime | None:
    """Return the first date later than ``moment`` at which the conditions hold.

    Args:
        fits_day: The conditions that depend on nothing but the day: where they do not hold, the
            rest of the day is passed over.

    Returns:
        None when there is none in ten years, or none among the first thousand looked at.
    """
    found, end = rule.dates.after(moment), moment + _SEARCH
    for _ in range(_TRIES):
        if found is None or found > end:
            return None
        if not fits_day(found):
            found = rule.dates.after(_day_end(found, rule.zone) - _INSTANT)
        elif fits(found):
            return found
        else:
            found = rule.dates.after(found)
    return None


def fitting_before(rule: Rule, moment: datetime, fits: Fits, fits_day: Fits) -> datetime | None:
    """Return the last date earlier than ``moment`` at which the conditions hold; see above."""
    found, end = rule.dates.before(moment), moment - _SEARCH
    for _ in range(_TRIES):
        if found is None or found < end:
            return None
        if not fits_day(found):
            found = rule.dates.before(_day_start(found, rule.zone))
        elif fits(found):
            return found
        else:
            found = rule.dates.before(found)
    return None


def fitting_between(
    rule: Rule, start: datetime, end: datetime, fits: Fits, fits_day: Fits
) -> Iterator[datetime]:
    """Yield the dates from ``start`` to ``end``, both included, at which the conditions hold."""
    found = rule.dates.after(start - _INSTANT)
    while found is not None and found <= end:
        if not fits_day(found):
            found = rule.dates.after(_day_end(found, rule.zone) - _INSTANT)
            continue
        if fits(found):
            yield found
        found = rule.dates.after(found)


def _day_start(moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _day_end(moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (local + timedelta(days=1)).astimezone(UTC)


def not_late(rule: Rule, date: datetime, now: datetime) -> datetime | None:
    """Return ``date``, or the first one after it that is not later than the rule allows."""
    if rule.late is None or date + rule.late >= now:
        return date
    return rule.dates.after(now - rule.late - _INSTANT)


def recovered(
    rule: Rule, next_date: datetime, evaluated_at: datetime | None, now: datetime
) -> datetime | None:
    """Return the next date after a time in which nothing ran.

    Args:
        next_date: What it was before, in the past.
        evaluated_at: Date of the last one that was evaluated; None if none ever was.
    """
    if rule.recover is Recover.ALL or next_date > now:
        return next_date
    if rule.recover is Recover.LAST:
        last = rule.dates.before(now + _INSTANT)
        if last is not None and (evaluated_at is None or last > evaluated_at):
            return last
    return rule.dates.after(now)
