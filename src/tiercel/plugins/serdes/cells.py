"""Values of rows, made to fit the types of a schema: rows of CSV files hold texts only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from tiercel.expressions import ExpressionError
from tiercel.expressions.date_parsing import parse_moment
from tiercel.expressions.zones import zone as zone_of
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.rows.plain import json_value

if TYPE_CHECKING:
    import pyarrow

Convert = Callable[[Any], Any]
_SOME_DAY, _DAY = "2000-01-01 ", "yyyy-MM-dd "


@dataclass(frozen=True, slots=True)
class DateTexts:
    """How texts write dates: patterns such as ``d.M.yyyy``, None for ISO.

    Attributes:
        zone: Where moments are that say no offset.
    """

    days: str | None = None
    clocks: str | None = None
    moments: str | None = None
    zone: str = "UTC"

    def read_date(self, text: str) -> date:
        """Return a date. Raises ValueError, as all do, for a text that is none."""
        return self._read(text, self.days).date() if self.days else date.fromisoformat(text)

    def read_time(self, text: str) -> time:
        """Return a time of day."""
        if self.clocks is None:
            return time.fromisoformat(text)
        return self._read(f"{_SOME_DAY}{text}", _DAY + self.clocks).time()

    def read_local(self, text: str) -> datetime:
        """Return a moment without a zone."""
        if self.moments is None:
            return datetime.fromisoformat(text)
        return self._read(text, self.moments).replace(tzinfo=None)

    def read_moment(self, text: str) -> datetime:
        """Return a moment with a zone."""
        if self.moments:
            return self._read(text, self.moments)
        return self.with_zone(datetime.fromisoformat(text))

    def with_zone(self, value: datetime) -> datetime:
        """Return a moment with the zone if it has none."""
        return value if value.tzinfo is not None else value.replace(tzinfo=zone_of(self.zone).info)

    def _read(self, text: str, pattern: str) -> datetime:
        found = parse_moment(str(text), pattern, zone_of(self.zone), "en")
        return found.local().replace(microsecond=found.nanos // 1000)


def _refuse(error: TaskFailedError) -> None:
    raise error


class CellReader:
    """Converts rows to the types of their columns.

    Args:
        schema: The columns.
        true_values, false_values, null_values: Texts that mean these.
        dates: How dates are written.
        is_strict: A field that is no column is an error.
        infers_all: The texts that mean null do so in columns of text too.
        on_bad: Called for a row that does not fit, which is then left out; raises by default.
    """

    def __init__(
        self,
        schema: pyarrow.Schema,
        *,
        true_values: frozenset[str],
        false_values: frozenset[str],
        null_values: frozenset[str],
        dates: DateTexts,
        decimal_separator: str = ".",
        is_strict: bool = False,
        infers_all: bool = False,
        on_bad: Callable[[TaskFailedError], None] = _refuse,
    ) -> None:
        self._true, self._false, self._null = true_values, false_values, null_values
        self._dates = dates
        self._separator = decimal_separator
        self._is_strict, self._infers_all = is_strict, infers_all
        self._on_bad = on_bad
        self._converts = {field.name: self._convert(field.type) for field in schema}
        self._required = frozenset(field.name for field in schema if not field.nullable)

    def rows(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows with values that fit.

        Raises:
            TaskFailedError: One does not; the message names the column.
        """
        found = []
        for row in rows:
            try:
                found.append(self._row(row))
            except TaskFailedError as error:
                self._on_bad(error)
        return found

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if self._is_strict and not row.keys() <= self._converts.keys():
            extra = sorted(row.keys() - self._converts.keys())
            raise TaskFailedError(f"`strictSchema` is set and these fields are unknown: {extra}")
        return {name: self._cell(name, row.get(name)) for name in self._converts}

    def _cell(self, name: str, value: Any) -> Any:
        try:
            found = None if value is None else self._converts[name](value)
        except (ValueError, TypeError, InvalidOperation, ExpressionError) as error:
            raise TaskFailedError(
                f"The value {value!r} of the field '{name}' does not fit its type: {error}"
            ) from error
        if found is None and name in self._required:
            raise TaskFailedError(
                f"The value {value!r} of the field '{name}' does not fit its type: it is never null"
            )
        return found

    def _convert(self, kind: pyarrow.DataType) -> Convert:
        from pyarrow import types

        if types.is_string(kind) or types.is_large_string(kind):
            return self._text if self._infers_all else _text
        if types.is_boolean(kind):
            return self._boolean
        if types.is_integer(kind):
            return self._of_text(_integer_of(kind), is_number=True)
        if types.is_floating(kind):
            return self._of_text(lambda value: float(self._with_point(value)), is_number=True)
        if types.is_decimal(kind):
            return self._of_text(lambda value: _scaled(self._with_point(value), kind.scale))
        if types.is_date(kind):
            return self._of_text(self._dates.read_date)
        if types.is_time(kind):
            return self._of_text(self._dates.read_time)
        if types.is_timestamp(kind):
            return self._moment if kind.tz else self._of_text(self._dates.read_local)
        return lambda value: value

    def _of_text(self, read: Convert, *, is_number: bool = False) -> Convert:
        """Return what reads texts, and numbers where numbers are wanted."""

        def convert(value: Any) -> Any:
            if isinstance(value, str):
                return None if value in self._null else read(value)
            if is_number and isinstance(value, int | float | Decimal):
                return read(value)
            return read(value) if isinstance(value, int | Decimal) else value

        return convert

    def _with_point(self, value: Any) -> Any:
        return value.replace(self._separator, ".") if isinstance(value, str) else value

    def _moment(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self._dates.with_zone(value)
        return self._of_text(self._dates.read_moment)(value)

    def _text(self, value: Any) -> str | None:
        return None if isinstance(value, str) and value in self._null else _text(value)

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


def _integer_of(kind: pyarrow.DataType) -> Convert:
    from pyarrow import types

    least = 0 if types.is_unsigned_integer(kind) else -(1 << (kind.bit_width - 1))
    most = least + (1 << kind.bit_width) - 1

    def read(value: Any) -> int:
        number = int(value)
        if not least <= number <= most:
            raise ValueError(f"it is not from {least} to {most}")
        return number

    return read


def _scaled(value: Any, scale: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-scale))
