"""The servers that a laptop runs, started and stopped together."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tiercel.embedded.binaries import find_psql
from tiercel.embedded.nats import NatsServer
from tiercel.embedded.postgres import PostgresServer
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from tiercel.embedded.shared import SharedServer

logger = logging.getLogger(__name__)

POSTGRES_PORT = 5432


@dataclass(frozen=True, slots=True)
class Endpoints:
    """How to reach the servers. What was not asked for is empty (0 for the port).

    Attributes:
        database_url: PostgreSQL over its unix socket, database ``tiercel``, superuser ``postgres``;
            good for asyncpg and psycopg.
        tcp_url: The same over TCP on 127.0.0.1, with the password.
        postgres_port: The port in both, kept between starts.
        bus_url: NATS on 127.0.0.1, with user and password.
        psql: PostgreSQL's own client, if one is installed.
    """

    database_url: str = ""
    tcp_url: str = ""
    postgres_port: int = 0
    bus_url: str = ""
    psql: Path | None = None


class EmbeddedServers:
    """PostgreSQL and NATS in one data folder, shared with other processes that use the folder.

    Args:
        data_dir: Made with mode 0700 when missing. Every byte of both servers lives in it.
        postgres_port: TCP port that PostgreSQL takes at its first start if it is free, else any; 0
            takes any.
    """

    def __init__(self, data_dir: Path, *, postgres_port: int = POSTGRES_PORT) -> None:
        folder = data_dir.absolute()
        self._postgres = PostgresServer(folder / "postgres", preferred_port=postgres_port)
        self._nats = NatsServer(folder / "nats")
        self._used: list[SharedServer] = []

    async def start(self, *, postgres: bool = True, nats: bool = True) -> Endpoints:
        """Start the servers, or attach to them when they run, both at once. A repeat is harmless.

        Raises:
            ServerUnavailableError: One can't be found or started; then none is held.
        """
        work = asyncio.ensure_future(
            asyncio.to_thread(self.start_blocking, postgres=postgres, nats=nats)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread can't be interrupted: let it end, then give back what it got.
            await asyncio.wait([work])
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop using the servers; the last process that uses one stops it. A repeat is harmless."""
        await asyncio.to_thread(self.stop_blocking)

    async def keep_running(self, *, every: timedelta) -> None:
        """Watch the servers in use and start again what died. Runs until cancelled.

        What can't be started now, for want of space perhaps, is tried again.
        """
        while True:
            await asyncio.sleep(every.total_seconds())
            for server in tuple(self._used):
                try:
                    if await asyncio.to_thread(server.revive):
                        logger.warning("server had died, started again", extra=_named(server))
                except (ServerUnavailableError, OSError) as error:
                    extra = {**_named(server), "reason": str(error)}
                    logger.warning("server does not start again", extra=extra)

    def start_blocking(self, *, postgres: bool = True, nats: bool = True) -> Endpoints:
        """Do what :meth:`start` does, blocking the calling thread."""
        wanted: list[SharedServer] = []
        if postgres:
            wanted.append(self._postgres)
        if nats:
            wanted.append(self._nats)
        self._used = [
            server
            for server in (self._postgres, self._nats)
            if server in self._used or server in wanted
        ]
        try:
            with ThreadPoolExecutor(len(wanted) or 1) as pool:
                for _ in pool.map(_acquire, wanted):
                    pass
        except BaseException:
            self.stop_blocking()
            raise
        return self._endpoints()

    def stop_blocking(self) -> None:
        """Do what :meth:`stop` does, blocking the calling thread."""
        used, self._used = self._used, []
        with ThreadPoolExecutor(2) as pool:
            for _ in pool.map(_release, used):
                pass

    def _endpoints(self) -> Endpoints:
        has_postgres = self._postgres in self._used
        return Endpoints(
            database_url=self._postgres.database_url if has_postgres else "",
            tcp_url=self._postgres.tcp_url if has_postgres else "",
            postgres_port=self._postgres.port if has_postgres else 0,
            bus_url=self._nats.bus_url if self._nats in self._used else "",
            psql=find_psql() if has_postgres else None,
        )


def _named(server: SharedServer) -> dict[str, str]:
    return {"server": server.name}


def _acquire(server: SharedServer) -> None:
    server.acquire()


def _release(server: SharedServer) -> None:
    server.release()
