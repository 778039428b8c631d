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

WorkerTag = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]


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

    key: str = Field(
        description=(
            "Name of the worker group, or a template of it. Workers take the name of their "
            "group when they are started."
        )
    )
    fallback: Literal["FAIL", "WAIT", "CANCEL"] = Field(
        default="WAIT",
        description=(
            "What happens while no worker of the group is connected: `WAIT` until one comes, "
            "`FAIL` the task, or `CANCEL` it, which ends it as KILLED."
        ),
    )


class CommonWorkerSelector(Written):
    """Which worker groups may run a task, by their tags."""

    tags: list[WorkerTag] = Field(
        min_length=1,
        max_length=20,
        description=(
            "Tags that the worker group has: small letters, digits and `-`. The server's "
            "configuration says which group has which (`tiercel.worker-groups`)."
        ),
    )
    match: Literal["ALL", "ANY"] = Field(
        default="ALL", description="Whether the group has `ALL` of the tags, or `ANY` of them."
    )
    fallback: Literal["FAIL", "WAIT", "CANCEL", "IGNORE"] = Field(
        default="FAIL",
        description=(
            "What happens while no worker of such a group is connected: `FAIL` the task, `WAIT` "
            "until one comes, `CANCEL` it, which ends it as KILLED, or `IGNORE` the tags, which "
            "gives it to the group `default`."
        ),
    )


class CommonTaskCache(Written):
    """How long outputs may be taken from an earlier execution."""

    enabled: bool = Field(
        default=True,
        description=(
            "Whether outputs are kept and taken again; `false` switches the cache off without "
            "deleting it from the flow."
        ),
    )
    ttl: timedelta | None = Field(
        default=None,
        description=(
            "How long kept outputs count, such as `PT1H` or `P1D`. For ever when it is left out."
        ),
    )


class CommonTask(Written):
    """Properties of every task besides ``id``, ``type``, ``retry`` and its own ones."""

    version: str | None = Field(
        default=None,
        description=(
            "Version of the plugin that the flow was written for. Accepted; the one that is "
            "installed runs."
        ),
    )
    description: str | None = Field(
        default=None,
        description=(
            "What the task is for, in Markdown. Shown in the pages of the flow and of its "
            "executions."
        ),
    )
    timeout: timedelta | None = Field(
        default=None,
        description=(
            "How long one attempt may take, such as `PT10M`; an attempt that takes longer is "
            "stopped and fails. No limit when it is left out."
        ),
    )
    disabled: bool = Field(
        default=False, description="`true` skips the task as if it were not in the flow."
    )
    run_if: str = Field(
        default="true",
        description=(
            "Condition for the task to run. When it renders to `false`, `0` or an empty text, "
            "the task is SKIPPED and the flow goes on."
        ),
    )
    worker_group: CommonWorkerGroup | None = Field(
        default=None,
        description=(
            "Which workers may run the task. Those of the group `default` when it is left out."
        ),
    )
    worker_selector: CommonWorkerSelector | None = Field(
        default=None,
        description=(
            "Which workers may run the task, by the tags of their group. It counts instead of "
            "`workerGroup` where both are there."
        ),
    )
    log_level: LogLevel | None = Field(
        default=None,
        description=(
            "Lowest level of messages that are kept in the task's log: `TRACE`, `DEBUG`, "
            "`INFO`, `WARN` or `ERROR`. All of them when it is left out."
        ),
    )
    allow_failure: bool = Field(
        default=False,
        description=(
            "`true` lets the flow go on when the task fails: it, and the execution, end with "
            "WARNING instead of FAILED."
        ),
    )
    allow_warning: bool = Field(
        default=False, description="`true` lets a task that ended with WARNING count as SUCCESS."
    )
    log_to_file: bool = Field(
        default=False,
        description=(
            "`true` writes the task's log into a file in storage, kept with the attempt, "
            "instead of the database. For tasks that log very much."
        ),
    )
    task_cache: CommonTaskCache | None = Field(
        default=None,
        description=(
            "Takes the outputs of an earlier run of this task with the same properties "
            "instead of running it again."
        ),
    )
    assets: Any = Field(default=None, description="Accepted without effect.")
    plugin_defaults_ref: str | None = Field(
        default=None, description="Accepted without effect: defaults of plugins are found by type."
    )


