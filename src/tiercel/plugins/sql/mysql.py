"""Tasks over MySQL: Query, Queries and Batch; the Trigger's properties."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask
from tiercel.plugins.sql.batch import BatchTally, row_values, rows_of
from tiercel.plugins.sql.batch_properties import BatchPlugin
from tiercel.plugins.sql.driver import Driver, DriverSession
from tiercel.plugins.sql.fetching import QueryTrigger
from tiercel.plugins.sql.mysql_driver import MysqlAddress, MysqlDriver, parse_mysql_url
from tiercel.plugins.sql.query import DatabasePlugin, QueriesTask, QueryTask, Workplace
from tiercel.plugins.sql.results import shown_zone
from tiercel.plugins.sql.statements import MYSQL, pieces

_PACKAGES = {"pymysql": "mysql"}


class MysqlPlugin(DatabasePlugin):
    """Properties of what works on MySQL.

    Class attributes:
        schemes: How URLs may begin.
    """

    requires: ClassVar[Mapping[str, str]] = _PACKAGES
    schemes: ClassVar[Sequence[str]] = ("jdbc:mysql", "jdbc:mariadb")

    input_file: Text | None = None
    """URI of a stored file; `{{ inputFile }}` is its path, for `LOAD DATA LOCAL INFILE`."""

    @asynccontextmanager
    async def workplace(self, context: TaskContext) -> AsyncIterator[Workplace]:
        """Fetch the input file."""
        address = parse_mysql_url(self.url, self.schemes, self.username, self.password)
        zone, variables = self.zone(), {"workingDir": str(context.working_dir)}
        if self.input_file:
            path = context.working_dir / "inputFile"
            await context.fetch_file(self.input_file, path)
            variables["inputFile"] = str(path)
            address = replace(address, has_local_infile=True)
        yield Workplace(
            connect=lambda: MysqlDriver(address, zone, context.address),
            dialect=MYSQL,
            variables=variables,
        )


class Query(MysqlPlugin, QueryTask):
    """Run SQL on MySQL and give back the rows of the last statement that has any.

    Outputs: ``row``, ``rows``, ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.jdbc.mysql.Query"
    title = "Run a query on MySQL."
    examples = (
        (
            "Store rows in a file.",
            "id: query\ntype: io.kestra.plugin.jdbc.mysql.Query\n"
            "url: jdbc:mysql://127.0.0.1:3306/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            "sql: SELECT * FROM orders\nfetchType: STORE",
        ),
    )


