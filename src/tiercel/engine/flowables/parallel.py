"""Parallel and Dag: children at the same time, all at once or as their dependencies allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.flowables.base import Beginning, Flowable, Planned, Property
from tiercel.engine.flowables.numbers import to_limit

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import TaskSpec

_CONCURRENT = "concurrent"


class Parallel(Flowable):
    """All children at once, or at most ``concurrent`` at a time, in the order they are written."""

    name: ClassVar[str] = "parallel"

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the limit."""
        return (
            {_CONCURRENT: Property(task.properties[_CONCURRENT])}
            if _CONCURRENT in task.properties
            else {}
        )

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Fix the limit."""
        limit = to_limit(_CONCURRENT, values.get(_CONCURRENT))
        return Beginning(resolved={_CONCURRENT: limit} if limit else None)

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Fill the free slots."""
        candidates = self.candidates(scope)
        free = free_slots(scope, scope.remembered.get(_CONCURRENT, 0))
        return [Planned(task) for task, _ in zip(candidates, range(free), strict=False)]

    def candidates(self, scope: Scope) -> Iterator[TaskSpec]:
        """Yield the tasks that may start now, in order."""
        tasks = scope.main_tasks
        for index in range(scope.main_tally.created, len(tasks)):
            yield tasks[index]


class Dag(Parallel):
    """Each child as soon as all it depends on is over; a disabled dependency counts as over.

    The property ``dependsOn`` holds the ids that each child depends on, by the child's id.
    """

    name: ClassVar[str] = "dag"

    def candidates(self, scope: Scope) -> Iterator[TaskSpec]:
        """Yield the tasks without a run whose dependencies are over."""
        by_key, state = scope.children.by_key, scope.turn.state
        enabled = {task.id for task in scope.main_tasks}
        needed = scope.task.properties.get("dependsOn", {})
        for task in scope.main_tasks:
            if (task.id, None) in by_key:
                continue
            runs = (
                by_key.get((other, None)) for other in needed.get(task.id, ()) if other in enabled
            )
            if all(run and state.task_run(run).state.is_terminal for run in runs):
                yield task


def free_slots(scope: Scope, limit: int) -> int:
    """Return how many more children may run; ``limit`` 0 is no limit."""
    tally = scope.main_tally
    missing = scope.behavior.total(scope) - tally.created
    return missing if limit == 0 else min(missing, max(limit - tally.open, 0))
