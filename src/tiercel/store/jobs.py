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
        """Return jobs given out before ``older_than`` that no worker took up, oldest first.

        Jobs that a process holds are its own business; see :meth:`holders`.
        """
        rows = await self._database.fetch(self._sql["unstarted_jobs"], older_than, limit)
        return [decode_job(row["job"]) for row in rows]

    async def all_open(self, limit: int) -> list[Job]:
        """Return jobs that are not over and nobody holds, started or not, oldest first."""
        rows = await self._database.fetch(self._sql["open_jobs"], limit)
        return [decode_job(row["job"]) for row in rows]

    async def counts(self) -> tuple[int, int]:
        """Return how many jobs are in the hands of workers, and how many wait."""
        row = await self._database.fetch_row(self._sql["job_counts"])
        return row["running"], row["pending"]

    async def running(self, limit: int) -> list[tuple[datetime, Job]]:
        """Return jobs in the hands of workers, each with since when, oldest first."""
        rows = await self._database.fetch(self._sql["running_jobs"], limit)
        return [(row["since"], decode_job(row["job"])) for row in rows]

    async def holders(self) -> list[str]:
        """Return who holds jobs that never were on the bus."""
        return [row["holder"] for row in await self._database.fetch(self._sql["holders"])]

    async def take_from(self, holder: str) -> list[Job]:
        """Take the jobs of a holder that is lost; return them. They count as not started."""
        rows = await self._database.fetch(self._sql["take_from"], holder)
        return [decode_job(row["job"]) for row in rows]
