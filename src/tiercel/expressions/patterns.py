"""Regular expressions in Java's spelling, with a bound on their time."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from tiercel.expressions.environment import Meter
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import (
    ELEMENTS,
    check_list_size,
    check_text_size,
    exceeded,
)

_LONGEST_PATTERN: Final = 10_000
_LONGEST_WRITTEN_OUT: Final = 50_000
_ATOM: Final = re.compile(
    r"\\.|\[(?:\\.|[^\]\\])*\]|([(])|([)])|\{([0-9]{1,9})(?:,([0-9]{0,9}))?\}|.", re.DOTALL
)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """A Java regular expression, ready to be used.

    Raises:
        ExpressionError: Kind ``value`` when it can't be read.
    """
    import regex

    if len(pattern) > _LONGEST_PATTERN:
        raise exceeded("characters in a regular expression", f"{_LONGEST_PATTERN:,}")
    if _written_out(pattern) > _LONGEST_WRITTEN_OUT:
        raise exceeded("repetitions in a regular expression", f"{_LONGEST_WRITTEN_OUT:,}")
    try:
        return regex.compile(translated(pattern), regex.V1 | regex.ASCII)
    except (regex.error, RecursionError, OverflowError, ValueError, KeyError, IndexError) as error:
        raise ExpressionError(
            "value", f"Bad regular expression `{pattern[:100]}`: {error}"
        ) from error


def _written_out(pattern: str) -> int:
    """Size of a pattern with every ``{n,m}`` written out, which is what it takes in memory."""
    sizes = [0]
    last = 0
    for match in _ATOM.finditer(pattern):
        opens, closes, least, most = match.groups()
        if opens is not None:
            sizes.append(0)
            last = 0
        elif closes is not None and len(sizes) > 1:
            last = sizes.pop() + 1
            sizes[-1] += last
        elif least is not None:
            times = max(int(least), int(most or 0), 1)
            sizes[-1] += last * (times - 1)
            last *= times
        else:
            last = 1
            sizes[-1] += 1
    return sum(sizes)


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


def _what(pattern: str) -> str:
    return f"the regular expression `{pattern[:100]}`"


def matches_fully(meter: Meter, pattern: str, text: str) -> bool:
    """Whether the whole text matches."""
    expression = compiled(pattern)
    return meter.pattern(
        _what(pattern), lambda left: expression.fullmatch(text, timeout=left) is not None
    )


def first_match(meter: Meter, pattern: str, text: str) -> Any:
    """The first match of a pattern in a text, or None."""
    expression = compiled(pattern)
    return meter.pattern(_what(pattern), lambda left: expression.search(text, timeout=left))


def java_split(meter: Meter, pattern: str, text: str, limit: int) -> list[str]:
    """Cut a text at each match.

    Args:
        meter: Of the render that asks.
        pattern: A Java regular expression.
        text: The text to cut.
        limit: 0 drops empty pieces at the end, a positive one bounds the number of pieces, a
            negative one keeps all.
    """
    if not text:
        return [""]
    expression = compiled(pattern)
    pieces: list[str] = []

    def cut(left: float) -> int:
        start = 0
        for match in expression.finditer(text, timeout=left):
            if 0 < limit == len(pieces) + 1:
                break
            if match.end() == 0:
                continue
            pieces.append(text[start : match.start()])
            start = match.end()
            check_list_size(len(pieces))
        return start

    start = meter.pattern(_what(pattern), cut)
    pieces.append(text[start:])
    if limit != 0:
        return pieces
    if len(pieces) == 1:
        return [text]
    while pieces and not pieces[-1]:
        pieces.pop()
    return pieces


def java_replace(meter: Meter, pattern: str, text: str, replacement: str) -> str:
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

    return meter.pattern(
        _what(pattern), lambda left: str(expression.sub(expand, text, timeout=left))
    )


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
