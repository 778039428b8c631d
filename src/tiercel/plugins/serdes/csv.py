"""CSV to row files and back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.serdes.convert import Converter, OnBadLines, rows_of, write_rows
from tiercel.plugins.serdes.date_patterns import DatePatterns

MAX_FIELD_BYTES = 16 * 1024 * 1024
"""Longest field that is read."""

csv.field_size_limit(MAX_FIELD_BYTES)

_NULL = "\\N"
Character = Annotated[Text, Field(min_length=1, max_length=1)]


class OnEmptyHeader(StrEnum):
    """What becomes of a column without a name: nothing, or it is named by its position."""

    DROP = "DROP"
    RENAME = "RENAME"


class CsvToIon(Converter):
    r"""Turn a CSV file into a row file: every value is a text; ``\N`` is null.

    Outputs: ``uri``, ``size``.
    """

    type_name = "io.kestra.plugin.serdes.csv.CsvToIon"
    aliases = ("io.kestra.plugin.serdes.csv.CsvReader",)
    title = "Convert a CSV file to a row file."
    examples = (
        (
            "Rows of a CSV file.",
            "id: rows\ntype: io.kestra.plugin.serdes.csv.CsvToIon\n"
            'from: "{{ outputs.extract.uri }}"',
        ),
    )

    header: bool = Field(
        default=True,
        description="Whether the first line names the columns; otherwise rows are lists.",
    )
    field_separator: Character = Field(default=",", description="Character between two fields.")
    text_delimiter: Character = Field(
        default='"', description="Character around a field that holds separators or line ends."
    )
    skip_empty_rows: bool = Field(default=False, description="Whether empty lines are left out.")
    skip_rows: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How many lines are left out at the beginning, after the header."
    )
    charset: Text = Field(default="UTF-8", description="Character set of the file.")
    on_bad_lines: OnBadLines = Field(
        default=OnBadLines.ERROR,
        description=(
            "What happens to a line with another number of fields: fail with `ERROR`, leave "
            "it out with a `WARN`ing in the log, or `SKIP` it."
        ),
    )
    error_on_different_field_count: bool | None = Field(
        default=None,
        description=(
            "`false` lets lines with another number of fields through; older than `onBadLines`."
        ),
    )
    on_empty_header: OnEmptyHeader = Field(
        default=OnEmptyHeader.DROP,
        description=(
            "What becomes of a column without a name: `DROP` it, or `RENAME` it by its "
            "position, such as `column_3`."
        ),
    )
    max_buffer_size: int | None = Field(
        default=None, description="Accepted without effect: files may have any length."
    )
    max_field_size: int | None = Field(
        default=None, description="Accepted without effect: fields may have up to 16 MB."
    )
    allow_extra_chars_after_closing_quote: bool = Field(
        default=False,
        description=(
            "Accepted without effect: what follows a closing delimiter belongs to the field."
        ),
    )

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one row per line of the file."""
        charset = "utf-8-sig" if self.charset.lower() in ("utf-8", "utf8") else self.charset
        try:
            with source.open(encoding=charset, newline="") as lines:
                reader = csv.reader(
                    lines, delimiter=self.field_separator, quotechar=self.text_delimiter
                )
                return write_rows(context, self._rows(context, reader), target)
        except csv.Error as error:
            raise TaskFailedError(f"The file is no CSV: {error}") from error
        except (UnicodeDecodeError, LookupError) as error:
            raise TaskFailedError(f"The file can't be read as {self.charset}: {error}") from error

    def _rows(self, context: TaskContext, reader: Any) -> Iterator[Any]:
        names = self._names(next(reader, [])) if self.header else None
        count = None if names is None else len(names)
        drops_some = names is not None and "" in names
        for number, fields in enumerate(reader):
            if number < self.skip_rows or (not fields and self.skip_empty_rows):
                continue
            values = [None if field == _NULL else field for field in fields or [""]]
            count = len(values) if count is None else count
            if len(values) != count and not self._is_let_through(context, reader, count, values):
                continue
            if names is None:
                yield values
            else:
                row = dict(zip(names, values, strict=False))
                if drops_some:
                    row.pop("", None)
                yield row

    def _names(self, header: Sequence[str]) -> list[str]:
        """Return the names of the columns; "" is the name of all that are dropped."""
        if self.on_empty_header is OnEmptyHeader.DROP:
            return [name if name.strip() else "" for name in header]
        return [
            name if name.strip() else f"column_{position}"
            for position, name in enumerate(header, start=1)
        ]

    def _is_let_through(
        self, context: TaskContext, reader: Any, count: int, values: Sequence[Any]
    ) -> bool:
        if self.error_on_different_field_count is False:
            return True
        message = (
            f"Bad line encountered (field count mismatch): Expected {count}, got {len(values)} "
            f"fields. Line {reader.line_num}."
        )
        self.on_bad_lines.leave_out(context, TaskFailedError(message))
        return False


