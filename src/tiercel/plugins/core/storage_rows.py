"""Tasks over the rows of row files: each row is a line of its own, kept as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from tiercel.expressions import ExpressionError, is_truthy
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import AsWritten, Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.last_of_keys import LastOfKeys
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.rows.ion import IonError, read_rows

Expression = Annotated[Text, AsWritten()]
"""A template that is rendered once per row, with the row's fields as variables."""


class FilterType(StrEnum):
    """Whether the rows that a condition holds for are kept or dropped."""

    INCLUDE = "INCLUDE"
    EXCLUDE = "EXCLUDE"


class ErrorOrNull(StrEnum):
    """What happens to a row whose condition can't be rendered or is null."""

    FAIL = "FAIL"
    INCLUDE = "INCLUDE"
    EXCLUDE = "EXCLUDE"


class _Stopped(Exception):  # noqa: N818  a signal to the thread, never seen outside
    """The task is to end."""


def numbered_lines(context: TaskContext, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that are not blank, each with its end, and their numbers."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if number % 1024 == 0 and context.is_killed:
                raise _Stopped
            if line.strip():
                yield number, line if line.endswith(b"\n") else line + b"\n"


def row_of(number: int, line: bytes) -> dict[str, Any]:
    """Return the row that a line holds.

    Raises:
        TaskFailedError: The line is not one map in Ion.
    """
    try:
        found = list(read_rows([line.decode()]))
    except (IonError, UnicodeDecodeError) as error:
        reason = str(error).removeprefix("line 1: ")
        raise TaskFailedError(f"Line {number} is no row in Ion: {reason}") from error
    if len(found) != 1 or not isinstance(found[0], dict):
        raise TaskFailedError(f"Line {number} is no row in Ion: it must hold one map")
    return found[0]


class FilterItems(RunnableTask):
    """Keep the rows of a row file that a condition holds for.

    Outputs: ``uri``, ``processedItemsTotal``, ``droppedItemsTotal``.
    """

    type_name = "io.kestra.plugin.core.storage.FilterItems"
    title = "Keep or drop rows of a file by a condition."
    output_types = outputs(uri=StoredFile, processedItemsTotal=int, droppedItemsTotal=int)
    examples = (
        (
            "Keep the rows with a price.",
            "id: priced\ntype: io.kestra.plugin.core.storage.FilterItems\n"
            'from: "{{ outputs.query.uri }}"\nfilterCondition: "{{ price > 0 }}"',
        ),
    )

    source: Text = Field(alias="from", description="URI of the row file.")
    filter_condition: Expression = Field(
        description=(
            "Template that is rendered for each row and sees its fields as variables; `false` "
            "and `0` do not hold."
        )
    )
    filter_type: FilterType = Field(
        default=FilterType.INCLUDE,
        description=(
            "`INCLUDE` keeps the rows that the condition holds for, `EXCLUDE` drops them."
        ),
    )
    error_or_null_behavior: ErrorOrNull = Field(
        default=ErrorOrNull.FAIL,
        description=(
            "What happens to a row whose condition can't be rendered or is empty: `FAIL` the "
            "task, `INCLUDE` the row, or `EXCLUDE` it."
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Copy the lines that are kept as they are."""
        source = await context.local_file(self.source)
        target = new_file(context, ".ion")
        counts = await asyncio.to_thread(self._filter, context, source, target)
        return Output(
            values={
                "uri": await context.store_file(target),
                "processedItemsTotal": counts[0],
                "droppedItemsTotal": counts[1],
            }
        )

    def _filter(self, context: TaskContext, source: Path, target: Path) -> tuple[int, int]:
        processed = dropped = 0
        with target.open("wb") as file:
            for number, line in numbered_lines(context, source):
                processed += 1
                if self._is_kept(context, number, line):
                    file.write(line)
                else:
                    dropped += 1
        return processed, dropped

    def _is_kept(self, context: TaskContext, number: int, line: bytes) -> bool:
        row = row_of(number, line)
        try:
            result = context.render(self.filter_condition, row).strip()
        except ExpressionError as error:
            if self.error_or_null_behavior is ErrorOrNull.FAIL:
                raise TaskFailedError(f"Line {number}: {error}") from error
            return self.error_or_null_behavior is ErrorOrNull.INCLUDE
        if not result:
            if self.error_or_null_behavior is ErrorOrNull.FAIL:
                raise TaskFailedError(f"Line {number}: the expression gives null for this row")
            return self.error_or_null_behavior is ErrorOrNull.INCLUDE
        return is_truthy(result) is (self.filter_type is FilterType.INCLUDE)


class DeduplicateItems(RunnableTask):
    """Keep, of all rows with the same key, the last one, where it is.

    Outputs: ``uri``, ``numKeys``, ``processedItemsTotal``, ``droppedItemsTotal``.
    """

    type_name = "io.kestra.plugin.core.storage.DeduplicateItems"
    aliases = ("io.kestra.core.tasks.storages.DeduplicateItems",)
    title = "Keep the last row of each key."
    output_types = outputs(
        uri=StoredFile, numKeys=int, processedItemsTotal=int, droppedItemsTotal=int
    )
    examples = (
        (
            "One row for each customer.",
            "id: latest\ntype: io.kestra.plugin.core.storage.DeduplicateItems\n"
            'from: "{{ outputs.query.uri }}"\nexpr: "{{ customer_id }}"',
        ),
    )

    source: Text = Field(alias="from", description="URI of the row file.")
    expr: Expression = Field(
        description=(
            "Template that gives the key of each row and sees its fields as variables. Of all "
            "rows with one key the last is kept."
        )
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Read the file twice: memory holds a bit per row, whatever the number of keys."""
        source = await context.local_file(self.source)
        target = new_file(context, ".ion")
        processed, keys = await asyncio.to_thread(self._deduplicate, context, source, target)
        context.log(LogLevel.DEBUG, f"{keys} of {processed} rows kept")
        return Output(
            values={
                "uri": await context.store_file(target),
                "numKeys": keys,
                "processedItemsTotal": processed,
                "droppedItemsTotal": processed - keys,
            }
        )

    def _deduplicate(self, context: TaskContext, source: Path, target: Path) -> tuple[int, int]:
        with LastOfKeys(context.working_dir) as last:
            for number, line in numbered_lines(context, source):
                last.add(self._key(context.render, number, line), number)
            kept = last.numbers()
        with target.open("wb") as file:
            for number, line in numbered_lines(context, source):
                if kept[number >> 3] >> (number & 7) & 1:
                    file.write(line)
        return last.count, last.key_count

    def _key(self, render: Callable[..., str], number: int, line: bytes) -> str:
        row = row_of(number, line)
        try:
            return render(self.expr, row)
        except ExpressionError as error:
            raise TaskFailedError(f"Line {number}: {error}") from error
