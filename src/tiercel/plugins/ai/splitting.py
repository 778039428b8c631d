"""Documents cut into segments that a model can make one vector of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum


class Splitter(StrEnum):
    """Where documents are cut first; what is still too long is cut at the next smaller places."""

    RECURSIVE = "RECURSIVE"
    PARAGRAPH = "PARAGRAPH"
    LINE = "LINE"
    SENTENCE = "SENTENCE"
    WORD = "WORD"


_PLACES = [r"\n\s*\n", r"\n", r"(?<=[.!?])\s+", r"\s+"]
_JOINTS = ["\n\n", "\n", " ", " "]
_FIRST = {
    Splitter.RECURSIVE: 0,
    Splitter.PARAGRAPH: 0,
    Splitter.LINE: 1,
    Splitter.SENTENCE: 2,
    Splitter.WORD: 3,
}


def segments(text: str, splitter: Splitter, limit: int, overlap: int) -> list[str]:
    """Return the segments of a text, each at most ``limit`` characters long, none empty.

    Args:
        overlap: Up to so many characters at the end of a segment are the beginning of the next.
    """
    return list(_segments(text.strip(), _FIRST[splitter], limit, min(overlap, limit // 2)))


def _segments(text: str, level: int, limit: int, overlap: int) -> Iterator[str]:
    if len(text) <= limit:
        if text:
            yield text
        return
    if level == len(_PLACES):
        step = limit - overlap
        for start in range(0, max(len(text) - overlap, 1), step):
            yield text[start : start + limit]
        return
    parts = [part for part in re.split(_PLACES[level], text) if part.strip()]
    yield from _packed(parts, level, limit, overlap)


def _packed(parts: Sequence[str], level: int, limit: int, overlap: int) -> Iterator[str]:
    """Yield neighbours together while they fit; parts that are too long are cut further."""
    joint = _JOINTS[level]
    together: list[str] = []
    for part in parts:
        if together and len(joint.join([*together, part])) > limit:
            yield joint.join(together)
            together = _tail(together, joint, overlap)
            if len(joint.join([*together, part])) > limit:
                together = []
        if len(part) > limit:
            yield from _segments(part, level + 1, limit, overlap)
            together = []
        else:
            together.append(part)
    if together:
        yield joint.join(together)


def _tail(parts: Sequence[str], joint: str, overlap: int) -> list[str]:
    kept: list[str] = []
    for part in reversed(parts):
        if len(joint.join([part, *kept])) > overlap:
            break
        kept.insert(0, part)
    return kept
