"""A look into databases: tables, rows and queries, read-only, with limits of time and rows."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError, NotFoundError, ServerUnavailableError
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.sql.failure import connection_failure, statement_failure
from tiercel.plugins.sql.values import Normalizer, adapters

if TYPE_CHECKING:
    import psycopg

    from tiercel.services.data_sources import Source, SourceFinder

TIMEOUT_SECONDS = 15
"""How long one statement may take."""
MOST_ROWS = 1_000
"""Rows that a query shows at most."""
MOST_CSV_ROWS = 1_000_000
"""Rows that a download has at most."""
_COUNT_SECONDS = 2.0
_CSV_PIECE = 2_000
_DIRECT = ("explain", "show")

_TABLES = """
SELECT n.nspname, c.relname,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' WHEN 'f' THEN 'foreign table'
                      ELSE 'table' END,
       c.reltuples::bigint, pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2 LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view.

    Attributes:
        rows: Their number; None where it is not known.
        is_exact: It was counted; else the server's own estimate.
        size_bytes: On disk, indexes included.
    """

    schema: str
    name: str
    kind: str
    rows: int | None
    is_exact: bool
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result, with the database's name of its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gives.

    Attributes:
        rows: Values as JSON has them, in the order of the columns.
        is_cut: There are more rows than were asked for.
        seconds: From sending the statement to having the rows.
    """

    columns: tuple[Column, ...]
    rows: list[list[Any]]
    is_cut: bool
    seconds: float


