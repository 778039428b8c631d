"""Use cases of graphs: of a saved flow, of a source, of an execution."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from tiercel.expressions import is_template
from tiercel.model.errors import ConflictError, IllegalArgumentError, NotFoundError
from tiercel.model.problems import InvalidFlowError
from tiercel.services.clock import new_id
from tiercel.services.graph import GraphBuilder, OpenedSubflow, RunView

if TYPE_CHECKING:
    from tiercel.model.execution import TaskRun
    from tiercel.model.flow import Flow
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.executions import Executions, Snapshot
    from tiercel.services.flows import Flows

Show = Callable[["TaskRun", "Snapshot"], dict[str, Any]]
"""Gives the JSON of a task run of an execution."""

TriggerStates = Callable[[str, str], Awaitable[Mapping[str, Mapping[str, Any]]]]
"""Gives the JSON of the stored states of a flow's triggers, by trigger id."""

_DEEPEST = 10


class Graphs:
    """Gives graphs; see :class:`~tiercel.services.graph.GraphBuilder` for their form."""

    def __init__(self, flows: Flows, catalog: FlowCatalog, executions: Executions) -> None:
        self._flows = flows
        self._catalog = catalog
        self._executions = executions

    async def of_flow(
        self,
        namespace: str,
        flow_id: str,
        revision: int | None,
        *,
        opened: Collection[str] = (),
        triggers: TriggerStates | None = None,
    ) -> dict[str, Any]:
        """Return the graph of a revision, by default the latest.

        Args:
            opened: Uids of subflow nodes to be opened.
            triggers: Tells the stored states of the flow's triggers.

        Raises:
            NotFoundError: No such flow, or a subflow that is opened does not exist.
            ConflictError: The flow is not valid any more.
            IllegalArgumentError: An opened subflow is named by a template.
        """
        flow = await self._flow(namespace, flow_id, revision)
        states = await triggers(flow.namespace, flow.id) if triggers and flow.triggers else {}
        return await self._build(flow, opened, None, states)

    async def of_source(self, source: str, *, opened: Collection[str] = ()) -> dict[str, Any]:
        """Return the graph of a flow that is not saved.

        Raises:
            InvalidFlowError: The source is not valid.
        """
        return await self._build(self._flows.validate(source).flow, opened, None, {})

    async def of_execution(
        self,
        execution_id: str,
        show: Show,
        *,
        opened: Collection[str] = (),
        triggers: TriggerStates | None = None,
    ) -> dict[str, Any]:
        """Return the graph of an execution: nodes carry task runs, tasks are reduced.

        Raises:
            NotFoundError: No such execution, or its flow is gone.
        """
        snapshot = await self._executions.get(execution_id)
        flow = await self._catalog.of(snapshot.execution)
        run = RunView(snapshot.task_runs, lambda task_run: show(task_run, snapshot))
        states = await triggers(flow.namespace, flow.id) if triggers and flow.triggers else {}
        return await self._build(flow, opened, run, states)

    async def _flow(self, namespace: str, flow_id: str, revision: int | None) -> Flow:
        try:
            stored = await self._flows.get(namespace, flow_id, revision)
        except NotFoundError:
            raise NotFoundError(f"Unable to find flow {namespace}_{flow_id}") from None
        try:
            return await self._catalog.get(namespace, flow_id, stored.revision)
        except InvalidFlowError as error:
            raise ConflictError(f"The flow is not valid any more: {error.message}") from error

    async def _build(
        self,
        flow: Flow,
        opened: Collection[str],
        run: RunView | None,
        trigger_states: Mapping[str, Mapping[str, Any]],
    ) -> dict[str, Any]:
        subflows: dict[str, Flow] = {}
        for _ in range(_DEEPEST):
            builder = GraphBuilder(
                new_id,
                run=run,
                opened=frozenset(opened),
                subflows=subflows,
                trigger_states=trigger_states,
            )
            graph = builder.build(flow)
            if not builder.missing:
                return graph
            for item in builder.missing:
                subflows[item.uid] = await self._subflow(item)
        raise IllegalArgumentError(f"Subflows can be opened {_DEEPEST} levels deep at most")

    async def _subflow(self, item: OpenedSubflow) -> Flow:
        if is_template(item.namespace) or is_template(item.flow_id):
            raise IllegalArgumentError(
                f"The subflow at {item.uid} is named by an expression: it can only be opened in an"
                " execution, once it has run"
            )
        return await self._flow(item.namespace, item.flow_id, item.revision)
