"""The state store: small maps that executions of a flow leave to the next ones.

An older way than key-value entries, and kept as such: each state is one entry of the namespace.
"""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import Field

from tiercel.expressions.filters_text import slug
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError


class StateTask(RunnableTask):
    """Base of the tasks over states."""

    name: Text = Field(default="default", description="Name of the state.")
    namespace: bool = Field(
        default=False,
        description=(
            "`true` shares the state among all flows of the namespace; otherwise it belongs "
            "to this flow."
        ),
    )
    taskrun_value: bool = Field(
        default=True, description="`true` gives each value of a loop a state of its own."
    )

    def key(self, context: TaskContext) -> str:
        """Return the name that messages and outputs show."""
        shared = "" if self.namespace else f"{slug(context.info.flow_id)}_"
        return f"{shared}states_tasks-states_{self.name}"

    def entry(self, context: TaskContext) -> str:
        """Return the key of the entry that holds the state."""
        value = context.variables.get("taskrun", {}).get("value")
        if not self.taskrun_value or value is None:
            return self.key(context)
        return f"{self.key(context)}_{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"

    async def stored(self, context: TaskContext) -> dict[str, Any] | None:
        """Return the state, None when there is none."""
        keys = context.key_values
        found, data = await keys.get(context.info.namespace, self.entry(context))
        return dict(data) if found else None

    def missing(self, context: TaskContext) -> TaskFailedError:
        """Return the error of a state that is not there."""
        return TaskFailedError(f"State {self.key(context)} not found")


class Set(StateTask):
    """Merge values into a state. Outputs: ``count`` of its entries, ``key``."""

    type_name = "io.kestra.plugin.core.state.Set"
    aliases = ("io.kestra.core.tasks.states.Set",)
    is_deprecated = True
    title = "Set values of a state."
    output_types = outputs(count=int, key=str)

    data: ValueMap | None = Field(
        default=None, description="Values to set, by name; others of the state stay."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Store the merged map."""
        data = {**(await self.stored(context) or {}), **(self.data or {})}
        await context.key_values.set(context.info.namespace, self.entry(context), data, "JSON")
        return Output(values={"count": len(data), "key": self.key(context)})


class Get(StateTask):
    """Read a state. Outputs: ``count``, ``data``."""

    type_name = "io.kestra.plugin.core.state.Get"
    aliases = ("io.kestra.core.tasks.states.Get",)
    is_deprecated = True
    title = "Get the values of a state."
    output_types = outputs(count=int, data=dict[str, Any])

    error_on_missing: bool = Field(
        default=False,
        description="`true` fails the task when there is no such state; otherwise it is empty.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Return the map; a missing one is empty, or an error when asked for."""
        data = await self.stored(context)
        if data is None and self.error_on_missing:
            raise self.missing(context)
        return Output(values={"count": len(data or {}), "data": data or {}})


class Delete(StateTask):
    """Delete a state. Output: ``deleted``."""

    type_name = "io.kestra.plugin.core.state.Delete"
    aliases = ("io.kestra.core.tasks.states.Delete",)
    is_deprecated = True
    title = "Delete a state."
    output_types = outputs(deleted=bool)

    error_on_missing: bool = Field(
        default=False, description="`true` fails the task when there is no such state."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Delete it; a missing one is an error only when asked for."""
        deleted = await context.key_values.delete(context.info.namespace, self.entry(context))
        if not deleted and self.error_on_missing:
            raise self.missing(context)
        return Output(values={"deleted": deleted})
