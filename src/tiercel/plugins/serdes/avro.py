"""Avro to row files and back, and the schema of a row file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.serdes.convert import (
    Converter,
    OnBadLines,
    row_value,
    rows_of,
    write_rows,
)
from tiercel.plugins.serdes.schema import arrow_schema
from tiercel.plugins.serdes.schema_options import SchemaOptions, inferred_schema, maps_only

if TYPE_CHECKING:
    import pyarrow

_PACKAGES = {"fastavro": "avro", "pyarrow": "avro"}
_BATCH_ROWS = 10_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class AvroToIon(Converter):
    """Turn an Avro file into a row file. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.avro.AvroToIon"
    aliases = ("io.kestra.plugin.serdes.avro.AvroReader",)
    title = "Convert an Avro file to a row file."
    examples = (
        (
            "Rows of an Avro file.",
            "id: rows\ntype: io.kestra.plugin.serdes.avro.AvroToIon\n"
            'from: "{{ outputs.download.uri }}"',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES

    on_bad_lines: OnBadLines = Field(
        default=OnBadLines.ERROR,
        description=(
            "What happens when a record is broken: fail with `ERROR`, leave it and all that "
            "follow out with a `WARN`ing in the log, or `SKIP` them."
        ),
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per record; what follows a broken one can't be told apart and is lost."""
        with source.open("rb") as file:
            return write_rows(context, self._records(context, file), target)

    def _records(self, context: TaskContext, file: Any) -> Iterator[Any]:
        import fastavro

        try:
            records = fastavro.reader(file)
        except (ValueError, EOFError, fastavro.schema.SchemaParseException) as error:
            raise TaskFailedError(f"The file is no Avro: {error}") from error
        try:
            for record in records:
                yield row_value(record)
        except (ValueError, EOFError) as error:
            self.on_bad_lines.leave_out(context, TaskFailedError(f"The file is broken: {error}"))


class IonToAvro(SchemaOptions):
    """Turn a row file into Avro. Outputs: ``uri``, ``size``.

    The fields follow ``schema``, an Avro record; without one they follow the first rows.
    """

    type_name = "io.kestra.plugin.serdes.avro.IonToAvro"
    aliases = ("io.kestra.plugin.serdes.avro.AvroWriter",)
    title = "Convert a row file to Avro."
    examples = (
        (
            "The rows of a query as Avro.",
            "id: avro\ntype: io.kestra.plugin.serdes.avro.IonToAvro\n"
            'from: "{{ outputs.query.uri }}"',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES
    extension = ".avro"

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one record per row."""
        import fastavro

        rows = maps_only(rows_of(context, source))
        first = list(islice(rows, self.number_of_rows_to_scan))
        columns = arrow_schema(self.schema_) if self.schema_ else inferred_schema(first)
        record = json.loads(self.schema_) if self.schema_ else avro_record(columns)
        size = 0

        def records() -> Iterator[dict[str, Any]]:
            nonlocal size
            cells, left = self.cells(columns, context), chain(first, rows)
            while chunk := list(islice(left, _BATCH_ROWS)):
                fitting = cells.rows(chunk)
                yield from fitting
                size += len(fitting)

        try:
            with target.open("wb") as file:
                fastavro.writer(file, fastavro.parse_schema(record), records(), codec="deflate")
        except fastavro.schema.SchemaParseException as error:
            raise TaskFailedError(f"`schema` is no Avro schema: {error}") from error
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise TaskFailedError(f"The rows do not fit the schema: {error}") from error
        return size


class InferAvroSchemaFromIon(Converter):
    """Find the Avro schema of a row file's first rows. Outputs: ``uri``, ``size``: its fields."""

    type_name = "io.kestra.plugin.serdes.avro.InferAvroSchemaFromIon"
    title = "Infer an Avro schema from a row file."
    examples = (
        (
            "The schema of a query's rows.",
            "id: schema\ntype: io.kestra.plugin.serdes.avro.InferAvroSchemaFromIon\n"
            'from: "{{ outputs.query.uri }}"',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES
    extension = ".avsc"

    number_of_rows_to_scan: Annotated[int, Field(ge=1)] = Field(
        default=100, description="How many rows, from the first, the schema is made of."
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write the schema as JSON."""
        rows = islice(maps_only(rows_of(context, source)), self.number_of_rows_to_scan)
        record = avro_record(inferred_schema(rows))
        target.write_text(json.dumps(record, indent=2), encoding="utf-8")
        return len(record["fields"])


def avro_record(columns: pyarrow.Schema) -> dict[str, Any]:
    """Return the Avro record of an Arrow schema; every field may be null.

    Raises:
        TaskFailedError: A name or a type is none that Avro has.
    """
    return _record("row", columns)


def _record(name: str, fields: Any) -> dict[str, Any]:
    found = []
    for field in fields:
        if not _NAME.fullmatch(field.name):
            raise TaskFailedError(
                f"The field '{field.name}' has a name that Avro does not allow: letters, digits"
                " and _ only. Rename it, for instance in the query."
            )
        kind = _avro_type(f"{name}_{field.name}", field.type)
        found.append({"name": field.name, "type": ["null", kind], "default": None})
    return {"type": "record", "name": name, "fields": found}


def _avro_type(name: str, kind: pyarrow.DataType) -> Any:
    from pyarrow import types

    if types.is_decimal(kind):
        logical = {"logicalType": "decimal", "precision": kind.precision, "scale": kind.scale}
        return {"type": "bytes", **logical}
    if types.is_timestamp(kind):
        logical_name = "timestamp-micros" if kind.tz else "local-timestamp-micros"
        return {"type": "long", "logicalType": logical_name}
    if types.is_list(kind):
        return {"type": "array", "items": ["null", _avro_type(f"{name}_item", kind.value_type)]}
    if types.is_struct(kind):
        return _record(name, kind)
    for is_kind, avro in _plain():
        if is_kind(kind):
            return avro
    raise TaskFailedError(f"Avro has no type for the values of '{name}': {kind}")


def _plain() -> tuple[tuple[Callable[[Any], bool], Any], ...]:
    from pyarrow import types

    return (
        (types.is_boolean, "boolean"),
        (types.is_integer, "long"),
        (types.is_floating, "double"),
        (types.is_string, "string"),
        (types.is_null, "string"),
        (types.is_binary, "bytes"),
        (types.is_date, {"type": "int", "logicalType": "date"}),
        (types.is_time, {"type": "long", "logicalType": "time-micros"}),
    )
