"""Dashboards: written in YAML, their charts asked from the store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tiercel.model.durations import parse_duration
from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.execution import Label
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.model.yaml import parse_yaml
from tiercel.services.chart_fields import (
    AGGREGATES,
    CHART,
    CHART_TYPES,
    DATA,
    DATES,
    FIELDS,
    GROUPED_DATES,
    KPI,
    LABEL,
    OF_AN_EXECUTION,
    OF_FLOWS,
    OF_ROWS,
    OPERATIONS,
    WITH_KPI,
)
from tiercel.services.clock import new_id, utc_now
from tiercel.services.stats import buckets_of
from tiercel.store import Condition, Operation, Sort

if TYPE_CHECKING:
    from tiercel.store import ChartQuery, Store, StoredDashboard

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
LONGEST_WINDOW = timedelta(days=366)

_TRUTHS = {"IS_TRUE": "true", "IS_FALSE": "false"}


@dataclass(frozen=True, slots=True)
class ChartPage:
    """One page of a chart's rows, by the names of its columns."""

    rows: Sequence[Mapping[str, Any]]
    total: int


class Dashboards:
    """What clients do with dashboards."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def parse(self, source: str) -> dict[str, Any]:
        """Return what a source means.

        Raises:
            InvalidFlowError: With every problem of the source.
        """
        written = _map_of(source)
        problems = list(_dashboard_problems(written))
        if problems:
            raise InvalidFlowError(problems)
        return written

    def parse_chart(self, source: str) -> dict[str, Any]:
        """Return what the source of one chart means. Raises as :meth:`parse`."""
        written = _map_of(source)
        problems = list(_chart_problems(written, ""))
        if problems:
            raise InvalidFlowError(problems)
        return written

    async def search(
        self, conditions: Sequence[Condition], page: int, size: int, sort: Sequence[Sort]
    ) -> tuple[list[StoredDashboard], int]:
        """Return one page of dashboards and how many there are."""
        return await self._store.dashboards.search(conditions, page, size, sort)

    async def get(self, dashboard_id: str) -> StoredDashboard:
        """Return a dashboard. Raises NotFoundError."""
        found = await self._store.dashboards.get(dashboard_id)
        if found is None:
            raise NotFoundError("No such dashboard")
        return found

    async def create(self, source: str) -> StoredDashboard:
        """Save a new dashboard under the id that it names, else one of the server's.

        Raises:
            InvalidFlowError: The source is not valid.
            IllegalArgumentError: Its id is taken.
        """
        written = self.parse(source)
        made = await self._store.dashboards.add(
            str(written.get("id") or new_id()),
            written["title"],
            _text(written.get("description")),
            source,
        )
        if made is None:
            raise IllegalArgumentError("Dashboard id already exists", hint="choose another id")
        return made

    async def update(self, dashboard_id: str, source: str) -> StoredDashboard:
        """Change a dashboard. Raises as :meth:`create`, and NotFoundError."""
        written = self.parse(source)
        if str(written.get("id", dashboard_id)) != dashboard_id:
            raise IllegalArgumentError("Dashboard id is not editable")
        changed = await self._store.dashboards.update(
            dashboard_id, written["title"], _text(written.get("description")), source
        )
        if changed is None:
            raise NotFoundError("No such dashboard")
        return changed

    async def delete(self, dashboard_id: str) -> None:
        """Delete a dashboard. Raises NotFoundError."""
        if not await self._store.dashboards.delete(dashboard_id):
            raise NotFoundError("No such dashboard")

    async def chart(
        self,
        dashboard_id: str,
        chart_id: str,
        start: datetime | None,
        end: datetime | None,
        *,
        page: int = 1,
        size: int = 100,
        conditions: Sequence[Condition] = (),
    ) -> ChartPage:
        """Return the rows of one chart of a dashboard. Raises NotFoundError and as :meth:`rows`."""
        written = self.parse((await self.get(dashboard_id)).source)
        charts = [item for item in written.get("charts") or () if item.get("id") == chart_id]
        if not charts:
            raise NotFoundError("No such chart")
        window = written.get("timeWindow") or {}
        longest = parse_duration(window.get("max", "P366D"))
        default = parse_duration(window.get("default", "P30D"))
        end = end or utc_now()
        start = start or end - default
        if end - start > longest:
            raise IllegalArgumentError("Time window is larger than the dashboard allows")
        return await self.rows(charts[0], start, end, page=page, size=size, conditions=conditions)

    async def rows(
        self,
        chart: Mapping[str, Any],
        start: datetime | None,
        end: datetime | None,
        *,
        page: int = 1,
        size: int = 100,
        conditions: Sequence[Condition] = (),
    ) -> ChartPage:
        """Return the rows of a chart.

        Args:
            conditions: On namespace, flow, state, labels and parent, besides those of the chart:
                they narrow it, and what its kind of data has none of is passed over. Logs and
                metrics have the state, the labels and the parent of their execution.

        Raises:
            IllegalArgumentError: A chart without data, a reversed window, a field or an operation
                that does not fit.
        """
        from tiercel.store import ChartQuery

        data = chart.get("data")
        if not isinstance(data, Mapping):
            raise IllegalArgumentError("The chart has no data")
        kind, is_kpi = _kind_of(data)
        table, date, fields = FIELDS[kind]
        buckets = buckets_of(start, end)
        own, of_executions = _narrowed(table, conditions)
        wanted = [*own, *(_condition(item, fields) for item in data.get("where") or ())]
        if date:
            wanted.append(Condition(date, Operation.GREATER_THAN_OR_EQUAL_TO, buckets.start))
            wanted.append(Condition(date, Operation.LESS_THAN, buckets.end))
        if is_kpi:
            return await self._single(
                chart, fields, ChartQuery(table, (), wanted, (), of_executions)
            )
        names = {f"c{index}": name for index, name in enumerate(data["columns"])}
        places = {name: place for place, name in names.items()}
        columns = [
            _column(place, data["columns"][name], fields, buckets.unit)
            for place, name in names.items()
        ]
        order = [
            (places[item["column"]], item.get("order", "ASC") == "DESC")
            for item in data.get("orderBy") or ()
            if _is_of(item.get("column"), places)
        ]
        query = ChartQuery(table, columns, wanted, order, of_executions)
        found, total = await self._store.dashboards.rows(query, page, size)
        rows = [{names[place]: row[place] for place in names} for row in found]
        return ChartPage(rows, total)

    async def _single(
        self, chart: Mapping[str, Any], fields: Mapping[str, tuple[str, str]], every: ChartQuery
    ) -> ChartPage:
        """Return the one value of a KPI: of what the numerator means, or its share of all."""
        data = chart["data"]
        column = _column("value", data["columns"], fields, "")

        async def value_of(*more: Condition) -> float | None:
            query = replace(every, columns=[column], conditions=[*every.conditions, *more])
            (row,), _ = await self._store.dashboards.rows(query, 1, 1)
            return None if row["value"] is None else float(row["value"])

        value = await value_of(*(_condition(item, fields) for item in data.get("numerator") or ()))
        options = chart.get("chartOptions")
        if isinstance(options, Mapping) and options.get("numberType") == "PERCENTAGE":
            of_all = await value_of()
            value = 100 * (value or 0.0) / of_all if of_all else 0.0
        return ChartPage([{"value": value}], 1)


def _narrowed(
    table: str, conditions: Sequence[Condition]
) -> tuple[list[Condition], list[Condition]]:
    """Return the conditions on rows of a table, and those on the executions that they are of."""
    if table == "executions":
        return list(conditions), []
    known = OF_FLOWS if table == "flows" else OF_ROWS
    own = [item for item in conditions if item.field in known]
    others = [item for item in conditions if item.field not in known]
    return own, others if table in OF_AN_EXECUTION else []


def _is_of(value: Any, names: Mapping[str, Any]) -> bool:
    """Return whether a value that somebody wrote, a list or a map perhaps, is one of the names."""
    return isinstance(value, str) and value in names


def _kind_of(data: Mapping[str, Any]) -> tuple[str, bool]:
    """Return which data a chart is about, and whether one value of it is wanted."""
    name = str(data.get("type")).removeprefix(DATA)
    kind = name.removesuffix(KPI)
    return (kind, True) if name != kind and kind in WITH_KPI else (name, False)


def _map_of(source: str) -> dict[str, Any]:
    document = parse_yaml(source)
    if document.problems:
        raise InvalidFlowError(document.problems)
    written = document.root.plain() if document.root is not None else None
    if not isinstance(written, dict):
        raise InvalidFlowError([Problem("Illegal flow yaml: a dashboard is a map")])
    return written


def _dashboard_problems(written: Mapping[str, Any]) -> list[Problem]:
    problems = []
    title = written.get("title")
    if not isinstance(title, str) or not title.strip():
        problems.append(Problem("must not be null", path="title", hint="it is required"))
    if "id" in written and not _ID.fullmatch(str(written["id"])):
        problems.append(Problem(f"must match {_ID.pattern}", path="id"))
    problems += _window_problems(written.get("timeWindow"))
    charts = written.get("charts") or []
    if not isinstance(charts, list):
        return [*problems, Problem("must be a list", path="charts")]
    for index, chart in enumerate(charts):
        problems += _chart_problems(chart, f"charts[{index}]")
    return problems


def _window_problems(window: Any) -> list[Problem]:
    if window is None:
        return []
    if not isinstance(window, Mapping):
        return [Problem("must be a map", path="timeWindow")]
    problems = []
    for name in ("default", "max"):
        try:
            span = parse_duration(str(window.get(name, "P30D")))
        except ValueError as error:
            problems.append(Problem(str(error), path=f"timeWindow.{name}"))
            continue
        if not timedelta() < span <= LONGEST_WINDOW:
            problems.append(Problem("must be at most 366 days", path=f"timeWindow.{name}"))
    return problems


def _chart_problems(chart: Any, path: str) -> list[Problem]:
    at = f"{path}." if path else ""
    if not isinstance(chart, Mapping):
        return [Problem("must be a map", path=path)]
    problems = []
    if not isinstance(chart.get("id"), str):
        problems.append(Problem("must not be null", path=f"{at}id"))
    kind = str(chart.get("type")).removeprefix(CHART)
    if kind not in CHART_TYPES:
        problems.append(Problem(f"Invalid type: {chart.get('type')}", path=f"{at}type"))
    data = chart.get("data")
    if kind == "Markdown" and data is None:
        return problems
    if not isinstance(data, Mapping):
        return [*problems, Problem("must not be null", path=f"{at}data")]
    data_kind, is_kpi = _kind_of(data)
    fields = FIELDS.get(data_kind)
    if fields is None or is_kpi is not (kind == KPI):
        return [*problems, Problem(f"Invalid type: {data.get('type')}", path=f"{at}data.type")]
    if is_kpi:
        return [*problems, *_kpi_problems(data, fields[2], f"{at}data")]
    return [*problems, *_column_problems(data, fields[2], f"{at}data")]


def _kpi_problems(
    data: Mapping[str, Any], fields: Mapping[str, tuple[str, str]], path: str
) -> list[Problem]:
    """Return what is wrong with the data of a KPI, whose ``columns`` is one column."""
    column = data.get("columns")
    if not isinstance(column, Mapping) or not column.get("agg"):
        message = "At least 1 aggregation is needed for a KPI."
        return [Problem(message, path=f"{path}.columns", hint="give `field` and `agg`")]
    problems = _column_problems({**data, "columns": {"": column}}, fields, path)
    items = data.get("numerator") or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        problems.append(Problem("must be a list of maps", path=f"{path}.numerator"))
    return problems


def _column_problems(
    data: Mapping[str, Any], fields: Mapping[str, tuple[str, str]], path: str
) -> list[Problem]:
    columns = data.get("columns")
    if not isinstance(columns, Mapping) or not columns:
        return [Problem("must not be empty", path=f"{path}.columns")]
    problems = []
    known = ", ".join(fields)
    for name, column in columns.items():
        at = f"{path}.columns.{name}"
        if not isinstance(column, Mapping):
            problems.append(Problem("must be a map", path=at))
            continue
        aggregate = column.get("agg")
        if aggregate is not None and not _is_of(aggregate, AGGREGATES):
            problems.append(Problem(f"must be one of {', '.join(AGGREGATES)}", path=f"{at}.agg"))
        if not _is_of(column.get("field"), fields) and not (
            aggregate == "COUNT" and column.get("field") is None
        ):
            problems.append(Problem(f"must be one of {known}", path=f"{at}.field"))
    for name in ("where", "orderBy"):
        items = data.get(name) or []
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            problems.append(Problem("must be a list of maps", path=f"{path}.{name}"))
    return problems


def _column(
    place: str, column: Mapping[str, Any], fields: Mapping[str, tuple[str, str]], unit: str
) -> Any:
    from tiercel.store import ChartColumn

    aggregate = AGGREGATES[column["agg"]] if column.get("agg") else ""
    name = column.get("field")
    if name is None:
        return ChartColumn(place, "1", aggregate)
    if name == "LABELS" and column.get("labelKey"):
        return ChartColumn(place, LABEL, aggregate, str(column["labelKey"]))
    expression = fields[name][1]
    if name in GROUPED_DATES and not aggregate:
        expression = f"date_trunc('{unit}', {expression})"
    return ChartColumn(place, expression, aggregate)


def _condition(item: Mapping[str, Any], fields: Mapping[str, tuple[str, str]]) -> Condition:
    kind = str(item.get("type"))
    if kind == "OR":
        groups = [[_condition(inner, fields)] for inner in item.get("values") or ()]
        return Condition("", Operation.ANY_OF, groups)
    name = str(item.get("field"))
    if name not in fields or kind not in OPERATIONS:
        raise IllegalArgumentError(f"Invalid filter {kind} on {name}")
    operation, field = OPERATIONS[kind], fields[name][0]
    if kind in _TRUTHS:
        return Condition(field, operation, _TRUTHS[kind])
    value = item.get("values") if operation in (Operation.IN, Operation.NOT_IN) else None
    if value is None:
        value = item.get("value")
    if field == "labels":
        value = Label(str(item.get("labelKey")), str(value))
    elif name in DATES and isinstance(value, str):
        value = _moment(value)
    elif field in ("seconds", "value", "attempt_number", "flow_revision"):
        value = _number(value)
    elif isinstance(value, list):
        value = [str(entry) for entry in value]
    elif value is not None:
        value = str(value)
    return Condition(field, operation, value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise IllegalArgumentError(f"'{text}' is no date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=utc_now().tzinfo)


def _number(value: Any) -> Any:
    try:
        return [float(item) for item in value] if isinstance(value, list) else float(value)
    except (TypeError, ValueError):
        raise IllegalArgumentError(f"'{value}' is no number") from None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
