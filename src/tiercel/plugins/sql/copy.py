"""PostgreSQL's COPY: the statement, and the streams in and out."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.sql.copy_out import CopyOutStream

if TYPE_CHECKING:
    from psycopg import Connection

CHUNK_BYTES = 1 << 20
_PACKED_BYTES = 1 << 18
_GZIP = b"\x1f\x8b"
_GZIP_BITS = 31


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

    def add_unpacked(self, chunk: bytes, taken: int, *, count_lines: bool) -> None:
        """Count one chunk of a file of which it took ``taken`` bytes."""
        self.byte_count += taken
        if count_lines:
            self.line_count += chunk.count(b"\n")


def unpacked(source: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the chunks of a file, one that is gzip unpacked, and how many bytes of it each took.

    Raises:
        TaskFailedError: The file begins as gzip but is broken.
    """
    chunk = source.read(CHUNK_BYTES)
    if not chunk.startswith(_GZIP):
        while chunk:
            yield chunk, len(chunk)
            chunk = source.read(CHUNK_BYTES)
        return
    unpacker = zlib.decompressobj(wbits=_GZIP_BITS)
    try:
        while chunk:
            taken = len(chunk)
            while chunk:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(wbits=_GZIP_BITS)
                yield unpacker.decompress(chunk, CHUNK_BYTES), taken
                chunk, taken = unpacker.unconsumed_tail or unpacker.unused_data.lstrip(b"\0"), 0
            chunk = source.read(_PACKED_BYTES)
    except zlib.error as error:
        raise TaskFailedError(f"The file is broken gzip: {error}") from error
    if not unpacker.eof:
        raise TaskFailedError("The file is broken gzip: it ends too early")


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
    """Send a file's bytes in chunks, as they are or unpacked; return how many rows were taken.

    Raises:
        TaskFailedError: The file is broken gzip; the server keeps nothing.
        CopyStoppedError: ``is_stopping`` turned true; the server keeps nothing.
    """
    with connection.cursor() as cursor:
        with cursor.copy(statement.encode()) as copy, path.open("rb", buffering=0) as source:
            for chunk, taken in unpacked(source):
                if is_stopping():
                    raise CopyStoppedError
                copy.write(chunk)
                tally.add_unpacked(chunk, taken, count_lines=count_lines)
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
    stream = CopyOutStream(connection, statement)
    with path.open("wb", buffering=0) as sink:
        for rows in stream:
            if is_stopping():
                raise CopyStoppedError
            sink.write(rows)
            tally.add(rows, count_lines=count_lines)
    return stream.row_count
