"""Texts and patterns looked for in the sources of flows, and replaced there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import regex

from tiercel.model.errors import IllegalArgumentError

_SECONDS = 1.0
_LONGEST = 1_000
_MOST_MATCHES = 1_000


@dataclass(frozen=True, slots=True)
class Match:
    """One place in a source.

    Attributes:
        line: Number of the line, from 1.
        start, end: Columns in it, from 0, the end not included.
        text: The whole line.
        replaced: The whole line with all of its places replaced; None when nothing is to be.
    """

    line: int
    start: int
    end: int
    text: str
    replaced: str | None = None


class SourceQuery:
    """What is looked for, line by line.

    Args:
        whole_word: Only where no letter, digit or underscore stands before or after it.
        is_pattern: The text is a regular expression.

    Raises:
        IllegalArgumentError: There is nothing to look for, or the pattern can't be read.
    """

    def __init__(
        self,
        text: str,
        *,
        case_sensitive: bool = False,
        whole_word: bool = False,
        is_pattern: bool = False,
    ) -> None:
        if not text or len(text) > _LONGEST:
            raise IllegalArgumentError(f"Look for a text of 1 to {_LONGEST} characters")
        self._is_pattern = is_pattern
        pattern = text if is_pattern else regex.escape(text)
        if whole_word:
            pattern = rf"(?<!\w)(?:{pattern})(?!\w)"
        flags = regex.VERSION0 if case_sensitive else regex.VERSION0 | regex.IGNORECASE
        try:
            self._pattern = regex.compile(pattern, flags)
        except regex.error as error:
            raise IllegalArgumentError(f"The regular expression can't be read: {error}") from error

    def matches(self, source: str, replacement: str | None = None) -> list[Match]:
        """Return the places where a source holds it; of very many the first thousand.

        Args:
            replacement: Shown in place of each; groups of a pattern as ``\\1``.

        Raises:
            IllegalArgumentError: The pattern takes too long, or the replacement can't be read.
        """
        found: list[Match] = []
        for number, line in enumerate(source.splitlines(), 1):
            places = self._places(line)
            if not places:
                continue
            changed = None if replacement is None else self._line(line, replacement)
            found += [Match(number, start, end, line, changed) for start, end in places]
            if len(found) >= _MOST_MATCHES:
                break
        return found

    def replaced(self, source: str, replacement: str, line: int | None = None) -> str:
        """Return a source with all places replaced, or those of one line; its line ends stay.

        Raises:
            IllegalArgumentError: The pattern takes too long, or the replacement can't be read.
        """
        lines = source.splitlines(keepends=True)
        for index, text in enumerate(lines):
            if line is None or line == index + 1:
                bare = text.rstrip("\r\n")
                lines[index] = self._line(bare, replacement) + text[len(bare) :]
        return "".join(lines)

    def _places(self, line: str) -> Sequence[tuple[int, int]]:
        try:
            spans = [found.span() for found in self._pattern.finditer(line, timeout=_SECONDS)]
        except TimeoutError as error:
            raise _too_slow() from error
        return [(start, end) for start, end in spans if end > start]

    def _line(self, line: str, replacement: str) -> str:
        given: Any = replacement if self._is_pattern else (lambda _: replacement)
        try:
            return str(self._pattern.sub(given, line, timeout=_SECONDS))
        except TimeoutError as error:
            raise _too_slow() from error
        except (regex.error, IndexError) as error:
            raise IllegalArgumentError(f"The replacement can't be read: {error}") from error


def _too_slow() -> IllegalArgumentError:
    return IllegalArgumentError(
        "The regular expression takes too long", hint="avoid repetitions inside of repetitions"
    )
