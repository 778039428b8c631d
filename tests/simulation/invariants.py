"""What must hold after every commit and at the end of an execution, whatever went wrong."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from simulation.machine import path
from tiercel.engine import ExecutionState
from tiercel.engine.plan import plan_of
from tiercel.engine.state import Children
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.flow import Flow
from tiercel.model.state import State, StateType
from tiercel.model.task import TaskKind


def _steps(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(before + after for before, many in table.items() for after in many)


_TASK_RUN_STEPS = _steps(
    {
        "C": "RKFX-SWBN",
        "R": "SWFKPXNT",
        "P": "RSFWKXTN",
        "B": "CKSFWXN",
        "F": "YTRSWNX",
        "Y": "CKFWSXN",
        "T": "RKFX-SWB",
        "K": "TRSFWX",
        "S": "RFWTX",
        "W": "RFSTX",
        "X": "RSFWT",
        "-": "SFWRTX",
        "N": "SFWRTX",
    }
)
_EXECUTION_STEPS = _steps(
    # whatever state an execution is in, its replay begins RESTARTED
    {"C": "RSGFXQT", "Q": "RGFXT", "R": "SWFGKPYXBNT", "Y": "RGPXBFNTSW", "P": "RTGXFNSW"}
    | {
        "B": "RPGXFTSW",
        "T": "RQXFG",
        "G": "KT",
        "S": "FTWXK",
        "W": "FTSXK",
        "X": "FTSWK",
        "F": "TSWXKY",
    }
    | {"K": "TSWFX", "N": "TSWFXK"}
)

Rows = Mapping[str, TaskRun]


def check_commit(
    before: tuple[Execution, Rows],
    after: tuple[Execution, Rows],
    *,
    over: bool,
    reopening: bool = False,
    by_hand: bool = False,
) -> None:
    """Compare what was durable before a step with what is after it.

    Args:
        before: Header and rows before the step.
        after: The same after it.
        over: The end was announced before: nothing may change any more.
        reopening: Somebody restarted the execution, or changed a state by hand.
        by_hand: Somebody chose its final state.
    """
    if over:
        assert before == after, "something changed after the end"
    (old_execution, old_rows), (execution, rows) = before, after
    _check_history(old_execution.state, execution.state, _EXECUTION_STEPS)
    if old_execution.state.is_terminal and not reopening and not by_hand:
        assert old_execution.state == execution.state, "a final execution moved"
    for task_run_id, task_run in rows.items():
        old = old_rows.get(task_run_id)
        if old is not task_run:
            _check_task_run(None if reopening else old, task_run)


def is_handling(flow: Flow, rows: Rows, task_run: TaskRun) -> bool:
    """Whether a task run is part of the handling of a failure, or of what runs after the end."""
    branch = plan_of(flow).places[task_run.task_id].branch
    if branch in ("errors", "finally", "afterExecution"):
        return True
    return task_run.parent_id is not None and is_handling(flow, rows, rows[task_run.parent_id])


def _check_task_run(old: TaskRun | None, new: TaskRun) -> None:
    if old is not None and old.state.is_terminal:
        assert old == new, f"{old.task_id}: a final task run changed: {path(new.state)}"
    if old is not None and _round(old) != _round(new):
        old = None
    _check_history(old.state if old else None, new.state, _TASK_RUN_STEPS)
    for attempt in new.attempts[:-1]:
        assert attempt.state.is_terminal, f"{new.task_id}: two attempts at once"
    if new.state.is_terminal:
        assert new.outputs is not None, f"{new.task_id}: ended without outputs"
        assert all(a.state.is_terminal for a in new.attempts), f"{new.task_id}: an open attempt"
    if old is not None:
        assert len(new.attempts) >= len(old.attempts)
        for was, now in zip(old.attempts, new.attempts, strict=False):
            assert now.token >= was.token
            if was.state.is_terminal:
                assert was == now, f"{new.task_id}: a final attempt changed"


def _round(task_run: TaskRun) -> object:
    """A LoopUntil begins its history anew with each round."""
    return (task_run.resolved or {}).get("round", 1)


def _check_history(old: State | None, new: State, steps: frozenset[str]) -> None:
    letters = path(new)
    for pair in itertools.pairwise(letters):
        assert "".join(pair) in steps, f"illegal history {letters}"
    if old is not None:
        assert new.histories[: len(old.histories)] == old.histories, "history was rewritten"
    dates = [entry.date for entry in new.histories]
    assert dates == sorted(dates), "history runs backwards"


def check_rebuilt(flow: Flow, live: ExecutionState, rows: Rows) -> None:
    """Check that the rows give the state that is in memory."""
    rebuilt = ExecutionState(live.execution, list(rows.values()))
    rebuilt.bind(plan_of(flow))
    assert {r.id: r for r in live.task_runs} == dict(rows), "memory and rows differ"
    assert [r.id for r in live.task_runs] == [r.id for r in rebuilt.task_runs]
    assert live.outputs == rebuilt.outputs
    assert live.tasks == rebuilt.tasks
    assert not live.pending
    assert not live.answers
    assert live.final_state is None
    assert {r.id for r in live.open_task_runs()} == {r.id for r in rebuilt.open_task_runs()}
    assert live.is_retrying == rebuilt.is_retrying
    for parent_id in (None, *rows):
        assert _counts(live.children(parent_id)) == _counts(rebuilt.children(parent_id))


def _counts(children: Children) -> object:
    tallies = {
        branch: (t.created, t.open, {s: n for s, n in t.ended.items() if n})
        for branch, t in children.tallies.items()
        if t.created
    }
    counts = {task_id: count for task_id, count in children.counts.items() if count}
    return list(children.ids), set(children.open), dict(children.by_key), counts, tallies


def check_end(flow: Flow, execution: Execution, rows: Rows, *, meddled: bool) -> None:
    """Check what must hold once an execution is over; states set by hand come without any work."""
    assert execution.state.is_terminal
    for task_run in rows.values():
        assert task_run.state.is_terminal, f"{task_run.task_id} is open after the end"
        if "$" in flow.tasks_by_id[task_run.task_id].type:
            continue
        if "exit" in flow.tasks_by_id[task_run.task_id].properties:
            continue
        task = flow.tasks_by_id[task_run.task_id]
        if meddled:
            continue
        if task.kind is not TaskKind.FLOWABLE and task_run.state.current is StateType.SUCCESS:
            assert "value" in (task_run.outputs or {}) or task.allow_warning
        if task.kind is not TaskKind.FLOWABLE and "R" in path(task_run.state):
            assert task_run.attempts
