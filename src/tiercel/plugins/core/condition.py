"""Conditions of triggers and listeners: their properties. Services evaluate them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from tiercel.model.state import StateType
from tiercel.plugin.labels import LabelMap
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Condition
from tiercel.plugins.core.trigger import TimeWindow

_TYPE = "io.kestra.plugin.core.condition"
_OLD = "io.kestra.core.models.conditions.types"

DayOfWeek = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


def _names(name: str) -> tuple[str, ...]:
    """Return the older names of a condition."""
    return (f"{_TYPE}.{name}Condition", f"{_OLD}.{name}Condition")


class _OfDate(Condition):
    date: Text = "{{ trigger.date }}"


class DateTimeBetween(_OfDate):
    """True strictly between two moments; one bound is enough."""

    type_name = f"{_TYPE}.DateTimeBetween"
    aliases = _names("DateTimeBetween")
    title = "The date lies between two moments."

    after: Text | None = None
    before: Text | None = None


class TimeBetween(_OfDate):
    """True strictly between two times of day; one bound is enough."""

    type_name = f"{_TYPE}.TimeBetween"
    aliases = _names("TimeBetween")
    title = "The date lies between two times of day."

    after: Text | None = None
    before: Text | None = None


class DayWeek(_OfDate):
    """True on one day of the week."""

    type_name = f"{_TYPE}.DayWeek"
    aliases = _names("DayWeek")
    title = "The date is a certain day of the week."

    day_of_week: DayOfWeek


class DayWeekInMonth(_OfDate):
    """True on the first, second, third, fourth or last such day of a month."""

    type_name = f"{_TYPE}.DayWeekInMonth"
    aliases = _names("DayWeekInMonth")
    title = "The date is the n-th day of the week in its month."

    day_of_week: DayOfWeek
    day_in_month: Literal["FIRST", "LAST", "SECOND", "THIRD", "FOURTH"]


class Weekend(_OfDate):
    """True on Saturday and Sunday."""

    type_name = f"{_TYPE}.Weekend"
    aliases = _names("Weekend")
    title = "The date is a Saturday or Sunday."


class PublicHoliday(_OfDate):
    """True on public holidays of a country, by its ISO 3166 code, or of a part of it."""

    type_name = f"{_TYPE}.PublicHoliday"
    aliases = _names("PublicHoliday")
    title = "The date is a public holiday."

    country: Text | None = None
    sub_division: Text | None = None


class Expression(Condition):
    """True when an expression renders to anything but blanks or ``false``."""

    type_name = f"{_TYPE}.Expression"
    aliases = (
        *_names("Expression"),
        f"{_TYPE}.VariableCondition",
        f"{_OLD}.VariableCondition",
    )
    title = "An expression is true."

    expression: Text


class ExecutionOutputs(Condition):
    """True when the upstream execution has outputs and an expression over them is true."""

    type_name = f"{_TYPE}.ExecutionOutputs"
    aliases = _names("ExecutionOutputs")
    title = "The upstream execution's outputs fit."

    expression: Text


class ExecutionStatus(Condition):
    """True when the upstream execution's state is one of ``in`` and none of ``notIn``."""

    type_name = f"{_TYPE}.ExecutionStatus"
    aliases = _names("ExecutionStatus")
    title = "The upstream execution is in a state."

    in_: list[StateType] | None = Field(default=None, alias="in")
    not_in: list[StateType] | None = None


class ExecutionFlow(Condition):
    """True for executions of one flow."""

    type_name = f"{_TYPE}.ExecutionFlow"
    aliases = _names("ExecutionFlow")
    title = "The upstream execution is one of a flow."

    namespace: Text
    flow_id: Text


class ExecutionNamespace(Condition):
    """True for executions in a namespace, or in one that begins or ends with a text."""

    type_name = f"{_TYPE}.ExecutionNamespace"
    aliases = _names("ExecutionNamespace")
    title = "The upstream execution is in a namespace."

    namespace: Text
    comparison: Literal["EQUALS", "PREFIX", "SUFFIX"] | None = None
    prefix: bool = False


class ExecutionLabels(Condition):
    """True when the upstream execution has all of the labels."""

    type_name = f"{_TYPE}.ExecutionLabels"
    aliases = _names("ExecutionLabels")
    title = "The upstream execution has labels."

    labels: LabelMap


class HasRetryAttempt(Condition):
    """True when a task run was tried more than once and an attempt's state fits."""

    type_name = f"{_TYPE}.HasRetryAttempt"
    aliases = _names("HasRetryAttempt")
    title = "The upstream execution had a retry."

    in_: list[StateType] | None = Field(default=None, alias="in")
    not_in: list[StateType] | None = None


class FlowCondition(Condition):
    """True when the current flow is this one; an older form of ExecutionFlow."""

    type_name = f"{_TYPE}.FlowCondition"
    is_deprecated = True
    aliases = (f"{_OLD}.FlowCondition",)
    title = "The current flow is this one."

    namespace: Text
    flow_id: Text


class FlowNamespaceCondition(Condition):
    """True when the current flow is in a namespace; an older form of ExecutionNamespace."""

    type_name = f"{_TYPE}.FlowNamespaceCondition"
    is_deprecated = True
    aliases = (f"{_OLD}.FlowNamespaceCondition",)
    title = "The current flow is in a namespace."

    namespace: Text
    prefix: bool = False


Conditions = Annotated[list[Condition], Field(min_length=1)]
"""At least one condition."""


class Not(Condition):
    """True when none of the conditions is."""

    type_name = f"{_TYPE}.Not"
    aliases = _names("Not")
    title = "No condition is true."

    conditions: Conditions


class Or(Condition):
    """True when at least one of the conditions is."""

    type_name = f"{_TYPE}.Or"
    aliases = _names("Or")
    title = "At least one condition is true."

    conditions: Conditions


class MultipleCondition(Condition):
    """True when all conditions were true at some time within a window."""

    type_name = f"{_TYPE}.MultipleCondition"
    is_deprecated = True
    aliases = (f"{_OLD}.MultipleCondition",)
    title = "Several conditions were true within a window."

    id: Annotated[Text, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")]
    time_window: TimeWindow | None = None
    window: timedelta | None = None
    window_advance: timedelta | None = None
    reset_on_success: bool = True
    conditions: Annotated[dict[str, Condition], Field(min_length=1)]
