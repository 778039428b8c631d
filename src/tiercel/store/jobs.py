"""The outbox: jobs that were given out and are not over, so that none is lost with the bus."""

from __future__ import annotations

from datetime import datetime

from tiercel.model.job import Job
from tiercel.store.codec import decode_job
from tiercel.store.database import Database
from tiercel.store.queries import queries


class Jobs:
    """Reads the outbox; steps write it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = queries("jobs")

    async def unstarted(self, older_than: datetime, limit: int) -> list[Job]:
        """Return jobs given out before ``older_than`` that no worker took up, oldest first."""
        rows = await self._database.fetch(self._sql["unstarted_jobs"], older_than, limit)
        return [decode_job(row["job"]) for row in rows]

    async def all_open(self, limit: int) -> list[Job]:
        """Return jobs that are not over, started or not, oldest first."""
        rows = await self._database.fetch(self._sql["open_jobs"], limit)
        return [decode_job(row["job"]) for row in rows]
