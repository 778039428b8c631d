"""Requests of people to executions: looked at and put into their inboxes in one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from tiercel.model.execution import Execution, TaskRun
from tiercel.model.news import News
from tiercel.store.codec import decode_execution, encode
from tiercel.store.database import Database
from tiercel.store.errors import translated
from tiercel.store.executions import loaded
from tiercel.store.queries import queries

_SQL = queries("requests")
_LOAD = queries("executions")["load_executions"]

Receipt = tuple[str, int]
"""Execution id and id of the news in its inbox."""


class RequestTransaction:
    """What a request sees does not change until it is committed. Made by ``Requests.begin``."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def lock(self, execution_ids: Sequence[str]) -> dict[str, Execution]:
        """Return the executions that exist; no step runs on them until the transaction ends."""
        rows = await self._fetch(_SQL["lock_executions"], list(execution_ids))
        return {row["id"]: decode_execution(row["document"]) for row in rows}

    async def load(
        self, execution_ids: Sequence[str]
    ) -> dict[str, tuple[Execution, list[TaskRun]]]:
        """Return executions with their task runs in order of creation."""
        return loaded(await self._fetch(_LOAD, list(execution_ids)))

    async def descendants(self, execution_ids: Sequence[str]) -> list[str]:
        """Return the executions that were started by these, at any depth, and are not over."""
        return [row["id"] for row in await self._fetch(_SQL["descendants"], list(execution_ids))]

    async def post(self, news: Mapping[str, News], due_at: datetime) -> list[Receipt]:
        """Put news into inboxes of existing executions; return what tells when it was read."""
        rows = await self._fetch(
            _SQL["post_news"],
            list(news),
            [due_at] * len(news),
            [encode(item) for item in news.values()],
        )
        return [(row["execution_id"], row["id"]) for row in rows]

    async def _fetch(self, query: str, *args: object) -> list[Any]:
        with translated():
            rows: list[Any] = await self._connection.fetch(query, *args)
        return rows


class Requests:
    """Begins requests, and says whether they were carried out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[RequestTransaction]:
        """Lend a transaction; an error, also one of the block's own, rolls everything back."""
        async with self._database.connection() as connection:
            with translated():
                await connection.execute("BEGIN")
            try:
                yield RequestTransaction(connection)
            except BaseException:
                with translated():
                    await connection.execute("ROLLBACK")
                raise
            with translated():
                await connection.execute("COMMIT")

    async def holders(self, namespace: str, flow_id: str, limit: int) -> list[str]:
        """Return the executions that hold the slots of a flow, those that have them longest."""
        rows = await self._database.fetch(_SQL["holders"], namespace, flow_id, limit)
        return [row["id"] for row in rows]

    async def is_unread(self, receipts: Sequence[Receipt]) -> bool:
        """Whether any of this news still waits in an inbox."""
        unread: bool = await self._database.fetch_value(
            _SQL["unread"],
            [execution_id for execution_id, _ in receipts],
            [news_id for _, news_id in receipts],
        )
        return unread
