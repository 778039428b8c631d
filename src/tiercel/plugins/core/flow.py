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

    tasks: Tasks = Field(description="Tasks to run, one after another.")


class Parallel(FlowableTask):
    """Run tasks at the same time; ``concurrent`` limits how many, 0 means all."""

    type_name = f"{_TYPE}.Parallel"
    aliases = (f"{_OLD}.Parallel",)
    behavior = "parallel"
    title = "Run tasks at the same time."

    tasks: Tasks = Field(description="Tasks to run at the same time.")
    concurrent: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How many tasks run at once; 0 means all of them."
    )


class Dag(FlowableTask):
    """Run each task as soon as the tasks it depends on are done."""

    type_name = f"{_TYPE}.Dag"
    aliases = (f"{_OLD}.Dag",)
    behavior = "dag"
    title = "Run tasks in the order of their dependencies."

    tasks: Annotated[list[Any], TaskBranch("dag")] = Field(
        description=(
            "Tasks to run, each a `task` and in `dependsOn` the ids of those that must have "
            "ended before."
        )
    )
    concurrent: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How many tasks run at once; 0 means all that may."
    )

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

    condition: Text | None = Field(
        default=None,
        description=(
            "Decides which tasks run. All texts count as true but `false`, `0` and the empty one."
        ),
    )
    then: Tasks = Field(description="Tasks that run when the condition is true.")
    else_: MaybeTasks | None = Field(
        default=None,
        alias="else",
        description="Tasks that run when the condition is not true. None when it is left out.",
    )


class Switch(FlowableTask):
    """Run the case whose key is ``value``, else ``defaults``. Outputs: ``value``, ``defaults``."""

    type_name = f"{_TYPE}.Switch"
    aliases = (f"{_OLD}.Switch",)
    behavior = "switch"
    title = "Run one of several lists of tasks."
    output_types = outputs(value=str, defaults=bool)

    value: Text = Field(
        description="Text that is compared with the keys of `cases`, usually a template."
    )
    cases: Annotated[dict[str, list[Any]], TaskBranch("map")] | None = Field(
        default=None, description="Lists of tasks, by the value that they run for."
    )
    defaults: MaybeTasks | None = Field(
        default=None, description="Tasks that run when no case fits."
    )

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

    values: Values = Field(
        description=(
            "What the loop goes over: a list, or a template of a JSON list. Tasks see the "
            "current one as `{{ taskrun.value }}`."
        )
    )
    concurrency_limit: Annotated[int, Field(ge=0)] = Field(
        default=1,
        description=(
            "For how many values tasks run at once: 1 goes in order, 0 takes all at once."
        ),
    )
    tasks: MaybeTasks = Field(description="Tasks to run for each value, one after another.")


class EachSequential(FlowableTask):
    """Run tasks for each value, one value after another; the older form of ForEach."""

    type_name = f"{_TYPE}.EachSequential"
    is_deprecated = True
    aliases = (f"{_OLD}.EachSequential",)
    behavior = "each_sequential"
    title = "Run tasks for each value, in order."

    value: Values = Field(
        description=(
            "What the loop goes over: a list, or a template of a JSON list. Tasks see the "
            "current one as `{{ taskrun.value }}`."
        )
    )
    tasks: Tasks = Field(description="Tasks to run for each value, one after another.")


class EachParallel(FlowableTask):
    """Run tasks for all values at once; the older form of ForEach."""

    type_name = f"{_TYPE}.EachParallel"
    is_deprecated = True
    aliases = (f"{_OLD}.EachParallel",)
    behavior = "each_parallel"
    title = "Run tasks for each value, at the same time."

    value: Values = Field(
        description=(
            "What the loop goes over: a list, or a template of a JSON list. Tasks see the "
            "current one as `{{ taskrun.value }}`."
        )
    )
    concurrent: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How many tasks run at once; 0 means all of them."
    )
    tasks: Tasks = Field(description="Tasks to run for each value.")


class AllowFailure(FlowableTask):
    """Run tasks one after another; when one fails the execution goes on with a warning."""

    type_name = f"{_TYPE}.AllowFailure"
    aliases = (f"{_OLD}.AllowFailure",)
    behavior = "allow_failure"
    title = "Go on with a warning when tasks fail."

    tasks: Tasks = Field(
        description=(
            "Tasks to run, one after another. When one fails, the rest is left out and the "
            "flow goes on with a warning."
        )
    )


