"""Tasks over PostgreSQL: Query, Queries, CopyIn, CopyOut, Batch; the Trigger's properties."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.sql.access import PostgresPlugin
from tiercel.plugins.sql.batch import BatchTally, insert_statement, send_rows
from tiercel.plugins.sql.batch_properties import BatchPlugin
from tiercel.plugins.sql.copy import (
    CopyFormat,
    CopyOptions,
    Tally,
    copy_from_file,
    copy_to_file,
    target,
)
from tiercel.plugins.sql.failure import statement_place
from tiercel.plugins.sql.fetching import (
    FETCHED,
    FETCHED_OF_EACH,
    ROW_MAY_BE_NULL,
    Fetching,
    QueryTrigger,
    discard,
    new_path,
    outputs_of,
)
from tiercel.plugins.sql.once import commit_once, committed_before
from tiercel.plugins.sql.results import Fetcher, FetchType, Result
from tiercel.plugins.sql.session import Session
from tiercel.plugins.sql.statements import bind_names, single_question_marks, split_statements

if TYPE_CHECKING:
    from psycopg import Connection

_WRITES_ROWS = re.compile(r"\s*(insert|update|delete|merge|with)\b", re.IGNORECASE)


class _Fetching(PostgresPlugin, Fetching):
    """Properties of what runs SQL on PostgreSQL and takes rows."""

    def fetcher(self, context: TaskContext) -> Fetcher:
        """Return what runs the statements and takes their rows."""
        path = partial(new_path, context, ".ion")
        return Fetcher(self.fetching(), self.zone(), path, self.fetch_size)

    async def run_statement(
        self, session: Session, context: TaskContext, fetcher: Fetcher, sql: str, place: str
    ) -> Result:
        """Run one statement, its parameters bound."""
        context.log(LogLevel.DEBUG, f"Starting query: {sql}")
        return await session.call(partial(self._run_bound, fetcher, sql), place=place)

    def _run_bound(self, fetcher: Fetcher, sql: str, connection: Connection[Any]) -> Result:
        return fetcher.run(connection, self._bound(sql, connection))

    def _bound(self, sql: str, connection: Connection[Any]) -> str:
        text = single_question_marks(sql)
        if not self.parameters:
            return text
        from psycopg import sql as composing

        def literal(value: Any) -> str:
            if isinstance(value, dict):
                from psycopg.types.json import Json

                value = Json(value)
            return composing.Literal(value).as_string(connection)

        return bind_names(text, self.parameters, literal)


class Query(_Fetching, RunnableTask):
    """Run SQL and give back the rows of the last statement that has any.

    Several statements run as one transaction. Outputs: ``row``, ``rows``, ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.jdbc.postgresql.Query"
    title = "Run a query on PostgreSQL."
    output_types = FETCHED
    examples = (
        (
            "Fetch rows into the outputs.",
            "id: query\ntype: io.kestra.plugin.jdbc.postgresql.Query\n"
            "url: jdbc:postgresql://127.0.0.1:5432/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            "sql: SELECT id, name FROM customers\nfetchType: FETCH",
        ),
    )

    after_sql: Annotated[Text | None, Field(alias="afterSQL")] = None
    """SQL to run after the query, in the same transaction."""

    async def run(self, context: TaskContext) -> Output:
        """Run all statements in order, then commit; an error undoes them all."""
        statements = split_statements(self.sql)
        after = split_statements(self.after_sql or "")
        # alone, a statement runs outside of a transaction block, as VACUUM and the like must
        alone = len(statements) == 1 and not after and not _WRITES_ROWS.match(statements[0])
        fetcher, last = self.fetcher(context), Result(has_rows=False)
        access = self.access(context.working_dir)
        async with Session(access, context, autocommit=alone) as session:
            done = None if alone else await committed_before(session, context)
            if done is not None:
                return Output(values=done, keep_null=ROW_MAY_BE_NULL)
            count = len(statements) + len(after)
            for number, sql in enumerate((*statements, *after), start=1):
                place = statement_place(number, count, sql)
                result = await self.run_statement(session, context, fetcher, sql, place)
                if result.has_rows and number <= len(statements):
                    discard(last)
                    last = result
                else:
                    discard(result)
            outputs = await outputs_of(context, last)
            if not alone:
                await commit_once(session, context, outputs)
        self.count_fetched(context, last.size or 0)
        return Output(values=outputs, keep_null=ROW_MAY_BE_NULL)


