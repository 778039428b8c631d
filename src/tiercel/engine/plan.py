"""What the engine looks up in a flow again and again: worked out once per flow."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiercel.model.task import TaskKind

if TYPE_CHECKING:
    from tiercel.engine.needs import Needs
    from tiercel.model.flow import Flow
    from tiercel.model.task import Retry, TaskSpec

MAIN = "tasks"
ERRORS = "errors"
FINALLY = "finally"
AFTER = "afterExecution"

WORKING_DIRECTORY = "working_directory"
SUBFLOW = "subflow"
PAUSE = "pause"
TEMPLATE = "template"
BATCHES = "for_each_item_batches"
UPDATES_EXECUTION = "updates_execution"

ERROR_LOGS = "errorLogs"
"""The function of expressions that reads the log of errors; only workers know it."""

_NO_TASKS: tuple[TaskSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task stands: the branch of its parent, and its position among the enabled tasks
    there."""

    branch: str
    index: int


class FlowPlan:
    """Tasks of one flow by place, without the disabled ones.

    Attributes:
        tasks: Every task at any depth by id, the disabled ones included.
        places: Place of every enabled task. Tasks inside a disabled one have a place too; it is
            never used.
        jobs: Ids of the tasks whose attempts go to workers: also of inline ones that a step can't
            run, because they may be stopped or read the log.
        needs: What the templates of tasks read, as far as somebody asked; for executions without
            variables of their own.
    """

    def __init__(self, flow: Flow) -> None:
        self.tasks: Mapping[str, TaskSpec] = flow.tasks_by_id
        self.places: dict[str, Place] = {}
        self.jobs = frozenset(_jobs(flow))
        self.needs: dict[str, Needs] = {}
        self._branches: dict[tuple[str | None, str], tuple[TaskSpec, ...]] = {}
        self._retries: dict[str, Retry] = {}
        for branch, tasks in (
            (MAIN, flow.tasks),
            (ERRORS, flow.errors),
            (FINALLY, flow.finally_),
            (AFTER, flow.after_execution),
        ):
            self._add_branch(None, branch, tasks, flow.retry)

    def _add_branch(
        self, parent_id: str | None, branch: str, tasks: Iterable[TaskSpec], retry: Retry | None
    ) -> None:
        enabled = tuple(task for task in tasks if not task.disabled)
        if enabled:
            self._branches[parent_id, branch] = enabled
        for index, task in enumerate(enabled):
            self.places[task.id] = Place(branch, index)
            effective = task.retry or retry
            if effective is not None:
                self._retries[task.id] = effective
            for name, children in task.children.items():
                self._add_branch(task.id, name, children, effective)

    def branch(self, parent_id: str | None, name: str) -> tuple[TaskSpec, ...]:
        """Return the enabled tasks of a branch of a flowable, or of the flow when ``parent_id`` is
        None."""
        return self._branches.get((parent_id, name), _NO_TASKS)

    def retry(self, task_id: str) -> Retry | None:
        """Return the rule for a failed task: its own, else that of the nearest flowable, else the
        flow's."""
        return self._retries.get(task_id)


def _jobs(flow: Flow) -> Iterator[str]:
    """Yield the tasks whose attempts are jobs. A WorkingDirectory is one job with all its tasks."""
    inside = {
        child.id
        for task in flow.walk()
        if task.behavior == WORKING_DIRECTORY
        for child in task.children.get(MAIN, ())
    }
    for task in flow.walk():
        if task.behavior == WORKING_DIRECTORY or (
            task.id not in inside and (task.kind is TaskKind.WORKER or _needs_worker(flow, task))
        ):
            yield task.id


def _needs_worker(flow: Flow, task: TaskSpec) -> bool:
    """Whether an inline task is to be stopped in time, or reads what is not at hand within a step:
    the log of errors, or outputs of an earlier run."""
    if task.kind is not TaskKind.INLINE or task.behavior == UPDATES_EXECUTION:
        return False
    if task.timeout is not None or task.task_cache is not None:
        return True
    own = list(texts_of(task.properties))
    if any("vars" in text for text in own):
        own += texts_of(flow.variables)
    return any(ERROR_LOGS in text for text in own)


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in nested maps and lists, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_of(key)
            yield from texts_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_of(item)


_plans: dict[int, FlowPlan] = {}


def plan_of(flow: Flow) -> FlowPlan:
    """Return the plan of a flow; kept as long as the flow object lives."""
    key = id(flow)
    plan = _plans.get(key)
    if plan is None:
        plan = _plans[key] = FlowPlan(flow)
        weakref.finalize(flow, _plans.pop, key, None)
    return plan
