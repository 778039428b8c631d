"""What waits in the database, and what the server tells of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tiercel.store.database import Database
from tiercel.store.queries import queries

_SQL = queries("lag")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, 10,000 at most, and since when the oldest does."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the server tells of itself.

    Attributes:
        connections, most_connections: Those to this database, and what the server allows in all.
    """

    version: str
    name: str
    size_bytes: int
    connections: int
    most_connections: int


class Lag:
    """Reads how far work is behind; each question is one short query."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due_news(self, now: datetime) -> Waiting:
        """Return the news that executors should have read by ``now``."""
        row = await self._database.fetch_row(_SQL["due_news"], now)
        return Waiting(row["count"], row["oldest"])

    async def waiting_jobs(self) -> dict[str, Waiting]:
        """Return by worker group the jobs that no worker has taken up."""
        rows = await self._database.fetch(_SQL["waiting_jobs"])
        return {row["worker_group"]: Waiting(row["count"], row["oldest"]) for row in rows}

    async def facts(self) -> DatabaseFacts:
        """Return what the server tells of itself."""
        row = await self._database.fetch_row(_SQL["server_facts"])
        return DatabaseFacts(**dict(row))
