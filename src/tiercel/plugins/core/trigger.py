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
    """Start an execution at each moment that a cron expression names.

    Attributes:
        late_maximum_delay: A moment that is later than this is skipped.
        recover_missed_schedules: What is done about moments that passed while nothing ran.
    """

    type_name = f"{_TYPE}.Schedule"
    aliases = (f"{_OLD}.Schedule",)
    title = "Start executions by a cron expression."
    examples = (
        (
            "Every day at nine.",
            "id: daily\ntype: io.kestra.plugin.core.trigger.Schedule\ncron: 0 9 * * *",
        ),
    )

    cron: Annotated[Text, AfterValidator(_cron)]
    with_seconds: bool = False
    timezone: Timezone | None = None
    inputs: ValueMap | None = None
    late_maximum_delay: timedelta | None = None
    recover_missed_schedules: Literal["ALL", "LAST", "NONE"] | None = None
    schedule_conditions: list[Condition] | None = Field(default=None, json_schema_extra=DEPRECATED)
    backfill: dict[str, Any] | None = Field(default=None, json_schema_extra=DEPRECATED)

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

    dates: Annotated[list[Annotated[datetime, AfterValidator(refuse_far)]], Field(min_length=1)]
    timezone: Timezone | None = None
    inputs: ValueMap | None = None
    recover_missed_schedules: Literal["ALL", "LAST", "NONE"] | None = None


class TimeWindow(Written):
    """How long partial matches of preconditions are kept."""

    type: Literal[
        "DURATION_WINDOW", "SLIDING_WINDOW", "DAILY_TIME_WINDOW", "DAILY_TIME_DEADLINE"
    ] = "DURATION_WINDOW"
    window: timedelta | None = None
    window_advance: timedelta | None = None
    start_time: time | None = None
    end_time: time | None = None
    deadline: time | None = None

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

    namespace: Text
    flow_id: Text | None = None
    states: list[StateType] | None = None
    labels: TextMap | None = None


class Filter(Written):
    """A test of the upstream execution."""

    field: Literal["FLOW_ID", "NAMESPACE", "STATE", "EXPRESSION"]
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
    ]
    value: Text | None = None
    values: list[Text] | None = None

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

    id: Text
    operand: Literal["AND", "OR"] = "AND"
    filters: list[Filter] = Field(default_factory=list)


class Preconditions(Written):
    """What must have happened upstream, within a window, before an execution starts."""

    id: Annotated[Text, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$")]
    time_window: TimeWindow | None = None
    reset_on_success: bool = True
    flows: list[FlowPrecondition] | None = None
    where: list[Where] | None = None


class Flow(Trigger):
    """Start an execution when executions of other flows reach a state."""

    type_name = f"{_TYPE}.Flow"
    aliases = (f"{_OLD}.Flow",)
    title = "Start executions after those of other flows."

    states: list[StateType] = sorted(TERMINATED - {StateType.RESUBMITTED})
    preconditions: Preconditions | None = None
    inputs: ValueMap | None = None


class Webhook(Trigger):
    """Start an execution when someone calls the webhook's address.

    Attributes:
        key: The secret part of the address.
        wait: Answer when the execution has ended.
    """

    type_name = f"{_TYPE}.Webhook"
    aliases = (f"{_OLD}.Webhook",)
    title = "Start executions by HTTP calls."

    key: Annotated[Text, Field(max_length=256)]
    inputs: ValueMap | None = None
    wait: bool = False
    return_outputs: bool = False
    response_content_type: Literal["application/json", "text/plain"] | None = None
    response_code: Annotated[int, Field(ge=100, le=599)] | None = None


class Toggle(RunnableTask):
    """Let a trigger fire, or not, whatever the flow's source says.

    Attributes:
        namespace, flow_id: By default those of the current flow.
    """

    type_name = f"{_TYPE}.Toggle"
    aliases = ("io.kestra.core.tasks.trigger.Toggle",)
    title = "Enable or disable a trigger."
    examples = (
        (
            "Stop a schedule.",
            "id: stop\ntype: io.kestra.plugin.core.trigger.Toggle\ntrigger: daily\nenabled: false",
        ),
    )

    trigger: Text
    namespace: Text | None = None
    flow_id: Text | None = None
    enabled: bool = False

    async def run(self, context: TaskContext) -> Output | None:
        """Set whether it fires; no outputs."""
        await context.toggle_trigger(
            self.namespace or context.info.namespace,
            self.flow_id or context.info.flow_id,
            self.trigger,
            enabled=self.enabled,
        )
        return None