class QuoteMode(StrEnum):
    """Which values stand between delimiters."""

    ALWAYS = "ALWAYS"
    REQUIRED = "REQUIRED"
    NON_NUMERIC = "NON_NUMERIC"


_QUOTING: Mapping[QuoteMode, Literal[0, 1, 2]] = {
    QuoteMode.ALWAYS: csv.QUOTE_ALL,
    QuoteMode.REQUIRED: csv.QUOTE_MINIMAL,
    QuoteMode.NON_NUMERIC: csv.QUOTE_NONNUMERIC,
}


class IonToCsv(DatePatterns, Converter):
    """Turn a row file into CSV; the first row names the columns. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.csv.IonToCsv"
    aliases = ("io.kestra.plugin.serdes.csv.CsvWriter",)
    title = "Convert a row file to CSV."
    examples = (
        (
            "The rows of a query as CSV.",
            "id: csv\ntype: io.kestra.plugin.serdes.csv.IonToCsv\n"
            'from: "{{ outputs.query.uri }}"\nfieldSeparator: ";"',
        ),
    )
    extension = ".csv"

    header: bool = Field(default=True, description="Whether the first line names the columns.")
    field_separator: Character = Field(default=",", description="Character between two fields.")
    text_delimiter: Character = Field(
        default='"', description="Character around a field that holds separators or line ends."
    )
    line_delimiter: Text = Field(default="\n", description="Text that ends each line.")
    always_delimit_text: bool = Field(
        default=False,
        description=(
            "`true` puts the delimiter around all fields; older form of `quoteMode: ALWAYS`."
        ),
    )
    quote_mode: QuoteMode = Field(
        default=QuoteMode.REQUIRED,
        description=(
            "Which fields get the delimiter: those that need it, `REQUIRED`; `ALWAYS` all; "
            "all that are no numbers, `NON_NUMERIC`."
        ),
    )
    charset: Text = Field(default="UTF-8", description="Character set of the CSV file.")

    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write one line per row."""
        size, names = 0, None
        mode = QuoteMode.ALWAYS if self.always_delimit_text else self.quote_mode
        with target.open("w", encoding=self.charset, newline="") as file:
            writer = csv.writer(
                file,
                delimiter=self.field_separator,
                quotechar=self.text_delimiter,
                lineterminator=self.line_delimiter,
                quoting=_QUOTING[mode],
            )
            for size, row in enumerate(rows_of(context, source), start=1):
                if size == 1 and self.header:
                    names = self._names(row)
                    writer.writerow(names)
                writer.writerow([self._cell(value) for value in _values(row, names)])
        return size

    def _names(self, row: Any) -> list[str]:
        if not isinstance(row, Mapping):
            raise TaskFailedError("Invalid data of type List with header")
        return list(row)

    def _cell(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, date | time):
            return self.date_text(value)
        if isinstance(value, list | Mapping):
            return json.dumps(json_value(value), ensure_ascii=False, separators=(",", ":"))
        return str(json_value(value)) if isinstance(value, bytes) else str(value)


def _values(row: Any, names: Sequence[str] | None) -> Sequence[Any]:
    """Return the values in the order of the columns; a row with other fields keeps its own."""
    if not isinstance(row, Mapping):
        return list(row) if isinstance(row, list) else [row]
    if names is not None and row.keys() <= set(names):
        return [row.get(name) for name in names]
    return list(row.values())
