"""Copying the bytes of a file as cheaply as the file system can."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_STEP_BYTES = 1 << 30
_NOT_HERE = (errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)


def copy_content(source: BinaryIO, destination: BinaryIO) -> None:
    """Copy the rest of one open file into another.

    The kernel does it where it can; file systems that share blocks between files (btrfs, XFS) then
    copy nothing until one of the two is changed.
    """
    if not _copy_in_kernel(source.fileno(), destination.fileno()):
        shutil.copyfileobj(source, destination, 1 << 20)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        OSError: It is missing, a symbolic link, or no regular file.
    """
    # Without NONBLOCK, opening a pipe would wait for its writer.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(handle, "rb")
    if not os.path.isfile(handle):  # noqa: PTH113 - asks about the open file, not about a path
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def _copy_in_kernel(source: int, destination: int) -> bool:
    """Copy all, or return False before the first byte when this pair of files can't."""
    copied = 0
    while True:
        try:
            count = os.copy_file_range(source, destination, _STEP_BYTES)
        except AttributeError:
            return False
        except OSError as error:
            if copied == 0 and error.errno in _NOT_HERE:
                return False
            raise
        if count == 0:
            # Files that the kernel makes up (/proc) say that they are empty: copy those by hand.
            return copied > 0
        copied += count
