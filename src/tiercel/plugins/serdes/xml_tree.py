"""XML read as a stream: each wanted element becomes a value of maps, lists and plain values.

Attributes and child elements are fields alike; children of one name are a list; text beside them is
the field ``content``. Texts that look like numbers or booleans become such. Entities that a
document declares itself are refused: a few lines of them can stand for gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from xml.parsers import expat

from tiercel.plugin.task import TaskFailedError

_CHUNK_BYTES = 1 << 18
_INTEGER = re.compile(r"-?(0|[1-9]\d*)")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}


class _Element:
    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.fields: dict[str, Any] = {key: plain(text) for key, text in attributes.items()}
        self.texts: list[str] = []

    def add(self, name: str, value: Any, *, is_list: bool) -> None:
        """Take in a child."""
        if name not in self.fields:
            self.fields[name] = [value] if is_list else value
        elif isinstance(self.fields[name], list):
            self.fields[name].append(value)
        else:
            self.fields[name] = [self.fields[name], value]

    def value(self) -> Any:
        """Return what the element is, once it has ended."""
        text = "".join(self.texts).strip()
        if not self.fields:
            return plain(text)
        if text:
            self.fields["content"] = plain(text)
        return self.fields


def plain(text: str) -> Any:
    """Return the number, boolean or null that a text is; else the text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


class XmlRows:
    """Reads the elements at one path of a document.

    Args:
        path: Names from the root on; empty: the whole document is one map.
        lists: Names whose values are lists even when there is one only.
        charset: Of the file; None: as its first line says.
    """

    def __init__(self, path: tuple[str, ...], lists: frozenset[str], charset: str | None) -> None:
        self._path, self._lists = path, lists
        self._names: list[str] = []
        self._open: list[_Element] = []
        self._rows: list[Any] = []
        self._parser = expat.ParserCreate(charset)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = _refuse

    def rows(self, file: IO[bytes]) -> Iterator[Any]:
        """Yield the values, as they are read.

        Raises:
            TaskFailedError: The file is no XML.
        """
        try:
            while chunk := file.read(_CHUNK_BYTES):
                self._parser.Parse(chunk, False)
                yield from self._taken()
            self._parser.Parse(b"", True)
        except (expat.ExpatError, LookupError) as error:
            raise TaskFailedError(f"The file is no XML: {error}") from error
        yield from self._taken()

    def _taken(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(name)
        if self._open or not self._path or tuple(self._names) == self._path:
            self._open.append(_Element(name, attributes))

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)

    def _end(self, name: str) -> None:
        self._names.pop()
        if not self._open:
            return
        value = self._open.pop().value()
        if self._open:
            self._open[-1].add(name, value, is_list=name in self._lists)
        else:
            self._rows.append(value if self._path else {name: value})


def _refuse(name: str, *rest: Any) -> None:
    raise TaskFailedError(f"The document declares the entity '{name}': such files are not read")
