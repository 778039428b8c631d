"""Template: the tasks of a stored template, as a sequence inside the flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.flowables.base import Beginning, FlowableFailedError, Property
from tiercel.engine.flowables.sequential import Sequential
from tiercel.engine.flowables.starting import to_map
from tiercel.engine.plan import MAIN, TEMPLATE

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.task import TaskSpec

ARGS = "args"
PROBLEM = "problem"
"""Property that says why the template can't be run; set by whoever puts its tasks into the flow."""


class Template(Sequential):
    """Runs the tasks that were put in its place. Output: ``args``, seen as
    ``parent.outputs.args``."""

    name: ClassVar[str] = TEMPLATE

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the arguments."""
        return (
            {ARGS: Property(task.properties[ARGS], typed=True)} if ARGS in task.properties else {}
        )

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Fail when nobody has put tasks in its place: there is no such template."""
        properties = scope.task.properties
        if PROBLEM in properties:
            raise FlowableFailedError(str(properties[PROBLEM]))
        if MAIN not in scope.task.children:
            name = f"{properties.get('namespace')}.{properties.get('templateId')}"
            raise FlowableFailedError(f"Can't find flow template '{name}'")
        return Beginning({ARGS: to_map(ARGS, values[ARGS])} if ARGS in values else {})
