"""What all converters share: one stored file in, one out, in a thread, however long it is."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from tiercel.model.errors import TiercelError
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.rows.ion import IonError, ion_line, read_rows

_PROGRESS_ROWS = 10_000


class ConversionStoppedError(TiercelError):
    """The task was stopped while it converted; what it had written is dropped."""


class OnBadLines(StrEnum):
    """What happens to a line or row that is not as the others."""

    ERROR = "ERROR"
    WARN = "WARN"
    SKIP = "SKIP"

    def leave_out(self, context: TaskContext, error: TaskFailedError) -> None:
        """Leave a bad one out, with a word in the log or without. Raises it when it is an error."""
        if self is OnBadLines.ERROR:
            raise error
        if self is OnBadLines.WARN:
            context.log(LogLevel.WARN, str(error))


class Converter(RunnableTask):
    """Base of all converters. Outputs: ``uri``, and ``size``: the number of rows.

    Class attributes:
        extension: Of the file that is made.
    """

    output_types = outputs(uri=StoredFile, size=int)

    extension: ClassVar[str] = ".ion"

    source: Text = Field(alias="from", description="URI of the file to convert.")

    @abstractmethod
    def convert(self, context: TaskContext, source: Path, target: Path) -> int:
        """Write ``target`` from ``source``; return the number of rows. Runs in a thread.

        Raises:
            TaskFailedError: The source is not what it should be.
        """

    def target_extension(self) -> str:
        """Return the extension of the file that is made."""
        return self.extension

    async def run(self, context: TaskContext) -> Output:
        """Convert the file and store the result."""
        source = await context.local_file(self.source)
        target = new_file(context, self.target_extension())
        size = await asyncio.to_thread(self.convert, context, source, target)
        context.metric("counter", "records", size, None)
        return Output(values={"uri": await context.store_file(target), "size": size})


def watched(context: TaskContext, rows: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows, telling how many there were and ending when the task is stopped."""
    count = 0
    for count, row in enumerate(rows, start=1):
        if count % _PROGRESS_ROWS == 0:
            context.progress("rows", count, None, "rows")
            if context.is_killed:
                raise ConversionStoppedError("The conversion was stopped")
        yield row
    context.progress("rows", count, count, "rows")


def write_rows(context: TaskContext, rows: Iterable[Any], target: Path) -> int:
    """Write a row file; null rows are left out. Return the number of rows."""
    size = 0
    with target.open("w", encoding="utf-8") as file:
        for row in watched(context, rows):
            if row is not None:
                file.write(ion_line(row))
                size += 1
    return size


def rows_of(context: TaskContext, source: Path) -> Iterator[Any]:
    """Yield the rows of a row file.

    Raises:
        TaskFailedError: It is none.
    """
    try:
        with source.open(encoding="utf-8") as lines:
            yield from watched(context, read_rows(lines))
    except (IonError, UnicodeDecodeError) as error:
        raise TaskFailedError(f"`from` is no row file: {error}") from error


def row_value(value: Any) -> Any:
    """Return a value of a file with types as rows have it: moments in UTC, ids as texts."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo is not None else value
        # pandas' own timestamps are datetimes by another name
        return moment if type(moment) is datetime else datetime.fromisoformat(moment.isoformat())
    if isinstance(value, dict):
        return {str(name): row_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [row_value(item) for item in value]
    return str(value) if isinstance(value, UUID) else value
