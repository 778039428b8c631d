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
    date: Text = Field(
        default="{{ trigger.date }}",
        description=(
            "The date that is judged, usually a template; by default the date of the trigger."
        ),
    )


class DateTimeBetween(_OfDate):
    """True strictly between two moments; one bound is enough."""

    type_name = f"{_TYPE}.DateTimeBetween"
    aliases = _names("DateTimeBetween")
    title = "The date lies between two moments."

    after: Text | None = Field(
        default=None,
        description="The date must be later than this, such as `2026-01-31T09:00:00Z`.",
    )
    before: Text | None = Field(default=None, description="The date must be earlier than this.")


class TimeBetween(_OfDate):
    """True strictly between two times of day; one bound is enough."""

    type_name = f"{_TYPE}.TimeBetween"
    aliases = _names("TimeBetween")
    title = "The date lies between two times of day."

    after: Text | None = Field(
        default=None,
        description=(
            "The time of day must be later than this, such as `09:00:00+02:00`. Without an "
            "offset the zone of the trigger counts."
        ),
    )
    before: Text | None = Field(
        default=None, description="The time of day must be earlier than this."
    )


class DayWeek(_OfDate):
    """True on one day of the week."""

    type_name = f"{_TYPE}.DayWeek"
    aliases = _names("DayWeek")
    title = "The date is a certain day of the week."

    day_of_week: DayOfWeek = Field(description="The day of the week that the date must be.")


class DayWeekInMonth(_OfDate):
    """True on the first, second, third, fourth or last such day of a month."""

    type_name = f"{_TYPE}.DayWeekInMonth"
    aliases = _names("DayWeekInMonth")
    title = "The date is the n-th day of the week in its month."

    day_of_week: DayOfWeek = Field(description="The day of the week that the date must be.")
    day_in_month: Literal["FIRST", "LAST", "SECOND", "THIRD", "FOURTH"] = Field(
        description=(
            "Which of those days of the month: `FIRST`, `SECOND`, `THIRD`, `FOURTH` or `LAST`."
        )
    )


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

    country: Text | None = Field(
        default=None,
        description="Country by its code in ISO 3166, such as `FR`. `US` when it is left out.",
    )
    sub_division: Text | None = Field(
        default=None,
        description=(
            "Part of the country by its code in ISO 3166, such as `BY`. The whole country "
            "when it is left out."
        ),
    )


class Expression(Condition):
    """True when an expression renders to anything but blanks or ``false``."""

    type_name = f"{_TYPE}.Expression"
    aliases = (
        *_names("Expression"),
        f"{_TYPE}.VariableCondition",
        f"{_OLD}.VariableCondition",
    )
    title = "An expression is true."

    expression: Text = Field(
        description=("Template that must render to something other than `false` or an empty text.")
    )


class ExecutionOutputs(Condition):
    """True when the upstream execution has outputs and an expression over them is true."""

    type_name = f"{_TYPE}.ExecutionOutputs"
    aliases = _names("ExecutionOutputs")
    title = "The upstream execution's outputs fit."

    expression: Text = Field(
        description=(
            "Template over `trigger.outputs` that must render to something other than `false` "
            "or an empty text."
        )
    )


class ExecutionStatus(Condition):
    """True when the upstream execution's state is one of ``in`` and none of ``notIn``."""

    type_name = f"{_TYPE}.ExecutionStatus"
    aliases = _names("ExecutionStatus")
    title = "The upstream execution is in a state."

    in_: list[StateType] | None = Field(
        default=None,
        alias="in",
        description="States of which the execution must have one. Any when it is left out.",
    )
    not_in: list[StateType] | None = Field(
        default=None, description="States that the execution must not have."
    )


class ExecutionFlow(Condition):
    """True for executions of one flow."""

    type_name = f"{_TYPE}.ExecutionFlow"
    aliases = _names("ExecutionFlow")
    title = "The upstream execution is one of a flow."

    namespace: Text = Field(description="Namespace of the flow whose executions count.")
    flow_id: Text = Field(description="Id of the flow whose executions count.")


