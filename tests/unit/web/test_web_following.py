"""Events for those who follow an execution and ask for what has changed only."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from tiercel.model.execution import Execution, TaskRun
from tiercel.model.state import State, StateType
from tiercel.services.executions import Snapshot
from tiercel.web.following import ChangedEvents

NOW = datetime(2024, 12, 20, tzinfo=UTC)
RUNNING = State.of((StateType.CREATED, NOW), (StateType.RUNNING, NOW))
DONE = State.of((StateType.CREATED, NOW), (StateType.RUNNING, NOW), (StateType.SUCCESS, NOW))
EXECUTION = Execution("e", "n", "f", 1, RUNNING, "e")


def run(sequence: int, state: State = RUNNING) -> TaskRun:
    return TaskRun(f"run{sequence}", "e", "t", sequence, state)


def read(data: bytes) -> tuple[str, str, list[str]]:
    """Return name, id and the ids of the task runs of one event."""
    lines = data.decode().strip().splitlines()
    fields = dict(line.split(": ", 1) for line in lines)
    shown: dict[str, Any] = json.loads(fields["data"])
    task_runs = [item["id"] for item in shown.get("taskRunList", [])]
    return fields.get("event", ""), fields["id"], task_runs


def test_the_first_event_is_whole_and_later_ones_are_what_changed() -> None:
    events = ChangedEvents()
    first = Snapshot(EXECUTION, [run(0), run(1)], 1)
    assert read(events.of(first)) == ("", "progress", ["run0", "run1"])
    second = first.with_changed(EXECUTION, [run(1, DONE), run(2)], 2)
    assert second is not None
    assert read(events.of(second)) == ("changes", "progress", ["run1", "run2"])


def test_nothing_is_sent_when_nothing_changed() -> None:
    events = ChangedEvents()
    first = Snapshot(EXECUTION, [run(0)], 1)
    events.of(first)
    assert events.of(Snapshot(EXECUTION, [run(0)], 1).since(first)) == b""


def test_a_client_that_missed_a_snapshot_is_told_what_changed_all_the_same() -> None:
    events = ChangedEvents()
    first = Snapshot(EXECUTION, [run(0), run(1)], 1)
    events.of(first)
    second = Snapshot(EXECUTION, [run(0, DONE), run(1)], 2).since(first)
    third = second.with_changed(EXECUTION, [run(2)], 3)
    assert third is not None
    assert read(events.of(third)) == ("changes", "progress", ["run0", "run2"])


def test_everything_is_sent_again_when_task_runs_are_gone() -> None:
    events = ChangedEvents()
    first = Snapshot(EXECUTION, [run(0), run(1)], 1)
    events.of(first)
    second = Snapshot(EXECUTION, [run(0), run(2)], 2).since(first)
    assert read(events.of(second)) == ("", "progress", ["run0", "run2"])


def test_the_last_event_is_the_end() -> None:
    ended = replace(EXECUTION, state=DONE)
    events = ChangedEvents()
    first = Snapshot(EXECUTION, [run(0)], 1)
    events.of(first)
    last = Snapshot(ended, [run(0, DONE)], 2).since(first)
    assert read(events.of(last)) == ("changes", "end", ["run0"])
    assert read(ChangedEvents().of(last)) == ("", "end", ["run0"])
