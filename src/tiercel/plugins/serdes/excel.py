"""Excel workbooks to row files and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime, time
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, Any, ClassVar
from zipfile import BadZipFile

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, TextMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.serdes.convert import rows_of, write_rows
from tiercel.plugins.serdes.date_patterns import DatePatterns

_PACKAGES = {"openpyxl": "excel"}
_TITLE_CHARACTERS = 31
_WIDEST_INTEGER = 10**15
"""Excel keeps 15 digits of a number."""


class ValueRender(StrEnum):
    """How values are read."""

    UNFORMATTED_VALUE = "UNFORMATTED_VALUE"
    FORMATTED_VALUE = "FORMATTED_VALUE"
    FORMULA = "FORMULA"


class DateTimeRender(StrEnum):
    """How dates and times are read."""

    UNFORMATTED_VALUE = "UNFORMATTED_VALUE"
    FORMATTED_STRING = "FORMATTED_STRING"
    SERIAL_NUMBER = "SERIAL_NUMBER"


class ExcelToIon(RunnableTask):
    """Turn the sheets of a workbook into row files. Outputs: ``uris`` by sheet, ``size``."""

    type_name = "io.kestra.plugin.serdes.excel.ExcelToIon"
    title = "Convert an Excel workbook to row files."
    output_types = outputs(uris=dict[str, StoredFile], size=int)
    examples = (
        (
            "Rows of one sheet.",
            "id: rows\ntype: io.kestra.plugin.serdes.excel.ExcelToIon\n"
            'from: "{{ outputs.download.uri }}"\nsheetsTitle:\n  - Orders',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES

    source: Text = Field(alias="from", description="URI of the workbook (`.xlsx`).")
    sheets_title: TextList | None = Field(
        default=None, description="Titles of the sheets to read. All of them when it is left out."
    )
    charset: Text = Field(
        default="UTF-8", description="Accepted without effect: workbooks are always in UTF-8."
    )
    value_render: ValueRender = Field(
        default=ValueRender.UNFORMATTED_VALUE,
        description=(
            "How values are read: with their type, `UNFORMATTED_VALUE`; as texts, "
            "`FORMATTED_VALUE`; formulas as they are written, `FORMULA`."
        ),
    )
    date_time_render: DateTimeRender = Field(
        default=DateTimeRender.UNFORMATTED_VALUE,
        description=(
            "How dates are read: as dates, `UNFORMATTED_VALUE`; as ISO texts, "
            "`FORMATTED_STRING`; as the numbers that Excel keeps, `SERIAL_NUMBER`."
        ),
    )
    header: bool = Field(
        default=True,
        description="Whether the first row names the columns; otherwise rows are lists.",
    )
    skip_empty_rows: bool = Field(
        default=False, description="Whether rows without any value are left out."
    )
    skip_rows: Annotated[int, Field(ge=0)] = Field(
        default=0, description="How many rows are left out at the beginning, after the header."
    )

    async def run(self, context: TaskContext) -> Output:
        """Write one row file per sheet."""
        source = await context.local_file(self.source)
        sheets = await asyncio.to_thread(self._convert, context, source)
        uris = {name: await context.store_file(path) for name, (path, _) in sheets.items()}
        size = sum(count for _, count in sheets.values())
        context.metric("counter", "records", size, None)
        return Output(values={"uris": uris, "size": size})

    def _convert(self, context: TaskContext, source: Path) -> dict[str, tuple[Path, int]]:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        has_formulas = self.value_render is ValueRender.FORMULA
        with source.open("rb") as file:
            try:
                workbook = load_workbook(file, read_only=True, data_only=not has_formulas)
            except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
                raise TaskFailedError(f"The file is no Excel workbook (.xlsx): {error}") from error
            return self._sheets(context, workbook)

    def _sheets(self, context: TaskContext, workbook: Any) -> dict[str, tuple[Path, int]]:
        with closing(workbook):
            titles = self.sheets_title or workbook.sheetnames
            missing = [title for title in titles if title not in workbook.sheetnames]
            if missing:
                there = ", ".join(f"'{name}'" for name in workbook.sheetnames)
                raise TaskFailedError(f"The workbook has no sheet '{missing[0]}', only {there}")
            found = {}
            for title in titles:
                path = new_file(context, ".ion")
                rows = self._rows(workbook[title].iter_rows(values_only=True))
                found[title] = (path, write_rows(context, rows, path))
            return found

    def _rows(self, cells: Iterator[tuple[Any, ...]]) -> Iterator[Any]:
        names = None
        if self.header:
            names = [_title(value, at) for at, value in enumerate(next(cells, ()), start=1)]
        for values in islice(cells, self.skip_rows, None):
            if self.skip_empty_rows and all(value is None for value in values):
                continue
            row = [self._value(value) for value in values]
            yield row if names is None else dict(zip(names, row, strict=False))

    def _value(self, value: Any) -> Any:
        if isinstance(value, datetime | date | time):
            value = self._moment(value)
        if self.value_render is ValueRender.FORMATTED_VALUE and value is not None:
            return str(json_value(value))
        return value

    def _moment(self, value: datetime | date | time) -> Any:
        from openpyxl.utils.datetime import to_excel

        if self.date_time_render is DateTimeRender.SERIAL_NUMBER:
            return to_excel(value)  # type: ignore[no-untyped-call]
        if self.date_time_render is DateTimeRender.FORMATTED_STRING:
            return value.isoformat()
        return value


def _title(value: Any, place: int) -> str:
    return f"column_{place}" if value is None else str(json_value(value))


class IonToExcel(DatePatterns, RunnableTask):
    """Turn row files into the sheets of one workbook. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.serdes.excel.IonToExcel"
    title = "Convert row files to an Excel workbook."
    output_types = outputs(uri=StoredFile, size=int)
    examples = (
        (
            "Two queries, a sheet each.",
            "id: report\ntype: io.kestra.plugin.serdes.excel.IonToExcel\nfrom:\n"
            '  Orders: "{{ outputs.orders.uri }}"\n  Customers: "{{ outputs.customers.uri }}"',
        ),
    )
    requires: ClassVar[Mapping[str, str]] = _PACKAGES

    source: TextMap | Text = Field(
        alias="from",
        union_mode="left_to_right",
        description="URI of a row file, or a map of them by the title of their sheet.",
    )
    charset: Text = Field(
        default="UTF-8", description="Accepted without effect: workbooks are always in UTF-8."
    )
    sheets_title: Text = Field(
        default="Sheet", description="Title of the sheet, where `from` is one file."
    )
    header: bool = Field(
        default=True, description="Whether the first row of a sheet names the columns."
    )
    styles: bool = Field(default=True, description="Whether the names of the columns are bold.")

    async def run(self, context: TaskContext) -> Output:
        """Write the workbook."""
        given = self.source
        named = {self.sheets_title: given} if isinstance(given, str) else given
        sheets = {
            title: await context.local_file(uri) for title, uri in named.items() if uri is not None
        }
        target = new_file(context, ".xlsx")
        size = await asyncio.to_thread(self._convert, context, sheets, target)
        context.metric("counter", "records", size, None)
        return Output(values={"uri": await context.store_file(target), "size": size})

    def _convert(self, context: TaskContext, sheets: Mapping[str, Path], target: Path) -> int:
        from openpyxl import Workbook

        workbook, size = Workbook(write_only=True), 0
        for title, source in sheets.items():
            sheet = workbook.create_sheet(title[:_TITLE_CHARACTERS])
            size += self._fill(sheet, rows_of(context, source))
        workbook.save(target)
        return size

    def _fill(self, sheet: Any, rows: Iterator[Any]) -> int:
        first = next(rows, None)
        if first is None:
            return 0
        names = list(first) if isinstance(first, Mapping) else None
        if self.header:
            if names is None:
                raise TaskFailedError("Invalid data of type List with header")
            sheet.append([self._heading(sheet, name) for name in names])
        size = 0
        for row in chain((first,), rows):
            size += 1
            values = [row.get(name) for name in names] if names is not None else row
            sheet.append([self._cell(sheet, value) for value in values])
        return size

    def _heading(self, sheet: Any, name: str) -> Any:
        from openpyxl.styles import Font

        cell = _text_cell(sheet, name)
        if self.styles:
            cell.font = Font(bold=True)
        return cell

    def _cell(self, sheet: Any, value: Any) -> Any:
        if isinstance(value, date | time):
            return self.date_text(value)
        value = json_value(value)
        if isinstance(value, int) and abs(value) >= _WIDEST_INTEGER:
            return str(value)
        if isinstance(value, list | dict):
            value = json.dumps(value, ensure_ascii=False)
        return _text_cell(sheet, value) if isinstance(value, str) else value


def _text_cell(sheet: Any, value: str) -> Any:
    """Return a cell of a text, without control characters, which cells can't hold.

    A text that begins with ``=`` stays a text and is no formula.
    """
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    return cell