class Queries(_Fetching, RunnableTask):
    """Run several statements and give back the rows of each that has any, in order.

    Output: ``outputs``, a list of ``row``, ``rows``, ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.jdbc.postgresql.Queries"
    title = "Run several statements on PostgreSQL, in one transaction."
    output_types = FETCHED_OF_EACH
    examples = (
        (
            "Make a table and fill it; an error undoes both.",
            "id: fill\ntype: io.kestra.plugin.jdbc.postgresql.Queries\n"
            "url: jdbc:postgresql://127.0.0.1:5432/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            "sql: |\n  CREATE TABLE IF NOT EXISTS days (day date);\n"
            "  INSERT INTO days VALUES (current_date);",
        ),
    )

    transaction: bool = True
    """Run all in one transaction; otherwise each statement is committed by itself."""
    after_sql: Annotated[Text | None, Field(alias="afterSQL")] = None
    """SQL to run after the others, in the same transaction."""

    async def run(self, context: TaskContext) -> Output:
        """Run the statements in order; none runs after an error."""
        statements = split_statements(self.sql)
        after = split_statements(self.after_sql or "")
        fetcher, outputs = self.fetcher(context), list[dict[str, Any]]()
        access = self.access(context.working_dir)
        async with Session(access, context, autocommit=not self.transaction) as session:
            done = await committed_before(session, context) if self.transaction else None
            if done is not None:
                return Output(values=done)
            results = []
            for number, sql in enumerate((*statements, *after), start=1):
                place = statement_place(number, len(statements) + len(after), sql)
                result = await self.run_statement(session, context, fetcher, sql, place)
                if number <= len(statements):
                    results.append(result)
                else:
                    discard(result)
            with_rows = [result for result in results if result.has_rows]
            for result in with_rows:
                if self.fetching() is FetchType.NONE:
                    message = "fetchType is set to NONE, no output will be returned"
                    context.log(LogLevel.INFO, message)
                outputs.append(await outputs_of(context, result))
            if self.transaction:
                await commit_once(session, context, {"outputs": outputs})
        self.count_fetched(context, sum(result.size or 0 for result in with_rows))
        return Output(values={"outputs": outputs})


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


class Batch(BatchPlugin, PostgresPlugin, RunnableTask):
    """Run one statement for each row of a row file. Outputs: ``rowCount``, ``updatedCount``."""

    type_name = "io.kestra.plugin.jdbc.postgresql.Batch"
    title = "Insert the rows of a row file into PostgreSQL."
    output_types = outputs(rowCount=int, updatedCount=int)
    examples = (
        (
            "Copy rows from one database into another.",
            "id: insert\ntype: io.kestra.plugin.jdbc.postgresql.Batch\n"
            "url: jdbc:postgresql://127.0.0.1:5432/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            'from: "{{ outputs.query.uri }}"\nsql: INSERT INTO customers VALUES (?, ?)',
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Send the rows chunk by chunk; an error leaves the chunks before it in the table."""
        self.check(context)
        path = await context.local_file(self.from_)
        tally = BatchTally()

        def watch() -> None:
            context.progress("rows", tally.row_count, None, "rows")

        async with Session(self.access(context.working_dir), context, autocommit=False) as session:
            statement, columns = await session.call(self._statement)
            context.log(LogLevel.DEBUG, f"Starting prepared statement: {statement}")

            def work(connection: Connection[Any]) -> None:
                send_rows(
                    connection,
                    statement,
                    path,
                    columns=columns,
                    by_name=self.columns is None,
                    chunk=self.chunk,
                    tally=tally,
                    is_stopping=lambda: session.is_stopping,
                )

            await session.call(work, watch=watch)
        return self.output_of(tally, context)

    def _statement(self, connection: Connection[Any]) -> tuple[str, list[str] | None]:
        if self.sql:
            return self.sql, self.columns
        return insert_statement(connection, self.table or "", self.columns)


class Trigger(QueryTrigger, _Fetching):
    """Run a query now and then, and start an execution when it gives rows."""

    type_name = "io.kestra.plugin.jdbc.postgresql.Trigger"
    title = "Start executions from rows that a query on PostgreSQL finds."

    after_sql: Annotated[Text | None, Field(alias="afterSQL")] = None
    """SQL to run after the query, in the same transaction."""
