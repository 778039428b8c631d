"""Secrets of namespaces: the store sees encrypted values only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tiercel.model.execution import Label
from tiercel.store.codec import decode_any, encode
from tiercel.store.database import Database
from tiercel.store.queries import queries

_SQL = queries("secrets")


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """One secret; ``value`` is encrypted."""

    namespace: str
    key: str
    value: str
    description: str | None
    tags: tuple[Label, ...]
    created_at: datetime
    updated_at: datetime


class Secrets:
    """All secrets. Keys are found whatever their case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(
        self,
        namespace: str,
        key: str,
        value: str,
        description: str | None = None,
        tags: Sequence[Label] = (),
    ) -> None:
        """Store a secret over the one before."""
        await self._database.execute(
            _SQL["set_secret"], namespace, key, value, description, encode(tags)
        )

    async def describe(
        self, namespace: str, key: str, description: str | None, tags: Sequence[Label]
    ) -> bool:
        """Change what is told of a secret, not its value; return whether there is one."""
        sql = _SQL["describe_secret"]
        done = await self._database.fetch_value(sql, namespace, key, description, encode(tags))
        return done is not None

    async def delete(self, namespace: str, key: str) -> bool:
        """Forget a secret; return whether there was one."""
        return await self._database.fetch_value(_SQL["delete_secret"], namespace, key) is not None

    async def all(self) -> list[StoredSecret]:
        """Return all secrets, by namespace and key."""
        return [_secret(row) for row in await self._database.fetch(_SQL["all_secrets"])]

    async def state(self) -> tuple[int, datetime | None]:
        """Return what differs whenever a secret was changed."""
        row = await self._database.fetch_row(_SQL["secrets_state"])
        return row["count"], row["changed_at"]

    async def encrypt_anew(self, secret: StoredSecret, value: str) -> None:
        """Store the same secret under another key of encryption, unless it was set meanwhile."""
        await self._database.execute(
            _SQL["encrypt_secret_anew"], secret.namespace, secret.key, secret.value, value
        )


def _secret(row: Any) -> StoredSecret:
    return StoredSecret(
        namespace=row["namespace"],
        key=row["key"],
        value=row["value"],
        description=row["description"],
        tags=tuple(Label(item["key"], item["value"]) for item in decode_any(row["tags"])),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
