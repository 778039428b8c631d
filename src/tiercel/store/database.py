"""The pool of connections and how queries are sent through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from tiercel.model.errors import IllegalArgumentError
from tiercel.store.errors import translated

_CONNECT_SECONDS = 10.0
_COMMAND_SECONDS = 60.0
_SETTINGS = {
    "application_name": "tiercel",
    "search_path": "tiercel",
    "jit": "off",
    "statement_timeout": "50s",
    "timezone": "UTC",
}


class Database:
    """A pool of connections to one database; every problem with the server is translated."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._kept: list[Any] = []

    @classmethod
    async def connect(
        cls,
        database_url: str,
        *,
        pool_size: int,
        at_once: int = 1,
        settings: Mapping[str, str] | None = None,
        on_query: Callable[[float], None] | None = None,
    ) -> Database:
        """Open a pool.

        Args:
            at_once: Connections made now; with one, a wrong URL is found at once.
            settings: More of what every connection is set to.
            on_query: Told of every statement how many seconds it took, also of one that failed.

        Raises:
            IllegalArgumentError: The URL can't be read.
            ServerUnavailableError: The server can't be reached or refuses the login.
        """
        import asyncpg

        async def prepare(connection: Any) -> None:
            await _prepare(connection)
            if on_query is not None:
                connection.add_query_logger(lambda record: on_query(record.elapsed))

        with _readable(), translated():
            pool = await asyncpg.create_pool(
                database_url,
                min_size=at_once,
                max_size=pool_size,
                init=prepare,
                reset=_leave_clean,
                timeout=_CONNECT_SECONDS,
                command_timeout=_COMMAND_SECONDS,
                max_cached_statement_lifetime=0,
                statement_cache_size=256,
                server_settings={**_SETTINGS, **(settings or {})},
            )
        return cls(pool)

    async def close(self) -> None:
        """Close all connections; those in use are waited for."""
        kept, self._kept = self._kept, []
        for connection in kept:
            await self.give_back(connection)
        with translated():
            await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Lend one of the pool's connections. What the block itself raises is not translated."""
        connection = await self.lend()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def lend(self) -> Any:
        """Return one of the pool's connections; see that it is given back."""
        while self._kept:
            connection = self._kept.pop()
            if _is_alive(connection):
                return connection
            await self.give_back(connection)
        with translated():
            return await self._pool.acquire()

    async def give_back(self, connection: Any) -> None:
        """Take a connection back; a transaction that is open is rolled back."""
        with translated():
            await self._pool.release(connection)

    def keep(self, connection: Any) -> None:
        """Take a connection back that is in no transaction, to lend it first: it costs nothing."""
        self._kept.append(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Lend a connection inside a transaction: committed at the end, rolled back on error."""
        with translated():
            async with self._pool.acquire() as connection, connection.transaction():
                yield connection

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run one statement by itself and return its rows."""
        with translated():
            rows: list[Any] = await self._pool.fetch(query, *args)
        return rows

    async def fetch_row(self, query: str, *args: object) -> Any:
        """Run one statement by itself and return its first row, or None."""
        with translated():
            return await self._pool.fetchrow(query, *args)

    async def fetch_value(self, query: str, *args: object) -> Any:
        """Run one statement by itself and return the first column of its first row, or None."""
        with translated():
            return await self._pool.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> int:
        """Run one statement by itself and return how many rows it touched."""
        with translated():
            status: str = await self._pool.execute(query, *args)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


def _is_alive(connection: Any) -> bool:
    """Whether a kept connection can be used; the pool takes one back whose server is gone."""
    import asyncpg

    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


async def _prepare(connection: Any) -> None:
    """Pass JSON as the bytes it is: the coders in ``codec`` read and write those."""
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=_as_is, decoder=_as_is
    )
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=_JSONB_VERSION.__add__,
        decoder=_without_version,
    )


_JSONB_VERSION = b"\x01"


def _as_is(value: bytes) -> bytes:
    return value


def _without_version(value: bytes) -> bytes:
    return value[1:]


async def _leave_clean(connection: Any) -> None:
    """Instead of the driver's reset, which costs a round trip: nothing of ours outlives its
    transaction.
    """
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


@contextmanager
def _readable() -> Iterator[None]:
    """Say of a URL that the driver can't read how one looks.

    Nothing of it is shown: a password may stand where a port should.
    """
    try:
        yield
    except ValueError as error:
        raise IllegalArgumentError(
            "The URL of the database can't be read",
            hint="Write it as postgresql://user:password@host:5432/database.",
        ) from error
