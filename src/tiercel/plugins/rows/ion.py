"""Row files: Amazon Ion text, one value per line.

The writer gives one exact form, the reader takes any.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tiercel.plugins.rows.plain import date_text, seconds_text

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_KEYWORDS = frozenset({"null", "true", "false", "nan"})
_LONG = 2**63
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
    "\a": "\\a",
    "\v": "\\v",
    "\0": "\\0",
}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f]')


def ion_line(row: Any) -> str:
    """Return one row as a line, its line end included."""
    return f"{ion_text(row)}\n"


def ion_text(value: Any) -> str:
    """Return a value as Ion text without blanks or line ends.

    Raises:
        TypeError: A type that row files do not hold.
    """
    if value is None:
        return "null"
    write = _WRITERS.get(type(value))
    if write is None:
        raise TypeError(f"a row file can't hold a value of type {type(value).__name__}")
    return write(value)


@lru_cache(maxsize=4096)
def field_name(name: str) -> str:
    """Return a field's name, quoted unless it is a plain identifier."""
    if _NAME.fullmatch(name) and name not in _KEYWORDS:
        return name
    return "'" + _escape(name).replace('\\"', '"').replace("'", "\\'") + "'"


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return _ESCAPES.get(character) or f"\\x{ord(character):02x}"


def _string(value: str) -> str:
    return f'"{_escape(value)}"'


def _float(value: float) -> str:
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("+inf" if value > 0 else "-inf")
    text = repr(value)
    if "e" not in text:
        return f"{text}e0"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}{'' if '.' in mantissa else '.0'}e{int(exponent)}"


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        return _float(float(value))
    text = format(value, "f")
    return text if "." in text or abs(value) < _LONG else f"{text}."


def _moment(value: datetime) -> str:
    local = f"{date_text(value)}T{seconds_text(value)}"
    if value.tzinfo is None:
        return f'LocalDateTime::"{local}"'
    if value.tzinfo is UTC:
        return value.strftime("%Y-%m-%dT%H:%M:%S") + f".{value.microsecond // 1000:03}Z"
    offset = _offset(value)
    zone = getattr(value.tzinfo, "key", None)
    if zone is None:
        return f'OffsetDateTime::"{local}{offset}"'
    return f'ZonedDateTime::"{local}{offset}[{zone}]"'


def _clock(value: time) -> str:
    if value.tzinfo is None:
        return f'LocalTime::"{seconds_text(value)}"'
    return f'OffsetTime::"{seconds_text(value)}{_offset(value)}"'


def _offset(value: datetime | time) -> str:
    offset = value.utcoffset() or timedelta()
    if not offset:
        return "Z"
    sign, size = ("-", -offset) if offset < timedelta() else ("+", offset)
    minutes, seconds = divmod(int(size.total_seconds()), 60)
    text = f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def _list(value: Iterable[Any]) -> str:
    return f"[{','.join(map(ion_text, value))}]"


def _map(value: Mapping[Any, Any]) -> str:
    fields = ",".join(f"{field_name(str(key))}:{ion_text(item)}" for key, item in value.items())
    return f"{{{fields}}}"


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    str: _string,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _float,
    Decimal: _decimal,
    bytes: lambda value: f"{{{{{base64.b64encode(value).decode()}}}}}",
    datetime: _moment,
    date: date_text,
    time: _clock,
    timedelta: lambda value: f"{value.total_seconds():.9f}",
    list: _list,
    tuple: _list,
    dict: _map,
}


class IonError(ValueError):
    """A text is not Ion."""


class _IncompleteError(IonError):
    """The text ends inside a value; more of it may make it whole."""


def read_rows(lines: Iterable[str]) -> Iterator[Any]:
    """Yield the values of a row file; a value may span lines, and a line hold several.

    Raises:
        IonError: Something is not Ion; the message says the line.
    """
    pending, started_at, enough = "", 1, 0
    for number, line in enumerate(lines, start=1):
        if not pending:
            row = _plain_row(line)
            if row is not None:
                yield row
                continue
            started_at = number
        pending += line
        # A value over many lines is not read anew at each of them.
        if len(pending) < enough:
            continue
        values = _values(pending, number)
        enough = 2 * len(pending) if values is None else 0
        if values is not None:
            pending = ""
            yield from values
    if pending:
        values = _values(pending, started_at)
        if values is None:
            raise IonError(f"line {started_at}: the value is never closed")
        yield from values


def _values(text: str, line: int) -> list[Any] | None:
    """Return the values of a text; None when it ends inside one."""
    try:
        return _Reader(text).values()
    except _IncompleteError:
        return None
    except IonError as error:
        raise IonError(f"line {line}: {error}") from error


_FIELD = re.compile(r"([{,])([A-Za-z_$][A-Za-z0-9_$]*):")


def _plain_row(line: str) -> dict[str, Any] | None:
    """Return a row that is JSON but for the quotes of its names, which is most rows.

    Where a name is found inside of a text, the quotes put around it end that text before a letter,
    so what comes out is no JSON and is read the long way.
    """
    if not line.startswith("{"):
        return None
    try:
        row = _JSON.decode(_FIELD.sub(r'\1"\2":', line))
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _json_number(text: str) -> float | Decimal:
    return float(text) if "e" in text or "E" in text else Decimal(text)


_JSON = json.JSONDecoder(parse_float=_json_number, parse_constant=_no_constant)


_BLANK = re.compile(r"(?:\s|//[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_TIMESTAMP = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?"
    r"(?:T(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2}))?)?"
)
_NUMBER = re.compile(
    r"[+-]inf|-?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eEdD][+-]?[0-9]+)?)"
)
_SYMBOL = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_UNESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r?\n)|(.))", re.DOTALL
)
_UNESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "a": "\a",
    "v": "\v",
    "0": "\0",
}
_BRACKET_ZONE = re.compile(r"\[([^\]]+)\]$")


