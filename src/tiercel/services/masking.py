"""Keeping secrets out of what people read: every way in which a text may be written is found.

A secret is masked as it is, in base64 at any place inside a longer text, in URLs, in JSON, HTML and
Python texts, over line breaks, and in pieces when it is long. What is masked keeps its length.
"""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from urllib.parse import quote, quote_plus

_SHORTEST_LINE = 4
_SHORTEST_CORE = 6
_PIECE = 8
_SHORTEST_RUN = 10
_LONG_FORM = 16
_LONGEST_PATTERN = 2_000
"""Longer forms are found by their pieces: reading a pattern takes longer the longer it is."""
_STEPS = ((_LONGEST_PATTERN, _SHORTEST_RUN - _PIECE + 1), (16_000, _PIECE))
_LONGEST_STEP = 64
"""How far pieces begin from each other, by the length of a form; the first finds every run."""
_MOST_PLACES = 100
_BASE64_LINES = (76, 64)
_BREAKS = re.compile(r"[\r\n]+")
_TOKEN = re.compile(rf"\S{{{_SHORTEST_RUN},}}")
_LINE = re.compile(rf"[^\r\n]{{{_SHORTEST_RUN},}}")
_SURELY_SAFE = "!'()*"
Span = tuple[int, int]


def mask(text: str, secrets: frozenset[str]) -> str:
    """Replace every secret, in all forms that :func:`secret_forms` knows, by as many asterisks.

    Of secrets of 16 characters and more, pieces are found too: lines into which somebody broke
    one, and what a cut at the edge of a message left of it (10 characters or more).
    """
    masker = _masker(secrets)
    return text if masker is None else masker.masked(text)


def secret_forms(secret: str) -> set[str]:
    """Return how a secret may be written.

    Lines of less than four characters are left out: masking them would only blur the log.
    """
    data = secret.encode(errors="replace")
    escaped = json.dumps(secret)[1:-1]
    forms = {
        secret,
        secret.strip(),
        escaped,
        escaped.replace("/", "\\/"),
        json.dumps(escaped)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        *_url_forms(secret),
        *_base64_forms(data),
    }
    lines = (line.strip() for line in secret.splitlines())
    forms.update(line for line in lines if len(line) >= _SHORTEST_LINE)
    forms.discard("")
    return forms


def _url_forms(secret: str) -> Iterator[str]:
    plain = secret.encode(errors="replace")
    for form in (
        quote(plain, safe=""),
        quote(plain),
        quote(plain, safe=_SURELY_SAFE),
        quote_plus(plain),
    ):
        yield form
        yield re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), form)


