"""Searches: conditions and sorts over an allow-list of fields, turned into SQL with bound
parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.execution import Label
from tiercel.store.codec import encode_labels

if TYPE_CHECKING:
    from tiercel.store.database import Database

Found = TypeVar("Found")
"""What a row of a table is."""

COUNT_LIMIT = 10_000
"""Totals are exact up to here; more rows than this count as this many, so that no search reads all
of history.
"""

ROW_COUNT_LIMIT = 2_000
"""The same for conditions that no index answers alone: each row they count has to be read."""


class Operation(StrEnum):
    """How a field is compared. PREFIX on a dotted name means itself or any child of it."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT_EQUALS"
    GREATER_THAN = "GREATER_THAN"
    LESS_THAN = "LESS_THAN"
    GREATER_THAN_OR_EQUAL_TO = "GREATER_THAN_OR_EQUAL_TO"
    LESS_THAN_OR_EQUAL_TO = "LESS_THAN_OR_EQUAL_TO"
    IN = "IN"
    NOT_IN = "NOT_IN"
    STARTS_WITH = "STARTS_WITH"
    ENDS_WITH = "ENDS_WITH"
    CONTAINS = "CONTAINS"
    NOT_CONTAINS = "NOT_CONTAINS"
    REGEX = "REGEX"
    PREFIX = "PREFIX"
    NOT_PREFIX = "NOT_PREFIX"
    IS_NULL = "IS_NULL"
    IS_NOT_NULL = "IS_NOT_NULL"
    ANY_OF = "ANY_OF"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; several are combined with AND.

    Attributes:
        value: Text, aware datetime or number as the field has it; a sequence of them for IN and
            NOT_IN; a :class:`Label` or a sequence of them for ``labels``; None for the IS_
            operations; for ANY_OF, whose field counts for nothing, a sequence of sequences of
            conditions: all conditions of one of them hold.
    """

    field: str
    operation: Operation
    value: Any = None


@dataclass(frozen=True, slots=True)
class Sort:
    """A field to sort by; several are applied in order."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One searchable field of a table.

    Attributes:
        column: SQL expression of ours.
        kind: ``text``, ``date``, ``number``, ``labels``, ``any`` for free text over ``columns``,
            ``sorted`` for what can only be sorted by.
    """

    column: str
    kind: str = "text"
    columns: tuple[str, ...] = ()


_COMPARISONS = {
    Operation.EQUALS: "=",
    Operation.NOT_EQUALS: "IS DISTINCT FROM",
    Operation.GREATER_THAN: ">",
    Operation.LESS_THAN: "<",
    Operation.GREATER_THAN_OR_EQUAL_TO: ">=",
    Operation.LESS_THAN_OR_EQUAL_TO: "<=",
}
_CASTS = {"text": "text", "date": "timestamptz", "number": "double precision"}


class Where:
    """Collects conditions and their parameters.

    Args:
        is_count: Rows are only counted.
    """

    def __init__(self, fields: Mapping[str, Field], *, is_count: bool = False) -> None:
        self._fields = fields
        self._is_count = is_count
        self._parts: list[str] = []
        self.args: list[Any] = []

    @property
    def sql(self) -> str:
        """All conditions joined; ``true`` when there are none."""
        return " AND ".join(self._parts) or "true"

    def add(self, condition: Condition) -> None:
        """Add one condition.

        Raises:
            IllegalArgumentError: The field is unknown, or does not have the operation.
        """
        self._parts.append(f"({self._part(condition)})")

    def add_inner(
        self, text: str, fields: Mapping[str, Field], conditions: Sequence[Condition]
    ) -> None:
        """Add a condition on rows of another table.

        Args:
            text: SQL of ours, with the place ``where``.
            fields: Those of the other table.

        Raises:
            IllegalArgumentError: As :meth:`add`.
        """
        inner = Where(fields)
        inner.args = self.args  # one list: places are counted over the whole statement
        for condition in conditions:
            inner.add(condition)
        self._parts.append(f"({text.format(where=inner.sql)})")

    def _part(self, condition: Condition) -> str:
        if condition.operation is Operation.ANY_OF:
            groups = [
                " AND ".join(f"({self._part(inner)})" for inner in group) or "true"
                for group in condition.value
            ]
            return " OR ".join(f"({group})" for group in groups) or "true"
        field = _field(self._fields, condition.field)
        match field.kind:
            case "labels":
                return self._labels(field, condition)
            case "any":
                return self._free_text(field, condition)
            case _:
                return self._plain(field, condition)

    def bind(self, value: Any, cast: str) -> str:
        """Add a parameter and return its place in the SQL."""
        self.args.append(value)
        return f"${len(self.args)}::{cast}"

    def _plain(self, field: Field, condition: Condition) -> str:
        if field.kind not in _CASTS:
            raise _unfit(condition)
        operation, value, column = condition.operation, condition.value, field.column
        cast = _CASTS[field.kind]
        if operation in _COMPARISONS:
            return f"{column} {_COMPARISONS[operation]} {self.bind(value, cast)}"
        if operation is Operation.IN:
            return f"{column} = ANY ({self.bind(list(value), cast + '[]')})"
        if operation is Operation.NOT_IN:
            return f"({column} = ANY ({self.bind(list(value), cast + '[]')})) IS NOT TRUE"
        if operation is Operation.IS_NULL:
            return f"{column} IS NULL"
        if operation is Operation.IS_NOT_NULL:
            return f"{column} IS NOT NULL"
        if field.kind != "text":
            raise _unfit(condition)
        return self._text(column, condition)

    def _text(self, column: str, condition: Condition) -> str:
        value = str(condition.value)
        match condition.operation:
            case Operation.STARTS_WITH:
                return f"{column} LIKE {self.bind(_escaped(value) + '%', 'text')}"
            case Operation.ENDS_WITH:
                return f"{column} LIKE {self.bind('%' + _escaped(value), 'text')}"
            case Operation.CONTAINS:
                return f"{column} ILIKE {self.bind(f'%{_escaped(value)}%', 'text')}"
            case Operation.NOT_CONTAINS:
                return f"({column} ILIKE {self.bind(f'%{_escaped(value)}%', 'text')}) IS NOT TRUE"
            case Operation.REGEX:
                return f"{column} ~ {self.bind(value, 'text')}"
            case Operation.PREFIX:
                return self._dotted(column, value)
            case Operation.NOT_PREFIX:
                return f"NOT ({self._dotted(column, value)})"
            case _:
                raise _unfit(condition)

    def _dotted(self, column: str, value: str) -> str:
        """Return the condition for a name and its children.

        What only counts gets a range, so that the index alone answers: a slash comes right after
        the dot, and such columns compare byte by byte. What reads rows in an order must not: the
        planner would think that few fit, and sort them all.
        """
        own = self.bind(value, "text")
        fits = f"{column} = {own} OR {column} LIKE {self.bind(_escaped(value) + '.%', 'text')}"
        if not self._is_count:
            return fits
        beyond = self.bind(f"{value}/", "text")
        return f"{column} >= {own} AND {column} < {beyond} AND ({fits})"

    def _labels(self, field: Field, condition: Condition) -> str:
        value = condition.value
        labels: Sequence[Label] = (value,) if isinstance(value, Label) else tuple(value)
        holds = [
            f"{field.column} @> {self.bind(encode_labels((label,)), 'jsonb')}" for label in labels
        ]
        match condition.operation:
            case Operation.EQUALS | Operation.CONTAINS:
                return " AND ".join(holds) or "true"
            case Operation.NOT_EQUALS | Operation.NOT_CONTAINS:
                return f"NOT ({' AND '.join(holds) or 'true'})"
            case Operation.IN:
                return " OR ".join(holds) or "false"
            case Operation.NOT_IN:
                return f"NOT ({' OR '.join(holds) or 'false'})"
            case _:
                raise _unfit(condition)

    def _free_text(self, field: Field, condition: Condition) -> str:
        place = self.bind(f"%{_escaped(str(condition.value))}%", "text")
        found = " OR ".join(f"{column} ILIKE {place}" for column in field.columns)
        match condition.operation:
            case Operation.EQUALS | Operation.CONTAINS:
                return found
            case Operation.NOT_EQUALS | Operation.NOT_CONTAINS:
                return f"({found}) IS NOT TRUE"
            case _:
                raise _unfit(condition)


@dataclass(frozen=True, slots=True)
class SearchTable:
    """How one table is searched.

    Attributes:
        search, count: SQL with the places ``where``, ``order``, ``limit``, ``offset``.
        key: Columns that make the order total.
        default: The order when none is given.
    """

    search: str
    count: str
    fields: Mapping[str, Field]
    key: tuple[str, ...]
    default: tuple[Sort, ...]


def search_sql(
    table: SearchTable,
    conditions: Sequence[Condition],
    sort: Sequence[Sort],
    page: int,
    size: int,
) -> tuple[str, list[Any]]:
    """Return the statement for one page, and its parameters."""
    where = Where(table.fields)
    for condition in conditions:
        where.add(condition)
    text = table.search.format(
        where=where.sql,
        order=_order(table, sort),
        limit=where.bind(size, "bigint"),
        offset=where.bind((page - 1) * size, "bigint"),
    )
    return text, where.args


class Searched(Generic[Found]):
    """Base of what is stored in a table that is searched page by page.

    Args:
        read: Returns what a row of the table is.
    """

    def __init__(
        self, database: Database, table: SearchTable, read: Callable[[Any], Found]
    ) -> None:
        self._database = database
        self._table = table
        self._read = read

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[list[Found], int]:
        """Return one page, in the table's own order unless sorted, and how many there are in all.

        See :data:`COUNT_LIMIT`.

        Raises:
            IllegalArgumentError: Page or size under 1, unknown field, or an operation the field
                does not have.
        """
        if page < 1 or size < 1:
            raise IllegalArgumentError("page and size must be greater than or equal to 1")
        text, args = search_sql(self._table, conditions, sort, page, size)
        rows = await self._database.fetch(text, *args)
        found = [self._read(row) for row in rows]
        if len(found) < size and (found or page == 1):
            return found, (page - 1) * size + len(found)
        return found, await self._count(conditions)

    async def _count(self, conditions: Sequence[Condition]) -> int:
        where = Where(self._table.fields, is_count=True)
        for condition in conditions:
            where.add(condition)
        reads_rows = any(_reads_rows(self._table, condition) for condition in conditions)
        limit = ROW_COUNT_LIMIT if reads_rows else COUNT_LIMIT
        text = self._table.count.format(where=where.sql, limit=limit)
        count: int = await self._database.fetch_value(text, *where.args)
        return count


def _reads_rows(table: SearchTable, condition: Condition) -> bool:
    if condition.operation is Operation.ANY_OF:
        return any(_reads_rows(table, inner) for group in condition.value for inner in group)
    return _field(table.fields, condition.field).kind in ("labels", "any")


def _order(table: SearchTable, sort: Sequence[Sort]) -> str:
    sorts = tuple(sort) or table.default
    columns = {_sortable(table, item): item.descending for item in reversed(sorts)}
    # the key follows the first direction, so that one index serves both
    keys = {key: sorts[0].descending for key in table.key if key not in columns}
    parts = [*reversed(columns.items()), *keys.items()]
    return ", ".join(_direction(column, descending) for column, descending in parts)


def _sortable(table: SearchTable, sort: Sort) -> str:
    field = _field(table.fields, sort.field)
    if field.kind in {"labels", "any"}:
        raise IllegalArgumentError(f"Field '{sort.field}' can't be sorted by")
    return field.column


def _direction(column: str, descending: bool) -> str:
    return f"{column} DESC" if descending else column


def _field(fields: Mapping[str, Field], name: str) -> Field:
    field = fields.get(name)
    if field is None:
        raise IllegalArgumentError(
            f"Unknown field '{name}'", hint=f"Known fields: {', '.join(sorted(fields))}."
        )
    return field


def _unfit(condition: Condition) -> IllegalArgumentError:
    return IllegalArgumentError(
        f"Field '{condition.field}' does not have the operation {condition.operation}"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
