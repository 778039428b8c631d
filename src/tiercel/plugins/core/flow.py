"""Flowables: tasks that decide which of their children run. The engine knows how, by ``behavior``.

These classes declare the properties; nothing here runs. ``errors`` and ``finally`` are common to
all flowables and are read with the other common properties.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, model_validator

from tiercel.plugin.common import Written
from tiercel.plugin.fields import DEPRECATED
from tiercel.plugin.labels import LabelMap
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, TextMap, ValueMap
from tiercel.plugin.task import FlowableTask, InputList, TaskBranch

_TYPE = "io.kestra.plugin.core.flow"
_OLD = "io.kestra.core.tasks.flows"

Tasks = Annotated[list[Any], TaskBranch(), Field(min_length=1)]
"""At least one child task."""

MaybeTasks = Annotated[list[Any], TaskBranch()]
"""Child tasks, possibly none."""

Values = list[Any] | Text
"""What a loop goes over: a list, or a text that renders to a JSON list."""


class Sequential(FlowableTask):
    """Run tasks one after another."""

    type_name = f"{_TYPE}.Sequential"
    aliases = (f"{_OLD}.Sequential",)
    behavior = "sequential"
    title = "Run tasks one after another."

    tasks: Tasks


class Parallel(FlowableTask):
    """Run tasks at the same time; ``concurrent`` limits how many, 0 means all."""

    type_name = f"{_TYPE}.Parallel"
    aliases = (f"{_OLD}.Parallel",)
    behavior = "parallel"
    title = "Run tasks at the same time."

    tasks: Tasks
    concurrent: Annotated[int, Field(ge=0)] = 0


class Dag(FlowableTask):
    """Run each task as soon as the tasks it depends on are done."""

    type_name = f"{_TYPE}.Dag"
    aliases = (f"{_OLD}.Dag",)
    behavior = "dag"
    title = "Run tasks in the order of their dependencies."

    tasks: Annotated[list[Any], TaskBranch("dag")]
    concurrent: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _has_tasks(self) -> Dag:
        if not self.tasks:
            raise ValueError("No task defined")
        return self


class If(FlowableTask):
    """Run ``then`` when the condition is truthy, else ``else``. Output: ``evaluationResult``."""

    type_name = f"{_TYPE}.If"
    aliases = (f"{_OLD}.If",)
    behavior = "if"
    title = "Run tasks on a condition."
    output_types = outputs(evaluationResult=bool)

    condition: Text | None = None
    then: Tasks
    else_: MaybeTasks | None = Field(default=None, alias="else")


class Switch(FlowableTask):
    """Run the case whose key is ``value``, else ``defaults``. Outputs: ``value``, ``defaults``."""

    type_name = f"{_TYPE}.Switch"
    aliases = (f"{_OLD}.Switch",)
    behavior = "switch"
    title = "Run one of several lists of tasks."
    output_types = outputs(value=str, defaults=bool)

    value: Text
    cases: Annotated[dict[str, list[Any]], TaskBranch("map")] | None = None
    defaults: MaybeTasks | None = None

    @model_validator(mode="after")
    def _has_tasks(self) -> Switch:
        if not self.defaults and not any((self.cases or {}).values()):
            raise ValueError("No task defined, neither cases or default have any tasks")
        return self


class ForEach(FlowableTask):
    """Run tasks for each value; ``concurrencyLimit`` is 1 for in order, 0 for all at once."""

    type_name = f"{_TYPE}.ForEach"
    aliases = (f"{_OLD}.ForEach",)
    behavior = "for_each"
    title = "Run tasks for each value of a list."

    values: Values
    concurrency_limit: Annotated[int, Field(ge=0)] = 1
    tasks: MaybeTasks


class EachSequential(FlowableTask):
    """Run tasks for each value, one value after another; the older form of ForEach."""

    type_name = f"{_TYPE}.EachSequential"
    is_deprecated = True
    aliases = (f"{_OLD}.EachSequential",)
    behavior = "each_sequential"
    title = "Run tasks for each value, in order."

    value: Values
    tasks: Tasks


class EachParallel(FlowableTask):
    """Run tasks for all values at once; the older form of ForEach."""

    type_name = f"{_TYPE}.EachParallel"
    is_deprecated = True
    aliases = (f"{_OLD}.EachParallel",)
    behavior = "each_parallel"
    title = "Run tasks for each value, at the same time."

    value: Values
    concurrent: Annotated[int, Field(ge=0)] = 0
    tasks: Tasks


class AllowFailure(FlowableTask):
    """Run tasks one after another; when one fails the execution goes on with a warning."""

    type_name = f"{_TYPE}.AllowFailure"
    aliases = (f"{_OLD}.AllowFailure",)
    behavior = "allow_failure"
    title = "Go on with a warning when tasks fail."

    tasks: Tasks


class CheckFrequency(Written):
    """How often and how long LoopUntil goes on; what is absent does not limit it."""

    max_iterations: Annotated[int, Field(ge=1)] | None = None
    max_duration: timedelta | None = None
    interval: timedelta | None = None


class LoopUntil(FlowableTask):
    """Repeat tasks until the condition is truthy. Output: ``iterationCount``."""

    type_name = f"{_TYPE}.LoopUntil"
    aliases = (f"{_OLD}.LoopUntil", f"{_TYPE}.WaitFor", f"{_OLD}.WaitFor")
    behavior = "loop_until"
    title = "Repeat tasks until a condition holds."
    output_types = outputs(iterationCount=int)

    condition: Text
    tasks: Tasks
    fail_on_max_reached: bool = False
    check_frequency: CheckFrequency | None = None


class Pause(FlowableTask):
    """Wait to be resumed, for a duration, or both. Outputs: ``onResume``, ``resumed``.

    Attributes:
        behavior: What happens after ``pauseDuration``.
        on_pause: A task to run when the pause begins.
    """

    type_name = f"{_TYPE}.Pause"
    aliases = (f"{_OLD}.Pause",)
    behavior = "pause"
    title = "Wait until someone resumes the execution."
    output_types = outputs(onResume=dict[str, Any], resumed=dict[str, Any])

    pause_duration: timedelta | None = Field(
        default=None, validation_alias=AliasChoices("pauseDuration", "delay")
    )
    on_end: Literal["RESUME", "WARN", "FAIL", "CANCEL"] = Field(default="RESUME", alias="behavior")
    on_resume: Annotated[list[Any], InputList()] | None = None
    on_pause: Annotated[Any, TaskBranch("single")] = None
    tasks: MaybeTasks | None = Field(default=None, json_schema_extra=DEPRECATED)


class _StartsExecutions(FlowableTask):
    namespace: Text
    flow_id: Text
    revision: Annotated[int, Field(ge=1)] | None = None
    inputs: ValueMap | None = None
    labels: LabelMap | None = None
    wait: bool = True
    transmit_failed: bool = True
    inherit_labels: bool = False
    schedule_date: datetime | None = None
    restart_behavior: Literal["RETRY_FAILED", "NEW_EXECUTION"] = "RETRY_FAILED"


class Subflow(_StartsExecutions):
    """Start another flow. Outputs: ``executionId``, ``state`` and the flow's ``outputs``."""

    type_name = f"{_TYPE}.Subflow"
    aliases = (f"{_OLD}.Subflow", f"{_OLD}.Flow")
    behavior = "subflow"
    title = "Start another flow."
    output_types = outputs(executionId=str, state=str, outputs=dict[str, Any])

    outputs: ValueMap | None = Field(default=None, json_schema_extra=DEPRECATED)


