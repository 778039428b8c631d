"""SQL text cut into statements and its placeholders found; literals and comments stay as is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple

_DOLLAR_TAG = re.compile(r"\$(?:[^\W\d][\w]*)?\$")
_WORD = re.compile(r"[^\W\d][\w$]*")
_ROUTINE_WORDS = frozenset({"FUNCTION", "PROCEDURE", "TRIGGER", "EVENT"})
_ENDED_BY_TWO_WORDS = frozenset({"IF", "LOOP", "REPEAT", "WHILE"})


class Kind(Enum):
    """What a piece of SQL is."""

    WORD = auto()
    SYMBOL = auto()
    LITERAL = auto()
    COMMENT = auto()
    SPACE = auto()


class Piece(NamedTuple):
    """One token; the pieces of a text put together give the text again."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the texts of databases.

    Attributes:
        has_dollar_quotes: ``$tag$ … $tag$`` is a literal.
        has_backslashes: A backslash in quotes takes the meaning of the next character.
        has_hash_comments: ``#`` begins a comment.
        has_brackets: ``[name]`` is a quoted name.
    """

    has_dollar_quotes: bool = True
    has_backslashes: bool = False
    has_hash_comments: bool = False
    has_brackets: bool = False


STANDARD = Dialect()
"""PostgreSQL and DuckDB."""

MYSQL = Dialect(has_dollar_quotes=False, has_backslashes=True, has_hash_comments=True)
"""MySQL and MariaDB."""

SQLITE = Dialect(has_dollar_quotes=False, has_brackets=True)
"""SQLite."""


def pieces(sql: str, dialect: Dialect = STANDARD) -> Iterator[Piece]:
    """Yield the tokens of ``sql``; quoted texts and names, dollar quotes and comments are one each.

    A quote or comment that is never closed runs to the end: the server then says what is wrong.
    """
    position, length = 0, len(sql)
    while position < length:
        kind, end = _own_piece(sql, position, dialect) or _next_piece(sql, position)
        yield Piece(kind, sql[position:end])
        position = end


def _own_piece(sql: str, start: int, dialect: Dialect) -> tuple[Kind, int] | None:
    """Return a token that not all databases have, or have in another way."""
    character = sql[start]
    if character == "`":
        return Kind.LITERAL, _end_of_quoted(sql, start, "`", backslash=False)
    if character in "'\"" and dialect.has_backslashes:
        return Kind.LITERAL, _end_of_quoted(sql, start, character, backslash=True)
    if character == "#" and dialect.has_hash_comments:
        end = sql.find("\n", start)
        return Kind.COMMENT, len(sql) if end < 0 else end
    if character == "[" and dialect.has_brackets:
        end = sql.find("]", start)
        return Kind.LITERAL, len(sql) if end < 0 else end + 1
    if character == "$" and not dialect.has_dollar_quotes:
        return Kind.SYMBOL, start + 1
    return None


def _next_piece(sql: str, start: int) -> tuple[Kind, int]:
    character = sql[start]
    if character.isspace():
        end = start + 1
        while end < len(sql) and sql[end].isspace():
            end += 1
        return Kind.SPACE, end
    if sql.startswith("--", start):
        end = sql.find("\n", start)
        return Kind.COMMENT, len(sql) if end < 0 else end
    if sql.startswith("/*", start):
        return Kind.COMMENT, _end_of_block_comment(sql, start)
    if character == "'":
        return Kind.LITERAL, _end_of_quoted(sql, start, "'", backslash=False)
    if character == '"':
        return Kind.LITERAL, _end_of_quoted(sql, start, '"', backslash=False)
    if character == "$" and (tag := _DOLLAR_TAG.match(sql, start)):
        end = sql.find(tag.group(), tag.end())
        return Kind.LITERAL, len(sql) if end < 0 else end + len(tag.group())
    if word := _WORD.match(sql, start):
        if word.group() in ("e", "E") and sql.startswith("'", word.end()):
            return Kind.LITERAL, _end_of_quoted(sql, word.end(), "'", backslash=True)
        return Kind.WORD, word.end()
    if character.isdigit():
        end = start + 1
        while end < len(sql) and (sql[end].isalnum() or sql[end] in "._"):
            end += 1
        return Kind.SYMBOL, end
    return Kind.SYMBOL, start + 1


def _end_of_quoted(sql: str, start: int, quote: str, *, backslash: bool) -> int:
    position = start + 1
    while position < len(sql):
        if backslash and sql[position] == "\\":
            position += 2
        elif sql[position] != quote:
            position += 1
        elif sql.startswith(quote, position + 1):
            position += 2
        else:
            return position + 1
    return len(sql)


def _end_of_block_comment(sql: str, start: int) -> int:
    depth, position = 1, start + 2
    while depth and position < len(sql):
        if sql.startswith("/*", position):
            depth, position = depth + 1, position + 2
        elif sql.startswith("*/", position):
            depth, position = depth - 1, position + 2
        else:
            position += 1
    return min(position, len(sql))


def split_statements(sql: str, dialect: Dialect = STANDARD) -> list[str]:
    """Return the statements of ``sql`` in order, without their semicolons; blank ones are left out.

    Bodies of routines and triggers stay whole: ``BEGIN ATOMIC … END``, where there are no dollar
    quotes ``BEGIN … END`` too. A ``BEGIN`` elsewhere is the statement it is.
    """
    statements: list[str] = []
    current = _Statement(dialect)
    for piece in pieces(sql, dialect):
        if piece.text == ";" and piece.kind is Kind.SYMBOL and not current.inside:
            current.move_to(statements)
            current = _Statement(dialect)
        else:
            current.add(piece)
    current.move_to(statements)
    return statements


class _Statement:
    """A statement being collected; ``inside`` while a parenthesis or a routine's body is open."""

    def __init__(self, dialect: Dialect) -> None:
        self._needs_atomic = dialect.has_dollar_quotes
        self._texts: list[str] = []
        self._has_content = False
        self._first_word = ""
        self._is_routine = False
        self._previous_word = ""
        self._parentheses = 0
        self._blocks = 0

    @property
    def inside(self) -> bool:
        return self._parentheses > 0 or self._blocks > 0

    def add(self, piece: Piece) -> None:
        self._texts.append(piece.text)
        if piece.kind in (Kind.SPACE, Kind.COMMENT):
            return
        self._has_content = True
        if piece.kind is Kind.WORD:
            self._note_word(piece.text.upper())
        elif piece.text == "(":
            self._parentheses += 1
        elif piece.text == ")":
            self._parentheses = max(self._parentheses - 1, 0)
        elif piece.text == ";":
            self._previous_word = ""

    def _note_word(self, word: str) -> None:
        self._first_word = self._first_word or word
        if self._first_word == "CREATE" and word in _ROUTINE_WORDS:
            self._is_routine = True
        if self._is_routine:
            if self._opens(word):
                self._blocks += 1
            elif self._blocks and word == "END":
                self._blocks -= 1
        self._previous_word = word

    def _opens(self, word: str) -> bool:
        follows_end = self._previous_word == "END"
        if word == "CASE":
            return self._blocks > 0 and not follows_end
        if self._needs_atomic:
            return word == "ATOMIC" and self._previous_word == "BEGIN"
        # `END IF` and the like close what was not counted as opened
        return word == "BEGIN" or (follows_end and word in _ENDED_BY_TWO_WORDS)

    def move_to(self, statements: list[str]) -> None:
        if self._has_content:
            statements.append("".join(self._texts).strip())


