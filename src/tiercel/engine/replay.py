"""New executions of old ones: a replay, from the start or from a task run; another revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.plan import (
    AFTER,
    BATCHES,
    ERRORS,
    FINALLY,
    MAIN,
    PAUSE,
    SUBFLOW,
    WORKING_DIRECTORY,
    FlowPlan,
    plan_of,
)
from tiercel.engine.scope import behavior_of
from tiercel.engine.state import closed
from tiercel.model.execution import Execution, Label, TaskRun, merge_labels
from tiercel.model.state import State, StateType
from tiercel.model.task import TaskKind

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.flow import Flow
    from tiercel.model.task import TaskSpec

_ORDER = {ERRORS: 1, FINALLY: 2, AFTER: 3}
_AT_ONCE = frozenset({"parallel", "each_parallel"})
_STARTS_ANEW = frozenset({WORKING_DIRECTORY, SUBFLOW, BATCHES, PAUSE})
_LABEL = Label("system.replay", "true")
_OF_THE_OLD_ONE = frozenset({"system.restarted", "system.replayed"})
"""Labels that tell what was done to an execution; nobody has done it to its replay."""


def replay(
    flow: Flow,
    state: ExecutionState,
    task_run_id: str | None,
    now: datetime,
    ids: Callable[[], str],
) -> tuple[Execution, list[TaskRun]]:
    """Return a new execution, with the task runs it begins with; ``Created`` lets it go.

    Args:
        flow: The revision it is to run.
        state: The execution to repeat; it is not changed.
        task_run_id: Where to begin: what came before is taken over, what came behind is dropped.
            None for the start.
        now: The current moment.
        ids: Gives fresh ids.

    Raises:
        KeyError: There is no such task run.
    """
    old = state.execution
    new = replace(
        old,
        id=ids(),
        parent_id=old.id,
        flow_revision=flow.revision,
        outputs=None,
        schedule_date=None,
        breakpoints=(),
        state=State.created(now),
        labels=merge_labels(
            tuple(label for label in old.labels if label.key not in _OF_THE_OLD_ONE), (_LABEL,)
        ),
        metadata=replace(old.metadata, attempt_number=old.metadata.attempt_number + 1),
    )
    if task_run_id is None:
        return replace(new, metadata=replace(new.metadata, templates={})), []
    plan = plan_of(flow)
    target = _startable(plan, state, state.task_run(task_run_id))
    return (
        replace(new, state=old.state.to(StateType.RESTARTED, max(now, old.state.last_date))),
        _taken_over(plan, state, target, new.id, now, ids),
    )


def moved_to_revision(
    flow: Flow, state: ExecutionState, ids: Callable[[], str]
) -> tuple[Execution, list[TaskRun]]:
    """Return an execution and its task runs under new ids, without tasks the flow has no more.

    Args:
        flow: The revision it is to go on with.
        state: The execution; it is not changed.
        ids: Gives fresh ids.
    """
    old = state.execution
    new = replace(old, id=ids(), parent_id=old.id, flow_revision=flow.revision)
    new_ids: dict[str, str] = {}
    moved = []
    for task_run in state.task_runs:
        is_orphan = task_run.parent_id is not None and task_run.parent_id not in new_ids
        if task_run.task_id in flow.tasks_by_id and not is_orphan:
            new_ids[task_run.id] = ids()
            moved.append(_under_new_ids(task_run, new.id, new_ids))
    return new, moved


def _startable(plan: FlowPlan, state: ExecutionState, task_run: TaskRun) -> TaskRun:
    """Return the task run; for one inside a WorkingDirectory this, as its worker runs all of it."""
    for ancestor_id, branch in _branches_around(plan, state, task_run).items():
        ancestor = state.task_run(ancestor_id)
        if branch == MAIN and plan.tasks[ancestor.task_id].behavior == WORKING_DIRECTORY:
            return ancestor
    return task_run


def _taken_over(
    plan: FlowPlan,
    state: ExecutionState,
    target: TaskRun,
    execution_id: str,
    now: datetime,
    ids: Callable[[], str],
) -> list[TaskRun]:
    around = _branches_around(plan, state, target)
    new_ids: dict[str, str] = {}
    taken = []
    for task_run in _kept(plan, state, target):
        if task_run.id == target.id:
            moved = _begun_again(plan, state, task_run, now)
        elif task_run.id in around:
            moved = _to(task_run, StateType.RUNNING, now)
            if around[task_run.id] in _ORDER:
                # what is handled again happened: the failure, or the end, is not taken back
                moved = replace(moved, resolved=task_run.resolved)
        elif not task_run.state.is_terminal:
            moved = _to(closed(task_run, StateType.KILLED, now), StateType.RESTARTED, now)
        else:
            moved = task_run
        new_ids[task_run.id] = ids()
        taken.append(_under_new_ids(moved, execution_id, new_ids))
    return taken


def _under_new_ids(task_run: TaskRun, execution_id: str, new_ids: Mapping[str, str]) -> TaskRun:
    parent_id = new_ids[task_run.parent_id] if task_run.parent_id is not None else None
    return replace(
        task_run, id=new_ids[task_run.id], execution_id=execution_id, parent_id=parent_id
    )


def _branches_around(plan: FlowPlan, state: ExecutionState, target: TaskRun) -> dict[str, str]:
    """Return for each ancestor in which of its branches the task run is."""
    branches = {}
    inner = target
    for ancestor in state.ancestors(target):
        branches[ancestor.id] = plan.places[inner.task_id].branch
        inner = ancestor
    return branches


def _to(task_run: TaskRun, to: StateType, now: datetime) -> TaskRun:
    """Move a task run on; what a flowable had decided about its end is forgotten."""
    resolved = {k: v for k, v in (task_run.resolved or {}).items() if k not in ("failed", "done")}
    moved = task_run.state.to(to, max(now, task_run.state.last_date))
    return replace(task_run, state=moved, resolved=resolved or None)


def _begun_again(
    plan: FlowPlan, state: ExecutionState, task_run: TaskRun, now: datetime
) -> TaskRun:
    """Return the target: a flowable keeps what it chose and runs its children anew, all else
    starts anew."""
    task = plan.tasks[task_run.task_id]
    task_run = (
        closed(task_run, StateType.KILLED, now) if not task_run.state.is_terminal else task_run
    )
    keeps = task.kind is TaskKind.FLOWABLE and task.behavior not in _STARTS_ANEW
    if keeps and state.children(task_run.id).ids:
        return behavior_of(task).again(_to(task_run, StateType.RUNNING, now), now)
    return replace(_to(task_run, StateType.RESTARTED, now), resolved=None)


def _kept(plan: FlowPlan, state: ExecutionState, target: TaskRun) -> list[TaskRun]:
    """Return what a replay takes over, parents before children: all but what came behind the
    target."""
    dropped = set(state.children(target.id).ids)
    for task_run in (target, *state.ancestors(target)):
        parent = state.task_run(task_run.parent_id) if task_run.parent_id is not None else None
        for sibling_id in state.children(task_run.parent_id).ids:
            sibling = state.task_run(sibling_id)
            if sibling_id != task_run.id and _is_behind(plan, parent, task_run, sibling):
                dropped.add(sibling_id)
    kept = []
    for task_run in state.task_runs:
        if (
            task_run.id in dropped
            or task_run.parent_id in dropped
            or task_run.task_id not in plan.places
        ):
            dropped.add(task_run.id)
        else:
            kept.append(task_run)
    return kept


def _is_behind(plan: FlowPlan, parent: TaskRun | None, one: TaskRun, other: TaskRun) -> bool:
    """Whether ``other`` runs only after ``one``, both being children of ``parent``."""
    order, other_order = _order(plan, one), _order(plan, other)
    if order != other_order:
        return other_order > order
    task = plan.tasks[parent.task_id] if parent is not None else None
    if task is None or parent is None or order:
        return other.sequence > one.sequence
    if task.behavior in _AT_ONCE:
        return False
    if task.behavior == "dag":
        return _depends(task, other.task_id, one.task_id)
    if task.behavior == "for_each" and (parent.resolved or {}).get("limit", 1) != 1:
        return other.value == one.value and other.sequence > one.sequence
    return other.sequence > one.sequence


def _order(plan: FlowPlan, task_run: TaskRun) -> int:
    place = plan.places.get(task_run.task_id)
    return _ORDER.get(place.branch, 0) if place is not None else 0


def _depends(dag: TaskSpec, task_id: str, on: str) -> bool:
    """Whether a child of a Dag depends on another one, directly or not."""
    needs = dag.properties.get("dependsOn", {})
    seen: set[str] = set()
    todo = [task_id]
    while todo:
        for needed in needs.get(todo.pop(), ()):
            if needed == on:
                return True
            if needed not in seen:
                seen.add(needed)
                todo.append(needed)
    return False