class CommonTrigger(Written):
    """Properties of every trigger besides ``id``, ``type``, ``conditions`` and its own ones."""

    version: str | None = Field(
        default=None,
        description=(
            "Version of the plugin that the flow was written for. Accepted; the one that is "
            "installed runs."
        ),
    )
    description: str | None = Field(
        default=None, description="What the trigger is for, in Markdown."
    )
    disabled: bool = Field(
        default=False, description="`true` keeps the trigger from starting executions."
    )
    worker_group: CommonWorkerGroup | None = Field(
        default=None,
        description="Accepted without effect: triggers are evaluated where the scheduler runs.",
    )
    worker_selector: CommonWorkerSelector | None = Field(
        default=None, description="Accepted without effect, as `workerGroup`."
    )
    log_level: LogLevel | None = Field(
        default=None,
        validation_alias=AliasChoices("logLevel", "minLogLevel"),
        description=(
            "Lowest level of messages that are kept in the trigger's log: `TRACE`, `DEBUG`, "
            "`INFO`, `WARN` or `ERROR`."
        ),
    )
    labels: LabelMap | None = Field(
        default=None,
        description=(
            "Labels that each execution of this trigger gets besides those of the flow: a "
            "map, or a list of `key` and `value`."
        ),
    )
    stop_after: list[StateType] | None = Field(
        default=None,
        description=(
            "States of an execution that disable the trigger, such as `[FAILED]`. It stays "
            "disabled until someone enables it."
        ),
    )
    log_to_file: bool = Field(
        default=False, description="Accepted without effect: the log of a trigger is short."
    )
    fail_on_trigger_error: bool = Field(
        default=False,
        description=(
            "`true` creates a FAILED execution when the trigger itself can't be evaluated; "
            "otherwise its log alone tells."
        ),
    )
    allow_concurrent: bool = Field(
        default=False,
        description=(
            "`true` lets the trigger start an execution while an earlier one that it started "
            "still runs."
        ),
    )


class WrittenRetry(Written):
    """What all forms of ``retry`` have."""

    type: str = Field(
        description=(
            "How the wait between attempts is found: `constant`, `exponential` or `random`."
        )
    )
    max_attempts: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        validation_alias=AliasChoices("maxAttempts", "maxAttempt"),
        description=(
            "How many attempts there are at most, the first one included. No limit when it is "
            "left out."
        ),
    )
    max_duration: timedelta | None = Field(
        default=None,
        description=(
            "No attempt begins later than this after the first one, such as `PT1H`. No limit "
            "when it is left out."
        ),
    )
    warning_on_retry: bool = Field(
        default=False,
        description=(
            "`true` ends a task that needed more than one attempt with WARNING instead of SUCCESS."
        ),
    )
    behavior: Literal["RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION"] = Field(
        default="RETRY_FAILED_TASK",
        description=(
            "What is tried again: `RETRY_FAILED_TASK` repeats the task alone, "
            "`CREATE_NEW_EXECUTION` the whole flow in a new execution."
        ),
    )


class ConstantRetry(WrittenRetry):
    """Always the same wait."""

    interval: timedelta = Field(description="Wait before each further attempt, such as `PT30S`.")


class ExponentialRetry(WrittenRetry):
    """Each wait longer than the one before, up to a bound."""

    interval: timedelta = Field(
        description="Wait before the second attempt, such as `PT10S`; it grows from there."
    )
    max_interval: timedelta = Field(
        description="The longest wait between two attempts. It must be more than `interval`."
    )
    delay_factor: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="What each wait is multiplied by to get the next; 2 when it is left out.",
    )


class RandomRetry(WrittenRetry):
    """A random wait between two bounds."""

    min_interval: timedelta = Field(description="The shortest wait between two attempts.")
    max_interval: timedelta = Field(
        description="The longest wait between two attempts. It must be more than `minInterval`."
    )


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
