"""Properties that all tasks, flowables or triggers have, for the flow's parser and the schema.

They are not fields of the plugin classes: what runs a task sees only the type's own properties.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.fields import properties_of
from tiercel.plugin.index import Role
from tiercel.plugin.labels import LabelMap


class Written(BaseModel):
    """Base of everything a flow writes that is not a plugin."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        alias_generator=to_camel,
        defer_build=True,
    )


class CommonWorkerGroup(Written):
    """Which workers may run a task, and what happens when none of them is there."""

    key: str
    fallback: Literal["FAIL", "WAIT", "CANCEL"] = "WAIT"


class CommonTaskCache(Written):
    """How long outputs may be taken from an earlier execution."""

    enabled: bool = True
    ttl: timedelta | None = None


class CommonTask(Written):
    """Properties of every task besides ``id``, ``type``, ``retry`` and its own ones."""

    version: str | None = None
    description: str | None = None
    timeout: timedelta | None = None
    disabled: bool = False
    run_if: str = "true"
    worker_group: CommonWorkerGroup | None = None
    log_level: LogLevel | None = None
    allow_failure: bool = False
    allow_warning: bool = False
    log_to_file: bool = False
    task_cache: CommonTaskCache | None = None
    assets: Any = None
    plugin_defaults_ref: str | None = None


class CommonTrigger(Written):
    """Properties of every trigger besides ``id``, ``type``, ``conditions`` and its own ones."""

    version: str | None = None
    description: str | None = None
    disabled: bool = False
    worker_group: CommonWorkerGroup | None = None
    log_level: LogLevel | None = Field(
        default=None, validation_alias=AliasChoices("logLevel", "minLogLevel")
    )
    labels: LabelMap | None = None
    stop_after: list[StateType] | None = None
    log_to_file: bool = False
    fail_on_trigger_error: bool = False
    allow_concurrent: bool = False


class WrittenRetry(Written):
    """What all forms of ``retry`` have."""

    type: str
    max_attempts: Annotated[int, Field(ge=1)] | None = Field(
        default=None, validation_alias=AliasChoices("maxAttempts", "maxAttempt")
    )
    max_duration: timedelta | None = None
    warning_on_retry: bool = False
    behavior: Literal["RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION"] = "RETRY_FAILED_TASK"


class ConstantRetry(WrittenRetry):
    """Always the same wait."""

    interval: timedelta


class ExponentialRetry(WrittenRetry):
    """Each wait longer than the one before, up to a bound."""

    interval: timedelta
    max_interval: timedelta
    delay_factor: Annotated[float, Field(gt=0)] | None = None


class RandomRetry(WrittenRetry):
    """A random wait between two bounds."""

    min_interval: timedelta
    max_interval: timedelta


RETRIES: dict[str, type[WrittenRetry]] = {
    "constant": ConstantRetry,
    "exponential": ExponentialRetry,
    "random": RandomRetry,
}
"""The forms of ``retry`` by their type."""

TASK_NAMES = frozenset(properties_of(CommonTask)) | {"id", "type", "retry"}
"""Names of the properties that every task has."""

FLOWABLE_NAMES = TASK_NAMES | {"errors", "finally"}
"""Names of the properties that every flowable has."""

TRIGGER_NAMES = frozenset(properties_of(CommonTrigger)) | {"id", "type", "conditions"}
"""Names of the properties that every trigger has."""


def common_names(role: Role, *, is_flowable: bool = False) -> frozenset[str]:
    """Return the names of the properties that a type has because of its role."""
    if role is Role.TASK:
        return FLOWABLE_NAMES if is_flowable else TASK_NAMES
    return TRIGGER_NAMES if role is Role.TRIGGER else frozenset({"type"})
