"""PostgreSQL's COPY: the statement, and the streams in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

CHUNK_BYTES = 1 << 20


class CopyFormat(StrEnum):
    """How the file is written."""

    TEXT = "TEXT"
    CSV = "CSV"
    BINARY = "BINARY"


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """Options of COPY; None leaves one out. Names and meanings are PostgreSQL's."""

    format: CopyFormat = CopyFormat.TEXT
    oids: bool | None = None
    freeze: bool | None = None
    delimiter: str | None = None
    null: str | None = None
    header: bool | None = None
    quote: str | None = None
    escape: str | None = None
    force_quote: Sequence[str] | None = None
    force_not_null: Sequence[str] | None = None
    force_null: Sequence[str] | None = None
    encoding: str | None = None

    def clause(self) -> str:
        """Return `` WITH (FORMAT CSV, …)``, or nothing when no option is given."""
        options = [
            "" if self.format is CopyFormat.TEXT else f"FORMAT {self.format}",
            "OIDS" if self.oids else "",
            "FREEZE" if self.freeze else "",
            _text("DELIMITER", self.delimiter),
            _text("NULL", self.null),
            "" if self.header is None else f"HEADER {str(self.header).upper()}",
            _text("QUOTE", self.quote),
            _text("ESCAPE", self.escape),
            _columns("FORCE_QUOTE", self.force_quote),
            _columns("FORCE_NOT_NULL", self.force_not_null),
            _columns("FORCE_NULL", self.force_null),
            _text("ENCODING", self.encoding),
        ]
        given = ", ".join(filter(None, options))
        return f" WITH ({given})" if given else ""


def _text(name: str, value: str | None) -> str:
    return "" if value is None else f"{name} '{value.replace(chr(39), chr(39) * 2)}'"


def _columns(name: str, columns: Sequence[str] | None) -> str:
    if not columns:
        return ""
    if list(columns) == ["*"]:
        return f"{name} *"
    return f"{name} ({', '.join(columns)})"


def target(table: str, columns: Sequence[str] | None) -> str:
    """Return a table with its columns, both as written: unquoted names are folded by PostgreSQL."""
    return f"{table} ({', '.join(columns)})" if columns else table


@dataclass(slots=True)
class Tally:
    """How far a copy is: written by its thread, read by anybody.

    Attributes:
        line_count: Line ends sent or received, about the number of rows; 0 for BINARY.
    """

    byte_count: int = 0
    line_count: int = 0

    def add(self, chunk: bytes | bytearray | memoryview, *, count_lines: bool) -> None:
        """Count one chunk."""
        self.byte_count += len(chunk)
        if count_lines:
            self.line_count += bytes(chunk).count(b"\n")


class CopyStoppedError(Exception):
    """The task was cancelled in the middle of a copy."""


def copy_from_file(
    connection: Connection[Any],
    statement: str,
    path: Path,
    tally: Tally,
    *,
    count_lines: bool,
    is_stopping: Callable[[], bool],
) -> int:
    """Send a file's bytes as they are, in chunks; return how many rows the server took.

    Raises:
        CopyStoppedError: ``is_stopping`` turned true; the server keeps nothing.
    """
    with connection.cursor() as cursor:
        with cursor.copy(statement.encode()) as copy, path.open("rb", buffering=0) as source:
            while chunk := source.read(CHUNK_BYTES):
                if is_stopping():
                    raise CopyStoppedError
                copy.write(chunk)
                tally.add(chunk, count_lines=count_lines)
        return cursor.rowcount


def copy_to_file(
    connection: Connection[Any],
    statement: str,
    path: Path,
    tally: Tally,
    *,
    count_lines: bool,
    is_stopping: Callable[[], bool],
) -> int:
    """Write what the server sends into a file; return how many rows it sent.

    Raises:
        CopyStoppedError: ``is_stopping`` turned true.
    """
    with connection.cursor() as cursor:
        with cursor.copy(statement.encode()) as copy, path.open("wb", CHUNK_BYTES) as sink:
            for block in copy:
                if is_stopping():
                    raise CopyStoppedError
                sink.write(block)
                tally.add(block, count_lines=count_lines)
        return cursor.rowcount
