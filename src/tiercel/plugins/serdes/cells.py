"""Values of rows, made to fit the types of a schema: rows of CSV files hold texts only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value

if TYPE_CHECKING:
    import pyarrow

Convert = Callable[[Any], Any]


class CellReader:
    """Converts rows to the types of their columns.

    Args:
        columns: Types by name.
        true_values, false_values, null_values: Texts that mean these.
        is_strict: A field that is no column is an error.
    """

    def __init__(
        self,
        columns: Mapping[str, pyarrow.DataType],
        *,
        true_values: frozenset[str],
        false_values: frozenset[str],
        null_values: frozenset[str],
        decimal_separator: str = ".",
        is_strict: bool = False,
    ) -> None:
        self._true, self._false, self._null = true_values, false_values, null_values
        self._separator = decimal_separator
        self._is_strict = is_strict
        self._converts = {name: self._convert(kind) for name, kind in columns.items()}

    def rows(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows with values that fit.

        Raises:
            TaskFailedError: One does not; the message names the column.
        """
        return [self._row(row) for row in rows]

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if self._is_strict and not row.keys() <= self._converts.keys():
            extra = sorted(row.keys() - self._converts.keys())
            raise TaskFailedError(f"`strictSchema` is set and these fields are unknown: {extra}")
        return {name: self._cell(name, row.get(name)) for name in self._converts}

    def _cell(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        try:
            return self._converts[name](value)
        except (ValueError, TypeError, InvalidOperation) as error:
            raise TaskFailedError(
                f"The value {value!r} of the field '{name}' does not fit its type: {error}"
            ) from error

    def _convert(self, kind: pyarrow.DataType) -> Convert:
        from pyarrow import types

        if types.is_string(kind) or types.is_large_string(kind):
            return _text
        if types.is_boolean(kind):
            return self._boolean
        if types.is_integer(kind):
            return self._of_text(int)
        if types.is_floating(kind):
            return self._of_text(float)
        if types.is_decimal(kind):
            return self._of_text(lambda value: _scaled(value, kind.scale))
        if types.is_date(kind):
            return self._of_text(date.fromisoformat)
        if types.is_time(kind):
            return self._of_text(time.fromisoformat)
        if types.is_timestamp(kind):
            return self._of_text(_aware if kind.tz else datetime.fromisoformat)
        return lambda value: value

    def _of_text(self, read: Convert) -> Convert:
        """Return what reads texts, and numbers where numbers are wanted."""

        def convert(value: Any) -> Any:
            if isinstance(value, str):
                if value in self._null:
                    return None
                return read(value.replace(self._separator, ".") if read is float else value)
            if read in (int, float) and isinstance(value, int | float | Decimal):
                return read(value)
            if isinstance(value, datetime) and read is _aware and value.tzinfo is None:
                return value.replace(tzinfo=UTC)
            return read(value) if isinstance(value, int | Decimal) else value

        return convert

    def _boolean(self, value: Any) -> Any:
        if isinstance(value, bool):
            return value
        text = str(value).lower()
        if text in self._true:
            return True
        if text in self._false:
            return False
        if str(value) in self._null:
            return None
        raise ValueError("it is neither true nor false")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(json_value(value))


def _scaled(value: Any, scale: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-scale))


def _aware(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
