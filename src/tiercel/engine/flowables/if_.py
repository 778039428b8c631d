"""If: one of two branches, chosen once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.flowables.base import Beginning, Flowable, Property
from tiercel.expressions import is_truthy

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.task import TaskSpec


class If(Flowable):
    """Runs ``then`` or ``else``; the choice is an output, so that later changes do not flip it."""

    name: ClassVar[str] = "if"

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the condition."""
        return {"condition": Property(task.properties.get("condition"))}

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Fix the choice."""
        return Beginning({"evaluationResult": is_truthy(values["condition"])})

    def main_branch(self, scope: Scope) -> str | None:
        """Return the chosen branch."""
        return "then" if (scope.run.outputs or {}).get("evaluationResult") else "else"
