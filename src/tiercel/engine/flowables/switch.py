"""Switch: the list of tasks whose key is the value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.flowables.base import Beginning, Flowable, FlowableFailedError, Property
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.task import TaskSpec

_DEFAULTS = "defaults"


class Switch(Flowable):
    """Runs ``cases.<value>``, or ``defaults`` when no case fits; the value is fixed at the
    start."""

    name: ClassVar[str] = "switch"

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the value."""
        return {"value": Property(task.properties.get("value"))}

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Choose the case."""
        value = "" if values["value"] is None else str(values["value"])
        is_default = _case(value) not in scope.task.children
        outputs = {"value": value, _DEFAULTS: is_default}
        if is_default and _DEFAULTS not in scope.task.children:
            execution = scope.turn.state.execution
            raise FlowableFailedError(
                f"No task found on flow '{execution.namespace}.{execution.flow_id}', "
                f"task '{scope.task.id}', execution '{execution.id}'",
                level=LogLevel.WARN,
                outputs=outputs,
            )
        return Beginning(outputs)

    def main_branch(self, scope: Scope) -> str | None:
        """Return the chosen case."""
        outputs = scope.run.outputs or {}
        return _DEFAULTS if outputs.get(_DEFAULTS) else _case(outputs.get("value", ""))


def _case(value: str) -> str:
    return f"cases.{value}"
