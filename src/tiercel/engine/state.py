"""One execution with its task runs, in memory: indexed and counted, so that a change costs the
same in any size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine.tree import OutputsTree, StatesTree
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.needs import Needs
    from tiercel.engine.plan import FlowPlan
    from tiercel.model.execution import Execution, TaskRun


class Tally:
    """Counts of the children of one branch of one parent.

    Attributes:
        created: How many there are.
        open: How many of them are not final.
        ended: How many of them are in each final state.
    """

    __slots__ = ("created", "ended", "open")

    def __init__(self) -> None:
        self.created = 0
        self.open = 0
        self.ended: dict[StateType, int] = {}

    def has(self, state: StateType) -> bool:
        """Whether any child ended in ``state``."""
        return self.ended.get(state, 0) > 0

    @property
    def done(self) -> int:
        """How many are final."""
        return self.created - self.open

    def count(self, state: StateType, by: int) -> None:
        """Add ``by`` (1 or -1) children that are in ``state``."""
        self.created += by
        if state.is_terminal:
            self.ended[state] = self.ended.get(state, 0) + by
        else:
            self.open += by


_NOTHING = Tally()


class Children:
    """The task runs of one parent.

    Attributes:
        ids: In order of creation.
        open: Ids of those that are not final.
        by_key: Last run of each task and value.
        counts: How many runs each task has.
        tallies: Counts by branch; filled once the state knows its flow.
    """

    __slots__ = ("by_key", "counts", "ids", "open", "tallies")

    def __init__(self) -> None:
        self.ids: dict[str, None] = {}
        self.open: dict[str, None] = {}
        self.by_key: dict[tuple[str, str | None], str] = {}
        self.counts: dict[str, int] = {}
        self.tallies: dict[str, Tally] = {}

    def add(self, task_run: TaskRun) -> None:
        """Note a new child."""
        self.ids[task_run.id] = None
        self.by_key[task_run.task_id, task_run.value] = task_run.id
        self.counts[task_run.task_id] = self.counts.get(task_run.task_id, 0) + 1

    def remove(self, task_run: TaskRun) -> None:
        """Forget a child."""
        del self.ids[task_run.id]
        self.open.pop(task_run.id, None)
        key = task_run.task_id, task_run.value
        if self.by_key.get(key) == task_run.id:
            del self.by_key[key]
        self.counts[task_run.task_id] -= 1

    def tally(self, branch: str) -> Tally:
        """Return the counts of a branch. Read only."""
        return self.tallies.get(branch, _NOTHING)

    def count(self, branch: str, state: StateType, by: int) -> None:
        """Add ``by`` (1 or -1) children of a branch that are in ``state``."""
        tally = self.tallies.get(branch)
        if tally is None:
            tally = self.tallies[branch] = Tally()
        tally.count(state, by)


_CHILDLESS = Children()


class ExecutionState:
    """An execution and its task runs; changed in place by ``advance`` only.

    Args:
        execution: The header.
        task_runs: All of them, in any order; none for a fresh execution.

    Attributes:
        execution: The header as it is now.
        outputs: The ``outputs`` variable of templates. Shared, never to be changed by its readers.
        tasks: The ``tasks`` variable of templates. Shared too.
        pending: Purposes of the asks that wait for their answer, by task run id. Empty between two
            steps.
        answers: Properties of flowables rendered so far, by task run id; empty between two steps
            too.
        final_state: What the execution ends in once its outputs are rendered; None between two
            steps.
        settled_slas: Assertions that were violated; not asked again.
        unclear_slas: Assertions that could not be rendered once: it is said, and they are asked
            again.
        is_continued: A timer is set to go on with what a step left.
        put_off: Created task runs that a step left for the next ones; None when that is not known.
        needs: Cache of what the templates of each task read.
        header: Cache of the run context's part that is the same for all tasks, with the header it
            was made of.
    """

    def __init__(self, execution: Execution, task_runs: Sequence[TaskRun] = ()) -> None:
        self.execution = execution
        self.pending: dict[str, set[str]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.final_state: StateType | None = None
        self.settled_slas: set[str] = set()
        self.unclear_slas: set[str] = set()
        self.is_continued = False
        self.put_off: deque[str] | None = None if task_runs else deque()
        self.needs: dict[str, Needs] = {}
        self.header: tuple[Execution, dict[str, Any]] | None = None
        self._outputs = OutputsTree()
        self._states = StatesTree()
        self._task_runs: dict[str, TaskRun] = {}
        self._open: dict[str, None] = {}
        self._retrying: dict[str, None] = {}
        self._children: dict[str | None, Children] = {}
        self._plan: FlowPlan | None = None
        self._next_sequence = 0
        for task_run in sorted(task_runs, key=lambda run: run.sequence):
            self.put(task_run)

    @property
    def outputs(self) -> dict[str, Any]:
        """What templates see as ``outputs``: by task id, then by the values of the loops around
        it."""
        return self._outputs.root

    @property
    def tasks(self) -> dict[str, Any]:
        """What templates see as ``tasks``: states by task id, then by the task run's own value."""
        return self._states.root

    @property
    def task_runs(self) -> Sequence[TaskRun]:
        """All task runs, in order of creation."""
        return list(self._task_runs.values())

    @property
    def next_sequence(self) -> int:
        """The sequence number of the next task run."""
        return self._next_sequence

    @property
    def is_retrying(self) -> bool:
        """Whether any task run waits for its retry."""
        return bool(self._retrying)

    @property
    def has_open(self) -> bool:
        """Whether any task run is not final."""
        return bool(self._open)

    def task_run(self, task_run_id: str) -> TaskRun:
        """Return one task run. Raises KeyError when there is none."""
        return self._task_runs[task_run_id]

    def find(self, task_run_id: str) -> TaskRun | None:
        """Return one task run, None when it does not exist (any more)."""
        return self._task_runs.get(task_run_id)

    def open_task_runs(self) -> list[TaskRun]:
        """Return the task runs that are not final, in order of creation."""
        return [self._task_runs[task_run_id] for task_run_id in self._open]

    def children(self, parent_id: str | None) -> Children:
        """Return the children of a task run, or of the flow when ``parent_id`` is None. Read
        only."""
        return self._children.get(parent_id, _CHILDLESS)

    def ancestors(self, task_run: TaskRun) -> Iterator[TaskRun]:
        """Yield the enclosing task runs, nearest first."""
        parent_id = task_run.parent_id
        while parent_id is not None:
            parent = self._task_runs[parent_id]
            yield parent
            parent_id = parent.parent_id

    def bind(self, plan: FlowPlan) -> None:
        """Count children by the branches of ``plan``; at no cost when that was done before."""
        if self._plan is plan:
            return
        self._plan = plan
        for children in self._children.values():
            children.tallies.clear()
        for task_run in self._task_runs.values():
            self._count(task_run, 1)

    def _count(self, task_run: TaskRun, by: int) -> None:
        if self._plan is None:
            return
        place = self._plan.places.get(task_run.task_id)
        branch = place.branch if place is not None else ""
        self._children[task_run.parent_id].count(branch, task_run.state.current, by)

    def put(self, task_run: TaskRun, shown: StateType | None = None) -> None:
        """Add a task run or replace it by its next value.

        Args:
            task_run: The new value.
            shown: The state templates see instead of its own: a task sees itself as CREATED.
        """
        old = self._task_runs.get(task_run.id)
        self._task_runs[task_run.id] = task_run
        if old is None:
            self._add(task_run)
            self._count(task_run, 1)
        elif old.state is not task_run.state:
            self._count(old, -1)
            self._count(task_run, 1)
        self._note_open(task_run)
        self._states.put(task_run, shown or task_run.state.current)
        if task_run.outputs is not None and (old is None or old.outputs is not task_run.outputs):
            self._outputs.put(task_run, self.ancestors(task_run))

    def _add(self, task_run: TaskRun) -> None:
        children = self._children.get(task_run.parent_id)
        if children is None:
            children = self._children[task_run.parent_id] = Children()
        children.add(task_run)
        self._next_sequence = max(self._next_sequence, task_run.sequence + 1)

    def _note_open(self, task_run: TaskRun) -> None:
        children = self._children[task_run.parent_id]
        state = task_run.state.current
        if state.is_terminal:
            self._open.pop(task_run.id, None)
            children.open.pop(task_run.id, None)
        else:
            self._open[task_run.id] = None
            children.open[task_run.id] = None
        if state is StateType.RETRYING:
            self._retrying[task_run.id] = None
        else:
            self._retrying.pop(task_run.id, None)

    def remove(self, task_run_id: str) -> None:
        """Remove a task run that has no children (any more)."""
        task_run = self._task_runs[task_run_id]
        self._outputs.remove(task_run, self.ancestors(task_run))
        self._states.remove(task_run)
        self._count(task_run, -1)
        del self._task_runs[task_run_id]
        self._children.pop(task_run_id, None)
        self._children[task_run.parent_id].remove(task_run)
        self._open.pop(task_run_id, None)
        self._retrying.pop(task_run_id, None)

    def fail_everything(self, now: datetime) -> list[TaskRun]:
        """End the execution and all that is open in it as FAILED; return the changed task runs.

        For executions that can not go on: their flow is gone or the engine itself failed.
        """
        changed = []
        for task_run in self.open_task_runs():
            ended = closed(task_run, StateType.FAILED, now)
            self.put(ended)
            changed.append(ended)
        if not self.execution.state.is_terminal:
            state = self.execution.state.to(StateType.FAILED, now)
            self.execution = replace(self.execution, state=state)
        self.pending.clear()
        return changed


def closed(task_run: TaskRun, state: StateType, date: datetime) -> TaskRun:
    """Return the task run ended in ``state``, its open attempts with it."""
    attempts = tuple(
        attempt
        if attempt.state.is_terminal
        else replace(attempt, state=attempt.state.to(state, date))
        for attempt in task_run.attempts
    )
    return replace(
        task_run,
        state=task_run.state.to(state, date),
        attempts=attempts,
        outputs=task_run.outputs if task_run.outputs is not None else {},
    )
