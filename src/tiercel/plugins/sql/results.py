"""What a statement gives back: nothing, one row, all rows, or a row file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.ion import ion_line
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.sql.copy_out import CopyOutStream
from tiercel.plugins.sql.foreign import Change, changes_of, described_columns
from tiercel.plugins.sql.row_lines import RowLines
from tiercel.plugins.sql.server_rows import row_file_plan
from tiercel.plugins.sql.values import Normalizer

if TYPE_CHECKING:
    from psycopg import Connection, Cursor


class FetchType(StrEnum):
    """What becomes of the rows of a result."""

    NONE = "NONE"
    FETCH = "FETCH"
    FETCH_ONE = "FETCH_ONE"
    STORE = "STORE"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one statement.

    Attributes:
        has_rows: The statement gives rows, even if there were none.
        row: First row with FETCH_ONE, None without one.
        rows: All rows with FETCH.
        path: The row file with STORE.
        size: Rows fetched or stored.
    """

    has_rows: bool
    row: dict[str, Any] | None = None
    rows: list[dict[str, Any]] | None = None
    path: Path | None = None
    size: int | None = None


class Fetcher:
    """Runs statements and takes their rows; blocking, for a thread.

    Args:
        zone: Moments with a zone are shown in it.
        new_path: Gives a fresh path for each row file.
        fetch_size: Rows held in memory at once while a row file is written.
    """

    def __init__(
        self,
        fetch_type: FetchType,
        zone: tzinfo,
        new_path: Callable[[], Path],
        fetch_size: int,
    ) -> None:
        self._fetch_type = fetch_type
        self._zone = zone
        self._normalize = Normalizer(zone)
        self._new_path = new_path
        self._fetch_size = max(fetch_size, 1)

    def run(self, connection: Connection[Any], sql: str) -> Result:
        """Run one statement to its end. Raises psycopg's errors."""
        with connection.cursor() as cursor:
            if self._fetch_type is FetchType.STORE:
                columns = described_columns(connection, sql)
                style = connection.info.parameter_status("DateStyle")
                plan = row_file_plan(sql, columns, self._zone, style)
                if plan is not None:
                    return self._store_as_sent(connection, *plan)
                changes = changes_of(connection, [kind for _, kind in columns])
                return self._store(cursor, sql, changes)
            cursor.execute(sql.encode())
            if cursor.description is None:
                return Result(has_rows=False)
            if self._fetch_type is FetchType.NONE:
                return Result(has_rows=True)
            changes = changes_of(connection, [column.type_code for column in cursor.description])
            if self._fetch_type is FetchType.FETCH_ONE:
                first = next(self._rows(cursor, cursor, changes), None)
                row = None if first is None else json_value(first)
                return Result(has_rows=True, row=row, size=0 if row is None else 1)
            rows = [json_value(row) for row in self._rows(cursor, cursor, changes)]
            return Result(has_rows=True, rows=rows, size=len(rows))

    def _rows(
        self,
        cursor: Cursor[Any],
        source: Iterator[tuple[Any, ...]],
        changes: Sequence[Change | None] | None,
    ) -> Iterator[dict[str, Any]]:
        normalize, labels = self._normalize, None
        for values in source:
            if labels is None:
                labels = [column.name for column in cursor.description or ()]
            cells = values if changes is None else map(_changed, changes, values)
            yield dict(zip(labels, map(normalize, cells), strict=True))

    def _store_as_sent(
        self, connection: Connection[Any], statement: str, lines: RowLines
    ) -> Result:
        """Store lines made of the texts that the server sends."""
        path, stream = self._new_path(), CopyOutStream(connection, statement)
        with path.open("wb", buffering=0) as file:
            for rows in stream:
                file.write(lines.lines(rows))
        return Result(has_rows=True, path=path, size=stream.row_count)

    def _store(
        self, cursor: Cursor[Any], sql: str, changes: Sequence[Change | None] | None
    ) -> Result:
        import psycopg

        path, size = self._new_path(), 0
        chunk = self._fetch_size if psycopg.capabilities.has_stream_chunked() else 1
        source = cursor.stream(sql.encode(), size=chunk)
        with path.open("w", encoding="utf-8") as file:
            try:
                for row in self._rows(cursor, source, changes):
                    file.write(ion_line(row))
                    size += 1
            except psycopg.ProgrammingError as error:
                # the driver's own refusal to stream a statement without rows, which it has run
                if error.sqlstate is not None or size:
                    raise
                path.unlink()
                return Result(has_rows=False)
        return Result(has_rows=True, path=path, size=size)


def _changed(change: Change | None, value: Any) -> Any:
    return value if change is None or value is None else change(value)


def named_zone(name: str) -> tzinfo:
    """Return the zone of a name such as ``Europe/Paris``.

    Raises:
        TaskFailedError: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TaskFailedError(f"Unknown time zone '{name}' in `timeZoneId`") from error


def shown_zone(name: str | None) -> tzinfo:
    """Return the zone that ``timeZoneId`` names, or the worker's. Raises as :func:`named_zone`."""
    return named_zone(name) if name else local_zone()


@cache
def local_zone() -> tzinfo:
    """Return the worker's zone: ``TZ``, else the system's, else UTC."""
    link = Path("/etc/localtime")
    target = link.resolve().as_posix() if link.is_symlink() else ""
    candidates = (os.environ.get("TZ", "").lstrip(":"), target.partition("/zoneinfo/")[2])
    for name in (*filter(None, candidates), "Etc/UTC"):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue  # a name this machine does not know: take the next
    return UTC
