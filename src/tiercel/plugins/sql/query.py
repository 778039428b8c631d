"""Query and Queries over any database that has a :class:`~tiercel.plugins.sql.driver.Driver`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import AsWritten, Output, RunnableTask
from tiercel.plugins.sql.driver import Driver, DriverSession, take
from tiercel.plugins.sql.failure import statement_place
from tiercel.plugins.sql.fetching import (
    FETCHED,
    FETCHED_OF_EACH,
    ROW_MAY_BE_NULL,
    Fetching,
    discard,
    new_path,
    outputs_of,
)
from tiercel.plugins.sql.results import Result, shown_zone
from tiercel.plugins.sql.statements import (
    Dialect,
    bind_names,
    single_question_marks,
    split_statements,
)


@dataclass(slots=True)
class Workplace:
    """What one run of a task works on.

    Attributes:
        connect: Opens the connection; blocking, called once.
        dialect: How the database's SQL is cut.
        variables: More variables for ``sql``.
        outputs: More outputs; filled when the work is done and the connection closed.
    """

    connect: Callable[[], Driver]
    dialect: Dialect
    variables: Mapping[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)


class DatabasePlugin(Fetching):
    """Base of tasks and triggers that run SQL on a database."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    sql: Annotated[Text, AsWritten()]
    """The SQL to run."""
    url: Text
    """JDBC URL of the database."""
    username: Text | None = None
    """User to log in as."""
    password: Text | None = None
    """Password. Keep it in a secret."""
    time_zone_id: Text | None = None
    """Zone in which moments are shown, e.g. `Europe/Paris`; the worker's by default."""
    after_sql: Annotated[Text | None, Field(alias="afterSQL")] = None
    """SQL to run after the other, in the same transaction."""

    @abstractmethod
    def workplace(self, context: TaskContext) -> AbstractAsyncContextManager[Workplace]:
        """Prepare files and connection, and store files at the end.

        Raises:
            TaskFailedError: The URL or a file can't be used.
        """

    def zone(self) -> Any:
        """Return the zone in which moments are shown. Raises TaskFailedError for an unknown one."""
        return shown_zone(self.time_zone_id)

    async def results(
        self,
        context: TaskContext,
        workplace: Workplace,
        *,
        is_transaction: bool,
    ) -> list[Result]:
        """Run all statements in order and return what each but those of ``afterSQL`` gave.

        Args:
            is_transaction: All of them are one transaction.
        """
        text = context.render(self.sql, workplace.variables)
        statements = split_statements(text, workplace.dialect)
        after = split_statements(self.after_sql or "", workplace.dialect)
        count, results = len(statements) + len(after), list[Result]()
        async with DriverSession(workplace.connect) as session:
            together = is_transaction or bool(after)
            if together:
                await session.call(lambda driver: driver.begin())
            for number, sql in enumerate((*statements, *after), start=1):
                context.log(LogLevel.DEBUG, f"Starting query: {sql}")
                work = partial(self._run_one, context, workplace.dialect, sql)
                result = await session.call(work, place=statement_place(number, count, sql))
                if number <= len(statements):
                    results.append(result)
                else:
                    discard(result)
            if together:
                await session.call(lambda driver: driver.commit())
        return results

    def _run_one(self, context: TaskContext, dialect: Dialect, sql: str, driver: Driver) -> Result:
        text = single_question_marks(sql, dialect)
        if self.parameters:
            text = bind_names(text, self.parameters, driver.literal, dialect)
        return take(driver.execute(text), self.fetching(), partial(new_path, context, ".ion"))


class QueryTask(DatabasePlugin, RunnableTask):
    """Run SQL and give back the rows of the last statement that has any.

    Outputs: ``row``, ``rows``, ``uri``, ``size``.
    """

    output_types = FETCHED

    async def run(self, context: TaskContext) -> Output:
        """Run all statements in order, each committed by itself unless there is ``afterSQL``."""
        async with self.workplace(context) as workplace:
            results = await self.results(context, workplace, is_transaction=False)
            last = _last_with_rows(results)
            outputs = await outputs_of(context, last)
        self.count_fetched(context, last.size or 0)
        return Output(values={**outputs, **workplace.outputs}, keep_null=ROW_MAY_BE_NULL)


def _last_with_rows(results: Sequence[Result]) -> Result:
    """Return the last result with rows; the row files of the others are deleted."""
    last = Result(has_rows=False)
    for result in results:
        discard(last if result.has_rows else result)
        last = result if result.has_rows else last
    return last


class QueriesTask(DatabasePlugin, RunnableTask):
    """Run several statements and give back the rows of each that has any, in order.

    Output: ``outputs``, a list of ``row``, ``rows``, ``uri``, ``size``.
    """

    output_types = FETCHED_OF_EACH

    transaction: bool = True
    """Run all in one transaction; otherwise each statement is committed by itself."""

    async def run(self, context: TaskContext) -> Output:
        """Run the statements in order; none runs after an error."""
        async with self.workplace(context) as workplace:
            results = await self.results(context, workplace, is_transaction=self.transaction)
            outputs = await self.outputs_of_each(context, results)
        self.count_fetched(context, sum(result.size or 0 for result in results))
        return Output(values={"outputs": outputs, **workplace.outputs})