class CheckFrequency(Written):
    """How often and how long LoopUntil goes on; what is absent does not limit it."""

    max_iterations: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How many rounds there are at most. No limit when it is left out."
    )
    max_duration: timedelta | None = Field(
        default=None,
        description=(
            "How long the loop may go on, such as `PT1H`; looked at after each round. No "
            "limit when it is left out."
        ),
    )
    interval: timedelta | None = Field(
        default=None,
        description="Wait between two rounds, such as `PT30S`; one second when it is left out.",
    )


class LoopUntil(FlowableTask):
    """Repeat tasks until the condition is truthy. Output: ``iterationCount``."""

    type_name = f"{_TYPE}.LoopUntil"
    aliases = (f"{_OLD}.LoopUntil", f"{_TYPE}.WaitFor", f"{_OLD}.WaitFor")
    behavior = "loop_until"
    title = "Repeat tasks until a condition holds."
    output_types = outputs(iterationCount=int)

    condition: Text = Field(
        description=(
            "Ends the loop when it is true; rendered after each round. All texts count as "
            "true but `false`, `0` and the empty one."
        )
    )
    tasks: Tasks = Field(description="Tasks of each round, one after another.")
    fail_on_max_reached: bool = Field(
        default=False,
        description=(
            "`true` fails the task when a limit of `checkFrequency` is reached before the "
            "condition holds; otherwise it ends well."
        ),
    )
    check_frequency: CheckFrequency | None = Field(
        default=None,
        description=(
            "How often, how long and at which intervals the tasks are repeated. Every second "
            "without an end when it is left out."
        ),
    )


class Pause(FlowableTask):
    """Wait to be resumed, for a duration, or both. Outputs: ``onResume``, ``resumed``."""

    type_name = f"{_TYPE}.Pause"
    aliases = (f"{_OLD}.Pause",)
    behavior = "pause"
    title = "Wait until someone resumes the execution."
    output_types = outputs(onResume=dict[str, Any], resumed=dict[str, Any])

    pause_duration: timedelta | None = Field(
        default=None,
        validation_alias=AliasChoices("pauseDuration", "delay"),
        description=(
            "Time after which the execution goes on by itself, such as `PT1H`. When it is "
            "left out, someone must resume it."
        ),
    )
    on_end: Literal["RESUME", "WARN", "FAIL", "CANCEL"] = Field(
        default="RESUME",
        alias="behavior",
        description=(
            "What happens after `pauseDuration`: `RESUME` goes on, `WARN` goes on with a "
            "warning, `FAIL` fails the task, `CANCEL` ends the execution as CANCELLED."
        ),
    )
    on_resume: Annotated[list[Any], InputList()] | None = Field(
        default=None,
        description=(
            "Inputs that whoever resumes the execution is asked for. Tasks see them as "
            "`outputs.TASK.onResume`."
        ),
    )
    on_pause: Annotated[Any, TaskBranch("single")] = Field(
        default=None,
        description="A task that runs when the pause begins, for instance to tell someone.",
    )
    tasks: MaybeTasks | None = Field(
        default=None,
        json_schema_extra=DEPRECATED,
        description="Tasks that run after the pause. Write them after the Pause instead.",
    )


class _StartsExecutions(FlowableTask):
    namespace: Text = Field(description="Namespace of the flow to start.")
    flow_id: Text = Field(description="Id of the flow to start.")
    revision: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Revision of the flow to start. The latest when it is left out."
    )
    inputs: ValueMap | None = Field(
        default=None, description="Inputs of the other execution, by id."
    )
    labels: LabelMap | None = Field(
        default=None,
        description="Labels of the other execution: a map, or a list of `key` and `value`.",
    )
    wait: bool = Field(
        default=True,
        description=(
            "`true` waits for the other execution to end; with `false` the task is done once "
            "it is created."
        ),
    )
    transmit_failed: bool = Field(
        default=True,
        description=(
            "`true` lets the task end as the other execution did, when that failed, was "
            "killed, paused or warned; otherwise it succeeds."
        ),
    )
    inherit_labels: bool = Field(
        default=False, description="`true` gives the other execution the labels of this one, too."
    )
    schedule_date: datetime | None = Field(
        default=None,
        description=(
            "When the other execution is to start, as `2026-01-31T09:00:00Z`. At once when it "
            "is left out."
        ),
    )
    restart_behavior: Literal["RETRY_FAILED", "NEW_EXECUTION"] = Field(
        default="RETRY_FAILED",
        description=(
            "What a restart of this execution does: `RETRY_FAILED` restarts the other "
            "execution where it failed, `NEW_EXECUTION` starts another."
        ),
    )


