"""CopyIn and CopyOut over PostgreSQL: files into tables and back, as the server reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.sql.access import PostgresPlugin
from tiercel.plugins.sql.copy import (
    CopyFormat,
    CopyOptions,
    Tally,
    copy_from_file,
    copy_to_file,
    target,
)
from tiercel.plugins.sql.fetching import new_path
from tiercel.plugins.sql.once import commit_once, committed_before
from tiercel.plugins.sql.session import Session

if TYPE_CHECKING:
    from psycopg import Connection


class _Copying(PostgresPlugin):
    """Properties of COPY in both directions; they are PostgreSQL's own options."""

    table: Text | None = None
    """Table, with its schema if need be; written into the statement as it is."""
    columns: TextList | None = None
    """Columns of the file in order, by default the table's. Unquoted names are lower case."""
    format: CopyFormat = CopyFormat.TEXT
    """Format of the file."""
    oids: bool | None = None
    """`OIDS`, for servers that still know it."""
    freeze: bool | None = None
    """`FREEZE`: for a table made or emptied in the same transaction."""
    delimiter: Text | None = None
    """What separates columns: one character."""
    null_string: Text | None = None
    r"""Text that means NULL; `\N` for TEXT, nothing for CSV by default."""
    header: bool | None = None
    """The first line holds the names of the columns."""
    quote: Text | None = None
    """Quoting character of CSV."""
    escape: Text | None = None
    """Character before a quote inside quotes, in CSV."""
    force_quote: TextList | None = None
    """Columns that are always quoted, or `["*"]`."""
    force_not_null: TextList | None = None
    """Columns in which the NULL text is taken as it is."""
    force_null: TextList | None = None
    """Columns in which even the quoted NULL text means NULL."""
    encoding: Text | None = None
    """Encoding of the file; UTF-8 by default."""
    socket_timeout: int | None = None
    """Seconds without an answer from the network after which the connection is given up."""

    def options(self) -> CopyOptions:
        """Return the options of the statement."""
        return CopyOptions(
            format=self.format,
            oids=self.oids,
            freeze=self.freeze,
            delimiter=self.delimiter,
            null=self.null_string,
            header=self.header,
            quote=self.quote,
            escape=self.escape,
            force_quote=self.force_quote,
            force_not_null=self.force_not_null,
            force_null=self.force_null,
            encoding=self.encoding,
        )

    @property
    def has_lines(self) -> bool:
        """Whether the file has about one line per row."""
        return self.format is not CopyFormat.BINARY

    def session(self, context: TaskContext) -> Session:
        """Return a session in which one COPY is one transaction."""
        access = self.access(context.working_dir)
        parameters = dict(access.parameters)
        if self.socket_timeout:
            parameters["tcp_user_timeout"] = str(self.socket_timeout * 1000)
        access = type(access)(
            access.address, access.zone, access.username, access.password, parameters
        )
        return Session(access, context, autocommit=False)


class CopyIn(_Copying, RunnableTask):
    """Load a stored file into a table, as it is, in one transaction. Output: ``rowCount``.

    A file that is compressed with gzip is unpacked on the way.
    """

    type_name = "io.kestra.plugin.jdbc.postgresql.CopyIn"
    title = "Load a file into a PostgreSQL table with COPY."
    output_types = outputs(rowCount=int)
    examples = (
        (
            "Load a CSV file that has a header line.",
            "id: load\ntype: io.kestra.plugin.jdbc.postgresql.CopyIn\n"
            "url: jdbc:postgresql://127.0.0.1:5432/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            'from: "{{ outputs.extract.uri }}"\ntable: orders\nformat: CSV\nheader: true',
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """URI of the file in internal storage."""

    async def run(self, context: TaskContext) -> Output:
        """Stream the file; an error leaves the table as it was."""
        if not self.table:
            raise TaskFailedError("`table` is required: the table that the file is copied into.")
        statement = f"COPY {target(self.table, self.columns)} FROM STDIN{self.options().clause()}"
        size = await context.file_size(self.from_)
        path = await context.local_file(self.from_)
        tally = Tally()

        def watch() -> None:
            context.progress("copied", tally.byte_count, size, "B")
            if self.has_lines:
                context.progress("rows", tally.line_count, None, "rows")

        async with self.session(context) as session:
            done = await committed_before(session, context)
            if done is not None:
                return Output(values=done)
            context.log(LogLevel.DEBUG, f"Starting query: {statement}")
            work = _copying(copy_from_file, statement, path, tally, self.has_lines, session)
            row_count = await session.call(work, watch=watch)
            await commit_once(session, context, {"rowCount": row_count})
        context.progress("rows", row_count, row_count, "rows")
        context.metric("counter", "rows", row_count, None)
        return Output(values={"rowCount": row_count})


class CopyOut(_Copying, RunnableTask):
    """Write a table or the rows of a query into a stored file. Outputs: ``uri``, ``rowCount``."""

    type_name = "io.kestra.plugin.jdbc.postgresql.CopyOut"
    title = "Write rows of PostgreSQL into a file with COPY."
    output_types = outputs(uri=StoredFile, rowCount=int)
    examples = (
        (
            "Write the result of a query as CSV.",
            "id: dump\ntype: io.kestra.plugin.jdbc.postgresql.CopyOut\n"
            "url: jdbc:postgresql://127.0.0.1:5432/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            "sql: SELECT * FROM orders\nformat: CSV\nheader: true",
        ),
    )

    sql: Text | None = None
    """Query whose rows are written; without it the `table` is."""

    async def run(self, context: TaskContext) -> Output:
        """Stream the rows into a file and store it."""
        if self.sql:
            source = f"({self.sql.strip().rstrip(';')})"
        elif self.table:
            source = target(self.table, self.columns)
        else:
            raise TaskFailedError("`sql` or `table` is required: what is copied out.")
        statement = f"COPY {source} TO STDOUT{self.options().clause()}"
        path, tally = new_path(context, ".tmp"), Tally()

        def watch() -> None:
            context.progress("copied", tally.byte_count, None, "B")
            if self.has_lines:
                context.progress("rows", tally.line_count, None, "rows")

        async with self.session(context) as session:
            context.log(LogLevel.DEBUG, f"Starting query: {statement}")
            work = _copying(copy_to_file, statement, path, tally, self.has_lines, session)
            row_count = await session.call(work, watch=watch)
        context.progress("rows", row_count, row_count, "rows")
        context.metric("counter", "rows", row_count, None)
        return Output(values={"uri": await context.store_file(path), "rowCount": row_count})


def _copying(
    copy: Callable[..., int],
    statement: str,
    path: Path,
    tally: Tally,
    count_lines: bool,
    session: Session,
) -> Callable[[Connection[Any]], int]:
    def work(connection: Connection[Any]) -> int:
        return copy(
            connection,
            statement,
            path,
            tally,
            count_lines=count_lines,
            is_stopping=lambda: session.is_stopping,
        )

    return work
