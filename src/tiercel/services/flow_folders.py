"""Folders of flow files: what is in them, and writing to them without losing anybody's work."""

from __future__ import annotations

import errno
import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.model.errors import IllegalArgumentError
from tiercel.services.source_files import MAX_SOURCES_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
Place = tuple[int, int]
"""A file or folder of this machine, whatever it is called."""
ENDINGS = (".yml", ".yaml")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file has changed, without reading it."""

    file: Place
    changed: int
    size: int


def is_passed_over(name: str) -> bool:
    """Whether files and folders of a name are nobody's flows: hidden ones, and editors' copies."""
    return name.startswith(".") or name.endswith("~")


class FlowFolders:
    """The flow files below some folders.

    Raises:
        IllegalArgumentError: One of them is not there.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self.roots = tuple(folder.expanduser().absolute() for folder in folders)
        for root in self.roots:
            if not root.is_dir():
                raise IllegalArgumentError(
                    f"{root} is no folder", hint="micronaut.io.watch.paths names those to watch"
                )

    def concerns(self, path: str) -> bool:
        """Tell whether a change of a path may be one of flow files."""
        place = Path(path)
        for root in self.roots:
            for way in (root, root.resolve()):
                if place.is_relative_to(way):
                    parts = place.relative_to(way).parts
                    return not any(is_passed_over(part) for part in parts)
        return True

    def places(self) -> dict[Path, Place | None]:
        """Return what tells whether each folder is still the same one; None where there is none."""
        return {root: _place(root) for root in self.roots}

    def look(self) -> dict[Path, Stamp]:
        """Return all flow files with their stamps, by path.

        Raises:
            OSError: Something can't be looked into: what is in it may be there or not.
        """
        found: dict[Path, Stamp] = {}
        for root in self.roots:
            for path in _files(root):
                stamp = _stamp(path)
                if stamp is not None:
                    found[path] = stamp
        return found

    def root_of(self, path: Path) -> Path:
        """Return the folder that a file was found in."""
        return next(root for root in self.roots if path.is_relative_to(root))

    def new_path(self, namespace: str, flow_id: str) -> Path:
        """Return where a flow is written that has no file yet."""
        return self.roots[0] / f"{namespace}_{flow_id}{ENDINGS[0]}"

    def shown(self, path: Path) -> str:
        """Return a path as people know it: below its folder."""
        return str(path.relative_to(self.root_of(path).parent))


def _place(folder: Path) -> Place | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _files(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, onerror=_unless_gone):
        names[:] = sorted(name for name in names if not is_passed_over(name))
        for name in sorted(files):
            if name.lower().endswith(ENDINGS) and not is_passed_over(name):
                yield Path(folder, name)


def _unless_gone(error: OSError) -> None:
    if error.errno not in _GONE:
        raise error


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError as error:
        _unless_gone(error)
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp((found.st_dev, found.st_ino), found.st_mtime_ns, found.st_size)


def read_source(path: Path) -> str | None:
    """Return the text of a file; None when it is gone, or can't be read, which is logged."""
    try:
        if path.stat().st_size > MAX_SOURCES_BYTES:
            logger.error("%s is not read: it is over %s bytes", path, MAX_SOURCES_BYTES)
            return None
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        logger.error("%s can't be read: %s", path, error)
        return None


def write_source(path: Path, text: str, before: str | None) -> bool:
    """Write a file as a whole; return False when it does not hold what it should before.

    Args:
        before: What it should hold; None that it should not be there.
    """
    if _now(path) != before:
        return False
    target = path.resolve()
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(text.encode())
    if target.exists():
        beside.chmod(target.stat().st_mode & 0o7777)
    beside.replace(target)
    return True


def delete_source(path: Path, before: str) -> bool:
    """Delete a file; return False when it is there and does not hold what it should."""
    now = _now(path)
    if now is not None and now != before:
        return False
    path.unlink(missing_ok=True)
    return True


def _now(path: Path) -> str | None:
    """Return what a file holds, in a way that anything unreadable is like no text of ours."""
    try:
        return path.read_bytes().decode("utf-8-sig", "surrogateescape")
    except FileNotFoundError:
        return None