class Queries(MysqlPlugin, QueriesTask):
    """Run several statements on MySQL and give back the rows of each that has any, in order.

    Output: ``outputs``, a list of ``row``, ``rows``, ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.jdbc.mysql.Queries"
    title = "Run several statements on MySQL, in one transaction."
    examples = (
        (
            "Load a CSV file.",
            "id: load\ntype: io.kestra.plugin.jdbc.mysql.Queries\n"
            "url: jdbc:mysql://127.0.0.1:3306/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            'inputFile: "{{ outputs.extract.uri }}"\n'
            "sql: |\n  TRUNCATE orders;\n  LOAD DATA LOCAL INFILE '{{ inputFile }}' INTO TABLE "
            "orders FIELDS TERMINATED BY ',' IGNORE 1 LINES;",
        ),
    )


class MysqlBatch(BatchPlugin):
    """Properties of Batch, and its work."""

    model_config = ConfigDict(use_attribute_docstrings=True)
    requires: ClassVar[Mapping[str, str]] = _PACKAGES
    schemes: ClassVar[Sequence[str]] = ("jdbc:mysql", "jdbc:mariadb")

    url: Text
    """JDBC URL of the database."""
    username: Text | None = None
    """User to log in as."""
    password: Text | None = None
    """Password. Keep it in a secret."""
    time_zone_id: Text | None = None
    """Zone in which moments are written, e.g. `Europe/Paris`; the worker's by default."""

    async def insert(self, context: TaskContext) -> Output:
        """Send the rows chunk by chunk; an error leaves the chunks before it in the table."""
        self.check(context)
        address = parse_mysql_url(self.url, self.schemes, self.username, self.password)
        zone = shown_zone(self.time_zone_id)
        path, tally = await context.local_file(self.from_), BatchTally()
        async with DriverSession(partial(_connect, address, zone, context)) as session:
            statement, columns = await session.call(self._statement)
            context.log(LogLevel.DEBUG, f"Starting prepared statement: {statement}")
            work = partial(self._send, context, path, tally, statement, columns)
            await session.call(work)
        return self.output_of(tally, context)

    def _statement(self, driver: Driver) -> tuple[str, Sequence[str] | None]:
        """Return the statement with its ``?``, and the fields that are bound to them."""
        if self.sql:
            return self.sql, self.columns
        if self.columns:
            names, written = self.columns, ", ".join(self.columns)
        else:
            # the table is written by the flow's author, as a statement would be
            found = driver.execute(f"SELECT * FROM {self.table} LIMIT 0")  # noqa: S608
            names = list(found.labels) if found else []
            written = ", ".join("`" + name.replace("`", "``") + "`" for name in names)
        marks = ", ".join("?" for _ in names)
        return f"INSERT INTO {self.table} ({written}) VALUES ({marks})", names  # noqa: S608

    def _send(
        self,
        context: TaskContext,
        path: Path,
        tally: BatchTally,
        statement: str,
        columns: Sequence[str] | None,
        driver: Driver,
    ) -> None:
        if not isinstance(driver, MysqlDriver):
            raise TypeError("Batch needs a MySQL connection")
        (text, width), by_name = _with_marks(statement), self.columns is None
        with path.open(encoding="utf-8") as lines:
            rows = rows_of(lines)
            while chunk := [
                [driver.parameter(value) for value in row_values(row, columns, by_name, width)]
                for row in islice(rows, self.chunk)
            ]:
                driver.begin()
                tally.updated_count += driver.execute_many(text, chunk)
                driver.commit()
                tally.row_count += len(chunk)
                tally.chunk_count += 1
                context.progress("rows", tally.row_count, None, "rows")
                if context.is_killed:
                    return


def _with_marks(statement: str) -> tuple[str, int]:
    """Return a statement with ``%s`` for each ``?``, and how many there are."""
    texts = [
        "%s" if piece.text == "?" else piece.text.replace("%", "%%")
        for piece in pieces(statement, MYSQL)
    ]
    return "".join(texts), texts.count("%s")


def _connect(address: MysqlAddress, zone: tzinfo, context: TaskContext) -> Driver:
    return MysqlDriver(address, zone, context.address)


class Batch(MysqlBatch, RunnableTask):
    """Run one statement for each row of a row file. Outputs: ``rowCount``, ``updatedCount``."""

    type_name = "io.kestra.plugin.jdbc.mysql.Batch"
    title = "Insert the rows of a row file into MySQL."
    output_types = outputs(rowCount=int, updatedCount=int)
    examples = (
        (
            "Copy rows from one database into another.",
            "id: insert\ntype: io.kestra.plugin.jdbc.mysql.Batch\n"
            "url: jdbc:mysql://127.0.0.1:3306/shop\nusername: shop\n"
            "password: \"{{ secret('SHOP_PASSWORD') }}\"\n"
            'from: "{{ outputs.query.uri }}"\nsql: INSERT INTO customers VALUES (?, ?)',
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Send the rows; see :meth:`MysqlBatch.insert`."""
        return await self.insert(context)


class Trigger(QueryTrigger, MysqlPlugin):
    """Run a query now and then, and start an execution when it gives rows."""

    type_name = "io.kestra.plugin.jdbc.mysql.Trigger"
    title = "Start executions from rows that a query on MySQL finds."
