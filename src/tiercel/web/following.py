"""Events for those who follow an execution: all of it each time, or what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.services.clock import utc_now
from tiercel.web.shapes import execution_json, snapshot_json
from tiercel.web.streams import SharedEvents, event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tiercel.model.execution import TaskRun
    from tiercel.services.executions import Snapshot

CHANGES = "changes"
"""Name of events whose ``taskRunList`` has only those that are new or differ, in their order."""


def _whole(snapshot: Snapshot) -> dict[str, Any]:
    return snapshot_json(snapshot, utc_now())


def _changed(snapshot: Snapshot) -> dict[str, Any]:
    return execution_json(snapshot.execution, snapshot.changed or (), utc_now())


_PROGRESS = SharedEvents("progress", _whole)
_END = SharedEvents("end", _whole)
_CHANGED = SharedEvents("progress", _changed, name=CHANGES)
_CHANGED_AT_END = SharedEvents("end", _changed, name=CHANGES)


class WholeEvents:
    """Events for one client that is sent all of an execution each time."""

    def __init__(self) -> None:
        self._begins = True

    def of(self, snapshot: Snapshot) -> bytes:
        """Return ``progress``; for the last snapshot ``end``, and before it ``progress``."""
        begins, self._begins = self._begins, False
        if not snapshot.settled:
            return _PROGRESS.of(snapshot)
        end = _END.of(snapshot)
        return end if begins else _PROGRESS.of(snapshot) + end


class ChangedEvents:
    """Events for one client that is sent all of an execution once, then what has changed.

    Where that can't be told, because task runs are gone for instance, all is sent once more.
    """

    def __init__(self) -> None:
        self._before: Snapshot | None = None

    def of(self, snapshot: Snapshot) -> bytes:
        """Return one event, ``end`` for the last snapshot; nothing when nothing has changed."""
        before, self._before = self._before, snapshot
        settled = snapshot.settled
        if before is not None and snapshot.changed is not None and snapshot.before() is before:
            if not settled and not snapshot.changed and snapshot.execution == before.execution:
                return b""
            return (_CHANGED_AT_END if settled else _CHANGED).of(snapshot)
        changed = None if before is None else _differing(before.task_runs, snapshot.task_runs)
        if changed is None:
            return (_END if settled else _PROGRESS).of(snapshot)
        shown = execution_json(snapshot.execution, changed, utc_now())
        return event("end" if settled else "progress", shown, name=CHANGES)


def _differing(before: Sequence[TaskRun], now: Sequence[TaskRun]) -> list[TaskRun] | None:
    """Return those that are new or differ; None when one that there was is gone."""
    if [run.id for run in before] != [run.id for run in now[: len(before)]]:
        return None
    changed = [new for old, new in zip(before, now, strict=False) if new is not old]
    return [*changed, *now[len(before) :]]
