"""Use cases of flows: save, read, search, delete, validate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tiercel.check import parse_flow
from tiercel.model.errors import ConflictError, NotFoundError
from tiercel.services.sources import id_taken, require_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tiercel.check import ParsedFlow
    from tiercel.model.flow import Flow, PluginDefault
    from tiercel.plugin.registry import Registry
    from tiercel.store import Condition, Sort, Store, StoredFlow


@dataclass(frozen=True, slots=True)
class SavedFlow:
    """A flow after it was saved: the stored revision, and what its source means."""

    stored: StoredFlow
    parsed: ParsedFlow


class Flows:
    """What clients do with flows. Sources are kept verbatim.

    Args:
        server_defaults: Plugin defaults of the server's configuration.
        changed: Told namespace and id of each flow that was saved or deleted.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        *,
        server_defaults: Sequence[PluginDefault] = (),
        changed: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._registry = registry
        self._told = [] if changed is None else [changed]
        self._server_defaults = tuple(server_defaults)

    def tell(self, changed: Callable[[str, str], Awaitable[None]]) -> None:
        """Tell somebody more of each flow that this process saved or deleted."""
        self._told.append(changed)

    def validate(self, source: str) -> ParsedFlow:
        """Return what a source means, with its warnings.

        Raises:
            InvalidFlowError: With every problem of the source.
        """
        return parse_flow(source, self._registry, server_defaults=self._server_defaults)

    async def create(self, source: str) -> SavedFlow:
        """Save the first revision of a flow, or the next one of a flow that was deleted.

        Raises:
            InvalidFlowError: The source is not valid, or a flow of that name exists.
        """
        parsed = self.validate(source)
        flow = parsed.flow
        if await self._store.flows.get(flow.namespace, flow.id) is not None:
            raise id_taken("flow")
        return await self._save(parsed)

    async def update(self, namespace: str, flow_id: str, source: str) -> SavedFlow:
        """Save the next revision of a flow.

        Raises:
            InvalidFlowError: The source is not valid, or names another flow.
            NotFoundError: There is no such flow.
        """
        parsed = self.validate(source)
        if await self._store.flows.get(namespace, flow_id) is None:
            raise NotFoundError(f"No flow {namespace}.{flow_id}", hint="create it first")
        require_name("flow", parsed.flow, namespace, flow_id)
        return await self._save(parsed)

    async def save(self, source: str) -> SavedFlow:
        """Create or update, whichever fits."""
        return await self._save(self.validate(source))

    async def save_all(
        self, flows: Sequence[Flow], deleted: Sequence[tuple[str, str]] = ()
    ) -> list[StoredFlow]:
        """Create or update flows and delete others, all at once or not at all.

        Args:
            deleted: Namespaces and ids.

        Returns:
            The saved ones in the order given.
        """
        await self._store.flows.save_all(flows, deleted)
        for namespace, flow_id in [*((flow.namespace, flow.id) for flow in flows), *deleted]:
            await self._tell(namespace, flow_id)
        return [await self.get(flow.namespace, flow.id) for flow in flows]

    async def _save(self, parsed: ParsedFlow) -> SavedFlow:
        flow = parsed.flow
        revision = await self._store.flows.save(
            flow.namespace,
            flow.id,
            flow.source,
            flow.definition,
            labels=flow.labels,
            description=flow.description,
            disabled=flow.disabled,
        )
        await self._tell(flow.namespace, flow.id)
        return SavedFlow(await self.get(flow.namespace, flow.id, revision), parsed)

    async def get(self, namespace: str, flow_id: str, revision: int | None = None) -> StoredFlow:
        """Return one revision, by default the latest.

        Raises:
            NotFoundError: There is none; a deleted flow is only found by an explicit revision.
        """
        stored = await self._store.flows.get(namespace, flow_id, revision)
        if stored is None:
            raise NotFoundError(f"No flow {namespace}.{flow_id}", flow_id=flow_id)
        return stored

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        *,
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[StoredFlow], int]:
        """Return one page of latest revisions, and how many there are in all."""
        return await self._store.flows.search(conditions, page, size, sort)

    async def revisions(self, namespace: str, flow_id: str) -> Sequence[StoredFlow]:
        """Return all revisions, oldest first, deletions included.

        Raises:
            NotFoundError: There never was such a flow.
        """
        found = await self._store.flows.revisions(namespace, flow_id)
        if not found:
            raise NotFoundError(f"No flow {namespace}.{flow_id}", flow_id=flow_id)
        return found

    async def delete(self, namespace: str, flow_id: str) -> None:
        """Delete a flow; running executions go on, old revisions stay readable.

        Raises:
            NotFoundError: There is no such flow.
        """
        if await self._store.flows.delete(namespace, flow_id) is None:
            raise NotFoundError(f"No flow {namespace}.{flow_id}", flow_id=flow_id)
        await self._tell(namespace, flow_id)

    async def _tell(self, namespace: str, flow_id: str) -> None:
        for changed in self._told:
            await changed(namespace, flow_id)

    async def delete_revisions(self, namespace: str, flow_id: str, revisions: Sequence[int]) -> int:
        """Forget old revisions; the latest stays. Return how many are gone."""
        return await self._store.flows.delete_revisions(namespace, flow_id, revisions)

    async def require_enabled(
        self, namespace: str, flow_id: str, revision: int | None = None
    ) -> StoredFlow:
        """Return a revision that may be started.

        Raises:
            NotFoundError: There is no such flow or revision.
            ConflictError: The flow is disabled.
        """
        stored = await self._store.flows.get(namespace, flow_id, revision)
        if stored is None or stored.deleted:
            raise NotFoundError("Requested Flow is not found.", flow_id=flow_id)
        if stored.disabled:
            raise ConflictError("Requested Flow is disabled.", flow_id=flow_id)
        return stored
