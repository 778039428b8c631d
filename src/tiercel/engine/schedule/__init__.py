"""Schedules as pure maths: dates of cron expressions, missed dates, conditions, windows."""

from tiercel.engine.schedule.conditions import ConditionError, Surroundings, holds, of_the_day
from tiercel.engine.schedule.rules import (
    Recover,
    Rule,
    fitting_after,
    fitting_before,
    fitting_between,
    not_late,
    recovered,
    rule_of,
)
from tiercel.engine.schedule.windows import Group, Window, groups_of, progress

__all__ = [
    "ConditionError",
    "Group",
    "Recover",
    "Rule",
    "Surroundings",
    "Window",
    "fitting_after",
    "fitting_before",
    "fitting_between",
    "groups_of",
    "holds",
    "not_late",
    "of_the_day",
    "progress",
    "recovered",
    "rule_of",
]
