"""What messages about an execution say: what its run context, or that of its trigger, tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import RunnableTask


@dataclass(frozen=True, slots=True)
class ToldExecution:
    """One execution, as far as it is known here.

    Attributes:
        state: None when it is not known, as while it runs.
        link: Where the server shows it; None when the server's address is not configured.
    """

    execution_id: str
    namespace: str
    flow_id: str
    state: str | None
    link: str | None

    @classmethod
    def of(cls, context: TaskContext, execution_id: str | None) -> Self:
        """Return what is known of an execution: the current one, or the one that triggered it."""
        info, variables = context.info, context.variables
        trigger = variables.get("trigger")
        trigger = trigger if isinstance(trigger, Mapping) else {}
        wanted = execution_id or info.execution_id
        if wanted == trigger.get("executionId"):
            namespace, flow_id = str(trigger.get("namespace")), str(trigger.get("flowId"))
            state = trigger.get("state")
        else:
            namespace, flow_id = info.namespace, info.flow_id
            state = _at(variables, "execution", "state")
        url = _at(variables, "kestra", "url")
        path = f"ui/executions/{namespace}/{flow_id}/{wanted}"
        link = f"{str(url).rstrip('/')}/{path}" if url else None
        return cls(wanted, namespace, flow_id, str(state) if state else None, link)

    @property
    def fields(self) -> dict[str, Any]:
        """What is shown of it, by title."""
        shown = {
            "Namespace": self.namespace,
            "Flow": self.flow_id,
            "Execution": self.execution_id,
            "Status": self.state,
            "Link": self.link,
        }
        return filled(shown)

    @property
    def line(self) -> str:
        """Which one it is and how it ended, in one line."""
        ended = f" ended {self.state}" if self.state else ""
        return f"{self.namespace}.{self.flow_id} {self.execution_id}{ended}"


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

    def notice(self, context: TaskContext) -> Notice:
        """Return what is known of the execution, with what the flow adds."""
        told = ToldExecution.of(context, self.execution_id)
        text = f"{told.line}\n{self.custom_message}" if self.custom_message else told.line
        return Notice(text, {**told.fields, **(self.custom_fields or {})})


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a document that hold something."""
    return {name: value for name, value in values.items() if value}


def _at(variables: Mapping[str, Any], *names: str) -> Any:
    value: Any = variables
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
