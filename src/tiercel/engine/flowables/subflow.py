"""Subflow: an execution of another flow, waited for or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.effects import StartExecution
from tiercel.engine.flowables.base import Beginning, Property
from tiercel.engine.flowables.starting import (
    TRUE_UNLESS_SAID,
    Starter,
    is_restarted,
    put_attempt,
    revision_of,
    to_flag,
    to_labels,
    to_map,
    wanted_properties,
)
from tiercel.engine.plan import SUBFLOW

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.task import TaskSpec

EXECUTION_ID = "executionId"


class Subflow(Starter):
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
        put_attempt(scope, attempt_id)
        resolved = {name: to_flag(values, name) for name in TRUE_UNLESS_SAID}
        return Beginning({EXECUTION_ID: execution_id}, resolved)


def _restarted(scope: Scope) -> str | None:
    """Return the execution an earlier attempt started, when this one was restarted and is to use
    it."""
    return (scope.run.outputs or {}).get(EXECUTION_ID) if is_restarted(scope) else None
