"""Key-value entries, as tasks reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.model.errors import NotFoundError
from tiercel.services.kv import KeyType, KeyValues, TypedValue

if TYPE_CHECKING:
    from datetime import timedelta

    from tiercel.storage import Storage


class TaskKeyValues:
    """The :class:`~tiercel.plugin.namespaces.KeyValues` of internal storage."""

    def __init__(self, storage: Storage) -> None:
        self._entries = KeyValues(storage)

    async def get(self, namespace: str, key: str) -> tuple[bool, Any]:
        """Return whether there is an entry, and its value."""
        try:
            entry = await self._entries.get(namespace, key)
        except NotFoundError:
            return False, None
        return True, entry.value

    async def set(
        self,
        namespace: str,
        key: str,
        value: Any,
        kind: str,
        *,
        ttl: timedelta | None = None,
        description: str | None = None,
    ) -> None:
        """Store a value, replacing an older one."""
        typed = TypedValue(KeyType(kind), value)
        await self._entries.set(namespace, key, typed, ttl=ttl, description=description)

    async def delete(self, namespace: str, key: str) -> bool:
        """Delete an entry; False when there was none."""
        return await self._entries.delete(namespace, key)

    async def keys(self, namespace: str) -> list[str]:
        """Return the keys of all entries, in order."""
        return [entry.key for entry in await self._entries.list(namespace)]
