"""Which row is the last of each key, for more keys than memory holds."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import BinaryIO

_PARTS = 128
_DIGEST_BYTES = 16
_ENTRY = Struct(f"<{_DIGEST_BYTES}sq")
_READ_BYTES = _ENTRY.size * 4096
_MOST_KEYS = 1 << 16


class LastOfKeys:
    """Takes keys with ascending numbers and tells the last number of each.

    Keys are noted in files, by a digest of which two never agree; each file has all notes of a part
    of the keys and is looked through on its own, several times if it is long. Use it as a context
    manager: the files are gone at its end.

    Args:
        folder: Where the files are.
        most_keys: About how many keys are held in memory at once.

    Attributes:
        count, key_count: How many numbers were taken, and of how many keys; the second is known
            after :meth:`numbers`.
    """

    def __init__(self, folder: Path, most_keys: int = _MOST_KEYS) -> None:
        self._most_keys = most_keys
        self._folder = Path(tempfile.mkdtemp(prefix=".keys-", dir=folder))
        self._files: list[BinaryIO] = []
        self._highest = 0
        self.count = self.key_count = 0

    def __enter__(self) -> LastOfKeys:
        self._files = [(self._folder / str(part)).open("w+b") for part in range(_PARTS)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, key: str, number: int) -> None:
        """Take a key; numbers are positive and ascend."""
        digest = hashlib.blake2b(key.encode(), digest_size=_DIGEST_BYTES).digest()
        self._files[digest[0] % _PARTS].write(_ENTRY.pack(digest, number))
        self.count += 1
        self._highest = number

    def numbers(self) -> bytearray:
        """Return a bit for each number, set for those that are the last of their key."""
        found = bytearray((self._highest >> 3) + 1)
        for file in self._files:
            turns = file.tell() // (_ENTRY.size * self._most_keys) + 1
            for turn in range(turns):
                last = _last_numbers(file, turn, turns)
                self.key_count += len(last)
                for number in last.values():
                    found[number >> 3] |= 1 << (number & 7)
        return found


def _last_numbers(file: BinaryIO, turn: int, turns: int) -> dict[bytes, int]:
    """Return the last number of each key whose turn it is."""
    file.seek(0)
    last: dict[bytes, int] = {}
    while chunk := file.read(_READ_BYTES):
        entries = _ENTRY.iter_unpack(chunk)
        if turns == 1:
            last.update(entries)
        else:
            last.update(
                (digest, number)
                for digest, number in entries
                if int.from_bytes(digest[1:4]) % turns == turn
            )
    return last
