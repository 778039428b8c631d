"""Tasks over DuckDB: Query and Queries; the Trigger's properties."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, from_json_text
from tiercel.plugin.task import AsWritten, TaskFailedError
from tiercel.plugins.scripts.files import write_input_files
from tiercel.plugins.sql.driver import Driver, Rows, literal
from tiercel.plugins.sql.fetching import FETCHED, FETCHED_OF_EACH, QueryTrigger
from tiercel.plugins.sql.file_databases import file_variables, new_database, path_of_url
from tiercel.plugins.sql.query import DatabasePlugin, QueriesTask, QueryTask, Workplace
from tiercel.plugins.sql.statements import STANDARD
from tiercel.plugins.sql.targets import check_relative, output_paths, store_written

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SCHEME = "jdbc:duckdb:"
_BIG = re.compile(r"U?HUGEINT|UBIGINT|BIGNUM")
_INSTALL = re.compile(r"\s*(?:FORCE\s+)?INSTALL\s+'?(\w+)'?\s*;?\s*", re.IGNORECASE)
_INTERVAL = re.compile(r"\bINTERVAL\b", re.IGNORECASE)
_FILENAME = re.compile(r"\bfilename\s*=\s*true\b", re.IGNORECASE)
_ION = re.compile(r"\bread_ion\b|\bFORMAT\s+'?ion\b", re.IGNORECASE)
_CHUNK_ROWS = 2_048
# DuckDB gives moments in UTC and no region; a named offset tells them from plain instants.
_OFFSET_UTC = timezone(timedelta(0), "Z")

Convert = Callable[[Any], Any]


class DuckDriver(Driver):
    """An open DuckDB database."""

    dialect = STANDARD

    def __init__(self, database: str, *, folder: Path, zone: tzinfo) -> None:
        import duckdb

        self._errors = duckdb.Error
        self._folder = folder
        self._zone = zone
        self._is_open = False
        try:
            self._connection: DuckDBPyConnection = duckdb.connect(
                database,
                # SQL must not reach into the variables of this process
                config={"python_enable_replacements": False},
            )
            self._connection.execute(f"SET file_search_path = {literal(str(folder))}")
            self._connection.execute(f"SET temp_directory = {literal(str(folder / '.tmp'))}")
        except duckdb.Error as error:
            raise TaskFailedError(str(error)) from error

    def execute(self, sql: str) -> Rows | None:
        """Run one statement."""
        if self._is_built_in(sql):
            return None
        text = self._with_plain_columns(sql)
        self._connection.execute(text)
        description = self._connection.description or []
        columns = [(str(column[0]), str(column[1])) for column in description]
        if not columns or columns in ([("Count", "BIGINT")], [("Success", "BOOLEAN")]):
            if self._gives_rows(sql):
                return Rows([name for name, _ in columns], self._values(columns))
            return None
        return Rows([name for name, _ in columns], self._values(columns))

    def _gives_rows(self, sql: str) -> bool:
        import duckdb

        statements = duckdb.extract_statements(sql)
        return bool(statements) and statements[0].type == duckdb.StatementType.SELECT

    def _is_built_in(self, sql: str) -> bool:
        """Whether the statement installs an extension that DuckDB is built with: nothing to do."""
        found = _INSTALL.fullmatch(sql)
        if found is None:
            return False
        question = (
            "SELECT count(*) FROM duckdb_extensions() "
            "WHERE extension_name = ? AND install_mode = 'STATICALLY_LINKED'"
        )
        answer = self._connection.execute(question, [found[1].lower()]).fetchone()
        return bool(answer and answer[0])

    def _with_plain_columns(self, sql: str) -> str:
        """Return a query with columns as flows see them.

        Intervals become text: months have no place in Python's. Names of the files that a reader
        was asked for begin at the working directory.
        """
        names_files = _FILENAME.search(sql) is not None
        if not (names_files or _INTERVAL.search(sql)) or not self._gives_rows(sql):
            return sql
        query, folder = sql.rstrip().rstrip(";"), literal(f"{self._folder}/")
        changes = []
        for found, kind, *_ in self._connection.execute(f"DESCRIBE {query}").fetchall():
            name = '"' + str(found).replace('"', '""') + '"'
            if kind == "INTERVAL":
                changes.append(f"CAST({name} AS VARCHAR) AS {name}")
            elif names_files and (found, kind) == ("filename", "VARCHAR"):
                changes.append(f"replace({name}, {folder}, '') AS {name}")
        if not changes:
            return sql
        # the flow's author wrote the query; it stays one statement
        return f"SELECT * REPLACE ({', '.join(changes)}) FROM (\n{query}\n)"  # noqa: S608

    def _values(self, columns: Sequence[tuple[str, str]]) -> Iterator[Sequence[Any]]:
        changes = [self._change(kind) for _, kind in columns]
        while chunk := self._connection.fetchmany(_CHUNK_ROWS):
            for row in chunk:
                yield [
                    value if value is None else change(value)
                    for change, value in zip(changes, row, strict=True)
                ]

    def _change(self, kind: str) -> Convert:
        if kind == "JSON":
            return _parsed
        if _BIG.fullmatch(kind):
            return str
        if kind.startswith("TIMESTAMP") and "ZONE" not in kind:
            return self._local_moment
        return _final

    def _local_moment(self, value: Any) -> Any:
        return value.replace(tzinfo=self._zone) if isinstance(value, datetime) else value

    def begin(self) -> None:
        """Open a transaction."""
        self._connection.begin()
        self._is_open = True

    def commit(self) -> None:
        """Commit it."""
        self._connection.commit()
        self._is_open = False

    def roll_back(self) -> None:
        """Undo it."""
        if self._is_open:
            self._is_open = False
            self._connection.rollback()

    def close(self) -> None:
        """Close the database; a file is complete then."""
        self._connection.close()

    def interrupt(self) -> None:
        """End the running statement."""
        self._connection.interrupt()

    def message(self, error: Exception) -> str | None:
        """Return DuckDB's own words."""
        return str(error) if isinstance(error, self._errors) else None


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _final(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=_OFFSET_UTC)
    if isinstance(value, UUID | timedelta):
        return str(value)
    if isinstance(value, list | tuple):
        return [_final(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _final(item) for key, item in value.items()}
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


class _DuckPlugin(DatabasePlugin):
    """Properties of what works on DuckDB."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    requires: ClassVar[Mapping[str, str]] = {"duckdb": "duckdb"}

    url: Text = _SCHEME
    """`jdbc:duckdb:` for a database of the task's own, or with the absolute path of a file."""
    input_files: Annotated[dict[str, Any] | str | None, AsWritten()] = None
    """Files for the working directory: stored ones by URI, others by their content."""
    output_files: TextList | None = None
    """Names; `{{ outputFiles.NAME }}` in the SQL is a path to write to."""
    database_uri: Text | None = None
    """URI of a stored database file to start from."""
    output_db_file: bool = False
    """Store the database file when done; its URI is the output `databaseUri`."""
    community_extensions: TextList | None = None
    """Extensions of the community to install and load; those that can't be are only warned of.

    By default `ion`, when the SQL reads or writes Ion.
    """

    @asynccontextmanager
    async def workplace(self, context: TaskContext) -> AsyncIterator[Workplace]:
        """Prepare the folder; store the files once the connection is closed."""
        folder = context.working_dir
        await self._write_inputs(context, folder)
        database = self._database(folder)
        if self.database_uri:
            await context.fetch_file(self.database_uri, Path(database))
        targets, zone = output_paths(folder, self.output_files or ()), self.zone()
        workplace = Workplace(
            connect=lambda: self._connect(context, database, folder, zone),
            dialect=STANDARD,
            variables=file_variables(folder, database, targets),
        )
        yield workplace
        workplace.outputs["outputFiles"] = await store_written(context, targets)
        if self.output_db_file:
            workplace.outputs["databaseUri"] = await context.store_file(Path(database))

    async def _write_inputs(self, context: TaskContext, folder: Path) -> None:
        extra = {"workingDir": str(folder)}
        files = from_json_text(context.render_value(self.input_files or {}, extra))
        for name in files:
            check_relative(str(name), "inputFile")
        await write_input_files(context, folder, files)

    def _connect(self, context: TaskContext, database: str, folder: Path, zone: tzinfo) -> Driver:
        driver = DuckDriver(database, folder=folder, zone=zone)
        names = self.community_extensions
        if names is None:
            names = ["ion"] if _ION.search(self.sql) else []
        for name in names:
            try:
                driver.execute(f"INSTALL {name} FROM community")
                driver.execute(f"LOAD {name}")
            except Exception as error:
                message = driver.message(error)
                if message is None:
                    raise
                context.log(LogLevel.WARN, f"Extension '{name}' is not loaded: {message}")
        return driver

    def _database(self, folder: Path) -> str:
        path = path_of_url(self.url, _SCHEME, "/data/shop.db")
        if not path:
            return new_database(folder)
        if path.startswith(("md:", ":memory:")):
            return path
        if not Path(path).is_absolute():
            raise TaskFailedError(
                f"The database file path is not valid (Path to database file must be absolute): "
                f"'{path}'"
            )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        return path


class Query(_DuckPlugin, QueryTask):
    """Run SQL on DuckDB and give back the rows of the last statement that has any.

    Outputs: ``row``, ``rows``, ``uri``, ``size``, ``outputFiles``, ``databaseUri``.
    """

    type_name = "io.kestra.plugin.jdbc.duckdb.Query"
    title = "Run a query on DuckDB."
    output_types = outputs(**FETCHED, outputFiles=dict[str, StoredFile], databaseUri=StoredFile)
    examples = (
        (
            "Average over a CSV file.",
            "id: average\ntype: io.kestra.plugin.jdbc.duckdb.Query\ninputFiles:\n"
            '  data.csv: "{{ outputs.extract.uri }}"\n'
            "sql: SELECT brand, avg(price) AS price FROM 'data.csv' GROUP BY brand\n"
            "fetchType: STORE",
        ),
    )


class Queries(_DuckPlugin, QueriesTask):
    """Run several statements on DuckDB and give back the rows of each that has any, in order.

    Outputs: ``outputs``, a list of ``row``, ``rows``, ``uri``, ``size``; ``outputFiles``,
    ``databaseUri``.
    """

    type_name = "io.kestra.plugin.jdbc.duckdb.Queries"
    title = "Run several statements on DuckDB."
    output_types = outputs(
        **FETCHED_OF_EACH, outputFiles=dict[str, StoredFile], databaseUri=StoredFile
    )
    examples = (
        (
            "Read JSON, write Parquet.",
            "id: convert\ntype: io.kestra.plugin.jdbc.duckdb.Queries\ninputFiles:\n"
            '  data.json: "{{ outputs.extract.uri }}"\noutputFiles: [data.parquet]\nsql: |\n'
            "  CREATE TABLE data AS SELECT * FROM read_json_auto('{{ workingDir }}/data.json');\n"
            "  COPY data TO '{{ outputFiles[\"data.parquet\"] }}' (FORMAT parquet);",
        ),
    )


class Trigger(QueryTrigger, _DuckPlugin):
    """Run a query now and then, and start an execution when it gives rows."""

    type_name = "io.kestra.plugin.jdbc.duckdb.Trigger"
    title = "Start executions from rows that a query on DuckDB finds."