def _base64_forms(data: bytes) -> Iterator[str]:
    """Yield the whole in base64, its lines as tools wrap them, and what is seen of it inside."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for whole in (encode(data).decode(), encode(data + b"\n").decode()):
            yield whole
            yield whole.rstrip("=")
            for width in _BASE64_LINES if len(whole) > min(_BASE64_LINES) else ():
                rest = whole[len(whole) // width * width :]
                if len(rest) >= _SHORTEST_CORE:
                    yield rest
        for before in range(3):
            core = _core(encode(bytes(before) + data).decode(), before, len(data))
            if len(core) >= _SHORTEST_CORE:
                yield core


def _core(encoded: str, before: int, length: int) -> str:
    """Return the characters that hold nothing but the data, whatever stands around it."""
    first = -(-before * 8 // 6)
    return encoded[first : (before + length) * 8 // 6]


@lru_cache(maxsize=256)
def _masker(secrets: frozenset[str]) -> _Masker | None:
    forms = {form for secret in secrets if secret.strip() for form in secret_forms(secret)}
    return _Masker(sorted(forms, key=len, reverse=True)) if forms else None


class _Masker:
    """Finds forms of secrets in texts.

    Args:
        forms: Longest first.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        whole = [form for form in forms if len(form) <= _LONGEST_PATTERN]
        self._pattern = re.compile(_alternatives(whole) if whole else r"(?!)", re.DOTALL)
        self._pieces: dict[str, list[tuple[str, int]]] = {}
        long = {flat for form in forms if len(flat := _BREAKS.sub("", form)) >= _LONG_FORM}
        for form in long:
            for start in range(0, len(form) - _PIECE + 1, _step_of(form)):
                places = self._pieces.setdefault(form[start : start + _PIECE], [])
                if len(places) < _MOST_PLACES:
                    places.append((form, start))
        # where no secret has a blank, nothing is looked for in short words
        has_blanks = any(not part.isprintable() or " " in part for part in long)
        self._token = _LINE if has_blanks else _TOKEN
        self._shortest = min(len(forms[-1]), _SHORTEST_RUN if self._pieces else len(forms[-1]))

    def masked(self, text: str) -> str:
        """Return a text without secrets; line breaks inside of one that was broken stay."""
        if len(text) < self._shortest:
            return text
        text = self._pattern.sub(lambda found: "*" * len(found.group()), text)
        if _BREAKS.search(text):
            text = self._over_breaks(text)
        return _covered(text, self._runs(text)) if self._pieces else text

    def _over_breaks(self, text: str) -> str:
        """Mask what is seen only when line breaks are taken out."""
        lines = _BREAKS.split(text)
        flat = "".join(lines)
        spans = [*self._found(flat), *(self._runs(flat) if self._pieces else ())]
        if not spans:
            return text
        breaks = [found.span() for found in _BREAKS.finditer(text)]
        starts = list(accumulate((len(line) for line in lines[:-1]), initial=0))
        moved = [0, *accumulate(end - start for start, end in breaks)]
        pieces = []
        for first, last in spans:
            for place in range(first, last):
                at = place + moved[bisect_right(starts, place) - 1]
                pieces.append((at, at + 1))
        return _covered(text, pieces)

    def _found(self, text: str) -> Iterator[Span]:
        return (found.span() for found in self._pattern.finditer(text))

    def _runs(self, text: str) -> Iterator[Span]:
        """Yield where pieces of long forms stand, as far as they reach."""
        for token in self._token.finditer(text):
            start, end = token.span()
            while start + _PIECE <= end:
                places = self._pieces.get(text[start : start + _PIECE])
                run = _longest_run(text, start, places) if places else None
                if run is not None:
                    yield run
                    start = max(run[1], start + 1)
                else:
                    start += 1


def _step_of(form: str) -> int:
    return next((step for most, step in _STEPS if len(form) <= most), _LONGEST_STEP)


def _longest_run(text: str, start: int, places: Iterable[tuple[str, int]]) -> Span | None:
    longest: Span | None = None
    for form, offset in places:
        first, at = start, offset
        while first > 0 and at > 0 and text[first - 1] == form[at - 1]:
            first, at = first - 1, at - 1
        last, at = start + _PIECE, offset + _PIECE
        while last < len(text) and at < len(form) and text[last] == form[at]:
            last, at = last + 1, at + 1
        if last - first >= _SHORTEST_RUN and (
            longest is None or last - first > longest[1] - longest[0]
        ):
            longest = (first, last)
    return longest


def _covered(text: str, spans: Iterable[Span]) -> str:
    parts, done = [], 0
    for first, last in sorted(spans):
        if last <= done:
            continue
        parts += [text[done:first], "*" * (last - max(first, done))]
        done = last
    return "".join([*parts, text[done:]]) if parts else text


def _alternatives(words: Sequence[str], depth: int = 3) -> str:
    """Return a pattern that finds any of the words, the earliest in the list first.

    Words are grouped by their first characters, so that a place where none begins costs little,
    however many words there are. The order inside a group is kept, and two words of different
    groups never begin at the same place.
    """
    if depth == 0 or len(words) == 1 or any(not word for word in words):
        return "|".join(map(re.escape, words))
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[0], []).append(word[1:])
    return "|".join(
        f"{re.escape(first)}(?:{_alternatives(rest, depth - 1)})" for first, rest in groups.items()
    )
