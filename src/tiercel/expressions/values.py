"""The values of the language, their types by name, and how they turn into text.

A value is a text, a number (64-bit integer, double, big integer or ``Decimal``), a boolean, null, a
list, a map or a date; nothing else passes. Two texts exist for each: the *Java text* that operators
and filters use, and the *printed* text, which shows lists and maps as JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from tiercel.expressions.date_text import (
    date_time_text,
    duration_seconds,
    offset_date_time_text,
)
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import INTEGER_BITS, OUTPUT_CHARACTERS, exceeded
from tiercel.model.durations import format_duration

SMALLEST_INTEGER: Final = -(2**63)
LARGEST_INTEGER: Final = 2**63 - 1
_INTEGER_SPAN = 2**64

_CONTROL = re.compile("[\x00-\x1f]")
_CONTROL_ESCAPES = {code: f"\\u{code:04X}" for code in range(32)} | {
    8: "\\b",
    9: "\\t",
    10: "\\n",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    92: "\\\\",
}


class Entry(Mapping[str, object]):
    """An entry of a map, as a loop over the map gives it: has ``key`` and ``value``."""

    __slots__ = ("key", "value")

    def __init__(self, key: object, value: object) -> None:
        self.key = key
        self.value = value

    def __getitem__(self, name: str) -> object:
        if name == "key":
            return self.key
        if name == "value":
            return self.value
        raise KeyError(name)

    def __iter__(self) -> Any:
        return iter(("key", "value"))

    def __len__(self) -> int:
        return 2


def is_number(value: object) -> bool:
    """Whether a value is an integer, a double or a decimal (booleans are not)."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def is_integer(value: object) -> bool:
    """Whether a value is an integer (booleans are not)."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_list(value: object) -> bool:
    """Whether a value is a list, a set or another collection that is no map and no text."""
    return isinstance(value, (list, tuple, AbstractSet))


def is_map(value: object) -> bool:
    """Whether a value is a map."""
    return isinstance(value, Mapping)


def as_list(value: Any) -> list[Any]:
    """The elements of a value for which :func:`is_list` holds; never a copy of a list."""
    return value if isinstance(value, list) else list(value)


def type_name(value: object) -> str:
    """The type of a value in the words of the language, for messages."""
    if value is None:
        return "null"
    for known, name in _TYPE_NAMES:
        if isinstance(value, known):
            return name
    return "an unsupported value"


_TYPE_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (str, "text"),
    (bool, "boolean"),
    (int, "integer"),
    (float, "double"),
    (Decimal, "decimal"),
    (Entry, "map entry"),
    (Mapping, "map"),
    (list, "list"),
    (tuple, "list"),
    (AbstractSet, "set"),
    (datetime, "date-time"),
    (date, "date"),
    (time, "time"),
    (timedelta, "duration"),
)


def utf16_length(text: str) -> int:
    """Length of a text in UTF-16 code units, the unit the language counts in."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def wrapped(number: int) -> int:
    """An integer brought into 64 bits in two's complement."""
    if SMALLEST_INTEGER <= number <= LARGEST_INTEGER:
        return number
    return (number - SMALLEST_INTEGER) % _INTEGER_SPAN + SMALLEST_INTEGER


def double_text(number: float) -> str:
    """A double in its shortest form: plain from 0.001 to 10 million, else with an exponent."""
    size = abs(number)
    if 1e-3 <= size < 1e7 or size == 0:
        return repr(number)
    if math.isnan(number):
        return "NaN"
    if size == float("inf"):
        return "Infinity" if number > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    figures = "".join(map(str, digits))
    power = int(exponent) + len(figures) - 1
    figures = figures.rstrip("0")
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{power}"


def integer_text(number: int) -> str:
    """Decimal digits of an integer. Raises when it is too large to be written."""
    if number.bit_length() > INTEGER_BITS:
        raise exceeded("bits of a big integer", f"{INTEGER_BITS:,}")
    return str(number)


def number_text(number: float | Decimal) -> str:
    """Any number as text; decimals in plain notation with their scale."""
    if isinstance(number, int):
        return integer_text(int(number))
    if isinstance(number, float):
        return double_text(float(number))
    return f"{number:f}"


def java_text(value: object) -> str:
    """The text that operators, ``join`` and most filters make of a value; null gives ``null``."""
    if type(value) is str:
        return value
    if type(value) is int:
        return integer_text(value)
    scalar = _scalar_text(value)
    if scalar is not None:
        return scalar
    writer = _Writer()
    writer.java(value)
    return writer.text()


def concatenated_text(value: object) -> str:
    """Java text for ``~`` and interpolation, where null contributes nothing."""
    if type(value) is str:
        return value
    return "" if value is None else java_text(value)


