"""Subflow: an execution of another flow, waited for or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from tiercel.engine.effects import StartExecution
from tiercel.engine.flowables.base import Beginning, Flowable, Planned, Property
from tiercel.engine.flowables.starting import (
    TRUE_UNLESS_SAID,
    is_restarted,
    revision_of,
    to_flag,
    to_labels,
    to_map,
    wanted_properties,
)
from tiercel.engine.plan import SUBFLOW
from tiercel.model.execution import Attempt
from tiercel.model.state import State

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import TaskSpec

EXECUTION_ID = "executionId"


class Subflow(Flowable):
    """Starts an execution; each attempt a new one. Remembered are ``wait`` and
    ``transmitFailed``."""

    name: ClassVar[str] = SUBFLOW

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render everything but the deprecated ``outputs``, which belongs to the other
        execution."""
        wanted = wanted_properties(task)
        if "inputs" in task.properties:
            wanted["inputs"] = Property(task.properties["inputs"], typed=True)
        return wanted

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Ask for the execution."""
        turn, run = scope.turn, scope.run
        attempt_id, execution_id = turn.ids(), turn.ids()
        turn.effect(
            StartExecution(
                run.id,
                attempt_id,
                execution_id,
                namespace=str(values.get("namespace", "")),
                flow_id=str(values.get("flowId", "")),
                revision=revision_of(values),
                inputs=to_map("inputs", values.get("inputs")),
                labels=to_labels(values.get("labels")),
                inherit_labels=to_flag(values, "inheritLabels"),
                schedule_date=values.get("scheduleDate"),
                outputs=scope.task.properties.get("outputs"),
                restart_id=_restarted(scope),
            )
        )
        attempt = Attempt(id=attempt_id, state=State.created(turn.now))
        turn.put(replace(run, attempts=(*run.attempts, attempt)))
        resolved = {name: to_flag(values, name) for name in TRUE_UNLESS_SAID}
        return Beginning({EXECUTION_ID: execution_id}, resolved)

    def begun(self, scope: Scope) -> None:
        """Wait for news of the execution."""

    def main_branch(self, scope: Scope) -> str | None:
        """Return None: there are no children."""
        return None

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Create nothing."""
        return ()

    def is_complete(self, scope: Scope) -> bool:
        """Return False: news ends the task run."""
        return False


def _restarted(scope: Scope) -> str | None:
    """Return the execution an earlier attempt started, when this one was restarted and is to use
    it."""
    return (scope.run.outputs or {}).get(EXECUTION_ID) if is_restarted(scope) else None
