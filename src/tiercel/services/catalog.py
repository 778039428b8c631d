"""Parsed flows by revision: parsing is done once per revision and process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tiercel.check import parse_flow
from tiercel.model.errors import NotFoundError
from tiercel.services.template_tasks import TemplateTasks

if TYPE_CHECKING:
    from tiercel.model.execution import Execution
    from tiercel.model.flow import Flow, PluginDefault
    from tiercel.plugin.registry import Registry
    from tiercel.store import Store


class FlowCatalog:
    """Gives parsed flows; a revision never changes, so what is parsed stays valid.

    Args:
        capacity: Revisions kept; the least recently used goes first.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        *,
        server_defaults: Sequence[PluginDefault] = (),
        capacity: int = 500,
    ) -> None:
        self._store = store
        self._registry = registry
        self._templates = TemplateTasks(store, registry)
        self._server_defaults = tuple(server_defaults)
        self._capacity = capacity
        self._flows: OrderedDict[tuple[str, str, int], Flow] = OrderedDict()

    def cached(self, namespace: str, flow_id: str, revision: int) -> Flow | None:
        """Return the revision if it was parsed before, without its templates' tasks."""
        key = (namespace, flow_id, revision)
        flow = self._flows.get(key)
        if flow is not None:
            self._flows.move_to_end(key)
        return flow

    async def get(
        self,
        namespace: str,
        flow_id: str,
        revision: int,
        templates: Mapping[str, int] | None = None,
    ) -> Flow:
        """Return one revision, also of a flow that was deleted since, with its templates' tasks.

        Args:
            templates: Revisions of templates that an execution began with.

        Raises:
            NotFoundError: No such revision.
            InvalidFlowError: The stored source is not valid any more (a plugin is gone).
        """
        flow = self.cached(namespace, flow_id, revision)
        if flow is None:
            flow = await self._read(namespace, flow_id, revision)
        return await self._templates.applied(flow, templates or {})

    async def of(self, execution: Execution) -> Flow:
        """Return the revision that an execution runs; see :meth:`get` for what is raised."""
        return await self.get(
            execution.namespace,
            execution.flow_id,
            execution.flow_revision,
            execution.metadata.templates,
        )

    async def _read(self, namespace: str, flow_id: str, revision: int) -> Flow:
        stored = await self._store.flows.get(namespace, flow_id, revision)
        if stored is None:
            raise NotFoundError(
                f"Unable to find flow '{namespace}'.'{flow_id}' with revision '{revision}'"
            )
        return self.parse(stored.source, revision)

    def parse(self, source: str, revision: int) -> Flow:
        """Parse a stored source and keep the result."""
        flow = parse_flow(
            source, self._registry, revision=revision, server_defaults=self._server_defaults
        ).flow
        self._flows[flow.namespace, flow.id, revision] = flow
        while len(self._flows) > self._capacity:
            self._flows.popitem(last=False)
        return flow