class Databases:
    """Reads from databases on behalf of people.

    A query runs as one statement of a read-only transaction that is always rolled back, with a
    limit of time on the server; what it may see is what its user may see.

    Args:
        finders: Where databases come from.
        find_address: Gives the address behind a host and port; blocking.
    """

    def __init__(
        self,
        finders: Sequence[SourceFinder],
        find_address: Callable[[str, int], tuple[str, int]],
    ) -> None:
        self._finders = finders
        self._find_address = find_address

    async def sources(self) -> list[Source]:
        """Return the databases that are known now, those of flows first."""
        found: dict[str, Source] = {}
        for finder in self._finders:
            for source in await finder.find():
                found.setdefault(source.id, source)
        return list(found.values())

    async def tables(self, source_id: str) -> list[Table]:
        """Return the tables and views with their numbers of rows, at most 1,000.

        Small tables are counted; when that takes too long, the rest shows the server's estimate.

        Raises:
            NotFoundError: No such database is known.
            ServerUnavailableError: It can't be reached.
        """
        async with self._connected(source_id) as connection:
            found = await connection.execute(_TABLES)
            listed = await found.fetchall()
            counted = await _count(connection, listed)
        return [
            Table(
                schema,
                name,
                kind,
                counted.get((schema, name), _estimate(rows, kind)),
                (schema, name) in counted,
                size,
            )
            for schema, name, kind, rows, size in listed
        ]

    async def rows(self, source_id: str, schema: str, table: str, limit: int) -> Answer:
        """Return the first rows of a table. Raises as :meth:`query` does."""
        from psycopg.sql import SQL, Identifier

        statement = SQL("SELECT * FROM {}").format(Identifier(schema, table))
        return await self.query(source_id, statement.as_string(), limit)

    async def query(self, source_id: str, sql: str, limit: int) -> Answer:
        """Run one statement that reads.

        Args:
            limit: Rows at most, itself at most ``MOST_ROWS``.

        Raises:
            NotFoundError: No such database is known.
            ServerUnavailableError: It can't be reached.
            IllegalArgumentError: The database refuses the statement; in its own words.
        """
        limit = min(limit, MOST_ROWS)
        async with self._connected(source_id) as connection:
            began = time.monotonic()
            async with _reading(connection, sql) as fetch:
                columns, rows = await fetch(limit + 1)
            seconds = time.monotonic() - began
        return Answer(columns, rows[:limit], len(rows) > limit, seconds)

    async def csv(self, source_id: str, sql: str) -> AsyncIterator[bytes]:
        """Yield the rows of a statement as CSV with a header, ``MOST_CSV_ROWS`` at most.

        Raises as :meth:`query` does, before the first piece.
        """
        async with self._connected(source_id) as connection, _reading(connection, sql) as fetch:
            columns, rows = await fetch(_CSV_PIECE)
            yield _csv_text([[column.name for column in columns], *rows])
            total = len(rows)
            while len(rows) == _CSV_PIECE and total < MOST_CSV_ROWS:
                _, rows = await fetch(min(_CSV_PIECE, MOST_CSV_ROWS - total))
                total += len(rows)
                yield _csv_text(rows)

    @asynccontextmanager
    async def _connected(self, source_id: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """Connect; inside the block a read-only transaction is open, undone at its end."""
        import psycopg

        source = next((one for one in await self.sources() if one.id == source_id), None)
        if source is None:
            raise NotFoundError(f"No database '{source_id}' is known: no flow connects to it")
        conninfo = await asyncio.to_thread(source.access.conninfo, self._find_address)
        try:
            connection = await psycopg.AsyncConnection.connect(conninfo, context=adapters())
        except psycopg.Error as error:
            failure = connection_failure(error, source.access.address)
            raise ServerUnavailableError(str(failure)) from error
        try:
            await connection.set_read_only(True)
            await connection.execute(
                f"SET LOCAL statement_timeout = '{TIMEOUT_SECONDS}s'; SET LOCAL lock_timeout = '2s'"
            )
            yield connection
        except psycopg.Error as error:
            raise IllegalArgumentError(
                str(statement_failure(error)), hint="Queries here read only; tasks write."
            ) from error
        finally:
            await connection.close()


_Fetch = Callable[[int], Any]


@asynccontextmanager
async def _reading(connection: psycopg.AsyncConnection[Any], sql: str) -> AsyncIterator[_Fetch]:
    """Run a statement; inside the block more rows can be fetched.

    It is prepared first: the server refuses anything but one statement.
    """
    statement = sql.strip().rstrip(";").strip()
    if not statement:
        raise IllegalArgumentError("There is no statement", hint="Write a SELECT.")
    cursor = connection.cursor()
    normal = Normalizer(connection.info.timezone)
    is_direct = statement.split(None, 1)[0].lower() in _DIRECT
    prefix = "" if is_direct else "DECLARE looked_at NO SCROLL CURSOR FOR "
    await cursor.execute(f"{prefix}{statement}".encode(), prepare=True)

    async def fetch(count: int) -> tuple[tuple[Column, ...], list[list[Any]]]:
        if not is_direct:
            await cursor.execute(f"FETCH {count} FROM looked_at".encode())
        rows = await cursor.fetchmany(count)
        columns = tuple(Column(item.name, item.type_display) for item in cursor.description or ())
        return columns, [[json_value(normal(value)) for value in row] for row in rows]

    yield fetch


async def _count(
    connection: psycopg.AsyncConnection[Any], listed: Sequence[Sequence[Any]]
) -> dict[tuple[str, str], int]:
    """Count tables, the smallest first, until the time for it is over."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    counted: dict[tuple[str, str], int] = {}
    end = time.monotonic() + _COUNT_SECONDS
    for schema, name, kind, _, _ in sorted(listed, key=lambda row: row[4]):
        left = int((end - time.monotonic()) * 1000)
        if left <= 0:
            break
        if kind != "table":
            continue
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL statement_timeout = {left}")
                count = SQL("SELECT count(*) FROM {}").format(Identifier(schema, name))
                row = await (await connection.execute(count)).fetchone()
        except psycopg.errors.QueryCanceled:
            break
        counted[schema, name] = row[0] if row else 0
    return counted


def _estimate(rows: int, kind: str) -> int | None:
    return rows if rows >= 0 and kind == "table" else None


def _csv_text(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
