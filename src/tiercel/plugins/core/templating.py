"""A task that is known only when it runs."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from tiercel.model.errors import TiercelError
from tiercel.model.yaml import parse_yaml
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import InlineTask, Output, RunnableTask, TaskFailedError

_COMMON = frozenset({"id", "type", "description"})


class TemplatedTask(RunnableTask):
    """Run the task that ``spec``, once rendered, describes in YAML. Its outputs are those of this
    one."""

    type_name = "io.kestra.plugin.core.templating.TemplatedTask"
    aliases = ("io.kestra.core.tasks.templating.TemplatedTask",)
    title = "Run a task that is written by a template."
    examples = (
        (
            "Download what an input names.",
            "id: one\ntype: io.kestra.plugin.core.templating.TemplatedTask\nspec: |\n"
            "  type: io.kestra.plugin.core.http.Download\n  {{ inputs.properties }}",
        ),
    )

    spec: Text = Field(
        description=(
            "The task in YAML, with its `type`. Templates in it are rendered before it is read."
        )
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Read the text, build the task, run it in this one's context."""
        root = parse_yaml(self.spec).root
        written = root.plain() if root is not None else None
        if not isinstance(written, dict) or not isinstance(written.get("type"), str):
            raise TaskFailedError("`spec` must be the YAML of one task with a `type`")
        registry = _registry()
        try:
            found = registry.find(written["type"])
            if found is None:
                raise TaskFailedError(f"Invalid type: {written['type']}")
            if found.type_name == self.type_name:
                raise TaskFailedError(f"The templated task cannot be of type '{self.type_name}'")
            properties = {name: value for name, value in written.items() if name not in _COMMON}
            task = registry.build(found.type_name, properties)
        except TaskFailedError:
            raise
        except TiercelError as error:
            raise TaskFailedError(f"The templated task is not valid: {error.message}") from error
        if isinstance(task, InlineTask):
            return task.run(context)
        if not isinstance(task, RunnableTask):
            raise TaskFailedError("The templated task must be a runnable task")
        return await task.run(context)


@cache
def _registry() -> Registry:
    return Registry.builtin()
