"""The store: PostgreSQL holds the truth, this is the only door to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from tiercel.store.backfills import Backfills
from tiercel.store.dashboards import Dashboards
from tiercel.store.database import Database
from tiercel.store.executions import Executions
from tiercel.store.flows import Flows
from tiercel.store.inbox import Inbox
from tiercel.store.jobs import Jobs
from tiercel.store.lag import Lag
from tiercel.store.logs import Logs
from tiercel.store.metrics import Metrics
from tiercel.store.migrations import migrate
from tiercel.store.packets import Packets
from tiercel.store.requests import Requests
from tiercel.store.retention import Retention
from tiercel.store.secrets import Secrets
from tiercel.store.settings import Settings, Tokens
from tiercel.store.stats import StatsQueries
from tiercel.store.step import StepTransaction
from tiercel.store.templates import Templates
from tiercel.store.triggers import Triggers
from tiercel.store.upkeep import Upkeep
from tiercel.store.values import Claim, Ignored

_STEPS_AT_ONCE = 4
# The tables of the hot path go from empty to large and back: a plan made while one was empty must
# not stay.
_STEP_SETTINGS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}


class Store:
    """Everything that is kept, by noun. Made by :meth:`connect`; one per process.

    Attributes:
        ignored: What :meth:`step` does not claim; None for nothing.
        flows, executions, inbox, requests, jobs, logs, metrics, triggers, backfills, templates:
            One repository per noun.
    """

    def __init__(
        self,
        database: Database,
        steps: Database,
        database_url: str,
        ignored: Ignored | None = None,
    ) -> None:
        self.ignored = ignored
        self._database = database
        self._steps = steps
        self._database_url = database_url
        self.flows = Flows(database)
        self.executions = Executions(database)
        self.inbox = Inbox(database, ignored)
        self.jobs = Jobs(database)
        self.logs = Logs(database)
        self.metrics = Metrics(database)
        self.packets = Packets(database)
        self.stats = StatsQueries(database)
        self.settings = Settings(database)
        self.secrets = Secrets(database)
        self.retention = Retention(database)
        self.tokens = Tokens(database)
        self.dashboards = Dashboards(database)
        self.requests = Requests(database)
        self.triggers = Triggers(database)
        self.backfills = Backfills(database)
        self.templates = Templates(database)
        self.upkeep = Upkeep(database)
        self.lag = Lag(database)

    @classmethod
    async def connect(
        cls,
        database_url: str,
        *,
        pool_size: int = 8,
        ignored: Ignored | None = None,
        on_query: Callable[[float], None] | None = None,
    ) -> Store:
        """Connect to a database; its tables are made by :meth:`migrate`.

        Args:
            pool_size: Most connections held at once, at least 2.
            ignored: What :meth:`step` does not claim.
            on_query: Told of every statement how many seconds it took.

        Raises:
            ServerUnavailableError: The server can't be reached or refuses the login.
        """
        return cls(
            await Database.connect(database_url, pool_size=pool_size, on_query=on_query),
            await Database.connect(
                database_url,
                pool_size=_STEPS_AT_ONCE,
                at_once=0,
                settings=_STEP_SETTINGS,
                on_query=on_query,
            ),
            database_url,
            ignored,
        )

    async def migrate(self) -> list[int]:
        """Bring the tables to this version; return the numbers of what was applied, often none.

        Raises:
            SchemaError: The tables belong to a newer version.
        """
        return await migrate(self._database_url)

    async def close(self) -> None:
        """Finish what is being written and close all connections."""
        await self.executions.drain()
        await self._steps.close()
        await self._database.close()

    @asynccontextmanager
    async def step(
        self,
        now: datetime,
        limit: int = 100,
        also: Sequence[str] = (),
        known: Sequence[Claim] = (),
    ) -> AsyncIterator[StepTransaction]:
        """Claim executions and lend the transaction that owns them.

        All that the block writes is sent at its end and committed at once; an error, also one of
        the block's own, rolls everything back.

        Args:
            now: News due by then is read.
            limit: Most rows of due news looked at, oldest first.
            also: Ids claimed whether or not they have due news; unknown ones are passed over.
            known: Claims of an earlier step of this process, with the version it left them at.
                They are taken as they are, and nothing else is claimed: ``limit`` and ``also`` are
                not looked at.

        Raises:
            StaleClaimError: A known claim is not true any more; nothing was written.
        """
        await self.logs.partitions.ensure([now])
        await self.metrics.partitions.ensure([now])
        transaction = StepTransaction(self._steps, now, known, self.ignored)
        try:
            if not known:
                await transaction.claim(limit, also)
                self.inbox.claimed(now, len(transaction.claims))
            yield transaction
            await transaction.finish()
        finally:
            await transaction.close()
