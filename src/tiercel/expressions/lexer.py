"""Cuts a template into literal text, prints and tags, and these into tokens."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tiercel.expressions.errors import ExpressionError

END: Final = 1
NAME: Final = 2
NUMBER: Final = 3
STRING: Final = 4
OPERATOR: Final = 5
PUNCTUATION: Final = 6
INTERPOLATION: Final = 7

Token = tuple[int, str, int]
"""Kind, text, offset. A STRING holds its source with quotes. An INTERPOLATION holds one piece of an
interpolated text: ``"`` opens it, ``#{`` and ``}`` surround an expression, ``"`` closes it; literal
pieces come as STRING tokens without quotes between them."""

OPERATOR_WORDS = frozenset({"or", "and", "not", "is", "contains", "equals", "isIn"})

_BODY = (
    r"([^\W\d]\w*)"
    r"|([0-9]+(?:L|\.[0-9]+)?)"
    r"""|('[^'\\]*(?:\\.[^'\\]*)*'|"[^#"\\]*(?:\\.[^#"\\]*)*")"""
    r"|(\?\?\??|\.\.|==|!=|<=|>=|[-+*/%|~<>])"
    r"|([()\[\]{}?:.,=])"
)
_IN_PRINT = re.compile(rf"\s*(?:(-?\}}\}})|{_BODY})", re.DOTALL)
_IN_TAG = re.compile(rf"\s*(?:(-?%\}})|{_BODY})", re.DOTALL)
_IN_BRACKETS = re.compile(rf"\s*(?:((?!))|{_BODY})", re.DOTALL)

_OPENING = re.compile(r"\{[{%#]")
_VERBATIM = re.compile(r"\{%(?:-\s)?\s*verbatim\s*(-?)%\}")
_END_VERBATIM = re.compile(r"\{%(-?)\s*endverbatim\s*(-?)%\}")
_RAW = re.compile(r"\{%-*\s*raw\s*-*%\}(.*?)\{%-*\s*endraw\s*-*%\}")
_PLAIN_PIECE = re.compile(r'[^#"\\]*(?:(?:\\.|#(?!\{))[^#"\\]*)*', re.DOTALL)
_BLANKS = " \t\n\x0b\f\r"
_CLOSER_OF = {"(": ")", "[": "]", "{": "}"}


class Segment(NamedTuple):
    """One part of a template.

    Attributes:
        kind: ``text``, ``verbatim``, ``print`` or ``tag``.
        text: The literal text; empty for prints and tags.
        tokens: Tokens of a print or tag, closed by an END token.
        position: Offset of the opening delimiter.
    """

    kind: str
    text: str
    tokens: list[Token]
    position: int


def strip_raw_tags(text: str) -> str:
    """Replace each ``{% raw %}…{% endraw %}`` on one line by what it encloses."""
    if "{%" in text and "raw" in text:
        return _RAW.sub(r"\1", text)
    return text


class Lexer:
    """Reads one template.

    Raw spans are blanked out in ``_masked``, which decides where tokens begin and end; texts are
    taken from ``_source``, which still has them. Both have the same length.
    """

    __slots__ = ("_masked", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._masked = source
        if "raw" in source:
            self._masked = _RAW.sub(lambda span: "\ue000" * len(span.group()), source)

    def segments(self) -> list[Segment]:
        """Every part of the template in order. Raises ExpressionError of kind ``syntax``."""
        found: list[Segment] = []
        position = 0
        trim = False
        while True:
            opening = _OPENING.search(self._masked, position)
            if opening is None:
                self._add_text(found, position, len(self._source), trim, False)
                return found
            start = opening.start()
            kind = opening.group()
            if kind == "{%":
                verbatim = _VERBATIM.match(self._masked, start)
                if verbatim is not None:
                    self._add_text(found, position, start, trim, self._trims_left(start))
                    position, trim = self._verbatim(found, verbatim)
                    continue
            trims_left = self._trims_left(start)
            self._add_text(found, position, start, trim, trims_left)
            if kind == "{#":
                position, trim = self._comment(start)
                continue
            inside = start + 3 if trims_left else start + 2
            pattern = _IN_PRINT if kind == "{{" else _IN_TAG
            tokens: list[Token] = []
            position, trim = self._tokens(tokens, inside, pattern, start)
            found.append(Segment("print" if kind == "{{" else "tag", "", tokens, start))

    def _trims_left(self, start: int) -> bool:
        masked = self._masked
        return masked[start + 2 : start + 3] == "-" and masked[start + 3 : start + 4].isspace()

    def _add_text(
        self, found: list[Segment], start: int, end: int, trim_start: bool, trim_end: bool
    ) -> None:
        text = self._source[start:end]
        if trim_start:
            text = text.lstrip(_BLANKS)
        if trim_end:
            text = text.rstrip(_BLANKS)
        if text:
            found.append(Segment("text", text, [], start))

    def _comment(self, start: int) -> tuple[int, bool]:
        end = self._masked.find("#}", start + 2)
        if end < 0:
            raise _unclosed("comment `{#`", "`#}`", start)
        body = self._masked[start + 2 : end]
        return end + 2, len(body) > 1 and body[-1] == "-" and body[-2].isspace()

    def _verbatim(self, found: list[Segment], opening: re.Match[str]) -> tuple[int, bool]:
        closing = _END_VERBATIM.search(self._masked, opening.end())
        if closing is None:
            raise _unclosed("tag `verbatim`", "`{% endverbatim %}`", opening.start())
        text = self._source[opening.end() : closing.start()].lstrip(_BLANKS)
        if closing.group(1):
            text = text.rstrip(_BLANKS)
        if text:
            found.append(Segment("verbatim", text, [], opening.start()))
        return closing.end(), bool(closing.group(2))

    def _tokens(
        self, tokens: list[Token], position: int, outer: re.Pattern[str], opened: int
    ) -> tuple[int, bool]:
        """Append tokens up to the closing delimiter; returns what is after it and its trim mark."""
        masked = self._masked
        brackets: list[tuple[str, int]] = []
        pattern = outer
        while True:
            match = pattern.match(masked, position)
            if match is None:
                position = self._irregular(tokens, position, outer, brackets, opened)
                continue
            kind = match.lastindex
            position = match.end()
            if kind == NAME:
                position = _add_word(tokens, match, masked)
            elif kind == PUNCTUATION:
                mark = match.group(PUNCTUATION)
                tokens.append((PUNCTUATION, mark, match.start(PUNCTUATION)))
                if mark in "([{":
                    brackets.append((mark, match.start(PUNCTUATION)))
                    pattern = _IN_BRACKETS
                elif mark in ")]}":
                    _close_bracket(brackets, mark, match.start(PUNCTUATION))
                    if not brackets:
                        pattern = outer
            elif kind == END:
                mark = match.group(END)
                tokens.append((END, mark, match.start(END)))
                return position, mark[0] == "-"
            elif kind == STRING:
                start = match.start(STRING)
                tokens.append((STRING, self._source[start:position], start))
            else:
                tokens.append((kind or 0, match.group(kind or 0), match.start(kind or 0)))

    def _irregular(
        self,
        tokens: list[Token],
        position: int,
        outer: re.Pattern[str],
        brackets: list[tuple[str, int]],
        opened: int,
    ) -> int:
        """An interpolated text, or an error."""
        masked = self._masked
        length = len(masked)
        while position < length and masked[position].isspace():
            position += 1
        if position < length and masked[position] == '"':
            return self._interpolated(tokens, position)
        if position < length and masked[position] == "'":
            raise _unclosed("text", "`'`", position)
        if position < length:
            problem = f"Unexpected character `{masked[position]}`"
            raise ExpressionError("syntax", problem, position=position)
        if brackets:
            mark, where = brackets[-1]
            raise _unclosed(f"`{mark}`", f"`{_CLOSER_OF[mark]}`", where)
        if outer is _IN_PRINT:
            raise _unclosed("expression `{{`", "`}}`", opened)
        raise _unclosed("tag `{%`", "`%}`", opened)

    def _interpolated(self, tokens: list[Token], start: int) -> int:
        """Read a double-quoted text that holds ``#{``; returns the offset after its end."""
        masked = self._masked
        tokens.append((INTERPOLATION, '"', start))
        position = start + 1
        while True:
            piece = _PLAIN_PIECE.match(masked, position)
            end = piece.end() if piece is not None else position
            if end > position:
                tokens.append((STRING, self._source[position:end], position))
            position = end
            if masked.startswith("#{", position):
                tokens.append((INTERPOLATION, "#{", position))
                position = self._interpolation(tokens, position)
            elif masked.startswith('"', position):
                tokens.append((INTERPOLATION, '"', position))
                return position + 1
            else:
                raise _unclosed("text", '`"`', start)

    def _interpolation(self, tokens: list[Token], opened: int) -> int:
        """Read the expression after ``#{``; returns the offset after its ``}``."""
        position = opened + 2
        brackets: list[tuple[str, int]] = [("{", opened + 1)]
        while True:
            match = _IN_BRACKETS.match(self._masked, position)
            if match is None:
                position = self._irregular(tokens, position, _IN_PRINT, brackets, opened)
                continue
            kind = match.lastindex or 0
            position = match.end()
            mark, where = match.group(kind), match.start(kind)
            if kind == NAME:
                position = _add_word(tokens, match, self._masked)
                continue
            if kind == PUNCTUATION and mark in "([{":
                brackets.append((mark, where))
            elif kind == PUNCTUATION and mark in ")]}":
                _close_bracket(brackets, mark, where)
                if not brackets:
                    tokens.append((INTERPOLATION, "}", where))
                    return position
            tokens.append((kind, self._source[where:position], where))


def _add_word(tokens: list[Token], match: re.Match[str], masked: str) -> int:
    """Append a name or an operator word; returns the offset after it."""
    word = match.group(NAME)
    start = match.start(NAME)
    end = match.end()
    if word not in OPERATOR_WORDS:
        tokens.append((NAME, word, start))
        return end
    if word == "is" and masked.startswith(" not", end):
        after = masked[end + 4 : end + 5]
        if not (after.isalnum() or after == "_"):
            tokens.append((OPERATOR, "is not", start))
            return end + 4
    tokens.append((OPERATOR, word, start))
    return end


def _close_bracket(brackets: list[tuple[str, int]], mark: str, position: int) -> None:
    if not brackets:
        raise ExpressionError("syntax", f"Unexpected `{mark}`, nothing is open", position=position)
    opener, _ = brackets.pop()
    if _CLOSER_OF[opener] != mark:
        problem = f"Unexpected `{mark}`, expected `{_CLOSER_OF[opener]}`"
        raise ExpressionError("syntax", problem, position=position)


def _unclosed(what: str, closer: str, position: int) -> ExpressionError:
    return ExpressionError(
        "syntax", f"Unclosed {what}, expected {closer} before the end", position=position
    )
