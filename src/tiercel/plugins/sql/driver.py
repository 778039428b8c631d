"""Databases other than PostgreSQL: one open connection, used from a thread of its own."""

from __future__ import annotations

import asyncio
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.ion import ion_line
from tiercel.plugins.rows.plain import json_value
from tiercel.plugins.sql.results import FetchType, Result
from tiercel.plugins.sql.statements import STANDARD, Dialect

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")

_INTERRUPT_AGAIN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one statement, read as they are needed; values are final Python ones."""

    labels: Sequence[str]
    values: Iterator[Sequence[Any]]

    def maps(self) -> Iterator[dict[str, Any]]:
        """Yield the rows as maps; of two equal labels the last one stays."""
        for row in self.values:
            yield dict(zip(self.labels, row, strict=True))


class Driver(ABC):
    """An open connection. All methods block; all but ``interrupt`` run in the same thread.

    Class attributes:
        dialect: How SQL texts are cut.
    """

    dialect: ClassVar[Dialect] = STANDARD

    @abstractmethod
    def execute(self, sql: str) -> Rows | None:
        """Run one statement; None when it gives no rows. Raises the database's own errors."""

    @abstractmethod
    def begin(self) -> None:
        """Open a transaction; outside of one, each statement is committed by itself."""

    @abstractmethod
    def commit(self) -> None:
        """Commit the open transaction."""

    @abstractmethod
    def roll_back(self) -> None:
        """Undo the open transaction, if there is one."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @abstractmethod
    def interrupt(self) -> None:
        """End the running statement, from another thread."""

    @abstractmethod
    def message(self, error: Exception) -> str | None:
        """Return what the database says is wrong; None for errors that are not the database's."""

    def literal(self, value: Any) -> str:
        """Return the SQL literal of a parameter's value."""
        return literal(value)


def literal(value: Any) -> str:
    """Return a value as standard SQL; lists and maps are texts of JSON."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, datetime | date | time):
        text = value.isoformat()
    elif isinstance(value, list | dict):
        text = json.dumps(json_value(value), ensure_ascii=False)
    else:
        text = str(value)
    return "'" + text.replace("'", "''") + "'"


def take(rows: Rows | None, kind: FetchType, path: Callable[[], Path]) -> Result:
    """Return what becomes of the rows.

    Args:
        path: Gives a fresh path for a row file.
    """
    if rows is None:
        return Result(has_rows=False)
    if kind is FetchType.NONE:
        return Result(has_rows=True)
    maps = rows.maps()
    if kind is FetchType.FETCH_ONE:
        first = next(maps, None)
        row = None if first is None else json_value(first)
        return Result(has_rows=True, row=row, size=0 if row is None else 1)
    if kind is FetchType.FETCH:
        found = [json_value(row) for row in maps]
        return Result(has_rows=True, rows=found, size=len(found))
    file_path, size = path(), 0
    with file_path.open("w", encoding="utf-8") as file:
        for row in maps:
            file.write(ion_line(row))
            size += 1
    return Result(has_rows=True, path=file_path, size=size)


class DriverSession:
    """An open driver; use it as ``async with``. Its work runs in one thread of its own.

    When the task is cancelled, the running statement is interrupted and what is open undone before
    the cancellation goes on.

    Args:
        connect: Opens the connection; blocking.
    """

    def __init__(self, connect: Callable[[], Driver]) -> None:
        self._connect = connect
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sql")
        self._driver: Driver | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(self._thread, self._connect)
        try:
            self._driver = await asyncio.shield(opening)
        except asyncio.CancelledError:
            # a thread that is still connecting can't be stopped: what it gets is closed
            opening.add_done_callback(_close_late)
            self._thread.shutdown(wait=False)
            raise
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.shield(loop.run_in_executor(self._thread, self.driver.close))
        self._thread.shutdown(wait=False)

    @property
    def driver(self) -> Driver:
        """The open connection."""
        if self._driver is None:
            raise RuntimeError("the session is not open")
        return self._driver

    async def call(self, work: Callable[[Driver], T], *, place: str = "") -> T:
        """Run blocking work on the connection in its thread and return what it gives.

        Args:
            place: Added to the message when a statement fails.

        Raises:
            TaskFailedError: The database refused something; in its own words.
        """
        driver, loop = self.driver, asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, partial(_run, work, driver, place))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            while not future.done():
                await asyncio.to_thread(driver.interrupt)
                await asyncio.wait({future}, timeout=_INTERRUPT_AGAIN_SECONDS)
            future.exception()  # seen: the statement failed because it was interrupted
            raise


def _close_late(opening: asyncio.Future[Driver]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _run(work: Callable[[Driver], T], driver: Driver, place: str) -> T:
    try:
        return work(driver)
    except Exception as error:
        message = driver.message(error)
        _undo(driver)
        if message is None:
            raise
        raise TaskFailedError(f"{message}\n  {place}" if place else message) from error


def _undo(driver: Driver) -> None:
    try:
        driver.roll_back()
    except Exception as error:
        # the connection is gone and with it what was open: the first error counts
        if driver.message(error) is None:
            raise
