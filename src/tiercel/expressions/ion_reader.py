"""Values out of Ion texts. JSON is Ion too."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import NESTING, exceeded

_SPACE: Final = re.compile(r"(?:\s|//[^\n\r]*|/\*.*?\*/)*", re.DOTALL)
_SYMBOL: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_OPERATOR: Final = re.compile(r"[!#%&*+\-./;<=>?@^`|~]+")
_END: Final = r"(?=[\s,\[\]{}()\"':/]|$)"
_TIMESTAMP: Final = re.compile(
    r"[0-9]{4}(?:T|-[0-9]{2}(?:T|-[0-9]{2}(?:T(?:[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
    rf"(?:Z|[+-][0-9]{{2}}:[0-9]{{2}}))?)?)){_END}"
)
_INTEGER: Final = re.compile(rf"-?(?:0|[1-9](?:_?[0-9])*){_END}")
_BASED: Final = re.compile(rf"(-?)0([xXbB])([0-9a-fA-F](?:_?[0-9a-fA-F])*){_END}")
_REAL: Final = re.compile(
    r"(-?(?:0|[1-9](?:_?[0-9])*)(?:\.(?:[0-9](?:_?[0-9])*)?)?)"
    rf"(?:([dDeE])([+-]?[0-9]{{1,6}}))?{_END}"
)
_SPECIAL: Final = re.compile(rf"(nan|\+inf|-inf){_END}")
_NULL_TYPE: Final = re.compile(r"null(?:\.[a-z]+)?")
_ESCAPE: Final = re.compile(
    r"\\(?:([0abtnfrv?\"'/\\])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r\n|\n|\r))"
)
_SHORT_ESCAPES: Final = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "v": "\v",
}
_STRING: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"', re.DOTALL)
_QUOTED: Final = re.compile(r"'((?:[^'\\\n]|\\.)*)'", re.DOTALL)
_LONG_STRING: Final = re.compile(r"'''((?:[^'\\]|\\.|'(?!''))*)'''", re.DOTALL)
_LOB: Final = re.compile(r"\{\{\s*([A-Za-z0-9+/=\s]*)\}\}")
_LARGEST_EXPONENT: Final = 3000
_LONGEST_NUMBER: Final = 3000


def read_ion(text: str) -> Any:
    """The first value of an Ion text, annotations left out.

    Timestamps, symbols and blobs (Base64) become texts, decimals decimals, typed nulls null.

    Raises:
        ExpressionError: Kind ``value``, with the place inside the text.
    """
    reader = _Reader(text)
    try:
        return reader.top()
    except RecursionError:
        raise exceeded("levels of nesting", NESTING) from None


class _Reader:
    """Reads one text from left to right."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def top(self) -> Any:
        self._skip()
        marker = re.compile(r"\$ion_[0-9]+_[0-9]+\b").match(self._text, self._position)
        if marker is not None:
            self._position = marker.end()
            self._skip()
        return self._value(0)

    def _error(self, problem: str) -> ExpressionError:
        before = self._text[: self._position]
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        return ExpressionError(
            "value",
            f"Invalid ion: {problem} at line {line}, column {column} of `{self._text[:80]}`",
        )

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._position)
        if match is not None:
            self._position = match.end()

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._position)
        if match is not None:
            self._position = match.end()
        return match

    def _accept(self, mark: str) -> bool:
        if self._text.startswith(mark, self._position):
            self._position += len(mark)
            return True
        return False

    def _value(self, depth: int) -> Any:
        if depth > NESTING:
            raise exceeded("levels of nesting", NESTING)
        self._skip()
        character = self._text[self._position : self._position + 1]
        if character == "{":
            return (
                self._blob() if self._text.startswith("{{", self._position) else self._struct(depth)
            )
        if character in ("[", "("):
            self._position += 1
            return self._sequence("]" if character == "[" else ")", depth)
        if character == '"':
            return self._string()
        if self._text.startswith("'''", self._position):
            return self._long_string()
        if character == "'":
            return self._annotated(self._quoted(), depth)
        if character.isdigit() or character in ("-", "+"):
            return self._number()
        return self._word(depth)

    def _word(self, depth: int) -> Any:
        special = self._match(_SPECIAL)
        if special is not None:
            return float(special[1])
        start = self._position
        match = self._match(_SYMBOL)
        if match is None:
            raise self._error("expected a value")
        word = match.group()
        if word == "null":
            self._position = start
            self._match(_NULL_TYPE)
            return None
        if word in ("true", "false"):
            return word == "true"
        return self._annotated(word, depth)

    def _annotated(self, symbol: str, depth: int) -> Any:
        """A symbol, or the value that it annotates."""
        before = self._position
        self._skip()
        if self._accept("::"):
            return self._value(depth + 1)
        self._position = before
        return symbol

    def _number(self) -> Any:
        match = self._match(_TIMESTAMP)
        if match is not None:
            return match.group()
        match = self._match(_INTEGER)
        if match is not None:
            return self._integer(match.group().replace("_", ""), 10)
        match = self._match(_BASED)
        if match is not None:
            base = 16 if match[2] in "xX" else 2
            return self._integer(match[1] + match[3].replace("_", ""), base)
        match = self._match(_SPECIAL)
        if match is not None:
            return float(match[1])
        match = self._match(_REAL)
        if match is None or len(match[1]) > _LONGEST_NUMBER:
            raise self._error("expected a number")
        digits, mark, exponent = match[1].replace("_", ""), match[2], match[3]
        if mark in ("e", "E"):
            return float(f"{digits}e{exponent}")
        if exponent and abs(int(exponent)) > _LARGEST_EXPONENT:
            raise exceeded("as exponent of a decimal", _LARGEST_EXPONENT)
        return Decimal(f"{digits}e{exponent or 0}" if mark else digits.rstrip("."))

    def _integer(self, digits: str, base: int) -> int:
        if len(digits) > _LONGEST_NUMBER:
            raise self._error("the number is too long")
        try:
            return int(digits, base)
        except ValueError as error:
            raise self._error("expected a number") from error

    def _struct(self, depth: int) -> dict[str, Any]:
        self._position += 1
        found: dict[str, Any] = {}
        while True:
            self._skip()
            if self._accept("}"):
                return found
            name = self._field_name()
            self._skip()
            if not self._accept(":"):
                raise self._error("expected `:`")
            found[name] = self._value(depth + 1)
            self._skip()
            if not self._accept(","):
                if not self._accept("}"):
                    raise self._error("expected `,` or `}`")
                return found

    def _field_name(self) -> str:
        if self._text.startswith('"', self._position):
            return self._string()
        if self._text.startswith("'''", self._position):
            return self._long_string()
        if self._text.startswith("'", self._position):
            return self._quoted()
        match = self._match(_SYMBOL)
        if match is None:
            raise self._error("expected a field name")
        return match.group()

    def _sequence(self, closer: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while True:
            self._skip()
            if self._accept(closer):
                return found
            operator = self._match(_OPERATOR) if closer == ")" and not self._is_number() else None
            found.append(operator.group() if operator is not None else self._value(depth + 1))
            self._skip()
            if closer == "]" and not self._accept(","):
                if not self._accept("]"):
                    raise self._error("expected `,` or `]`")
                return found

    def _is_number(self) -> bool:
        return self._text[self._position + 1 : self._position + 2].isdigit()

    def _string(self) -> str:
        match = self._match(_STRING)
        if match is None:
            raise self._error("the text is not closed")
        return self._unescaped(match[1])

    def _quoted(self) -> str:
        match = self._match(_QUOTED)
        if match is None:
            raise self._error("the symbol is not closed")
        return self._unescaped(match[1])

    def _long_string(self) -> str:
        pieces = []
        while True:
            match = self._match(_LONG_STRING)
            if match is None:
                break
            pieces.append(self._unescaped(match[1]))
            self._skip()
        if not pieces:
            raise self._error("the text is not closed")
        return "".join(pieces)

    def _unescaped(self, body: str) -> str:
        if "\\" not in body:
            return body
        pieces = []
        position = 0
        while True:
            at = body.find("\\", position)
            if at < 0:
                pieces.append(body[position:])
                return "".join(pieces)
            match = _ESCAPE.match(body, at)
            if match is None:
                raise self._error(f"unknown escape `{body[at : at + 2]}`")
            pieces.append(body[position:at])
            pieces.append(self._escaped(match))
            position = match.end()

    def _escaped(self, match: re.Match[str]) -> str:
        short, *codes, newline = match.groups()
        if newline is not None:
            return ""
        if short is not None:
            return _SHORT_ESCAPES.get(short, short)
        code = int(next(code for code in codes if code is not None), 16)
        if code > 0x10FFFF:
            raise self._error("unknown character in an escape")
        return chr(code)

    def _blob(self) -> str:
        match = self._match(_LOB)
        if match is not None:
            return "".join(match[1].split())
        self._position += 2
        self._skip()
        if self._text.startswith("'''", self._position):
            text = self._long_string()
        else:
            text = self._string()
        self._skip()
        if not self._accept("}}"):
            raise self._error("expected `}}`")
        return text
