"""Templates: tasks that flows share, with all their revisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tiercel.store.codec import decode_any, encode, storable_text
from tiercel.store.database import Database
from tiercel.store.queries import queries
from tiercel.store.search import Field, Searched, SearchTable, Sort

_SQL = queries("templates")

TEMPLATE_SEARCH = SearchTable(
    search=_SQL["search_templates"],
    count=_SQL["count_templates"],
    fields={
        "id": Field("id"),
        "namespace": Field("namespace"),
        "description": Field("description"),
        "q": Field("", "any", ("id", "namespace", "description")),
    },
    key=("namespace", "id"),
    default=(Sort("namespace"), Sort("id")),
)


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """One revision of a template as it was saved; ``definition`` is its source as plain values."""

    namespace: str
    id: str
    revision: int
    source: str
    definition: Mapping[str, Any]
    description: str | None
    deleted: bool
    updated_at: datetime


class Templates(Searched[StoredTemplate]):
    """Sources of templates; numbers of revisions go up for ever, deletions included."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, TEMPLATE_SEARCH, _template)

    async def save(
        self,
        namespace: str,
        id: str,
        source: str,
        definition: Mapping[str, Any],
        description: str | None = None,
    ) -> StoredTemplate:
        """Store a template; a new revision unless the one in force has the same source."""
        row = await self._database.fetch_row(
            _SQL["save_template"],
            namespace,
            id,
            storable_text(source),
            encode(definition),
            None if description is None else storable_text(description),
        )
        return _template(row)

    async def get(
        self, namespace: str, id: str, revision: int | None = None
    ) -> StoredTemplate | None:
        """Return one revision, or the one in force; None when there is none (any more)."""
        row = await self._database.fetch_row(_SQL["template"], namespace, id, revision)
        return None if row is None else _template(row)

    async def delete(self, namespace: str, id: str) -> bool:
        """Mark a template as deleted; return whether there was one."""
        return await self._database.fetch_value(_SQL["delete_template"], namespace, id) is not None

    async def namespaces(self, q: str | None = None) -> list[str]:
        """Return the namespaces that have templates, sorted; with ``q`` those that contain it."""
        rows = await self._database.fetch(_SQL["template_namespaces"], q)
        return [row["namespace"] for row in rows]


def _template(row: Any) -> StoredTemplate:
    return StoredTemplate(
        namespace=row["namespace"],
        id=row["id"],
        revision=row["revision"],
        source=row["source"],
        definition=decode_any(row["definition"]),
        description=row["description"],
        deleted=row["deleted"],
        updated_at=row["updated_at"],
    )
