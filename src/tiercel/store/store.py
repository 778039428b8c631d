"""The store: PostgreSQL holds the truth, this is the only door to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from tiercel.store.backfills import Backfills
from tiercel.store.dashboards import Dashboards
from tiercel.store.database import Database
from tiercel.store.errors import translated
from tiercel.store.executions import Executions
from tiercel.store.flows import Flows
from tiercel.store.inbox import Inbox
from tiercel.store.jobs import Jobs
from tiercel.store.logs import Logs
from tiercel.store.metrics import Metrics
from tiercel.store.migrations import migrate
from tiercel.store.queries import queries
from tiercel.store.requests import Requests
from tiercel.store.settings import Settings, Tokens
from tiercel.store.stats import StatsQueries
from tiercel.store.step import StepTransaction
from tiercel.store.templates import Templates
from tiercel.store.triggers import Triggers


class Store:
    """Everything that is kept, by noun. Made by :meth:`connect`; one per process.

    Attributes:
        flows, executions, inbox, requests, jobs, logs, metrics, triggers, backfills, templates:
            One repository per noun.
    """

    def __init__(self, database: Database, database_url: str) -> None:
        self._database = database
        self._database_url = database_url
        self._begin = queries("step")["begin_step"]
        self.flows = Flows(database)
        self.executions = Executions(database)
        self.inbox = Inbox(database)
        self.jobs = Jobs(database)
        self.logs = Logs(database)
        self.metrics = Metrics(database)
        self.stats = StatsQueries(database)
        self.settings = Settings(database)
        self.tokens = Tokens(database)
        self.dashboards = Dashboards(database)
        self.requests = Requests(database)
        self.triggers = Triggers(database)
        self.backfills = Backfills(database)
        self.templates = Templates(database)

    @classmethod
    async def connect(cls, database_url: str, *, pool_size: int = 8) -> Store:
        """Connect to a database; its tables are made by :meth:`migrate`.

        Args:
            pool_size: Most connections held at once, at least 2.

        Raises:
            ServerUnavailableError: The server can't be reached or refuses the login.
        """
        return cls(await Database.connect(database_url, pool_size=pool_size), database_url)

    async def migrate(self) -> list[int]:
        """Bring the tables to this version; return the numbers of what was applied, often none.

        Raises:
            SchemaError: The tables belong to a newer version.
        """
        return await migrate(self._database_url)

    async def close(self) -> None:
        """Finish what is being written and close all connections."""
        await self.executions.drain()
        await self._database.close()

    @asynccontextmanager
    async def step(
        self, now: datetime, limit: int = 100, also: Sequence[str] = ()
    ) -> AsyncIterator[StepTransaction]:
        """Claim executions and lend the transaction that owns them.

        All that the block writes is sent at its end and committed at once; an error, also one of
        the block's own, rolls everything back.

        Args:
            now: News due by then is read.
            limit: Most rows of due news looked at, oldest first.
            also: Ids claimed whether or not they have due news; unknown ones are passed over.
        """
        await self.logs.partitions.ensure([now])
        await self.metrics.partitions.ensure([now])
        async with self._database.connection() as connection:
            with translated():
                await connection.execute(self._begin)
            # an error leaves the transaction open; giving the connection back rolls it back
            transaction = StepTransaction(connection, now)
            await transaction.claim(limit, also)
            self.inbox.claimed(now, len(transaction.claims))
            yield transaction
            await transaction.flush()
            with translated():
                await connection.execute("COMMIT")
