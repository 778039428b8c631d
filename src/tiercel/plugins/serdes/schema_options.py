"""What converters to typed formats share: a schema, given or found, and texts that mean values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.serdes.cells import CellReader
from tiercel.plugins.serdes.convert import Converter

if TYPE_CHECKING:
    import pyarrow

_TRUE = ("t", "true", "enabled", "1", "on", "yes")
_FALSE = ("f", "false", "disabled", "0", "off", "no", "")
_NULL = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "1.#IND", "1.#QNAN"),
    *("NA", "n/a", "nan", "null"),
)


class SchemaOptions(Converter):
    """Base of the converters whose columns have types.

    The types follow ``schema``, an Avro record; without one they follow the first rows.
    """

    schema_: Annotated[Text | None, Field(alias="schema")] = None
    number_of_rows_to_scan: Annotated[int, Field(ge=1)] = 100
    true_values: TextList | None = None
    false_values: TextList | None = None
    null_values: TextList | None = None
    date_format: Text | None = None
    time_format: Text | None = None
    datetime_format: Text | None = None
    decimal_separator: Text = "."
    strict_schema: bool = False
    infer_all_fields: bool = False
    time_zone_id: Text | None = None
    on_bad_lines: Text = "ERROR"

    def cells(self, schema: pyarrow.Schema) -> CellReader:
        """Return what makes the values of rows fit a schema."""
        return CellReader(
            {field.name: field.type for field in schema},
            true_values=frozenset(_TRUE if self.true_values is None else self.true_values),
            false_values=frozenset(_FALSE if self.false_values is None else self.false_values),
            null_values=frozenset(_NULL if self.null_values is None else self.null_values),
            decimal_separator=self.decimal_separator,
            is_strict=self.strict_schema,
        )


def maps_only(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows.

    Raises:
        TaskFailedError: One is no map.
    """
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise TaskFailedError(f"Row {number} is no map: its values have no names")
        yield row


def inferred_schema(rows: Iterable[dict[str, Any]]) -> pyarrow.Schema:
    """Return a schema of the fields of the first rows; all of them may be null."""
    import pyarrow

    scanned = list(rows)
    names = dict.fromkeys(name for row in scanned for name in row)
    fields = []
    for name in names:
        column = pyarrow.array([row.get(name) for row in scanned])
        kind = pyarrow.string() if pyarrow.types.is_null(column.type) else column.type
        if pyarrow.types.is_decimal(kind):
            # the rows that follow may have more digits before the point than the first ones
            kind = pyarrow.decimal128(38, kind.scale)
        fields.append(pyarrow.field(name, kind))
    return pyarrow.schema(fields)
