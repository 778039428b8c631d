"""ForEach, EachSequential, EachParallel: the same children for each value of a list."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.flowables.base import (
    Beginning,
    Flowable,
    FlowableFailedError,
    Planned,
    Property,
)
from tiercel.engine.flowables.numbers import to_limit
from tiercel.engine.flowables.parallel import free_slots

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import TaskSpec

_VALUES = "values"
_LIMIT = "limit"


class Loop(Flowable):
    """What all loops over values have in common: value by value, one child after the other.

    Class attributes:
        values_property: Where the list is written.
        limit_property: Where the limit is written; empty when there is none.
        default_limit: The limit when none is written.
    """

    values_property: ClassVar[str]
    limit_property: ClassVar[str] = ""
    default_limit: ClassVar[int] = 1
    waits_for_open: ClassVar[bool] = True

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the list and the limit."""
        wanted = {_VALUES: Property(task.properties.get(self.values_property), typed=True)}
        if self.limit_property in task.properties:
            wanted[_LIMIT] = Property(task.properties[self.limit_property])
        return wanted

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Fix the values, in order and without repetition, and the limit."""
        limit = values.get(_LIMIT)
        return Beginning(
            resolved={
                _VALUES: iteration_values(values[_VALUES]),
                _LIMIT: self.default_limit
                if limit is None
                else to_limit(self.limit_property, limit),
            }
        )

    def total(self, scope: Scope) -> int:
        """Return the number of values times the number of tasks."""
        return len(scope.remembered[_VALUES]) * len(scope.main_tasks)

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Go on with the flat sequence of all children of all values."""
        if scope.main_tally.open == 0:
            yield from _in_order(scope, 1)


class EachSequential(Loop):
    """Value by value; the older form of ForEach."""

    name: ClassVar[str] = "each_sequential"
    values_property: ClassVar[str] = "value"


class EachParallel(Loop):
    """All children of all values at once, or at most ``concurrent`` at a time."""

    name: ClassVar[str] = "each_parallel"
    values_property: ClassVar[str] = "value"
    limit_property: ClassVar[str] = "concurrent"
    default_limit: ClassVar[int] = 0

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Fill the free slots."""
        yield from _in_order(scope, free_slots(scope, scope.remembered[_LIMIT]))


class ForEach(Loop):
    """Up to ``concurrencyLimit`` values at a time, 0 for all; the children of one value in
    order."""

    name: ClassVar[str] = "for_each"
    values_property: ClassVar[str] = "values"
    limit_property: ClassVar[str] = "concurrencyLimit"

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Go on with the value whose child just ended, then begin further values."""
        limit = scope.remembered[_LIMIT]
        if limit == 1:
            yield from super().next_children(scope, finished)
            return
        tasks = scope.main_tasks
        going_on = [finished] if finished is not None else _last_of_each_value(scope)
        for task_run in going_on:
            following = _following(scope, task_run)
            if following is not None:
                yield following
        values = scope.remembered[_VALUES]
        begun = scope.children.counts.get(tasks[0].id, 0) if tasks else len(values)
        while begun < len(values) and (limit == 0 or scope.main_tally.open < limit):
            yield Planned(tasks[0], values[begun], begun)
            begun += 1


def _in_order(scope: Scope, count: int) -> Iterator[Planned]:
    """Yield up to ``count`` further children: all of the first value, then all of the second …"""
    values, tasks, created = scope.remembered[_VALUES], scope.main_tasks, scope.main_tally.created
    for index in range(created, min(created + count, len(values) * len(tasks))):
        iteration, position = divmod(index, len(tasks))
        yield Planned(tasks[position], values[iteration], iteration)


def _following(scope: Scope, task_run: TaskRun) -> Planned | None:
    """Return the child that comes after an ended one in the same value, unless it is there
    already."""
    place = scope.turn.plan.places.get(task_run.task_id)
    tasks = scope.main_tasks
    if place is None or not task_run.state.is_terminal or task_run.value is None:
        return None
    if place.index + 1 >= len(tasks):
        return None
    task = tasks[place.index + 1]
    if (task.id, task_run.value) in scope.children.by_key:
        return None
    return Planned(task, task_run.value, task_run.iteration)


def _last_of_each_value(scope: Scope) -> list[TaskRun]:
    state = scope.turn.state
    last = {}
    for task_run_id in scope.children.ids:
        task_run = state.task_run(task_run_id)
        if task_run.value is not None:
            last[task_run.value] = task_run
    return list(last.values())


def iteration_values(given: Any) -> list[str]:
    """Return the values of a loop as texts, each once: texts as they are, all else as compact JSON.

    Args:
        given: A list, or the JSON text of one.

    Raises:
        FlowableFailedError: It is no list, or has nulls.
    """
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise FlowableFailedError(f"Unable to read the values of the loop: {error}") from error
    if not isinstance(given, list | tuple):
        kind = "a map" if isinstance(given, Mapping) else _plain(given)
        raise FlowableFailedError(f"Unknown value type: {kind}, give a list")
    nulls = sum(value is None for value in given)
    if nulls:
        raise FlowableFailedError(
            f"Found '{nulls}' null values on Each, with values={_plain(given)}"
        )
    return list(dict.fromkeys(_text(value) for value in given))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _plain(value: Any) -> str:
    """Return a value as messages of the format show it: ``[1, null, {key=value}]``."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}={_plain(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_plain(item) for item in value)}]"
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
