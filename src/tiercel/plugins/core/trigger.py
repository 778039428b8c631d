"""What starts executions: properties of the triggers. Services evaluate them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel

from tiercel.engine.schedule.cron import NICKNAMES
from tiercel.engine.schedule.rules import refuse_far
from tiercel.model.state import TERMINATED, StateType
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.faults import nearest
from tiercel.plugin.fields import DEPRECATED
from tiercel.plugin.properties import Text, TextMap, ValueMap
from tiercel.plugin.task import Condition, Output, RunnableTask, Trigger

_TYPE = "io.kestra.plugin.core.trigger"
_OLD = "io.kestra.core.models.triggers.types"


def cron_fields(expression: str) -> list[str]:
    """Return the fields of a cron expression, nicknames replaced.

    Raises:
        ValueError: It has fewer than five or more than six fields, or one that is out of range.
    """
    from cronsim import CronSim, CronSimError

    fields = NICKNAMES.get(expression.strip(), expression).split()
    if len(fields) not in (5, 6):
        raise ValueError(
            f"invalid cron expression '{expression}': Cron expression contains {len(fields)} parts"
            " but we expect one of [5]; "
            "write minute, hour, day of month, month and day of week"
        )
    if any(mark in field for field in fields for mark in "?#") or _has_last(fields):
        raise ValueError(
            f"invalid cron expression '{expression}': `L`, `W`, `#` and `?` don't work"
        )
    try:
        CronSim(" ".join(fields), datetime(2024, 1, 1))  # noqa: DTZ001  only the syntax counts
    except CronSimError as error:
        raise ValueError(f"invalid cron expression '{expression}': {error}") from None
    return fields


def _has_last(fields: list[str]) -> bool:
    """``L`` and ``W`` stand for last and weekday, unless they are part of a name such as JUL."""
    return any(
        part.upper() in ("L", "LW") or (part[:-1].isdigit() and part[-1:].upper() in ("L", "W"))
        for field in fields
        for part in field.split(",")
    )


def _cron(expression: str) -> str:
    cron_fields(expression)
    return expression


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        hint = nearest(name, available_timezones()) or "write it like `Europe/Paris`"
        raise ValueError(f"timezone '({name})' is not a valid time-zone ID; {hint}") from None
    return name


Timezone = Annotated[str, AfterValidator(_timezone)]
"""An IANA name such as ``Europe/Paris``."""


class Schedule(Trigger):
    """Start an execution at each moment that a cron expression names."""

    type_name = f"{_TYPE}.Schedule"
    aliases = (f"{_OLD}.Schedule",)
    title = "Start executions by a cron expression."
    examples = (
        (
            "Every day at nine.",
            "id: daily\ntype: io.kestra.plugin.core.trigger.Schedule\ncron: 0 9 * * *",
        ),
    )

    cron: Annotated[Text, AfterValidator(_cron)] = Field(
        description=(
            "When executions start: minute, hour, day of month, month, day of week, such as "
            "`0 9 * * 1-5`. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` work, "
            "too."
        )
    )
    with_seconds: bool = Field(
        default=False, description="`true` lets the cron expression begin with a field for seconds."
    )
    timezone: Timezone | None = Field(
        default=None,
        description=(
            "Time zone of the cron expression, such as `Europe/Paris`. The server's when it "
            "is left out."
        ),
    )
    inputs: ValueMap | None = Field(
        default=None,
        description=(
            "Inputs of each execution, by id. Those that are left out have their defaults."
        ),
    )
    late_maximum_delay: timedelta | None = Field(
        default=None,
        description=(
            "A date that is later than this, such as `PT10M`, is skipped. None is when it is "
            "left out."
        ),
    )
    recover_missed_schedules: Literal["ALL", "LAST", "NONE"] | None = Field(
        default=None,
        description=(
            "What happens after a time without the scheduler: `ALL` dates that were missed "
            "start executions, the `LAST` one, or `NONE`. All when it is left out."
        ),
    )
    schedule_conditions: list[Condition] | None = Field(
        default=None, json_schema_extra=DEPRECATED, description="Older name of `conditions`."
    )
    backfill: dict[str, Any] | None = Field(
        default=None,
        json_schema_extra=DEPRECATED,
        description=(
            "Accepted without effect: backfills are started from the pages, the API or the "
            "command line."
        ),
    )

    @model_validator(mode="after")
    def _seconds_fit(self) -> Schedule:
        has_seconds = len(cron_fields(self.cron)) == 6
        if has_seconds is not self.with_seconds and not self.cron.startswith("@"):
            raise ValueError(
                f"invalid cron expression '{self.cron}': a sixth field needs `withSeconds: true`"
            )
        return self


class ScheduleOnDates(Trigger):
    """Start an execution at each of a list of moments."""

    type_name = f"{_TYPE}.ScheduleOnDates"
    aliases = (f"{_OLD}.ScheduleOnDates",)
    title = "Start executions at given moments."

    dates: Annotated[list[Annotated[datetime, AfterValidator(refuse_far)]], Field(min_length=1)] = (
        Field(description="Dates at which executions start, such as `2026-01-31T09:00:00`.")
    )
    timezone: Timezone | None = Field(
        default=None,
        description=(
            "Time zone of dates without an offset, such as `Europe/Paris`. The server's when "
            "it is left out."
        ),
    )
    inputs: ValueMap | None = Field(
        default=None,
        description=(
            "Inputs of each execution, by id. Those that are left out have their defaults."
        ),
    )
    recover_missed_schedules: Literal["ALL", "LAST", "NONE"] | None = Field(
        default=None,
        description=(
            "What happens after a time without the scheduler: `ALL` dates that were missed "
            "start executions, the `LAST` one, or `NONE`. All when it is left out."
        ),
    )


class TimeWindow(Written):
    """How long partial matches of preconditions are kept."""

    type: Literal[
        "DURATION_WINDOW", "SLIDING_WINDOW", "DAILY_TIME_WINDOW", "DAILY_TIME_DEADLINE"
    ] = Field(
        default="DURATION_WINDOW",
        description=(
            "Kind of window. `DURATION_WINDOW` repeats with a length, `SLIDING_WINDOW` begins "
            "with the first event, `DAILY_TIME_WINDOW` lies between two times of each day, "
            "`DAILY_TIME_DEADLINE` lasts from midnight to a time of each day."
        ),
    )
    window: timedelta | None = Field(
        default=None,
        description=(
            "Length of a duration or sliding window, such as `PT6H`; a day when it is left out."
        ),
    )
    window_advance: timedelta | None = Field(
        default=None,
        description=(
            "How much later than full days or hours a duration window begins, such as `PT4H`."
        ),
    )
    start_time: time | None = Field(
        default=None, description="When a daily window begins, such as `06:00:00`."
    )
    end_time: time | None = Field(
        default=None, description="When a daily window ends, such as `09:00:00`."
    )
    deadline: time | None = Field(
        default=None, description="When a daily deadline is over, such as `09:00:00`."
    )

    @model_validator(mode="after")
    def _properties_fit(self) -> TimeWindow:
        allowed = {
            "DURATION_WINDOW": {"window", "window_advance"},
            "SLIDING_WINDOW": {"window"},
            "DAILY_TIME_WINDOW": {"start_time", "end_time"},
            "DAILY_TIME_DEADLINE": {"deadline"},
        }[self.type]
        needed = allowed if self.type.startswith("DAILY") else set()
        for name in ("window", "window_advance", "start_time", "end_time", "deadline"):
            is_set = getattr(self, name) is not None
            if is_set and name not in allowed:
                raise ValueError(
                    f"Time window of type '{self.type}' cannot have a {to_camel(name)}"
                )
            if not is_set and name in needed:
                raise ValueError(f"Time window of type '{self.type}' must have a {to_camel(name)}")
        return self


class FlowPrecondition(Written):
    """An upstream flow that must have ended."""

    namespace: Text = Field(description="Namespace of the flow.")
    flow_id: Text | None = Field(
        default=None, description="Id of the flow. Any flow of the namespace when it is left out."
    )
    states: list[StateType] | None = Field(
        default=None,
        description=(
            "States of which its execution must reach one. Any that the trigger looks at when "
            "it is left out."
        ),
    )
    labels: TextMap | None = Field(
        default=None, description="Labels that its execution must have, with these values."
    )


class Filter(Written):
    """A test of the upstream execution."""

    field: Literal["FLOW_ID", "NAMESPACE", "STATE", "EXPRESSION"] = Field(
        description=(
            "What of the execution is tested: `FLOW_ID`, `NAMESPACE`, `STATE`, or an `EXPRESSION`."
        )
    )
    type: Literal[
        "EQUAL_TO",
        "NOT_EQUAL_TO",
        "IN",
        "NOT_IN",
        "IS_TRUE",
        "IS_FALSE",
        "IS_NULL",
        "IS_NOT_NULL",
        "STARTS_WITH",
        "ENDS_WITH",
        "REGEX",
        "CONTAINS",
    ] = Field(
        description="How it is compared with `value`, or with `values` for `IN` and `NOT_IN`."
    )
    value: Text | None = Field(
        default=None,
        description=(
            "What the field is compared with; the template for the field `EXPRESSION`; a "
            "pattern of the whole text for `REGEX`."
        ),
    )
    values: list[Text] | None = Field(
        default=None,
        description="Texts of which the field must be one, for `IN`, or none, for `NOT_IN`.",
    )

    @model_validator(mode="after")
    def _value_fits(self) -> Filter:
        is_list = self.type in ("IN", "NOT_IN")
        if is_list and self.values is None:
            raise ValueError(f"'values' cannot be null for type {self.type}")
        if is_list and self.value is not None:
            raise ValueError(f"'value' must be null for type {self.type}")
        if not is_list and self.values is not None:
            raise ValueError(f"'values' must be null for type {self.type}")
        if not is_list and self.value is None:
            raise ValueError(f"'value' cannot be null for type {self.type}")
        return self


class Where(Written):
    """A named group of tests."""

    id: Text = Field(description="Name of the group.")
    operand: Literal["AND", "OR"] = Field(
        default="AND", description="Whether all filters must hold, `AND`, or at least one, `OR`."
    )
    filters: list[Filter] = Field(default_factory=list, description="Tests of the execution.")


class Preconditions(Written):
    """What must have happened upstream, within a window, before an execution starts."""

    id: Annotated[Text, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")] = Field(
        description="Name under which it is remembered what was met."
    )
    time_window: TimeWindow | None = Field(
        default=None,
        description=(
            "Time within which everything must be met. A day, from midnight, when it is left out."
        ),
    )
    reset_on_success: bool = Field(
        default=True,
        description=(
            "Whether all is forgotten once an execution started, so that everything must be "
            "met again."
        ),
    )
    flows: list[FlowPrecondition] | None = Field(
        default=None, description="Flows that must all have ended."
    )
    where: list[Where] | None = Field(
        default=None, description="Groups of tests, each of which an execution must have met."
    )


class Flow(Trigger):
    """Start an execution when executions of other flows reach a state."""

    type_name = f"{_TYPE}.Flow"
    aliases = (f"{_OLD}.Flow",)
    title = "Start executions after those of other flows."

    states: list[StateType] = Field(
        default=sorted(TERMINATED - {StateType.RESUBMITTED}),
        description="States of other executions that count.",
    )
    preconditions: Preconditions | None = Field(
        default=None,
        description=(
            "What must have happened in other flows, within a window, before an execution starts."
        ),
    )
    inputs: ValueMap | None = Field(
        default=None,
        description=(
            "Inputs of the execution, by id. Templates see the other execution as `trigger`."
        ),
    )


class Webhook(Trigger):
    """Start an execution when someone calls the webhook's address."""

    type_name = f"{_TYPE}.Webhook"
    aliases = (f"{_OLD}.Webhook",)
    title = "Start executions by HTTP calls."

    key: Annotated[Text, Field(max_length=256)] = Field(
        description=("Secret part of the webhook's address. Whoever knows it can start executions.")
    )
    inputs: ValueMap | None = Field(
        default=None,
        description=(
            "Inputs of the execution, by id. Templates see the call as `trigger.body`, "
            "`trigger.headers` and `trigger.parameters`."
        ),
    )
    wait: bool = Field(
        default=False,
        description=(
            "`true` answers the call when the execution has ended, `false` as soon as it is "
            "created."
        ),
    )
    return_outputs: bool = Field(
        default=False, description="`true` answers with the outputs of the flow; it needs `wait`."
    )
    response_content_type: Literal["application/json", "text/plain"] | None = Field(
        default=None,
        description=(
            "Content type of returned outputs: `application/json`, which it is when left out, "
            "or `text/plain`, their values one after another."
        ),
    )
    response_code: Annotated[int, Field(ge=100, le=599)] | None = Field(
        default=None, description="Status of the answer; 200 when it is left out."
    )


class Toggle(RunnableTask):
    """Let a trigger fire, or not, whatever the flow's source says."""

    type_name = f"{_TYPE}.Toggle"
    aliases = ("io.kestra.core.tasks.trigger.Toggle",)
    title = "Enable or disable a trigger."
    examples = (
        (
            "Stop a schedule.",
            "id: stop\ntype: io.kestra.plugin.core.trigger.Toggle\ntrigger: daily\nenabled: false",
        ),
    )

    trigger: Text = Field(description="Id of the trigger.")
    namespace: Text | None = Field(
        default=None,
        description="Namespace of the trigger's flow. That of this flow when it is left out.",
    )
    flow_id: Text | None = Field(
        default=None, description="Id of the trigger's flow. This flow when it is left out."
    )
    enabled: bool = Field(
        default=False, description="`true` lets the trigger start executions, `false` stops it."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Set whether it fires; no outputs."""
        await context.toggle_trigger(
            self.namespace or context.info.namespace,
            self.flow_id or context.info.flow_id,
            self.trigger,
            enabled=self.enabled,
        )
        return None
