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

    Task runs of different loops may share a place: the one that was created last is shown.

    Attributes:
        root: By task id.
    """

    __slots__ = ("_entries", "root")

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._entries: dict[tuple[str, str | None], dict[str, dict[str, str]]] = {}

    def put(self, task_run: TaskRun, shown: StateType) -> None:
        """Show ``shown`` as the state of a task run."""
        entries = self._entries.setdefault((task_run.task_id, task_run.value), {})
        entries[task_run.id] = {"state": shown.value}
        self._show(task_run, entries)

    def remove(self, task_run: TaskRun) -> None:
        """Take a task run away."""
        entries = self._entries[task_run.task_id, task_run.value]
        del entries[task_run.id]
        if entries:
            self._show(task_run, entries)
            return
        del self._entries[task_run.task_id, task_run.value]
        if task_run.value is None:
            del self.root[task_run.task_id]
            return
        del self.root[task_run.task_id][task_run.value]
        if not self.root[task_run.task_id]:
            del self.root[task_run.task_id]

    def _show(self, task_run: TaskRun, entries: dict[str, dict[str, str]]) -> None:
        last = entries[next(reversed(entries))]
        if task_run.value is None:
            self.root[task_run.task_id] = last
        else:
            self.root.setdefault(task_run.task_id, {})[task_run.value] = last
