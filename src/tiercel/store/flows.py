"""Flows with all their revisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tiercel.model.execution import Label
from tiercel.store.codec import decode_any, encode, encode_labels, storable_text
from tiercel.store.database import Database
from tiercel.store.queries import queries
from tiercel.store.search import Field, Searched, SearchTable, Sort
from tiercel.store.values import StoredFlow

if TYPE_CHECKING:
    from tiercel.model.flow import Flow

_SQL = queries("flows")
_decode_labels = msgspec.json.Decoder(tuple[Label, ...]).decode

FLOW_SEARCH = SearchTable(
    search=_SQL["search_flows"],
    count=_SQL["count_flows"],
    fields={
        "id": Field("id"),
        "flow_id": Field("id"),
        "namespace": Field("namespace"),
        "revision": Field("revision", "number"),
        "description": Field("description"),
        "source": Field("source"),
        "updated_at": Field("updated_at", "date"),
        "labels": Field("labels", "labels"),
        "q": Field("", "any", ("id", "namespace", "description")),
    },
    key=("namespace", "id"),
    default=(Sort("namespace"), Sort("id")),
)


class Flows(Searched[StoredFlow]):
    """Sources of flows; numbers of revisions go up for ever, deletions included."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, FLOW_SEARCH, _flow)

    async def save(
        self,
        namespace: str,
        id: str,
        source: str,
        definition: Mapping[str, Any],
        *,
        labels: Sequence[Label] = (),
        description: str | None = None,
        disabled: bool = False,
    ) -> int:
        """Store a flow, return its revision: a new one unless the latest has the same source."""
        revision: int = await self._database.fetch_value(
            _SQL["save_flow"],
            namespace,
            id,
            storable_text(source),
            encode(definition),
            encode_labels(labels),
            None if description is None else storable_text(description),
            disabled,
        )
        return revision

    async def save_all(
        self, flows: Sequence[Flow], deleted: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Delete some flows and store others, all at once or not at all.

        Args:
            deleted: Namespaces and ids; those that are gone already are passed over.
        """
        async with self._database.transaction() as connection:
            for namespace, id in deleted:
                await connection.fetchval(_SQL["delete_flow"], namespace, id)
            # in one order, so that two calls at once can't wait for each other
            for flow in sorted(flows, key=lambda flow: (flow.namespace, flow.id)):
                await connection.fetchval(_SQL["save_flow"], *_columns(flow))

    async def definitions(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return namespace, id and definition of every flow, by namespace and id."""
        rows = await self._database.fetch(_SQL["flow_definitions"])
        return [(row["namespace"], row["id"], decode_any(row["definition"])) for row in rows]

    async def delete_revisions(self, namespace: str, id: str, revisions: Sequence[int]) -> int:
        """Forget old revisions; the latest stays. Return how many are gone."""
        return await self._database.execute(
            _SQL["delete_flow_revisions"], namespace, id, list(revisions)
        )

    async def get(
        self,
        namespace: str,
        id: str,
        revision: int | None = None,
        *,
        allow_deleted: bool = False,
    ) -> StoredFlow | None:
        """Return one revision, or the latest when none is named; None when there is none.

        A deleted flow has no latest revision unless ``allow_deleted``; by number all of them are
        found.
        """
        if revision is None:
            row = await self._database.fetch_row(_SQL["latest_flow"], namespace, id, allow_deleted)
        else:
            row = await self._database.fetch_row(_SQL["flow_revision"], namespace, id, revision)
        return None if row is None else _flow(row)

    async def revisions(
        self,
        namespace: str,
        id: str,
    ) -> list[StoredFlow]:
        """Return all revisions, oldest first, deletions included."""
        rows = await self._database.fetch(_SQL["flow_revisions"], namespace, id)
        return [_flow(row) for row in rows]

    async def delete(
        self,
        namespace: str,
        id: str,
    ) -> int | None:
        """Mark a flow as deleted with a revision of its own, and return that; None when there is no
        such flow.
        """
        revision: int | None = await self._database.fetch_value(_SQL["delete_flow"], namespace, id)
        return revision

    async def namespaces(self, q: str | None = None) -> list[str]:
        """Return the namespaces that have flows, sorted; with ``q`` those that contain it."""
        rows = await self._database.fetch(_SQL["flow_namespaces"], q)
        return [row["namespace"] for row in rows]


def _columns(flow: Flow) -> tuple[Any, ...]:
    return (
        flow.namespace,
        flow.id,
        storable_text(flow.source),
        encode(flow.definition),
        encode_labels(flow.labels),
        None if flow.description is None else storable_text(flow.description),
        flow.disabled,
    )


def _flow(row: Any) -> StoredFlow:
    return StoredFlow(
        namespace=row["namespace"],
        id=row["id"],
        revision=row["revision"],
        source=row["source"],
        definition=decode_any(row["definition"]),
        labels=_decode_labels(row["labels"]),
        description=row["description"],
        disabled=row["disabled"],
        deleted=row["deleted"],
        updated_at=row["updated_at"],
    )
