"""Dashboards that people made, and the rows that their charts show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tiercel.store.codec import storable_text
from tiercel.store.database import Database
from tiercel.store.executions import EXECUTION_SEARCH
from tiercel.store.flows import FLOW_SEARCH
from tiercel.store.logs import LOG_SEARCH
from tiercel.store.metrics import METRIC_SEARCH
from tiercel.store.queries import queries
from tiercel.store.search import Condition, Field, Searched, SearchTable, Sort, Where
from tiercel.store.triggers import TRIGGER_SEARCH

_SQL = queries("dashboards")
DASHBOARD_SEARCH = SearchTable(
    search=_SQL["search_dashboards"],
    count=_SQL["count_dashboards"],
    fields={
        "id": Field("id"),
        "title": Field("title"),
        "q": Field("", "any", ("id", "title", "description")),
    },
    key=("id",),
    default=(Sort("title"),),
)


@dataclass(frozen=True, slots=True)
class StoredDashboard:
    """A dashboard as it was saved."""

    id: str
    title: str
    description: str | None
    source: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One column of a chart's rows.

    Attributes:
        name: Ours, safe in SQL.
        expression: SQL of ours, from :data:`CHART_FIELDS`; with ``{}`` for a parameter.
        aggregate: SQL function over it; empty for a grouping key.
        parameter: What the expression needs, a label's key.
    """

    name: str
    expression: str
    aggregate: str = ""
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class ChartQuery:
    """What a chart asks for.

    Attributes:
        table: A key of :data:`CHART_TABLES`.
        order: Names of columns, and whether descending.
        of_executions: On the executions that rows of another table belong to.
    """

    table: str
    columns: Sequence[ChartColumn]
    conditions: Sequence[Condition]
    order: Sequence[tuple[str, bool]] = ()
    of_executions: Sequence[Condition] = ()


CHART_TABLES = {
    "executions": (
        "executions",
        {
            **EXECUTION_SEARCH.fields,
            "seconds": Field("extract(epoch FROM last_date - start_date)", "number"),
        },
    ),
    "logs": (
        "logs",
        {
            **LOG_SEARCH.fields,
            "task_id": Field("task_id"),
            "task_run_id": Field("task_run_id"),
            "attempt_number": Field("attempt_number", "number"),
            "message": Field("message"),
        },
    ),
    "metrics": ("metrics", {**METRIC_SEARCH.fields, "type": Field("type")}),
    "flows": ("(SELECT * FROM flows WHERE NOT deleted) AS flows", FLOW_SEARCH.fields),
    "triggers": ("triggers", TRIGGER_SEARCH.fields),
}
"""Tables that charts read, with the fields of their conditions."""

_EVERYTHING = 100_000
_OF_EXECUTIONS = "execution_id IN (SELECT id FROM executions WHERE {where})"


class Dashboards(Searched[StoredDashboard]):
    """Dashboards by id."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, DASHBOARD_SEARCH, lambda row: StoredDashboard(**row))

    async def get(self, id: str) -> StoredDashboard | None:
        """Return a dashboard."""
        return _dashboard(await self._database.fetch_row(_SQL["get_dashboard"], id))

    async def add(
        self, id: str, title: str, description: str | None, source: str
    ) -> StoredDashboard | None:
        """Store a new dashboard; None when the id is taken."""
        args = (id, *_texts(title, description, source))
        return _dashboard(await self._database.fetch_row(_SQL["add_dashboard"], *args))

    async def update(
        self, id: str, title: str, description: str | None, source: str
    ) -> StoredDashboard | None:
        """Change a dashboard; None when there is none."""
        args = (id, *_texts(title, description, source))
        return _dashboard(await self._database.fetch_row(_SQL["update_dashboard"], *args))

    async def delete(self, id: str) -> bool:
        """Delete a dashboard; return whether there was one."""
        return await self._database.fetch_value(_SQL["delete_dashboard"], id) is not None

    async def rows(self, query: ChartQuery, page: int, size: int) -> tuple[list[Any], int]:
        """Return one page of a chart's rows and how many there are."""
        table, fields = CHART_TABLES[query.table]
        where = Where(fields)
        selected, keys = [], []
        for column in query.columns:
            expression = column.expression
            if column.parameter is not None:
                expression = expression.format(where.bind(column.parameter, "text"))
            if column.aggregate:
                expression = column.aggregate.format(expression)
            else:
                keys.append(column.name)
            selected.append(f"{expression} AS {column.name}")
        for condition in query.conditions:
            where.add(condition)
        if query.of_executions:
            where.add_inner(_OF_EXECUTIONS, EXECUTION_SEARCH.fields, query.of_executions)
        inner = f"SELECT {', '.join(selected)} FROM {table} WHERE {where.sql}"  # noqa: S608  ours
        if keys and len(keys) < len(selected):
            inner += f" GROUP BY {', '.join(keys)}"
        count = await self._database.fetch_value(
            f"SELECT count(*) FROM ({inner} LIMIT {_EVERYTHING}) AS counted",  # noqa: S608  ours
            *where.args,
        )
        order = [f"{name} {'DESC' if down else 'ASC'} NULLS LAST" for name, down in query.order]
        text = inner + (f" ORDER BY {', '.join(order)}" if order else "")
        text += f" LIMIT {where.bind(size, 'bigint')}"
        text += f" OFFSET {where.bind((page - 1) * size, 'bigint')}"
        return await self._database.fetch(text, *where.args), count


def _texts(*values: str | None) -> list[str | None]:
    return [None if value is None else storable_text(value) for value in values]


def _dashboard(row: Any) -> StoredDashboard | None:
    return None if row is None else StoredDashboard(**row)