def printed_text(value: object) -> str:
    """The text that ``{{ value }}`` writes: nothing for null, JSON for lists and maps."""
    if type(value) is str:
        return value
    if value is None:
        return ""
    if type(value) is dict or type(value) is list:
        return json_text(value)
    if type(value) is int:
        return integer_text(value)
    if type(value) is float:
        return double_text(value)
    scalar = _scalar_text(value)
    if scalar is not None:
        return scalar
    if isinstance(value, Entry):
        return java_text(value)
    return json_text(value)


def json_text(value: object) -> str:
    """JSON without spaces; map entries whose value is null are left out at every depth.

    Raises:
        ExpressionError: Kind ``value`` when it gets too long, ``type`` for a value of an unknown
            type.
    """
    writer = _Writer()
    writer.json(value)
    return writer.text()


def _scalar_text(value: object) -> str | None:
    """Text of a value that holds no other values; None for lists and maps."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return number_text(value)
    if isinstance(value, datetime):
        return date_time_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, (Mapping, list, tuple, AbstractSet)):
        return None
    raise unsupported(value)


def unsupported(value: object) -> ExpressionError:
    """The error for a value that is none of the language's."""
    return ExpressionError(
        "type", f"Values of type `{type(value).__name__}` can't be used in expressions"
    )


def json_string(text: str) -> str:
    """A text in quotes as JSON; only quotes, backslashes and control characters are escaped."""
    if _CONTROL.search(text) is None:
        return encode_basestring(text)
    return f'"{text.translate(_CONTROL_ESCAPES)}"'


class _Writer:
    """Writes nested values piece by piece and stops when the text gets too long."""

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0

    def text(self) -> str:
        return "".join(self._pieces)

    def _add(self, piece: str) -> None:
        self._size += len(piece)
        if self._size > OUTPUT_CHARACTERS:
            raise exceeded("characters in a text", f"{OUTPUT_CHARACTERS:,}")
        self._pieces.append(piece)

    def _all(self, values: Iterable[Any], write: Callable[[Any], None], separator: str) -> None:
        mark = ""
        for value in values:
            if mark:
                self._add(mark)
            mark = separator
            write(value)

    def java(self, value: object) -> None:
        scalar = _scalar_text(value)
        if scalar is not None:
            self._add(scalar)
        elif isinstance(value, Entry):
            self._java_entry((value.key, value.value))
        elif isinstance(value, Mapping):
            self._add("{")
            self._all(value.items(), self._java_entry, ", ")
            self._add("}")
        else:
            self._add("[")
            self._all(as_list(value), self.java, ", ")
            self._add("]")

    def _java_entry(self, item: tuple[object, object]) -> None:
        self.java(item[0])
        self._add("=")
        self.java(item[1])

    def json(self, value: Any) -> None:
        kind = type(value)
        if kind is str:
            self._add(json_string(value))
        elif kind is int:
            self._add(integer_text(value))
        elif isinstance(value, Entry):
            self.json({java_text(value.key): value.value})
        elif isinstance(value, Mapping):
            entries = [(key, inner) for key, inner in value.items() if inner is not None]
            self._add("{")
            self._all(entries, self._json_entry, ",")
            self._add("}")
        elif is_list(value):
            self._add("[")
            self._all(as_list(value), self.json, ",")
            self._add("]")
        else:
            self._add(_json_scalar(value))

    def _json_entry(self, item: tuple[object, object]) -> None:
        self._add(json_string(java_text(item[0])) + ":")
        self.json(item[1])


def _json_scalar(value: object) -> str:
    if isinstance(value, float) and not -float("inf") < value < float("inf"):
        return f'"{double_text(value)}"'
    if isinstance(value, datetime):
        return json_string(offset_date_time_text(value))
    if isinstance(value, timedelta):
        return duration_seconds(value)
    text = _scalar_text(value) or ""
    if isinstance(value, (str, date, time)):
        return json_string(text)
    return text


def class_name(value: object) -> str | None:
    """The Java class that flows written elsewhere expect for a value; None for null."""
    if value is None:
        return None
    for known, name in _CLASS_NAMES:
        if isinstance(value, known):
            return name
    raise unsupported(value)


_CLASS_NAMES: Final[tuple[tuple[type, str], ...]] = (
    (str, "java.lang.String"),
    (bool, "java.lang.Boolean"),
    (int, "java.lang.Long"),
    (float, "java.lang.Double"),
    (Decimal, "java.math.BigDecimal"),
    (Mapping, "java.util.LinkedHashMap"),
    (list, "java.util.ArrayList"),
    (tuple, "java.util.ArrayList"),
    (AbstractSet, "java.util.LinkedHashSet"),
    (datetime, "java.time.ZonedDateTime"),
    (date, "java.time.LocalDate"),
    (time, "java.time.LocalTime"),
    (timedelta, "java.time.Duration"),
)
