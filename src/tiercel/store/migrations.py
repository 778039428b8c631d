"""Numbered migrations: plain SQL files, applied in order, each in a transaction, recorded with its
checksum.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from tiercel.store.errors import SchemaError, translated
from tiercel.store.queries import queries

logger = logging.getLogger(__name__)

_LOCK = 7_227_415_091
_FILE = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of ``sql/migrations``; its text never changes once it was released."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations() -> list[Migration]:
    """Return the migrations of this version, lowest number first."""
    found = []
    for file in (files(__package__) / "sql" / "migrations").iterdir():
        match = _FILE.fullmatch(file.name)
        if match:
            found.append(Migration(int(match[1]), match[2], file.read_text("utf-8")))
    return sorted(found, key=lambda migration: migration.version)


async def migrate(database_url: str, migrations: list[Migration] | None = None) -> list[int]:
    """Bring the database to this version's schema; return the numbers of what was applied.

    Safe when several processes start at once: one migrates, the others wait for it. Doing it again
        does nothing.

    Raises:
        SchemaError: The schema is newer than this version, or an applied migration's text was
            changed.
        ServerUnavailableError: The server can't be reached.
    """
    import asyncpg

    known = known_migrations() if migrations is None else migrations
    with translated():
        # a connection of its own: waiting for another process may take longer than a query is
        # allowed to
        connection = await asyncpg.connect(database_url, timeout=10.0)
        try:
            if _missing(known, await _applied(connection)):
                return await _apply_missing(connection, known)
            return []
        finally:
            await connection.close()


async def _apply_missing(connection: Any, known: list[Migration]) -> list[int]:
    sql = queries("migrations")
    await connection.execute(sql["lock_migrations"], _LOCK)
    try:
        await connection.execute(sql["create_migrations"])
        await connection.execute("SET search_path = tiercel")
        missing = _missing(known, await _applied(connection))
        for migration in missing:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    sql["record_migration"], migration.version, migration.name, migration.checksum
                )
            logger.info("migration applied", extra={"version": migration.version})
        return [migration.version for migration in missing]
    finally:
        await connection.execute(sql["unlock_migrations"], _LOCK)


async def _applied(connection: Any) -> dict[int, str]:
    sql = queries("migrations")
    if not await connection.fetchval(sql["migrations_exist"]):
        return {}
    rows = await connection.fetch(sql["applied_migrations"])
    return {row["version"]: row["checksum"] for row in rows}


def _missing(known: list[Migration], applied: dict[int, str]) -> list[Migration]:
    """Return what is to be applied, or raise when the applied ones do not fit the known ones."""
    newest = max((migration.version for migration in known), default=0)
    newer = max(applied, default=0)
    if newer > newest:
        raise SchemaError(
            f"The database has schema {newer}, this version of Tiercel knows only {newest}",
            hint="Start the newer version that was used before, or name another database.",
        )
    for migration in known:
        checksum = applied.get(migration.version)
        if checksum is not None and checksum != migration.checksum:
            raise SchemaError(
                f"Migration {migration.version} ({migration.name}) differs from what was applied to"
                " the database",
                hint="Start the version that made the database, or name another database.",
            )
    return [migration for migration in known if migration.version not in applied]
