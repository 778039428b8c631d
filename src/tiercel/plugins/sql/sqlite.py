"""Tasks over SQLite: Query and Queries; the Trigger's properties."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.sql.driver import Driver, Rows
from tiercel.plugins.sql.fetching import FETCHED, FETCHED_OF_EACH, QueryTrigger
from tiercel.plugins.sql.file_databases import file_variables, new_database, path_of_url
from tiercel.plugins.sql.query import DatabasePlugin, QueriesTask, QueryTask, Workplace
from tiercel.plugins.sql.results import local_zone
from tiercel.plugins.sql.statements import SQLITE
from tiercel.plugins.sql.targets import output_paths, store_written

_SCHEME = "jdbc:sqlite:"
_CHUNK_ROWS = 2_000
_COMPACT_DATE = len("20240102")


def _date(text: bytes) -> Any:
    return _or_text(text, lambda value: _read_moment(value).date())


def _moment(text: bytes) -> Any:
    return _or_text(text, _read_moment)


def _read_moment(value: str) -> datetime:
    """Read ISO, or the milliseconds since 1970 that Java's driver writes."""
    if value.lstrip("-").isdigit() and len(value) != _COMPACT_DATE:
        return datetime.fromtimestamp(int(value) / 1000, local_zone())
    return datetime.fromisoformat(value)


def _clock(text: bytes) -> Any:
    return _or_text(text, time.fromisoformat)


def _decimal(text: bytes) -> Any:
    value = text.decode()
    try:
        return int(value) if value.lstrip("-").isdigit() else Decimal(value)
    except InvalidOperation:
        return value


def _or_text(text: bytes, read: Callable[[str], Any]) -> Any:
    """SQLite keeps any text in a column of any type: what can't be read stays text."""
    value = text.decode(errors="replace")
    try:
        return read(value)
    except (ValueError, OverflowError, OSError):
        return value


_CONVERTERS: Mapping[str, Callable[[bytes], Any]] = {
    "DATE": _date,
    "DATETIME": _moment,
    "TIMESTAMP": _moment,
    "TIME": _clock,
    "NUMERIC": _decimal,
    "DECIMAL": _decimal,
}


