"""Cutting the output of a process into lines, as it comes and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

LINE_LIMIT_BYTES = 16 * 1024 * 1024
"""Longest line kept together; the rest of a longer one follows as lines of its own."""


class LineSplitter:
    r"""Turns chunks of bytes into lines of text.

    Lines end with ``\n``, ``\r\n`` or ``\r`` (progress meters). Bytes that are not UTF-8 become
    U+FFFD.

    Args:
        limit_bytes: Where a line that does not end is cut.
    """

    def __init__(self, limit_bytes: int = LINE_LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._rest = bytearray()
        self._after_return = False

    def feed(self, chunk: bytes) -> Iterator[str]:
        """Yield the lines that ``chunk`` completes, without their ends."""
        if not chunk:
            return
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_return = chunk.endswith(b"\r")
        lines = chunk.splitlines()
        if chunk.endswith((b"\n", b"\r")):
            lines.append(b"")
        for number, line in enumerate(lines):
            if number:
                yield self._take()
            self._rest += line
            yield from self._cut()

    def end(self) -> Iterator[str]:
        """Yield what is left when the output ends without a line end."""
        if self._rest:
            yield self._take()

    def _take(self) -> str:
        line = self._rest.decode("utf-8", "replace")
        self._rest.clear()
        return line

    def _cut(self) -> Iterator[str]:
        while len(self._rest) > self._limit:
            end = _character_start(self._rest, self._limit)
            yield self._rest[:end].decode("utf-8", "replace")
            del self._rest[:end]


def _character_start(data: bytearray, end: int) -> int:
    """Return ``end``, or up to 3 less, so that no UTF-8 character is cut in two."""
    for back in range(min(4, end)):
        if data[end - back] & 0xC0 != 0x80:
            return end - back
    return end
