"""The ``outputs`` and ``tasks`` variables of templates, kept up to date change by change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tiercel.model.execution import TaskRun
    from tiercel.model.state import StateType


def value_path(task_run: TaskRun, ancestors: Iterable[TaskRun]) -> list[str]:
    """Return the loop values that lead to a task run, outermost first, its own one last."""
    values = [ancestor.value for ancestor in ancestors if ancestor.value is not None]
    values.reverse()
    if task_run.value is not None:
        values.append(task_run.value)
    return values


class OutputsTree:
    """Outputs by task id, then by loop values: ``outputs.task[outer][inner].name``.

    A leaf is the outputs map of the task run itself, so that nothing is copied.

    Attributes:
        root: By task id.
    """

    __slots__ = ("root",)

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}

    def put(self, task_run: TaskRun, ancestors: Iterable[TaskRun]) -> None:
        """Show the outputs of a task run at its place."""
        path = [task_run.task_id, *value_path(task_run, ancestors)]
        node = self.root
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node[path[-1]] = task_run.outputs

    def remove(self, task_run: TaskRun, ancestors: Iterable[TaskRun]) -> None:
        """Take the outputs of a task run away."""
        path = [task_run.task_id, *value_path(task_run, ancestors)]
        nodes = [self.root]
        for key in path[:-1]:
            nodes.append(nodes[-1].get(key, {}))
        if nodes[-1].get(path[-1]) is not task_run.outputs:
            return
        for node, key in zip(reversed(nodes), reversed(path), strict=True):
            node.pop(key, None)
            if node:
                break


class StatesTree:
    """States by task id, then by the task run's own value: ``tasks.task[value].state``.

    Attributes:
        root: By task id.
    """

    __slots__ = ("root",)

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}

    def put(self, task_run: TaskRun, shown: StateType) -> None:
        """Show ``shown`` as the state of a task run."""
        entry = {"state": shown.value}
        if task_run.value is None:
            self.root[task_run.task_id] = entry
        else:
            self.root.setdefault(task_run.task_id, {})[task_run.value] = entry

    def remove(self, task_run: TaskRun) -> None:
        """Take a task run away."""
        if task_run.value is None:
            self.root.pop(task_run.task_id, None)
            return
        values = self.root.get(task_run.task_id, {})
        values.pop(task_run.value, None)
        if not values:
            self.root.pop(task_run.task_id, None)
