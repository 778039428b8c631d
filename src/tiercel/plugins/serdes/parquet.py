"""Parquet to row files and back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.serdes.convert import Converter, row_value, rows_of, write_rows
from tiercel.plugins.serdes.schema import arrow_schema
from tiercel.plugins.serdes.schema_options import SchemaOptions, inferred_schema, maps_only

if TYPE_CHECKING:
    pass

_BATCH_ROWS = 10_000
_PACKAGES = {"pyarrow": "parquet"}


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
                rows = (row_value(row) for batch in batches for row in batch.to_pylist())
                return write_rows(context, rows, target)
        except pyarrow.ArrowInvalid as error:
            raise TaskFailedError(f"The file is no Parquet: {error}") from error


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


class IonToParquet(SchemaOptions):
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

    compression_codec: Codec = Field(
        default=Codec.GZIP,
        description="How pages are compressed: `GZIP`, `SNAPPY`, `ZSTD` or `UNCOMPRESSED`.",
    )
    parquet_version: Version = Field(
        default=Version.V2, description="Version of the format: `V1` or `V2`."
    )
    row_group_size: int = Field(
        default=134_217_728, description="Accepted without effect: a group has 10,000 rows."
    )
    page_size: int = Field(default=1_048_576, description="Size of a data page, in bytes.")
    dictionary_page_size: int = Field(
        default=1_048_576, description="Most size of a dictionary page, in bytes."
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write the rows in groups."""
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        rows = maps_only(rows_of(context, source))
        first = list(islice(rows, self.number_of_rows_to_scan))
        rows, size = chain(first, rows), 0
        try:
            schema = arrow_schema(self.schema_) if self.schema_ else inferred_schema(first)
            cells = self.cells(schema, context)
            with ParquetWriter(
                target,
                schema,
                compression=self.compression_codec.replace("UNCOMPRESSED", "NONE"),
                version="2.6" if self.parquet_version is Version.V2 else "1.0",
                data_page_size=self.page_size,
                dictionary_pagesize_limit=self.dictionary_page_size,
            ) as writer:
                while chunk := list(islice(rows, _BATCH_ROWS)):
                    fitting = cells.rows(chunk)
                    writer.write_table(pyarrow.Table.from_pylist(fitting, schema=schema))
                    size += len(fitting)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowKeyError) as error:
            raise TaskFailedError(f"The rows do not fit the schema: {error}") from error
        return size
