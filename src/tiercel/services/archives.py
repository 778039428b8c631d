"""Zip archives that came from outside, read without trusting a word they say."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from pathlib import Path

MAX_ENTRIES = 20_000
MAX_BYTES = 512 << 20
MAX_RATIO = 200
"""How many times as large as its archive all that is in it may be, once it is large."""
LARGE_BYTES = 16 << 20
_CHUNK = 256 << 10
_TOO_LARGE = "what is in it is too large"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)


def is_zip(path: Path) -> bool:
    """Tell whether a file begins as a zip archive does."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def read_zip(path: Path, *, limit_bytes: int = MAX_BYTES) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of the files of an archive, in its order; folders are passed over.

    Names are relative and have no part ``..``. What is unpacked counts, not what headers say.

    Args:
        limit_bytes: Most bytes of all files together.

    Raises:
        IllegalArgumentError: No zip, a name that leads elsewhere, a symbolic link, an encrypted or
            broken entry, too many or too large ones, or a bomb: next to nothing that becomes much.
    """
    limit_bytes = min(limit_bytes, max(LARGE_BYTES, MAX_RATIO * path.stat().st_size))
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _refusal(f"it has more than {MAX_ENTRIES} entries")
            if sum(entry.file_size for entry in entries) > limit_bytes:
                raise _refusal(_TOO_LARGE)
            for entry in entries:
                name = _checked_name(entry)
                if not entry.is_dir():
                    content = _content(archive, entry, limit_bytes)
                    limit_bytes -= len(content)
                    yield name, content
    except _BROKEN as error:
        raise _refusal(f"it is broken: {error}") from error


def write_zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return an archive of files, given as names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def _checked_name(entry: zipfile.ZipInfo) -> str:
    name = entry.filename.replace("\\", "/")
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise _refusal(f"'{name[:200]}' leads out of it")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _refusal(f"'{name[:200]}' is a symbolic link")
    if entry.flag_bits & 1:
        raise _refusal(f"'{name[:200]}' is encrypted")
    return name


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit_bytes: int) -> bytes:
    content = bytearray()
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            content += chunk
            if len(content) > limit_bytes:
                raise _refusal(_TOO_LARGE)
    return bytes(content)


def _refusal(reason: str) -> IllegalArgumentError:
    return IllegalArgumentError(f"The archive can't be read: {reason}")
