"""ForEachItem: an execution for each batch of a file, as three tasks one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.effects import StartExecutions
from tiercel.engine.flowables.base import (
    Beginning,
    Flowable,
    FlowableFailedError,
    Property,
)
from tiercel.engine.flowables.starting import (
    TRUE_UNLESS_SAID,
    Starter,
    is_restarted,
    put_attempt,
    revision_of,
    to_flag,
    to_labels,
    wanted_properties,
)
from tiercel.engine.plan import BATCHES
from tiercel.model.task import TaskKind, TaskSpec

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope

_SPLIT, _ITEMS, _MERGE = "_split", "_items", "_merge"


def generated_tasks(task: TaskSpec) -> tuple[TaskSpec, ...]:
    """Return the tasks that a ForEachItem stands for: they are its ``tasks``, which nobody wrote.

    The first splits the file (output ``splits``), the second starts the executions, the third puts
    their outputs into one file (output ``subflowOutputs``).
    """
    own = {"items": task.properties.get("items"), "batch": task.properties.get("batch") or {}}
    started = {k: v for k, v in task.properties.items() if k not in own}
    items_id = f"{task.id}{_ITEMS}"
    items = f"currentEachOutput(outputs['{items_id}'])"
    base = "{{ " + items + ".subflowOutputsBaseUri ?? '' }}"
    child = replace(
        task,
        kind=TaskKind.WORKER,
        behavior="",
        children={},
        parent=task.id,
        run_if="true",
        allow_failure=False,
        allow_warning=False,
        retry=None,
    )
    return (
        replace(
            child, id=f"{task.id}{_SPLIT}", type=f"{task.type}$ForEachItemSplit", properties=own
        ),
        replace(
            child,
            id=items_id,
            type=f"{task.type}$ForEachItemExecutable",
            kind=TaskKind.FLOWABLE,
            behavior=BATCHES,
            properties=started,
        ),
        replace(
            child,
            id=f"{task.id}{_MERGE}",
            type=f"{task.type}$ForEachItemMergeOutputs",
            properties={"subflowOutputsBaseUri": base},
        ),
    )


class ForEachItem(Flowable):
    """The sequence of its three generated tasks."""

    name: ClassVar[str] = "for_each_item"

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Refuse a task that was not completed when its flow was read."""
        if not scope.main_tasks:
            raise FlowableFailedError(f"The tasks of ForEachItem '{scope.task.id}' are missing")
        return Beginning()


class Batches(Starter):
    """Starts one execution per batch and counts how they end.

    Remembered are ``wait``, ``transmitFailed``, ``count`` once it is known, and which batches
    ended (a bit each).
    """

    name: ClassVar[str] = BATCHES

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render all but the inputs, which differ from batch to batch."""
        return wanted_properties(task)

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Ask for the executions."""
        turn, run = scope.turn, scope.run
        attempt_id = turn.ids()
        turn.effect(
            StartExecutions(
                run.id,
                attempt_id,
                splits=_splits(scope),
                namespace=str(values.get("namespace", "")),
                flow_id=str(values.get("flowId", "")),
                revision=revision_of(values),
                inputs=scope.task.properties.get("inputs"),
                labels=to_labels(values.get("labels")),
                inherit_labels=to_flag(values, "inheritLabels"),
                schedule_date=values.get("scheduleDate"),
                restart=is_restarted(scope),
            )
        )
        put_attempt(scope, attempt_id)
        return Beginning({}, {name: to_flag(values, name) for name in TRUE_UNLESS_SAID})


def _splits(scope: Scope) -> str:
    """Return the output of the task run before this one."""
    state, run = scope.turn.state, scope.run
    split_id = scope.task.id.removesuffix(_ITEMS) + _SPLIT
    split = state.children(run.parent_id).by_key.get((split_id, None))
    outputs = state.task_run(split).outputs if split is not None else None
    splits = (outputs or {}).get("splits")
    if not isinstance(splits, str):
        raise FlowableFailedError(f"Task '{split_id}' gave no batches")
    return splits
