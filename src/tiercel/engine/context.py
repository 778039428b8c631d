"""The run context: the variables that templates see, for a task run or for the execution as a
whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.engine.dates import instant_text
from tiercel.engine.failures import failure_handled_by
from tiercel.engine.retries import attempts_made

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.execution import Execution, Label, TaskRun
    from tiercel.model.flow import Flow

_SYSTEM = "system."


def run_context(flow: Flow, state: ExecutionState, task_run: TaskRun | None) -> Mapping[str, Any]:
    """Return the variables of templates, made of plain values.

    The ``outputs`` and ``tasks`` maps are those of the state, not copies: cheap at any size, to be
    read at once and never changed.

    Args:
        flow: The flow that runs.
        state: The execution.
        task_run: For its task's properties; None for what belongs to the flow (its outputs).
    """
    if state.header is None or state.header[0] is not state.execution:
        state.header = (state.execution, _execution_variables(flow, state.execution))
    context = {**state.header[1], "outputs": state.outputs, "tasks": state.tasks}
    if task_run is not None:
        context.update(_task_variables(flow, state, task_run))
    return context


def _execution_variables(flow: Flow, execution: Execution) -> dict[str, Any]:
    context: dict[str, Any] = {
        "flow": {
            "id": flow.id,
            "namespace": flow.namespace,
            "revision": execution.flow_revision,
        },
        "execution": {
            "id": execution.id,
            "startDate": instant_text(execution.state.start_date),
            "originalId": execution.original_id,
            "state": execution.state.current.value,
        },
        "labels": _labels(execution.labels),
    }
    if execution.inputs:
        context["inputs"] = execution.inputs
    if flow.variables or execution.variables:
        context["vars"] = {**flow.variables, **execution.variables}
    if execution.trigger is not None:
        context["trigger"] = execution.trigger.variables
        if execution.trigger.type.endswith(".Schedule"):
            context["schedule"] = execution.trigger.variables
    if execution.outputs is not None:
        context["execution"]["outputs"] = execution.outputs
    return context


def _labels(labels: tuple[Label, ...]) -> dict[str, Any]:
    """Return labels as a map, to be read as ``labels['a.b']`` and as ``labels.a.b``.

    Keys with dots are there as they are (but for those of the system), and nested, unless a
    shorter key is in the way.
    """
    nested: dict[str, Any] = {}
    for label in labels:
        if not label.key.startswith(_SYSTEM):
            nested[label.key] = label.value
        node, parts = nested, label.key.split(".")
        for part in parts[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                nested[label.key] = label.value
                break
        else:
            node[parts[-1]] = label.value
    return nested


def _task_variables(flow: Flow, state: ExecutionState, task_run: TaskRun) -> dict[str, Any]:
    task = flow.tasks_by_id[task_run.task_id]
    variables: dict[str, Any] = {
        "task": {"id": task.id, "type": task.type},
        "taskrun": _own_variables(task_run),
    }
    parents = []
    for ancestor in state.ancestors(task_run):
        parent: dict[str, Any] = {}
        if ancestor.value is not None:
            parent["taskrun"] = {"value": ancestor.value}
        if ancestor.outputs:
            parent["outputs"] = ancestor.outputs
        if parent:
            parents.append(parent)
    variables["parents"] = parents
    if parents:
        variables["parent"] = parents[0]
    error = failure_handled_by(flow, state, task_run)
    if error is not None:
        variables["error"] = error
    return variables


def _own_variables(task_run: TaskRun) -> dict[str, Any]:
    taskrun: dict[str, Any] = {
        "id": task_run.id,
        "startDate": instant_text(task_run.state.start_date),
        "attemptsCount": attempts_made(task_run),
    }
    optional = {
        "parentId": task_run.parent_id,
        "value": task_run.value,
        "iteration": task_run.iteration,
        "items": task_run.items,
    }
    taskrun.update({name: value for name, value in optional.items() if value is not None})
    return taskrun