class Batch(Written):
    """How ForEachItem splits a file: the first of bytes, partitions, rows that is set."""

    rows: Annotated[int, Field(ge=1)] = 1
    partitions: Annotated[int, Field(ge=1)] | None = None
    bytes: Text | None = None
    separator: Text = "\n"
    regex_pattern: Text | None = None


class ForEachItem(_StartsExecutions):
    """Start a flow for each batch of lines of a stored file."""

    type_name = f"{_TYPE}.ForEachItem"
    aliases = (f"{_OLD}.ForEachItem",)
    behavior = "for_each_item"
    title = "Start a flow for each batch of a file."

    items: Text
    batch: Batch = Batch()


class NamespaceFiles(Written):
    """Which files of a namespace are copied into the working directory."""

    enabled: bool = True
    include: TextList | None = None
    exclude: TextList | None = None
    namespaces: TextList | None = None
    folder_per_namespace: bool = False
    if_exists: Literal["OVERWRITE", "FAIL", "WARN", "IGNORE"] = "OVERWRITE"


class Cache(Written):
    """Files kept from one execution to the next."""

    patterns: TextList
    ttl: timedelta | None = None


class WorkingDirectory(FlowableTask):
    """Run tasks on one worker, in one folder that they share. Output: ``outputFiles``."""

    type_name = f"{_TYPE}.WorkingDirectory"
    aliases = (f"{_OLD}.WorkingDirectory", f"{_OLD}.Worker")
    behavior = "working_directory"
    title = "Run tasks in one shared folder."
    output_types = outputs(outputFiles=dict[str, StoredFile])

    tasks: MaybeTasks
    input_files: TextMap | Text | None = None
    output_files: TextList | None = None
    namespace_files: NamespaceFiles | None = None
    cache: Cache | None = None

    @model_validator(mode="after")
    def _has_tasks(self) -> WorkingDirectory:
        if not self.tasks:
            raise ValueError("The 'tasks' property cannot be empty")
        return self


class Template(FlowableTask):
    """Run the tasks of a stored template; an older way to share tasks. Output: ``args``."""

    type_name = f"{_TYPE}.Template"
    is_deprecated = True
    aliases = (f"{_OLD}.Template",)
    behavior = "template"
    title = "Run the tasks of a template."
    output_types = outputs(args=dict[str, Any])

    namespace: Text
    template_id: Text
    args: ValueMap | None = None
