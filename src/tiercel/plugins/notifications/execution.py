"""What messages about an execution say: what its server knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import RunnableTask


@dataclass(frozen=True, slots=True)
class ToldExecution:
    """One execution, as its server knows it.

    Attributes:
        found: What the server answered to the question ``execution``.
        link: Where the server shows it; None when the server's address is not configured.
    """

    execution_id: str
    found: Mapping[str, Any]
    link: str | None

    @classmethod
    async def of(cls, context: TaskContext, execution_id: str | None) -> Self:
        """Return what is known of an execution, by default the current one.

        Raises:
            TiercelError: There is none.
        """
        wanted = execution_id or context.info.execution_id
        asked = {"executionId": wanted, "taskRunId": context.info.task_run_id}
        found = await context.ask_server("execution", asked)
        kestra = context.variables.get("kestra")
        url = kestra.get("url") if isinstance(kestra, Mapping) else None
        path = f"ui/executions/{found['namespace']}/{found['flowId']}/{wanted}"
        return cls(wanted, found, f"{str(url).rstrip('/')}/{path}" if url else None)

    @property
    def fields(self) -> dict[str, Any]:
        """What is shown of it, by title."""
        found = self.found
        shown = {
            "Namespace": found["namespace"],
            "Flow": found["flowId"],
            "Execution": self.execution_id,
            "Status": found["state"],
            "Started": found["startDate"],
            "Duration": str(timedelta(seconds=round(found["seconds"]))),
            "First failed task": found["firstFailed"],
            "Last task": found["lastTask"],
            "Link": self.link,
        }
        return filled(shown)

    @property
    def line(self) -> str:
        """Which one it is and how it is, in one line."""
        found = self.found
        how = "ended" if found["isTerminal"] else "is"
        return f"{found['namespace']}.{found['flowId']} {self.execution_id} {how} {found['state']}"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a task tells about an execution.

    Attributes:
        text: The execution in one line, and below it what the flow adds.
        fields: What is shown of it and what the flow adds, by title.
    """

    text: str
    fields: dict[str, Any]

    @property
    def plain(self) -> str:
        """The text with each field on a line of its own."""
        return "\n".join([self.text, *(f"{name}: {value}" for name, value in self.fields.items())])


class ExecutionNotice(RunnableTask):
    """Base of the tasks that tell about an execution, by default their own."""

    execution_id: Text | None = Field(
        default=None,
        description=(
            "Id of the execution to tell about. The current one when it is left out; after a "
            "Flow trigger write `{{ trigger.executionId }}`."
        ),
    )
    custom_fields: ValueMap | None = Field(
        default=None, description="Values that are shown beside those of the execution, by title."
    )
    custom_message: Text | None = Field(
        default=None, description="Text that is shown below the line about the execution."
    )

    async def notice(self, context: TaskContext) -> Notice:
        """Return what is known of the execution, with what the flow adds.

        Raises:
            TiercelError: There is no such execution.
        """
        told = await ToldExecution.of(context, self.execution_id)
        text = f"{told.line}\n{self.custom_message}" if self.custom_message else told.line
        return Notice(text, {**told.fields, **(self.custom_fields or {})})


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a document that hold something."""
    return {name: value for name, value in values.items() if value}