class _Reader:
    """Reads the values of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def values(self) -> list[Any]:
        found = []
        self._skip()
        while self._at < len(self._text):
            value = self._value()
            if value != "$ion_1_0":
                found.append(value)
            self._skip()
        return found

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self._at)
        if blank:
            self._at = blank.end()

    def _peek(self) -> str:
        self._skip()
        if self._at >= len(self._text):
            raise _IncompleteError("the text ends inside a value")
        return self._text[self._at]

    def _value(self) -> Any:
        character = self._peek()
        if self._text.startswith("{{", self._at):
            return self._blob()
        if character == "{":
            return self._struct()
        if character == "[":
            return self._sequence()
        if character == '"':
            return self._quoted('"')
        if character == "'":
            return self._symbol_or_annotated()
        if character.isdigit() or character in "+-":
            return self._scalar()
        if _SYMBOL.match(self._text, self._at):
            return self._symbol_or_annotated()
        raise IonError(f"unexpected {character!r}")

    def _struct(self) -> dict[str, Any]:
        self._at += 1
        found: dict[str, Any] = {}
        while self._peek() != "}":
            name = self._field_name()
            if self._peek() != ":":
                raise IonError(f"field '{name}' has no value")
            self._at += 1
            found[name] = self._value()
            self._separator("}")
        self._at += 1
        return found

    def _field_name(self) -> str:
        if self._peek() in "\"'":
            return self._quoted(self._peek())
        symbol = _SYMBOL.match(self._text, self._at)
        if symbol is None:
            raise IonError(f"unexpected {self._peek()!r} where a field's name belongs")
        self._at = symbol.end()
        return symbol.group()

    def _separator(self, closing: str) -> None:
        character = self._peek()
        if character == ",":
            self._at += 1
        elif character != closing:
            raise IonError(f"unexpected {character!r} after a value")

    def _sequence(self) -> list[Any]:
        self._at += 1
        found = []
        while self._peek() != "]":
            found.append(self._value())
            self._separator("]")
        self._at += 1
        return found

    def _blob(self) -> bytes:
        end = self._text.find("}}", self._at)
        if end < 0:
            raise _IncompleteError("a blob is never closed")
        inside = self._text[self._at + 2 : end].strip()
        self._at = end + 2
        if inside.startswith('"'):
            return inside.strip('"').encode()
        try:
            return base64.b64decode("".join(inside.split()), validate=True)
        except ValueError as error:
            raise IonError("a blob is not base64") from error

    def _quoted(self, quote: str) -> str:
        position = self._at + 1
        while position < len(self._text) and self._text[position] != quote:
            position += 2 if self._text[position] == "\\" else 1
        if position >= len(self._text):
            raise _IncompleteError("a text is never closed")
        inside = self._text[self._at + 1 : position]
        self._at = position + 1
        return _UNESCAPE.sub(_unescaped, inside) if "\\" in inside else inside

    def _symbol_or_annotated(self) -> Any:
        is_quoted = self._text[self._at] == "'"
        name = self._field_name()
        self._skip()
        if self._text.startswith("::", self._at):
            self._at += 2
            return _annotated(name, self._value())
        if is_quoted:
            return name
        if name == "null" and self._text.startswith(".", self._at):
            self._at += 1
            self._field_name()
            return None
        return _KEYWORD_VALUES.get(name, name)

    def _scalar(self) -> Any:
        timestamp = _TIMESTAMP.match(self._text, self._at)
        if timestamp and ("T" in timestamp.group() or timestamp.group(3)):
            self._at = timestamp.end()
            return _timestamp(timestamp)
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            raise IonError(f"unexpected {self._text[self._at]!r}")
        self._at = number.end()
        return _number(number.group().replace("_", ""))


_KEYWORD_VALUES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "nan": math.nan,
}


def _unescaped(found: re.Match[str]) -> str:
    code = found.group(1) or found.group(2) or found.group(3)
    if code:
        return chr(int(code, 16))
    if found.group(4):
        return ""
    return _UNESCAPES.get(found.group(5), found.group(5))


def _number(text: str) -> int | float | Decimal:
    if text in ("+inf", "-inf"):
        return float(text)
    lower = text.lower()
    if lower.lstrip("-").startswith(("0x", "0b")):
        return int(text, 0)
    if "e" in lower:
        return float(text)
    if "d" in lower or "." in text:
        return Decimal(lower.replace("d", "e"))
    return int(text)


def _timestamp(found: re.Match[str]) -> date | datetime:
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        if hour is None:
            return date(int(year), int(month or 1), int(day or 1))
        microsecond = int((fraction or "").ljust(6, "0")[:6])
        text = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}.{microsecond:06}{offset}"
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise IonError(f"'{found.group()}' is no date") from error


def _annotated(name: str, value: Any) -> Any:
    read = _ANNOTATIONS.get(name)
    if read is None or not isinstance(value, str):
        return value
    try:
        return read(_BRACKET_ZONE.sub("", value))
    except ValueError as error:
        raise IonError(f"'{value}' is no {name}") from error


_ANNOTATIONS: Mapping[str, Callable[[str], Any]] = {
    "ZonedDateTime": datetime.fromisoformat,
    "OffsetDateTime": datetime.fromisoformat,
    "LocalDateTime": datetime.fromisoformat,
    "Instant": datetime.fromisoformat,
    "LocalDate": date.fromisoformat,
    "LocalTime": time.fromisoformat,
    "OffsetTime": time.fromisoformat,
}
