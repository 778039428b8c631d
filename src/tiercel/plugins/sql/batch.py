"""Rows of a row file, sent as parameters of one statement, chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.ion import IonError, read_rows
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.sql.statements import number_placeholders

if TYPE_CHECKING:
    from psycopg import Connection

JSON_TYPES = frozenset({114, 3802})
INTERVAL_TYPE = 1186


@dataclass(slots=True)
class BatchTally:
    """How far a batch is: rows read and committed, rows the server says it changed, chunks sent."""

    row_count: int = 0
    updated_count: int = 0
    chunk_count: int = 0


class BatchStoppedError(Exception):
    """The task was cancelled in the middle of a batch."""


def insert_statement(
    connection: Connection[Any], table: str, columns: Sequence[str] | None
) -> tuple[str, list[str]]:
    """Return ``INSERT INTO table (…) VALUES (?, …)`` and its columns, by default the table's."""
    from psycopg import sql

    if columns:
        names = list(columns)
        written = ", ".join(names)
    else:
        # the table is written by the flow's author, as the statement would be
        probe = f"SELECT * FROM {table} LIMIT 0"  # noqa: S608
        description = connection.execute(probe.encode()).description
        names = [column.name for column in description or ()]
        written = ", ".join(sql.Identifier(name).as_string(connection) for name in names)
    marks = ", ".join("?" for _ in names)
    return f"INSERT INTO {table} ({written}) VALUES ({marks})", names  # noqa: S608


def send_rows(
    connection: Connection[Any],
    statement: str,
    path: Path,
    *,
    columns: Sequence[str] | None,
    by_name: bool,
    chunk: int,
    tally: BatchTally,
    is_stopping: Callable[[], bool],
) -> None:
    """Run the statement once per row; each full chunk is committed on its own.

    Args:
        statement: With a ``?`` for each value.
        columns: Fields of each row, in the order of the placeholders.
        by_name: ``columns`` are the table's: rows with other fields are bound in their own order.

    Raises:
        TaskFailedError: The file is no row file.
        BatchStoppedError: ``is_stopping`` turned true; chunks sent so far stay.
    """
    from psycopg import RawCursor

    numbered, width = number_placeholders(statement)
    types = _parameter_types(connection, numbered)
    with path.open(encoding="utf-8") as lines, RawCursor(connection) as cursor:
        rows = rows_of(lines)
        while values := [
            _bound(row, columns, by_name, width, types) for row in islice(rows, max(chunk, 1))
        ]:
            if is_stopping():
                raise BatchStoppedError
            cursor.executemany(numbered.encode(), values)
            connection.commit()
            tally.row_count += len(values)
            tally.updated_count += max(cursor.rowcount, 0)
            tally.chunk_count += 1


def rows_of(lines: Iterable[str]) -> Iterator[Any]:
    """Yield the rows of a row file. Raises TaskFailedError when it is none."""
    try:
        yield from read_rows(lines)
    except (IonError, UnicodeDecodeError) as error:
        raise TaskFailedError(f"`from` is no row file: {error}") from error


def _parameter_types(connection: Connection[Any], statement: str) -> list[int]:
    """Ask the server for the type of each parameter, as numbers of ``pg_type``."""
    from psycopg import pq
    from psycopg.errors import error_from_result

    prepared = connection.pgconn.prepare(b"tiercel_batch", statement.encode())
    if prepared.status != pq.ExecStatus.COMMAND_OK:
        raise error_from_result(prepared)
    described = connection.pgconn.describe_prepared(b"tiercel_batch")
    if described.status != pq.ExecStatus.COMMAND_OK:
        raise error_from_result(described)
    return [described.param_type(index) for index in range(described.nparams)]


def _bound(
    row: Any, columns: Sequence[str] | None, by_name: bool, width: int, types: Sequence[int]
) -> list[str | None]:
    return [
        None if value is None else parameter_text(value, kind)
        for value, kind in zip(row_values(row, columns, by_name, width), types, strict=True)
    ]


def row_values(row: Any, columns: Sequence[str] | None, by_name: bool, width: int) -> list[Any]:
    """Return a row's values in the order of the placeholders, ``width`` of them.

    Args:
        row: A map, a list, or one value.
        columns: Fields of a map in that order; None for its own order.
        by_name: ``columns`` are the table's: a map with other fields keeps its own order.
    """
    if not isinstance(row, Mapping):
        values = list(row) if isinstance(row, list) else [row]
    elif columns is not None and (not by_name or row.keys() <= set(columns)):
        values = [row.get(column) for column in columns]
    else:
        values = list(row.values())
    return values[:width] + [None] * (width - len(values))


def parameter_text(value: Any, kind: int) -> str:
    """Return a value as text that PostgreSQL reads as a parameter of type ``kind``."""
    if kind in JSON_TYPES and not isinstance(value, str):
        return json.dumps(json_value(value), ensure_ascii=False)
    if kind == INTERVAL_TYPE and isinstance(value, int | float | Decimal):
        return f"{value} seconds"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds()} seconds"
    if isinstance(value, list):
        return f"{{{','.join(map(_element, value))}}}"
    if isinstance(value, Mapping):
        return json.dumps(json_value(value), ensure_ascii=False)
    return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = _text(value)
    if isinstance(value, list):
        return text
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
