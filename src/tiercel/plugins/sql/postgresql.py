"""Tasks over PostgreSQL: Query, Queries and Batch; the Trigger's properties."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask
from tiercel.plugins.sql.access import PostgresPlugin
from tiercel.plugins.sql.batch import BatchTally, insert_statement, send_rows
from tiercel.plugins.sql.batch_properties import BatchPlugin
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
from tiercel.plugins.sql.results import Fetcher, Result
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

    async def results(
        self,
        session: Session,
        context: TaskContext,
        statements: Sequence[str],
        after: Sequence[str],
    ) -> AsyncIterator[Result]:
        """Run all statements in order, their parameters bound.

        Yields:
            What each of ``statements`` gave; those that come ``after`` give nothing.
        """
        fetcher, count = self.fetcher(context), len(statements) + len(after)
        for number, sql in enumerate((*statements, *after), start=1):
            context.log(LogLevel.DEBUG, f"Starting query: {sql}")
            work = partial(self._run_bound, fetcher, sql)
            result = await session.call(work, place=statement_place(number, count, sql))
            if number <= len(statements):
                yield result
            else:
                discard(result)

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
        last = Result(has_rows=False)
        access = self.access(context.working_dir)
        async with Session(access, context, autocommit=alone) as session:
            done = None if alone else await committed_before(session, context)
            if done is not None:
                return Output(values=done, keep_null=ROW_MAY_BE_NULL)
            async for result in self.results(session, context, statements, after):
                discard(last if result.has_rows else result)
                last = result if result.has_rows else last
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
        access = self.access(context.working_dir)
        async with Session(access, context, autocommit=not self.transaction) as session:
            done = await committed_before(session, context) if self.transaction else None
            if done is not None:
                return Output(values=done)
            results = [one async for one in self.results(session, context, statements, after)]
            outputs = await self.outputs_of_each(context, results)
            if self.transaction:
                await commit_once(session, context, {"outputs": outputs})
        self.count_fetched(context, sum(result.size or 0 for result in results))
        return Output(values={"outputs": outputs})


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
