"""The part of the run context that the templates of one task can read: what a job has to carry.

A job is stored and sent. With all outputs of a long loop in each of its jobs, the cost of the loop
would grow with its square.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tiercel.engine.context import run_context
from tiercel.engine.plan import plan_of, texts_of
from tiercel.engine.tree import value_path
from tiercel.expressions import ExpressionError, inspect

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.expressions import Reference
    from tiercel.model.execution import TaskRun
    from tiercel.model.flow import Flow
    from tiercel.model.task import TaskSpec

_OWN_ITERATION = re.compile(
    r"outputs\.\w+\[\s*((taskrun|parent\.taskrun|parents\[\d+\]\.taskrun)\.value)\s*\]"
)
"""Outputs of another task in the same iteration."""
_EACH_FUNCTION = "currentEachOutput("
_RENDERING = frozenset({"render", "renderOnce"})


@dataclass(slots=True)
class Needs:
    """What the texts of a task read of ``outputs`` and ``tasks``.

    Attributes:
        everything: It can't be told: all of both.
        outputs: Tasks whose outputs are read.
        own_iteration: Tasks whose outputs are read at the loop values around the reader only.
        states: Whether ``tasks`` is read.
    """

    everything: bool = False
    outputs: set[str] = field(default_factory=set)
    own_iteration: set[str] = field(default_factory=set)
    states: bool = False


def job_context(flow: Flow, state: ExecutionState, task_run: TaskRun) -> dict[str, Any]:
    """Return the run context of a task run without the outputs and states its task can't read."""
    context = dict(run_context(flow, state, task_run))
    variables = state.execution.variables
    # without variables of its own, an execution needs what all executions of its flow need
    known = state.needs if variables else plan_of(flow).needs
    needs = known.get(task_run.task_id)
    if needs is None:
        needs = needs_of(flow, flow.tasks_by_id[task_run.task_id], variables)
        known[task_run.task_id] = needs
    if needs.everything:
        return context
    values = frozenset(value_path(task_run, state.ancestors(task_run)))
    outputs = {}
    for task_id in needs.outputs | needs.own_iteration:
        if task_id in state.outputs:
            tree = state.outputs[task_id]
            outputs[task_id] = tree if task_id in needs.outputs else _at(tree, values)
    context["outputs"] = outputs
    if not needs.states:
        context["tasks"] = {}
    return context


def _at(tree: Any, values: frozenset[str]) -> Any:
    """Return the part of a task's outputs at these loop values; all where none of them leads on."""
    if not isinstance(tree, Mapping):
        return tree
    part = {value: _at(tree[value], values) for value in values if value in tree}
    return part or tree


def needs_of(flow: Flow, task: TaskSpec, variables: Mapping[str, Any]) -> Needs:
    """Return what a task and all inside it can read.

    Args:
        flow: The flow, whose variables may hold templates that ``render`` renders.
        task: The task.
        variables: Variables of the execution, which may hold templates too.
    """
    needs = Needs()
    own = list(texts_of([(one.properties, one.timeout, one.run_if) for one in task.walk()]))
    if _read(own, needs):
        _read(list(texts_of([flow.variables, variables])), needs)
    return needs


def _read(texts: Sequence[str], needs: Needs) -> bool:
    """Add what texts read; return whether one renders a variable of the flow."""
    renders = False
    for text in texts:
        try:
            found = inspect(text)
        except ExpressionError:
            needs.everything = True
            return False
        for reference in found.variables:
            _add(text, reference, needs)
        functions = {use.name for use in found.functions}
        if functions & _RENDERING:
            renders = True
            # what else is rendered is only known when it is: it may read anything
            names = {one.name for one in found.variables} - {"vars", "outputs", "tasks"}
            needs.everything |= bool(names or functions - _RENDERING)
    return renders


def _add(text: str, reference: Reference, needs: Needs) -> None:
    if reference.name == "tasks":
        needs.states = True
    if reference.name != "outputs":
        return
    if len(reference.path) < 2:
        needs.everything = True
        return
    task_id = str(reference.path[1])
    if _is_own_iteration(text, reference):
        needs.own_iteration.add(task_id)
    else:
        needs.outputs.add(task_id)


def _is_own_iteration(text: str, reference: Reference) -> bool:
    line = text.splitlines()[reference.line - 1]
    start = reference.column - 1
    if _OWN_ITERATION.match(line, start) is not None:
        return True
    return line[:start].endswith(_EACH_FUNCTION) and line[start:].startswith(
        f"outputs.{reference.path[1]})"
    )
