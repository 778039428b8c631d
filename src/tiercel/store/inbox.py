"""The inbox: news that waits for an executor; with a date in the future it is a timer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tiercel.model.errors import NotFoundError
from tiercel.model.news import News
from tiercel.store.codec import encode
from tiercel.store.database import Database
from tiercel.store.ignoring import condition
from tiercel.store.queries import queries
from tiercel.store.values import Ignored

_ANOTHER_LOOK = timedelta(milliseconds=20)


class Inbox:
    """Adds news, and says when there is some to read."""

    def __init__(self, database: Database, ignored: Ignored | None = None) -> None:
        self._database = database
        self._ignored = ignored
        self._sql = queries("inbox")
        self._nothing_until: datetime | None = None

    async def add(self, execution_id: str, news: News, due_at: datetime | None = None) -> None:
        """Add news of one execution, due now when no date is given.

        Raises:
            NotFoundError: There is no such execution.
        """
        rows = await self._database.fetch(
            self._sql["add_news"], [execution_id], [due_at or datetime.now(UTC)], [encode(news)]
        )
        if not rows:
            raise NotFoundError(f"Execution '{execution_id}' not found", execution_id=execution_id)

    async def next_due(self) -> datetime | None:
        """Return when the next news is due, None when there is none; a past date means now.

        News that was due at a claim of this process which found nothing belongs to executions
        another process holds: it is worth another look a moment later, not at once. News of what
        is ignored does not count.
        """
        due_at: datetime | None
        if self._ignored:
            ignored, more = condition(self._ignored)
            query = self._sql["next_due_but"].replace("{ignored}", ignored)
            due_at = await self._database.fetch_value(query, *more)
        else:
            due_at = await self._database.fetch_value(self._sql["next_due"])
        if due_at is None or self._nothing_until is None or due_at > self._nothing_until:
            return due_at
        return self._nothing_until + _ANOTHER_LOOK

    def claimed(self, now: datetime, count: int) -> None:
        """Note how many executions a claim at ``now`` found."""
        self._nothing_until = None if count else now