class ExecutionNamespace(Condition):
    """True for executions in a namespace, or in one that begins or ends with a text."""

    type_name = f"{_TYPE}.ExecutionNamespace"
    aliases = _names("ExecutionNamespace")
    title = "The upstream execution is in a namespace."

    namespace: Text = Field(
        description=(
            "Namespace of the executions that count, or a part of its name; see `comparison`."
        )
    )
    comparison: Literal["EQUALS", "PREFIX", "SUFFIX"] | None = Field(
        default=None,
        description=(
            "How the namespace is compared: `EQUALS`, `PREFIX` or `SUFFIX`. By `prefix` when "
            "it is left out."
        ),
    )
    prefix: bool = Field(
        default=False,
        description=(
            "`true` lets namespaces fit that begin with `namespace`; older form of "
            "`comparison: PREFIX`."
        ),
    )


class ExecutionLabels(Condition):
    """True when the upstream execution has all of the labels."""

    type_name = f"{_TYPE}.ExecutionLabels"
    aliases = _names("ExecutionLabels")
    title = "The upstream execution has labels."

    labels: LabelMap = Field(
        description=(
            "Labels that the execution must have, with these values: a map, or a list of "
            "`key` and `value`."
        )
    )


class HasRetryAttempt(Condition):
    """True when a task run was tried more than once and an attempt's state fits."""

    type_name = f"{_TYPE}.HasRetryAttempt"
    aliases = _names("HasRetryAttempt")
    title = "The upstream execution had a retry."

    in_: list[StateType] | None = Field(
        default=None,
        alias="in",
        description="States of which an attempt must have one. Any when it is left out.",
    )
    not_in: list[StateType] | None = Field(
        default=None, description="States that the attempt must not have."
    )


class FlowCondition(Condition):
    """True when the current flow is this one; an older form of ExecutionFlow."""

    type_name = f"{_TYPE}.FlowCondition"
    is_deprecated = True
    aliases = (f"{_OLD}.FlowCondition",)
    title = "The current flow is this one."

    namespace: Text = Field(description="Namespace of the flow.")
    flow_id: Text = Field(description="Id of the flow.")


class FlowNamespaceCondition(Condition):
    """True when the current flow is in a namespace; an older form of ExecutionNamespace."""

    type_name = f"{_TYPE}.FlowNamespaceCondition"
    is_deprecated = True
    aliases = (f"{_OLD}.FlowNamespaceCondition",)
    title = "The current flow is in a namespace."

    namespace: Text = Field(
        description="Namespace of the flow, or the beginning of its name; see `prefix`."
    )
    prefix: bool = Field(
        default=False, description="`true` lets namespaces fit that begin with `namespace`."
    )


Conditions = Annotated[list[Condition], Field(min_length=1)]
"""At least one condition."""


class Not(Condition):
    """True when none of the conditions is."""

    type_name = f"{_TYPE}.Not"
    aliases = _names("Not")
    title = "No condition is true."

    conditions: Conditions = Field(description="Conditions of which none may be true.")


class Or(Condition):
    """True when at least one of the conditions is."""

    type_name = f"{_TYPE}.Or"
    aliases = _names("Or")
    title = "At least one condition is true."

    conditions: Conditions = Field(description="Conditions of which at least one must be true.")


class MultipleCondition(Condition):
    """True when all conditions were true at some time within a window."""

    type_name = f"{_TYPE}.MultipleCondition"
    is_deprecated = True
    aliases = (f"{_OLD}.MultipleCondition",)
    title = "Several conditions were true within a window."

    id: Annotated[Text, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")] = Field(
        description="Name under which it is remembered which conditions were true."
    )
    time_window: TimeWindow | None = Field(
        default=None, description="Time within which all conditions must become true."
    )
    window: timedelta | None = Field(
        default=None,
        description=(
            "Length of the window; older form of `timeWindow`. A day when it is left out."
        ),
    )
    window_advance: timedelta | None = Field(
        default=None,
        description=(
            "How much later than full days or hours the window begins; older form of `timeWindow`."
        ),
    )
    reset_on_success: bool = Field(
        default=True,
        description=(
            "Whether all is forgotten once the conditions were true, so that they must become "
            "true again."
        ),
    )
    conditions: Annotated[dict[str, Condition], Field(min_length=1)] = Field(
        description="Conditions that must all become true, by names of your own."
    )
