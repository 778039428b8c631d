"""What a server sends for ``COPY … TO STDOUT``, read as fast as libpq gives it."""

from __future__ import annotations

import select
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

_BYTES = 1 << 20


class CopyOutStream:
    """One COPY to this side; iterate over it once, to its end, for bytes of many rows.

    Iterating over psycopg's own object costs a turn of its event handling per row; here the rows
    that have arrived are taken without it. Raises psycopg's errors.

    Attributes:
        row_count: Rows that the server sent; known at the end.
    """

    def __init__(self, connection: Connection[Any], statement: str) -> None:
        self._connection = connection
        self._statement = statement
        self.row_count = 0

    def __iter__(self) -> Iterator[bytes]:
        from psycopg import pq
        from psycopg.errors import error_from_result

        self._open_transaction()
        pgconn = self._connection.pgconn
        started = pgconn.exec_(self._statement.encode())
        if started.status != pq.ExecStatus.COPY_OUT:
            raise error_from_result(started)
        poll = select.poll()
        poll.register(pgconn.socket, select.POLLIN)
        take, chunk, length = pgconn.get_copy_data, bytearray(), 0
        while length >= 0:
            # a row kept as it is costs more than its copy: these are objects that Python watches
            length, row = take(1)
            while length > 0:
                chunk += row
                length, row = take(1)
            if chunk and (length < 0 or len(chunk) >= _BYTES):
                yield bytes(chunk)
                chunk.clear()
            if length == 0:
                poll.poll()
                pgconn.consume_input()
        self._end()

    def _end(self) -> None:
        from psycopg import pq
        from psycopg.errors import error_from_result

        pgconn = self._connection.pgconn
        while (result := pgconn.get_result()) is not None:
            if result.status != pq.ExecStatus.COMMAND_OK:
                raise error_from_result(result)
            self.row_count = result.command_tuples or 0

    def _open_transaction(self) -> None:
        """Begin one where psycopg would: what goes past it does not."""
        if not self._connection.autocommit:
            self._connection.execute("SELECT 1")
