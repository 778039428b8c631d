"""YAML texts in block style, with texts quoted only where they must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from tiercel.expressions.date_text import duration_seconds, offset_date_time_text
from tiercel.expressions.limits import NESTING, check_text_size, exceeded
from tiercel.expressions.values import as_list, is_list, java_text

_RESERVED: Final = frozenset(
    spelling
    for word in ("true", "false", "yes", "no", "on", "off", "y", "n", "null")
    for spelling in (word, word.title(), word.upper())
) | {"~"}
_QUOTABLE: Final = re.compile(r"[\[\]{},\t]|(?:^|[ \t])#|:(?:[ \t]|$)")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f\ufeff]")
_LEADING: Final = re.compile(r"(?:[-?](?=[ \n]|$))|[!&*|>@%`'\"=]|---|\.\.\.|0[0-9]+$| ")
_NUMBER_KEY: Final = re.compile(r"-?[0-9]*(?:\.[0-9]*)?")
_ESCAPES: Final = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\x0b": "\\v",
    "\x0c": "\\f",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\xa0": "\\_",
}


def yaml_text(value: object) -> str:
    """A value as YAML, ending with a newline. Entries whose value is null are kept.

    Raises:
        ExpressionError: Kind ``value`` when it gets too long or too deep.
    """
    writer = _Writer()
    writer.root(value)
    return "".join(writer.pieces)


class _Writer:
    """Collects pieces, one per line or so."""

    __slots__ = ("_size", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._size = 0

    def add(self, piece: str) -> None:
        self._size += len(piece)
        check_text_size(self._size)
        self.pieces.append(piece)

    def root(self, value: object) -> None:
        if value == "" and isinstance(value, str):
            self.add('--- ""\n')
        elif _is_block(value):
            self.block(value, 0, 0)
        else:
            self.add(_inline(value, 2))
            self.add("" if self.pieces[-1].endswith("\n") else "\n")

    def block(self, value: object, indent: int, depth: int) -> None:
        """A list or map that is not empty, at an indent."""
        if depth > NESTING:
            raise exceeded("levels of nesting", NESTING)
        space = " " * indent
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self.add(f"{space}{_key(key)}:")
                child = indent if is_list(inner) else indent + 2
                self._value(inner, child, indent + 2, depth)
            return
        for inner in as_list(value):
            self.add(f"{space} -")
            self._value(inner, indent + 2, indent + 2, depth)

    def _value(self, value: object, child: int, scalar: int, depth: int) -> None:
        if _is_block(value):
            self.add("\n")
            self.block(value, child, depth + 1)
            return
        text = _inline(value, scalar)
        self.add(f" {text}")
        if not text.endswith("\n"):
            self.add("\n")


def _is_block(value: object) -> bool:
    return (isinstance(value, Mapping) or is_list(value)) and bool(value)


def _inline(value: object, indent: int) -> str:
    """A scalar or an empty collection; the lines of a text are put at an indent."""
    if isinstance(value, str):
        return _scalar(value, indent)
    if isinstance(value, Mapping):
        return "{}"
    if is_list(value):
        return "[]"
    if isinstance(value, datetime):
        return _scalar(offset_date_time_text(value), indent)
    if isinstance(value, timedelta):
        return duration_seconds(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return java_text(value)


def _scalar(text: str, indent: int) -> str:
    if not text or text in _RESERVED or _UNPRINTABLE.search(text) is not None:
        return _double_quoted(text)
    if "\n" in text:
        if re.search(r" $", text, re.MULTILINE) is not None:
            return _double_quoted(text)
        return _literal(text, indent)
    if _QUOTABLE.search(text) is not None:
        return _double_quoted(text)
    if _LEADING.match(text) is not None or text.endswith(" "):
        return "'" + text.replace("'", "''") + "'"
    return text


def _literal(text: str, indent: int) -> str:
    """``|`` and the lines of a text."""
    lines = text.split("\n")
    hint = "2" if text[0] in "\n " else ""
    if text.endswith("\n"):
        lines.pop()
        chomp = "+" if (len(lines) == 1 and not lines[0]) or (lines and not lines[-1]) else ""
    else:
        chomp = "-"
    space = " " * indent
    body = "\n".join(space + line if line else "" for line in lines)
    return f"|{hint}{chomp}\n{body}\n"


def _double_quoted(text: str) -> str:
    pieces = []
    for character in text:
        escape = _ESCAPES.get(character)
        if escape is None and _UNPRINTABLE.match(character) is not None:
            code = ord(character)
            escape = f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
        pieces.append(character if escape is None else escape)
    return '"' + "".join(pieces) + '"'


def _key(key: object) -> str:
    text = java_text(key)
    if text in _RESERVED or _NUMBER_KEY.fullmatch(text) is not None:
        return _double_quoted(text)
    scalar = _scalar(text, 0)
    return _double_quoted(text) if "\n" in scalar else scalar
