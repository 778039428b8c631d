"""What tests of the PyPI package ``kestrapy`` have in common."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from client_servers import Server

TENANT = "main"
LOG = "io.kestra.plugin.core.log.Log"


@dataclass(frozen=True, slots=True)
class Sdk:
    """One version of the package, with a client that is logged in.

    Attributes:
        space: A namespace of the test's own.
    """

    version: str
    module: ModuleType
    client: Any
    server: Server
    space: str

    @property
    def is_newest(self) -> bool:
        """Whether it has what only the last version has."""
        return self.version.startswith("2.")

    def flow(self, flow_id: str, tasks: str = "", more: str = "", space: str = "") -> str:
        """Return a source; by default with one task that logs."""
        tasks = tasks or f"  - {{id: hello, type: {LOG}, message: hello}}\n"
        return f"id: {flow_id}\nnamespace: {space or self.space}\n{more}tasks:\n{tasks}"

    def save(self, flow_id: str, tasks: str = "", more: str = "") -> str:
        """Create a flow and return its id."""
        self.client.flows.create_flow(TENANT, self.flow(flow_id, tasks, more))
        return flow_id

    def start(self, flow_id: str, **more: Any) -> Any:
        """Start a flow."""
        return self.client.executions.create_execution(TENANT, self.space, flow_id, **more)

    def run(self, flow_id: str, **more: Any) -> Any:
        """Start a flow, and wait for its end."""
        return self.start(flow_id, wait=True, **more)

    def state(self, execution_id: str) -> str:
        """Return the state of an execution."""
        state = self.client.executions.execution(execution_id, TENANT).state.current
        return str(getattr(state, "value", state))

    def until(self, execution_id: str, *states: str) -> None:
        """Wait until an execution is in one of the states."""
        end = time.monotonic() + 60
        while (state := self.state(execution_id)) not in states:
            assert time.monotonic() < end, f"{execution_id} is {state}"
            time.sleep(0.05)

    def where(self, name: str, value: Any, operation: str = "EQUALS") -> Any:
        """Return a filter."""
        fields, operations = self.module.QueryFilterField, self.module.QueryFilterOp
        return self.module.QueryFilter(
            var_field=fields[name],
            operation=operations[operation],
            value=value if isinstance(value, dict) else {"value": value},
        )

    @property
    def here(self) -> list[Any]:
        """A filter for the namespace of the test."""
        return [self.where("NAMESPACE", self.space)]

    def searched(self, *filters: Any) -> list[str]:
        """Return the ids of executions that a search finds."""
        found = self.client.executions.search_executions(
            TENANT, 1, 100, None, [*self.here, *filters]
        )
        return [item["id"] for item in found["results"]]