class Subflow(_StartsExecutions):
    """Start another flow. Outputs: ``executionId``, ``state`` and the flow's ``outputs``."""

    type_name = f"{_TYPE}.Subflow"
    aliases = (f"{_OLD}.Subflow", f"{_OLD}.Flow")
    behavior = "subflow"
    title = "Start another flow."
    output_types = outputs(executionId=str, state=str, outputs=dict[str, Any])

    outputs: ValueMap | None = Field(
        default=None,
        json_schema_extra=DEPRECATED,
        description=(
            "Values that are taken from the other execution, as templates by name. Declare "
            "`outputs` in that flow instead."
        ),
    )


class Batch(Written):
    """How ForEachItem splits a file: the first of bytes, partitions, rows that is set."""

    rows: Annotated[int, Field(ge=1)] = Field(
        default=1, description="Lines of a batch. `bytes` and `partitions` count before it."
    )
    partitions: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Number of batches among which the lines are dealt out."
    )
    bytes: Text | None = Field(
        default=None, description="Size that a batch is full at, such as `1MB`; lines stay whole."
    )
    separator: Text = Field(default="\n", description="Text that ends each line of a batch.")
    regex_pattern: Text | None = Field(
        default=None,
        description="Accepted without effect: batches are made by size, number or lines.",
    )


class ForEachItem(_StartsExecutions):
    """Start a flow for each batch of lines of a stored file."""

    type_name = f"{_TYPE}.ForEachItem"
    aliases = (f"{_OLD}.ForEachItem",)
    behavior = "for_each_item"
    title = "Start a flow for each batch of a file."

    items: Text = Field(
        description=(
            "URI of the stored file whose lines are handed out. The started flow gets each "
            "batch as a file: `{{ taskrun.items }}` in `inputs`."
        )
    )
    batch: Batch = Field(
        default=Batch(),
        description="How the file is split. A batch for each line when it is left out.",
    )


class NamespaceFiles(Written):
    """Which files of a namespace are copied into the working directory."""

    enabled: bool = Field(default=True, description="Whether files are copied at all.")
    include: TextList | None = Field(
        default=None,
        description=(
            "Globs of the files to copy, such as `scripts/**`. All files when it is left out."
        ),
    )
    exclude: TextList | None = Field(
        default=None,
        description="Globs of files that are not copied, although `include` names them.",
    )
    namespaces: TextList | None = Field(
        default=None,
        description=(
            "Namespaces whose files are copied, in this order. The flow's own one when it is "
            "left out."
        ),
    )
    folder_per_namespace: bool = Field(
        default=False,
        description="`true` puts the files of each namespace into a folder of its name.",
    )
    if_exists: Literal["OVERWRITE", "FAIL", "WARN", "IGNORE"] = Field(
        default="OVERWRITE",
        description=(
            "What happens to a file that is in the working directory already: `OVERWRITE` it, "
            "`FAIL`, leave it with a `WARN`ing in the log, or `IGNORE` the new one."
        ),
    )


class Cache(Written):
    """Files kept from one execution to the next."""

    patterns: TextList = Field(
        description=(
            "Globs of the files that are kept for the next execution, such as `node_modules/**`."
        )
    )
    ttl: timedelta | None = Field(
        default=None,
        description="How long kept files count, such as `P1D`. For ever when it is left out.",
    )


class WorkingDirectory(FlowableTask):
    """Run tasks on one worker, in one folder that they share. Output: ``outputFiles``."""

    type_name = f"{_TYPE}.WorkingDirectory"
    aliases = (f"{_OLD}.WorkingDirectory", f"{_OLD}.Worker")
    behavior = "working_directory"
    title = "Run tasks in one shared folder."
    output_types = outputs(outputFiles=dict[str, StoredFile])

    tasks: MaybeTasks = Field(
        description=(
            "Tasks that run one after another in the same folder, on one worker. Flowable "
            "tasks can't be among them."
        )
    )
    input_files: TextMap | Text | None = Field(
        default=None,
        description=(
            "Files that are written into the folder first, by name: the text itself or the "
            "URI of a stored file. A map, or a template of a JSON map."
        ),
    )
    output_files: TextList | None = Field(
        default=None,
        description=(
            "Files of the folder that are stored at the end, as names or globs such as "
            "`*.csv`; `outputs.TASK.outputFiles` has their URIs by name."
        ),
    )
    namespace_files: NamespaceFiles | None = Field(
        default=None, description="Copies files of the namespace into the folder first."
    )
    cache: Cache | None = Field(
        default=None,
        description=(
            "Files that are kept from one execution to the next, such as installed packages."
        ),
    )

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

    namespace: Text = Field(description="Namespace of the template.")
    template_id: Text = Field(description="Id of the template.")
    args: ValueMap | None = Field(
        default=None,
        description="Values that the template's tasks see as `{{ parent.outputs.args.NAME }}`.",
    )
