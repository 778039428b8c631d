"""What changed of an execution: told in signals, found between snapshots."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from tiercel.model.execution import Execution, TaskRun
from tiercel.model.state import State, StateType
from tiercel.services.executions import Snapshot
from tiercel.services.live import Changed, changed_since

NOW = datetime(2024, 12, 20, tzinfo=UTC)
RUNNING = State.of((StateType.CREATED, NOW), (StateType.RUNNING, NOW))
DONE = State.of((StateType.CREATED, NOW), (StateType.RUNNING, NOW), (StateType.SUCCESS, NOW))
EXECUTION = Execution("e", "n", "f", 1, RUNNING, "e")


def run(sequence: int, state: State = RUNNING, name: str = "") -> TaskRun:
    return TaskRun(name or f"run{sequence}", "e", "t", sequence, state)


def told(*changes: Changed) -> list[bytes]:
    return [msgspec.msgpack.encode(change) for change in changes]


def change(since: int, version: int, *task_runs: str) -> Changed:
    return Changed("RUNNING", since=since, version=version, task_runs=task_runs)


def test_signals_in_a_row_tell_what_changed_since_a_version() -> None:
    signals = told(change(3, 4, "a"), change(4, 6, "b", "a"))
    assert changed_since(3, signals) == (["a", "b"], 6)
    assert changed_since(4, signals) == (["b", "a"], 6)
    assert changed_since(6, signals) == ([], 6)


@pytest.mark.parametrize(
    "signals",
    [
        told(change(4, 5, "a")),
        told(change(3, 4, "a"), change(5, 6, "b")),
        told(Changed("RUNNING", since=3, version=4)),
        told(Changed("RUNNING")),
    ],
    ids=["lost", "a gap", "too many", "of an older server"],
)
def test_signals_that_leave_something_out_tell_nothing(signals: list[bytes]) -> None:
    assert changed_since(3, signals) is None


def test_a_signal_that_was_overtaken_tells_nothing_new() -> None:
    assert changed_since(3, told(change(3, 5, "a"), change(3, 4, "b"))) == (["a"], 5)


def test_changes_of_one_execution_are_told_as_one() -> None:
    both = change(3, 4, "a", "b").before(change(4, 5, "b", "c"))
    assert both == change(3, 5, "a", "b", "c")
    assert change(3, 4, "a").before(change(5, 6, "b")).task_runs is None
    assert change(3, 4, "a").before(replace(change(4, 5), task_runs=None)).task_runs is None
    many = tuple(str(number) for number in range(999))
    assert change(3, 4, *many).before(change(4, 5, "a", "b")).task_runs is None


def test_task_runs_that_are_what_they_were_stay_the_same_objects() -> None:
    before = Snapshot(EXECUTION, [run(0), run(1), run(2)], 3)
    after = Snapshot(EXECUTION, [run(0), run(1, DONE), run(2), run(3)], 5).since(before)
    assert [now is old for now, old in zip(after.task_runs, before.task_runs, strict=False)] == [
        True,
        False,
        True,
    ]
    assert after.changed == [run(1, DONE), run(3)]
    assert after.before() is before


@pytest.mark.parametrize("task_runs", [[run(0)], [run(0), run(1, name="new")]])
def test_it_is_not_known_what_changed_when_task_runs_are_gone(task_runs: list[TaskRun]) -> None:
    before = Snapshot(EXECUTION, [run(0), run(1)], 3)
    after = Snapshot(EXECUTION, task_runs, 4)
    assert after.since(before) is after
    assert after.changed is None


def test_changed_task_runs_take_their_places() -> None:
    before = Snapshot(EXECUTION, [run(0), run(2), run(5)], 3)
    after = before.with_changed(EXECUTION, [run(0), run(2, DONE), run(6), run(7)], 4)
    assert after is not None
    assert after.task_runs == [run(0), run(2, DONE), run(5), run(6), run(7)]
    assert after.task_runs[0] is before.task_runs[0]
    assert after.changed == [run(2, DONE), run(6), run(7)]
    assert (after.version, after.before()) == (4, before)
    assert len(before.task_runs) == 3


@pytest.mark.parametrize("stray", [run(1), run(2, name="other")])
def test_a_task_run_without_a_place_makes_it_unknown(stray: TaskRun) -> None:
    assert Snapshot(EXECUTION, [run(0), run(2)], 3).with_changed(EXECUTION, [stray], 4) is None
