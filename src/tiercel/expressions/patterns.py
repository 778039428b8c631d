"""Regular expressions in Java's spelling, with a bound on their time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import (
    ELEMENTS,
    PATTERN_SECONDS,
    check_list_size,
    check_text_size,
    exceeded,
)

_LONGEST_PATTERN: Final = 10_000


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """A Java regular expression, ready to be used.

    Raises:
        ExpressionError: Kind ``value`` when it can't be read.
    """
    import regex

    if len(pattern) > _LONGEST_PATTERN:
        raise exceeded("characters in a regular expression", f"{_LONGEST_PATTERN:,}")
    try:
        return regex.compile(translated(pattern), regex.V1 | regex.ASCII)
    except (regex.error, RecursionError, OverflowError, ValueError, KeyError, IndexError) as error:
        raise ExpressionError(
            "value", f"Bad regular expression `{pattern[:100]}`: {error}"
        ) from error


def translated(pattern: str) -> str:
    """Java's ``\\Q…\\E``, ``\\h`` and other escapes as the ``regex`` package spells them."""
    import regex

    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        if pattern.startswith("\\Q", position):
            end = pattern.find("\\E", position + 2)
            end = len(pattern) if end < 0 else end
            pieces.append(regex.escape(pattern[position + 2 : end]))
            position = end + 2
        elif pattern[position] == "\\" and position + 1 < len(pattern):
            pieces.append(_ESCAPES.get(pattern[position + 1], pattern[position : position + 2]))
            position += 2
        else:
            pieces.append(pattern[position])
            position += 1
    return "".join(pieces)


_ESCAPES: Final = {
    "h": "[ \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]",
    "z": "\\Z",
    "Z": "(?=\\n?\\Z)",
    "e": "\\x1b",
}


def _too_slow(pattern: str) -> ExpressionError:
    return exceeded(f"seconds for the regular expression `{pattern[:100]}`", f"{PATTERN_SECONDS:g}")


def matches_fully(pattern: str, text: str) -> bool:
    """Whether the whole text matches."""
    try:
        return compiled(pattern).fullmatch(text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError as error:
        raise _too_slow(pattern) from error


def found(pattern: str, text: str) -> Any:
    """The first match of a pattern in a text, or None."""
    try:
        return compiled(pattern).search(text, timeout=PATTERN_SECONDS)
    except TimeoutError as error:
        raise _too_slow(pattern) from error


def java_split(pattern: str, text: str, limit: int) -> list[str]:
    """Cut a text at each match.

    Args:
        pattern: A Java regular expression.
        text: The text to cut.
        limit: 0 drops empty pieces at the end, a positive one bounds the number of pieces, a
            negative one keeps all.
    """
    if not text:
        return [""]
    pieces: list[str] = []
    start = 0
    try:
        for match in compiled(pattern).finditer(text, timeout=PATTERN_SECONDS):
            if 0 < limit == len(pieces) + 1:
                break
            if match.end() == 0 or (match.start() == match.end() == len(text)):
                continue
            pieces.append(text[start : match.start()])
            start = match.end()
            check_list_size(len(pieces))
    except TimeoutError as error:
        raise _too_slow(pattern) from error
    pieces.append(text[start:])
    if limit == 0:
        while len(pieces) > 1 and not pieces[-1]:
            pieces.pop()
        if pieces == [""]:
            return [] if start else [text]
    return pieces


def java_replace(pattern: str, text: str, replacement: str) -> str:
    """Replace each match; the replacement may use ``$1``, ``${name}`` and backslash escapes."""
    expression = compiled(pattern)
    parts = _replacement_parts(replacement, expression.groups)
    size = 0
    matches = 0

    def expand(match: Any) -> str:
        nonlocal size, matches
        try:
            result = "".join(
                part if isinstance(part, str) else (match.group(part[0]) or "") for part in parts
            )
        except (IndexError, KeyError) as error:
            raise ExpressionError("value", f"No such group in `{replacement[:100]}`") from error
        size += len(result)
        matches += 1
        check_text_size(size)
        if matches > ELEMENTS:
            raise exceeded("matches of a regular expression", f"{ELEMENTS:,}")
        return result

    try:
        return str(expression.sub(expand, text, timeout=PATTERN_SECONDS))
    except TimeoutError as error:
        raise _too_slow(pattern) from error


def _replacement_parts(replacement: str, groups: int) -> list[str | tuple[int | str]]:
    parts: list[str | tuple[int | str]] = []
    position = 0
    while position < len(replacement):
        character = replacement[position]
        following = replacement[position + 1 : position + 2]
        if character == "\\":
            if not following:
                raise ExpressionError("value", "A replacement can't end with a backslash")
            parts.append(following)
            position += 2
        elif character != "$":
            parts.append(character)
            position += 1
        elif following.isascii() and following.isdigit():
            end = position + 2
            while (
                replacement[end : end + 1].isdecimal()
                and int(replacement[position + 1 : end + 1]) <= groups
            ):
                end += 1
            parts.append((int(replacement[position + 1 : end]),))
            position = end
        elif following == "{" and "}" in replacement[position:]:
            end = replacement.index("}", position)
            parts.append((replacement[position + 2 : end],))
            position = end + 1
        else:
            raise ExpressionError("value", f"`$` without a group in `{replacement[:100]}`")
    return parts