class SqliteDriver(Driver):
    """An open SQLite database."""

    dialect = SQLITE

    def __init__(self, database: str, zone: tzinfo) -> None:
        # sqlite3 knows converters of the whole process only; nothing else here declares types
        for name, convert in _CONVERTERS.items():
            sqlite3.register_converter(name, convert)
        self._zone = zone
        try:
            self._connection = sqlite3.connect(
                database,
                detect_types=sqlite3.PARSE_DECLTYPES,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise TaskFailedError(f"{error}: {Path(database).name}") from error

    def execute(self, sql: str) -> Rows | None:
        """Run one statement."""
        cursor = self._connection.execute(sql)
        if cursor.description is None:
            return None
        return Rows([column[0] for column in cursor.description], self._values(cursor))

    def _values(self, cursor: sqlite3.Cursor) -> Iterator[Sequence[Any]]:
        while chunk := cursor.fetchmany(_CHUNK_ROWS):
            for row in chunk:
                yield [self._instant(value) for value in row]

    def _instant(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        aware = value if value.tzinfo is not None else value.replace(tzinfo=self._zone)
        return aware.astimezone(UTC)

    def begin(self) -> None:
        """Open a transaction."""
        self._connection.execute("BEGIN")

    def commit(self) -> None:
        """Commit it; the statements may have ended it already."""
        self._connection.commit()

    def roll_back(self) -> None:
        """Undo it."""
        self._connection.rollback()

    def close(self) -> None:
        """Close the database; a file is complete then."""
        self._connection.close()

    def interrupt(self) -> None:
        """End the running statement."""
        self._connection.interrupt()

    def message(self, error: Exception) -> str | None:
        """Return SQLite's own words."""
        return str(error) if isinstance(error, sqlite3.Error) else None

    def literal(self, value: Any) -> str:
        """Return the SQL literal of a value; booleans are numbers."""
        if isinstance(value, bool):
            return str(int(value))
        if isinstance(value, datetime | date):
            value = value.isoformat(*([" "] if isinstance(value, datetime) else []))
        return super().literal(value)


class _SqlitePlugin(DatabasePlugin):
    """Properties of what works on SQLite."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    url: Text = _SCHEME
    """`jdbc:sqlite:` and a path, `:memory:`, or nothing for a database of the task's own."""
    sqlite_file: Text | None = None
    """URI of a stored database file to start from; it is changed only as a copy."""
    output_db_file: bool = False
    """Store the database file when done; its URI is the output `databaseUri`."""
    output_files: TextList | None = None
    """Names; `{{ outputFiles.NAME }}` in the SQL is a path to write to."""

    @asynccontextmanager
    async def workplace(self, context: TaskContext) -> AsyncIterator[Workplace]:
        """Prepare the folder; store the files once the connection is closed."""
        folder = context.working_dir
        database = self._database(folder)
        if self.sqlite_file:
            await context.fetch_file(self.sqlite_file, Path(database))
        targets, zone = output_paths(folder, self.output_files or ()), self.zone()
        workplace = Workplace(
            connect=lambda: SqliteDriver(database, zone),
            dialect=SQLITE,
            variables=file_variables(folder, database, targets),
        )
        yield workplace
        if targets:
            workplace.outputs["outputFiles"] = await store_written(context, targets)
        if self.output_db_file:
            workplace.outputs["databaseUri"] = await context.store_file(Path(database))

    def _database(self, folder: Path) -> str:
        given = path_of_url(self.url, _SCHEME, "shop.db")
        path = given.partition("?")[0].removeprefix("file:")
        if path == ":memory:" and not (self.sqlite_file or self.output_db_file):
            return path
        if not path or path == ":memory:":
            return new_database(folder)
        if self.sqlite_file:
            return str(folder / Path(path).name)
        return str(folder / path)


class Query(_SqlitePlugin, QueryTask):
    """Run SQL on SQLite and give back the rows of the last statement that has any.

    Outputs: ``row``, ``rows``, ``uri``, ``size``, ``outputFiles``, ``databaseUri``.
    """

    type_name = "io.kestra.plugin.jdbc.sqlite.Query"
    title = "Run a query on SQLite."
    output_types = outputs(**FETCHED, outputFiles=dict[str, StoredFile], databaseUri=StoredFile)
    examples = (
        (
            "Rows of a database file that another task made.",
            "id: query\ntype: io.kestra.plugin.jdbc.sqlite.Query\n"
            'url: jdbc:sqlite:shop.db\nsqliteFile: "{{ outputs.download.uri }}"\n'
            "sql: SELECT * FROM orders\nfetchType: STORE",
        ),
    )


class Queries(_SqlitePlugin, QueriesTask):
    """Run several statements on SQLite and give back the rows of each that has any, in order.

    Outputs: ``outputs``, a list of ``row``, ``rows``, ``uri``, ``size``; ``outputFiles``,
    ``databaseUri``.
    """

    type_name = "io.kestra.plugin.jdbc.sqlite.Queries"
    title = "Run several statements on SQLite."
    output_types = outputs(
        **FETCHED_OF_EACH, outputFiles=dict[str, StoredFile], databaseUri=StoredFile
    )
    examples = (
        (
            "Make a database file for the tasks that follow.",
            "id: make\ntype: io.kestra.plugin.jdbc.sqlite.Queries\noutputDbFile: true\nsql: |\n"
            "  CREATE TABLE days (day DATE);\n  INSERT INTO days VALUES (date());",
        ),
    )


class Trigger(QueryTrigger, _SqlitePlugin):
    """Run a query now and then, and start an execution when it gives rows."""

    type_name = "io.kestra.plugin.jdbc.sqlite.Trigger"
    title = "Start executions from rows that a query on SQLite finds."
