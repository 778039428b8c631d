"""What messages about an execution say: what its run context, or that of its trigger, tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tiercel.plugin.context import TaskContext


@dataclass(frozen=True, slots=True)
class ExecutionMessage:
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
        return {title: value for title, value in shown.items() if value}

    def text(self, custom: str | None) -> str:
        """Return the first line, and what the flow adds to it."""
        ended = f" ended {self.state}" if self.state else ""
        line = f"{self.namespace}.{self.flow_id} {self.execution_id}{ended}"
        return f"{line}\n{custom}" if custom else line


def _at(variables: Mapping[str, Any], *names: str) -> Any:
    value: Any = variables
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
