"""Ids: 22 characters of base 62, as URLs, files and labels can carry them."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def base62(number: int, width: int = 22) -> str:
    """Return ``number`` (0 to 2**128 - 1) in base 62, padded with zeros to ``width`` characters."""
    pairs = []
    while number:
        number, pair = divmod(number, 3844)
        pairs.append(_PAIRS[pair])
    return "".join(reversed(pairs)).lstrip("0").rjust(width, "0")
