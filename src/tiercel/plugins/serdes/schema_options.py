"""What converters to typed formats share: a schema, given or found, and texts that mean values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.serdes.cells import CellReader, DateTexts
from tiercel.plugins.serdes.convert import Converter, OnBadLines

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

    schema_: Annotated[Text | None, Field(alias="schema")] = Field(
        default=None,
        description=(
            "Avro schema of the rows, a record, as JSON. Found from the first rows when it is "
            "left out."
        ),
    )
    number_of_rows_to_scan: Annotated[int, Field(ge=1)] = Field(
        default=100, description="How many rows, from the first, the schema is found from."
    )
    true_values: TextList | None = Field(
        default=None,
        description=(
            "Texts that mean true. `true`, `t`, `1`, `on`, `yes` and `enabled` when it is left out."
        ),
    )
    false_values: TextList | None = Field(
        default=None,
        description=(
            "Texts that mean false. `false`, `f`, `0`, `off`, `no`, `disabled` and the empty "
            "text when it is left out."
        ),
    )
    null_values: TextList | None = Field(
        default=None,
        description=(
            "Texts that mean null. The empty text, `NA`, `n/a`, `nan`, `null` and the like "
            "when it is left out."
        ),
    )
    date_format: Text | None = Field(
        default=None,
        description=(
            "Pattern of dates that are texts, such as `d.M.yyyy`. ISO when it is left out."
        ),
    )
    time_format: Text | None = Field(
        default=None,
        description=(
            "Pattern of times of day that are texts, such as `H:mm`. ISO when it is left out."
        ),
    )
    datetime_format: Text | None = Field(
        default=None,
        description=(
            "Pattern of dates with a time that are texts, such as `d.M.yyyy H:mm`. ISO when "
            "it is left out."
        ),
    )
    decimal_separator: Text = Field(
        default=".", description="Character before the decimals of numbers that are texts."
    )
    strict_schema: bool = Field(
        default=False,
        description=(
            "`true` fails the task when a row has a field that the schema does not have; "
            "otherwise the field is left out."
        ),
    )
    infer_all_fields: bool = Field(
        default=False,
        description="Whether the texts of `nullValues` mean null in columns of texts, too.",
    )
    time_zone_id: Text | None = Field(
        default=None,
        description=(
            "Time zone of moments without an offset, such as `Europe/Paris`; UTC when it is "
            "left out."
        ),
    )
    on_bad_lines: OnBadLines = Field(
        default=OnBadLines.ERROR,
        description=(
            "What happens to a row that does not fit the schema: fail with `ERROR`, leave it "
            "out with a `WARN`ing in the log, or `SKIP` it."
        ),
    )

    def cells(self, schema: pyarrow.Schema, context: TaskContext) -> CellReader:
        """Return what makes the values of rows fit a schema."""
        zone = self.time_zone_id or "UTC"
        return CellReader(
            schema,
            true_values=frozenset(_TRUE if self.true_values is None else self.true_values),
            false_values=frozenset(_FALSE if self.false_values is None else self.false_values),
            null_values=frozenset(_NULL if self.null_values is None else self.null_values),
            dates=DateTexts(self.date_format, self.time_format, self.datetime_format, zone),
            decimal_separator=self.decimal_separator,
            is_strict=self.strict_schema,
            infers_all=self.infer_all_fields,
            on_bad=partial(self.on_bad_lines.leave_out, context),
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
