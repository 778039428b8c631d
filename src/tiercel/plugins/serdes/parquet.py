"""Parquet to row files and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.serdes.cells import CellReader
from tiercel.plugins.serdes.convert import Converter, rows_of, write_rows
from tiercel.plugins.serdes.schema import arrow_schema

if TYPE_CHECKING:
    import pyarrow

_BATCH_ROWS = 10_000
_PACKAGES = {"pyarrow": "parquet"}
_TRUE = ("t", "true", "enabled", "1", "on", "yes")
_FALSE = ("f", "false", "disabled", "0", "off", "no", "")
_NULL = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "1.#IND", "1.#QNAN"),
    *("NA", "n/a", "nan", "null"),
)


class ParquetToIon(Converter):
    """Turn a Parquet file into a row file. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.parquet.ParquetToIon"
    aliases = ("io.kestra.plugin.serdes.parquet.ParquetReader",)
    title = "Convert a Parquet file to a row file."
    examples = (
        (
            "Rows of a Parquet file.",
            "id: rows\ntype: io.kestra.plugin.serdes.parquet.ParquetToIon\n"
            'from: "{{ outputs.download.uri }}"',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per row, group by group."""
        import pyarrow
        from pyarrow.parquet import ParquetFile

        try:
            with ParquetFile(source) as file:
                batches = file.iter_batches(batch_size=_BATCH_ROWS)
                rows = (_final(row) for batch in batches for row in batch.to_pylist())
                return write_rows(context, rows, target)
        except pyarrow.ArrowInvalid as error:
            raise TaskFailedError(f"The file is no Parquet: {error}") from error


def _final(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo is not None else value
        # pandas' own timestamps are datetimes by another name
        return moment if type(moment) is datetime else datetime.fromisoformat(moment.isoformat())
    if isinstance(value, dict):
        return {str(name): _final(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_final(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


class Codec(StrEnum):
    """How pages are compressed."""

    GZIP = "GZIP"
    UNCOMPRESSED = "UNCOMPRESSED"
    SNAPPY = "SNAPPY"
    ZSTD = "ZSTD"


class Version(StrEnum):
    """The format's version."""

    V1 = "V1"
    V2 = "V2"


class IonToParquet(Converter):
    """Turn a row file into Parquet. Outputs: ``uri``, ``size``.

    The columns follow ``schema``, an Avro record; without one they follow the first rows.
    """

    type_name = "io.kestra.plugin.serdes.parquet.IonToParquet"
    aliases = ("io.kestra.plugin.serdes.parquet.ParquetWriter",)
    title = "Convert a row file to Parquet."
    examples = (
        (
            "The rows of a query as Parquet.",
            "id: parquet\ntype: io.kestra.plugin.serdes.parquet.IonToParquet\n"
            'from: "{{ outputs.query.uri }}"',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES
    extension = ".parquet"

    schema_: Annotated[Text | None, Field(alias="schema")] = None
    number_of_rows_to_scan: Annotated[int, Field(ge=1)] = 100
    compression_codec: Codec = Codec.GZIP
    parquet_version: Version = Version.V2
    row_group_size: int = 134_217_728
    page_size: int = 1_048_576
    dictionary_page_size: int = 1_048_576
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

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write the rows in groups."""
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        rows = self._checked(rows_of(context, source))
        first = list(islice(rows, self.number_of_rows_to_scan))
        rows, size = chain(first, rows), 0
        try:
            schema = arrow_schema(self.schema_) if self.schema_ else _inferred(first)
            cells = self._cells(schema)
            with ParquetWriter(
                target,
                schema,
                compression=self.compression_codec.replace("UNCOMPRESSED", "NONE"),
                version="2.6" if self.parquet_version is Version.V2 else "1.0",
                data_page_size=self.page_size,
                dictionary_pagesize_limit=self.dictionary_page_size,
            ) as writer:
                while chunk := list(islice(rows, _BATCH_ROWS)):
                    table = pyarrow.Table.from_pylist(cells.rows(chunk), schema=schema)
                    writer.write_table(table)
                    size += len(chunk)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowKeyError) as error:
            raise TaskFailedError(f"The rows do not fit the schema: {error}") from error
        return size

    def _checked(self, rows: Iterator[Any]) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, dict):
                raise TaskFailedError(f"Row {number} is no map: its values have no names")
            yield row

    def _cells(self, schema: pyarrow.Schema) -> CellReader:
        return CellReader(
            {field.name: field.type for field in schema},
            true_values=frozenset(_TRUE if self.true_values is None else self.true_values),
            false_values=frozenset(_FALSE if self.false_values is None else self.false_values),
            null_values=frozenset(_NULL if self.null_values is None else self.null_values),
            decimal_separator=self.decimal_separator,
            is_strict=self.strict_schema,
        )


def _inferred(rows: list[dict[str, Any]]) -> pyarrow.Schema:
    """Return a schema of the fields of the first rows; all of them may be null."""
    import pyarrow

    names = dict.fromkeys(name for row in rows for name in row)
    fields = []
    for name in names:
        column = pyarrow.array([row.get(name) for row in rows])
        kind = pyarrow.string() if pyarrow.types.is_null(column.type) else column.type
        if pyarrow.types.is_decimal(kind):
            # the rows that follow may have more digits before the point than the first ones
            kind = pyarrow.decimal128(38, kind.scale)
        fields.append(pyarrow.field(name, kind))
    return pyarrow.schema(fields)
