"""Settings made at run time, and API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tiercel.store.codec import decode_any, encode
from tiercel.store.database import Database
from tiercel.store.queries import queries

_SQL = queries("settings")


class Settings:
    """Values by name, as JSON has them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> Any:
        """Return a value, or None."""
        value = await self._database.fetch_value(_SQL["read_setting"], name)
        return None if value is None else decode_any(value)

    async def put(self, name: str, value: Any) -> None:
        """Store a value over the one before."""
        await self._database.execute(_SQL["write_setting"], name, encode(value))

    async def get_or_add(self, name: str, value: Any) -> Any:
        """Return what is stored; when nothing is, store ``value``. All callers get the same."""
        return decode_any(
            await self._database.fetch_value(_SQL["add_setting"], name, encode(value))
        )

    async def delete(self, name: str) -> None:
        """Forget a value."""
        await self._database.execute(_SQL["delete_setting"], name)


class Tokens:
    """API tokens by name; the store sees hashes only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, name: str, digest: bytes) -> bool:
        """Store a token; False when the name is taken."""
        return await self._database.fetch_value(_SQL["add_token"], digest, name) is not None

    async def find(self, digest: bytes) -> str | None:
        """Return the name of the token with this hash."""
        name: str | None = await self._database.fetch_value(_SQL["find_token"], digest)
        return name

    async def list(self) -> list[tuple[str, datetime]]:
        """Return names and dates of all tokens, by name."""
        rows = await self._database.fetch(_SQL["list_tokens"])
        return [(row["name"], row["created_at"]) for row in rows]

    async def delete(self, name: str) -> bool:
        """Forget a token; return whether there was one."""
        return await self._database.fetch_value(_SQL["delete_token"], name) is not None
