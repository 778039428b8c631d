"""A flowable task run, or the flow itself, seen as a parent: its branches and how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.engine.flowables import FLOWABLES
from tiercel.engine.flowables.base import FlowableFailedError
from tiercel.engine.plan import ERRORS, FINALLY
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.flowables.base import Flowable
    from tiercel.engine.state import Children, Tally
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import TaskSpec

_FLOW_BEHAVIOR = "sequential"


def behavior_of(task: TaskSpec) -> Flowable:
    """Return how the children of a flowable are chosen. Raises FlowableFailedError when nobody
    knows."""
    flowable = FLOWABLES.get(task.behavior)
    if flowable is None:
        raise FlowableFailedError(f"Task type {task.type} can't be run by this engine")
    return flowable


class Scope:
    """A parent of task runs.

    Args:
        turn: The turn at work.
        task_run: The flowable task run; None for the flow itself.
    """

    __slots__ = ("_task_run_id", "behavior", "turn")

    def __init__(self, turn: Turn, task_run: TaskRun | None) -> None:
        self.turn = turn
        if task_run is None:
            self._task_run_id = None
            self.behavior = FLOWABLES[_FLOW_BEHAVIOR]
        else:
            self._task_run_id = task_run.id
            self.behavior = behavior_of(turn.task(task_run))

    @property
    def parent(self) -> TaskRun | None:
        """The task run as it is now; None for the flow itself."""
        return self.run if self._task_run_id is not None else None

    @property
    def run(self) -> TaskRun:
        """The task run as it is now. Only for flowables."""
        return self.turn.state.task_run(str(self._task_run_id))

    @property
    def task(self) -> TaskSpec:
        """The flowable task. Only for flowables."""
        return self.turn.task(self.run)

    @property
    def remembered(self) -> dict[str, Any]:
        """What the flowable fixed at its start."""
        return self.run.resolved or {}

    @property
    def children(self) -> Children:
        """The children so far."""
        return self.turn.state.children(self._task_run_id)

    def branch(self, name: str | None) -> tuple[TaskSpec, ...]:
        """Return the enabled tasks of a branch."""
        if name is None:
            return ()
        task_id = self.run.task_id if self._task_run_id is not None else None
        return self.turn.plan.branch(task_id, name)

    @property
    def main_tasks(self) -> tuple[TaskSpec, ...]:
        """The enabled tasks of the branch that runs when nothing failed."""
        return self.branch(self.behavior.main_branch(self))

    @property
    def main_tally(self) -> Tally:
        """Counts of the children of that branch."""
        return self.children.tally(self.behavior.main_branch(self) or "")

    @property
    def has_failed(self) -> bool:
        """Whether the main branch failed for good."""
        if self.main_tally.has(StateType.FAILED):
            return True
        return self._task_run_id is not None and bool(self.remembered.get("failed"))

    @property
    def is_killed(self) -> bool:
        """Whether a child of the main branch was killed."""
        return self.main_tally.has(StateType.KILLED)

    def remaining(self, branch: str) -> tuple[TaskSpec, ...]:
        """Return the tasks of a sequential branch (``errors``, ``finally`` …) if it is not
        through, else ()."""
        tasks = self.branch(branch)
        return tasks if self.children.tally(branch).done < len(tasks) else ()

    def handling_branch(self) -> str | None:
        """Return which of ``errors`` and ``finally`` is to run now that the main branch is over."""
        if self.is_killed:
            return None
        if self.has_failed and self.remaining(ERRORS):
            return ERRORS
        return FINALLY if self.remaining(FINALLY) else None

    def look(self) -> None:
        """Look at this parent again in this turn."""
        self.turn.visits.append((self._task_run_id, None))
