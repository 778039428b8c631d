"""Properties and outputs of every task that runs SQL and takes rows, whatever the database."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import Plugin, Trigger
from tiercel.plugins.sql.results import FetchType, Result


class QueryOutputs(BaseModel):
    """What there is of a query's rows."""

    row: dict[str, Any] | None = None
    rows: list[dict[str, Any]] | None = None
    uri: StoredFile | None = None
    size: int | None = None


FETCHED = outputs(row=dict[str, Any], rows=list[dict[str, Any]], uri=StoredFile, size=int)
"""Outputs of a query."""

FETCHED_OF_EACH = outputs(outputs=list[QueryOutputs])
"""Outputs of several."""

ROW_MAY_BE_NULL = frozenset({"row"})
"""Outputs that stay although they are null."""


def new_path(context: TaskContext, extension: str) -> Path:
    """Return a fresh path in the working directory."""
    return context.working_dir / f"{secrets.randbits(63)}{extension}"


class Fetching(Plugin):
    """Properties of what runs SQL and takes rows."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    sql: Text
    """The SQL to run."""
    fetch_type: FetchType = FetchType.NONE
    """What becomes of the rows: NONE, FETCH_ONE and FETCH into the outputs, STORE into a file."""
    fetch: bool = False
    """Old form of `fetchType: FETCH`."""
    fetch_one: bool = False
    """Old form of `fetchType: FETCH_ONE`."""
    store: bool = False
    """Old form of `fetchType: STORE`."""
    fetch_size: Annotated[int, Field(ge=0)] = 10_000
    """Rows held in memory at once with STORE."""
    parameters: ValueMap | None = None
    """Values for `:name` in the SQL; a name without a value is NULL."""
    auto_commit: bool = True
    """Accepted for old flows, without effect."""
    connection_pooling: bool = True
    """Accepted for flows written for pools, without effect."""
    connection_pool_size: int = 10
    """Accepted for flows written for pools, without effect."""

    def fetching(self) -> FetchType:
        """Return what becomes of the rows; the old switches win over ``fetchType``."""
        if self.fetch:
            return FetchType.FETCH
        if self.fetch_one:
            return FetchType.FETCH_ONE
        return FetchType.STORE if self.store else self.fetch_type

    async def outputs_of_each(
        self, context: TaskContext, results: Sequence[Result]
    ) -> list[dict[str, Any]]:
        """Return the outputs of the statements that gave rows, in order."""
        with_rows = [result for result in results if result.has_rows]
        for _ in with_rows if self.fetching() is FetchType.NONE else ():
            context.log(LogLevel.INFO, "fetchType is set to NONE, no output will be returned")
        return [await outputs_of(context, result) for result in with_rows]

    def count_fetched(self, context: TaskContext, size: int) -> None:
        """Publish how many rows were fetched."""
        kind = self.fetching()
        tags = {
            "fetch": str(kind in (FetchType.FETCH, FetchType.FETCH_ONE)).lower(),
            "store": str(kind is FetchType.STORE).lower(),
        }
        context.metric("counter", "fetch.size", size, tags)


class QueryTrigger(Fetching, Trigger):
    """Properties of what runs a query now and then, whatever the database."""

    output_types = FETCHED

    fetch_type: FetchType = FetchType.FETCH
    """What becomes of the rows; with NONE nothing is ever started."""
    interval: timedelta = timedelta(seconds=60)
    """Time between two runs of the query."""

    @field_validator("interval")
    @classmethod
    def _is_positive(cls, interval: timedelta) -> timedelta:
        if interval <= timedelta():
            raise ValueError("must be longer than nothing")
        return interval


async def outputs_of(context: TaskContext, result: Result) -> dict[str, Any]:
    """Return the outputs of one statement; ``row`` is always there."""
    values: dict[str, Any] = {"row": result.row}
    if result.rows is not None:
        values["rows"] = result.rows
    if result.path is not None:
        values["uri"] = await context.store_file(result.path)
    if result.size is not None:
        values["size"] = result.size
    return values


def discard(result: Result) -> None:
    """Delete the row file of a result that is not an output."""
    if result.path is not None:
        result.path.unlink()
