"""A task that goes on with another execution."""

from __future__ import annotations

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError


class Resume(RunnableTask):
    """Go on with an execution that is PAUSED; its Pause may want inputs. No outputs."""

    type_name = "io.kestra.plugin.core.execution.Resume"
    aliases = ("io.kestra.core.tasks.executions.Resume",)
    title = "Resume a paused execution."
    examples = (
        (
            "Approve another execution.",
            "id: approve\ntype: io.kestra.plugin.core.execution.Resume\n"
            'executionId: "{{ inputs.execution }}"\ninputs:\n  approved: true',
        ),
    )

    execution_id: Text | None = Field(
        default=None,
        description="Id of the execution to resume. The current one when it is left out.",
    )
    namespace: Text | None = Field(
        default=None, description="Namespace of its flow. Not needed: ids of executions are unique."
    )
    flow_id: Text | None = Field(
        default=None, description="Id of its flow. Not needed: ids of executions are unique."
    )
    inputs: ValueMap | None = Field(
        default=None,
        description="Values for the inputs that the Pause asks for in `onResume`, by id.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Ask the server; inputs are typed and checked there."""
        if (self.namespace or self.flow_id) and not self.execution_id:
            raise TaskFailedError("`executionId` is needed beside `namespace` and `flowId`")
        execution_id = self.execution_id or context.info.execution_id
        values = {"executionId": execution_id, "inputs": dict(self.inputs or {})}
        await context.ask_server("resume", values)
        return None