def single_question_marks(sql: str, dialect: Dialect = STANDARD) -> str:
    """Return ``sql`` with each ``??`` as ``?``: how JDBC spells the operator."""
    if "??" not in sql:
        return sql
    return _outside_literals(sql, lambda text: text.replace("??", "?"), dialect)


def bind_names(
    sql: str,
    parameters: Mapping[str, Any],
    literal: Callable[[Any], str],
    dialect: Dialect = STANDARD,
) -> str:
    """Return ``sql`` with each ``:name`` replaced by its value; casts (``::``) and literals stay.

    A name that ``parameters`` lacks becomes NULL; a ``:`` after a word, number or bracket (array
    slices) is no placeholder.

    Args:
        literal: Gives the SQL literal of a value, quoted.
    """

    def value_of(name: re.Match[str]) -> str:
        return literal(parameters.get(name.group(1)))

    return _outside_literals(
        sql, lambda text: re.sub(r"(?<![:\w\]]):(\w+)", value_of, text), dialect
    )


def number_placeholders(sql: str) -> tuple[str, int]:
    """Return ``sql`` with each ``?`` as ``$1``, ``$2`` …, and how many there are."""
    count = 0

    def numbered(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"${count}"

    def replace(text: str) -> str:
        return re.sub(r"\?(?!\?)", numbered, text.replace("??", "\0")).replace("\0", "?")

    return _outside_literals(sql, replace), count


def _outside_literals(sql: str, change: Callable[[str], str], dialect: Dialect = STANDARD) -> str:
    changed: list[str] = []
    plain: list[str] = []
    for piece in pieces(sql, dialect):
        if piece.kind in (Kind.LITERAL, Kind.COMMENT):
            changed.append(change("".join(plain)))
            changed.append(piece.text)
            plain.clear()
        else:
            plain.append(piece.text)
    changed.append(change("".join(plain)))
    return "".join(changed)
