"""The files of :class:`~tiercel.storage.local.LocalStorage`, by blocking calls.

A stored file is written under a name of its own in ``.drafts`` and then renamed: it is there whole
or not at all. Nothing is forced to disk: after a power cut an execution runs its task again.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tiercel.model.errors import StorageError
from tiercel.storage.copies import copy_content, open_regular
from tiercel.storage.protocol import StoredFile
from tiercel.storage.uris import make_uri, parse_uri, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DRAFTS = ".drafts"
_STALE_SECONDS = 24 * 3600
_FOLDER_MODE = 0o700
# Read only: what is stored never changes, it is replaced.
_FILE_MODE = 0o444
_RACES = 50


class Draft:
    """A file on its way into storage: write to ``file``, publish, and always discard at the end."""

    def __init__(self, files: LocalFiles, uri: str, path: Path) -> None:
        self._files = files
        self._uri = uri
        self._path = path
        self.file: BinaryIO = path.open("xb")

    def publish(self) -> str:
        """Put the file in its place; return the canonical URI."""
        with _translated(self._uri):
            self.file.close()
            return self._files.publish(self._uri, self._path)

    def discard(self) -> None:
        """Remove what was not published. Harmless otherwise."""
        self.file.close()
        self._path.unlink(missing_ok=True)


class LocalFiles:
    """Files under URIs in a folder; see :class:`~tiercel.storage.protocol.Storage` for the rules.

    Args:
        root: The folder, made with mode 0700 on the first write.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._has_drafts = False

    # Writing.

    def new_draft(self, uri: str) -> Draft:
        """Begin to store a file; see :class:`Draft`. Raises StorageError for a refused URI."""
        self._path(uri)
        with _translated(uri):
            return Draft(self, uri, self._draft_path())

    def put(self, uri: str, chunks: Iterable[bytes]) -> str:
        """Store chunks, replacing what is there; return the canonical URI."""
        draft = self.new_draft(uri)
        try:
            for chunk in chunks:
                with _translated(uri):
                    draft.file.write(chunk)
            return draft.publish()
        finally:
            draft.discard()

    def put_file(self, uri: str, path: Path) -> str:
        """Move a regular file into storage: rename it, or copy it and remove the original.

        Copied is what somebody else could go on changing: a file with a second name, or one that
        belongs to another user.

        Raises:
            StorageError: ``path`` is missing or no regular file, or the URI is refused.
        """
        self._path(uri)
        try:
            status = path.lstat()
        except OSError as error:
            raise _unusable(path, error.strerror) from error
        if not stat.S_ISREG(status.st_mode):
            raise _unusable(path, "it is not a regular file")
        with _translated(uri):
            draft = self._draft_path()
            try:
                is_ours = status.st_nlink == 1 and status.st_uid == os.geteuid()
                if not is_ours or not _renamed(path, draft):
                    _copy(path, draft)
                    path.unlink()
                return self.publish(uri, draft)
            finally:
                draft.unlink(missing_ok=True)

    def publish(self, uri: str, draft: Path) -> str:
        """Rename a finished file to its place. Raises OSError: only for :class:`Draft`."""
        if not stat.S_ISREG(draft.lstat().st_mode):
            raise StorageError(f"What was to be stored at {shown(uri)} is no regular file.")
        draft.chmod(_FILE_MODE)
        os.utime(draft)
        for attempt in range(_RACES):
            target = self._path(uri)
            try:
                self._make_folder(target.parent)
                draft.rename(target)
            except FileNotFoundError:
                # Somebody deleted the folder between the two calls.
                if attempt == _RACES - 1:
                    raise
                continue
            break
        return make_uri(parse_uri(uri))

    # Reading.

    def open(self, uri: str) -> BinaryIO:
        """Open a stored file for reading; the caller closes it."""
        path = self._path(uri)
        with _translated(uri):
            return open_regular(path)

    def read(self, uri: str, *, limit_bytes: int) -> bytes:
        """Return the content. Raises StorageError when missing or over ``limit_bytes``."""
        with self.open(uri) as file:
            content = file.read(limit_bytes + 1)
        if len(content) > limit_bytes:
            raise StorageError(
                f"{shown(uri)} is larger than {limit_bytes} bytes.",
                hint="Hand the URI to a task that reads files instead of reading it in a template.",
                uri=uri,
            )
        return content

    def local_path(self, uri: str) -> Path:
        """Return where the file is."""
        path = self._path(uri)
        self._status(uri, path)
        return path

    def copy_to(self, uri: str, destination: Path) -> None:
        """Make a private, writable copy, replacing a file at ``destination``."""
        with self.open(uri) as source:
            # Not opened in place: what is there may be a link to some other file.
            destination.unlink(missing_ok=True)
            with destination.open("xb") as copy:
                copy_content(source, copy)

    def exists(self, uri: str) -> bool:
        """Tell whether a file is stored there; a folder is none."""
        path = self._path(uri)
        with _translated(uri):
            return path.is_file()

    def size(self, uri: str) -> int:
        """Return the size in bytes."""
        return self._status(uri, self._path(uri)).st_size

    def stat(self, uri: str) -> StoredFile:
        """Return what is known of one file."""
        return _stored_file(make_uri(parse_uri(uri)), self._status(uri, self._path(uri)))

    def list(self, folder: str) -> tuple[StoredFile, ...]:
        """Return all files below a folder, at any depth, ordered by URI; none if it is missing."""
        path = self._path(folder)
        with _translated(folder):
            return tuple(sorted(_walk(path, parse_uri(folder)), key=lambda file: file.uri))

    # Deleting.

    def delete(self, uri: str) -> bool:
        """Delete one file; False when there was none."""
        path = self._path(uri)
        with _translated(uri):
            if not path.is_file():
                return False
            try:
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def delete_prefix(self, folder: str) -> tuple[str, ...]:
        """Delete a folder with all that is below; return the URIs of the files, ordered.

        The folder goes away in one moment; what is stored there meanwhile makes a new one.
        """
        path = self._path(folder)
        with _translated(folder):
            if not path.is_dir():
                return ()
            doomed = self._draft_path()
            try:
                os.utime(path)
                path.rename(doomed)
            except FileNotFoundError:
                return ()
            return tuple(sorted(set(_removed(doomed, parse_uri(folder)))))

    # Places.

    def _path(self, uri: str) -> Path:
        """Return the place of ``uri``, which need not exist, with links resolved.

        Raises:
            StorageError: The URI is refused, or a link on the way leaves the root.
        """
        names = parse_uri(uri)
        # Path.resolve raises RuntimeError for a loop of links.
        root = Path(os.path.realpath(self._root))
        path = Path(os.path.realpath(root.joinpath(*names)))
        if not path.is_relative_to(root) or path == root:
            raise StorageError(
                f"{shown(uri)} leads out of internal storage.",
                hint="Remove the symbolic link from the storage folder.",
                uri=uri,
            )
        return path

    def _status(self, uri: str, path: Path) -> os.stat_result:
        with _translated(uri):
            status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise StorageError(f"{shown(uri)} is a folder, not a file.", uri=uri)
        return status

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=_FOLDER_MODE)
        except FileExistsError:
            # A folder, or one that was deleted this very moment: what comes next will tell.
            if folder.is_file():
                raise
        except FileNotFoundError:
            self._make_folder(folder.parent)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=_FOLDER_MODE)

    def _draft_path(self) -> Path:
        drafts = self._root / _DRAFTS
        if not self._has_drafts:
            self._make_folder(drafts)
            _remove_stale(drafts)
            self._has_drafts = True
        return drafts / secrets.token_hex(16)


def _walk(folder: Path, names: tuple[str, ...]) -> Iterator[StoredFile]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        inner = (*names, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), inner)
        elif entry.is_file(follow_symlinks=False):
            # A file that is deleted meanwhile is not there any more.
            with contextlib.suppress(FileNotFoundError):
                yield _stored_file(make_uri(inner), entry.stat(follow_symlinks=False))


def _removed(folder: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Delete a folder that lies aside already; yield the URIs of the files that were in it.

    Who was about to store a file when it was laid aside may still put it there: it is looked
    through until it is gone. What can't be removed is tried again with the stale drafts.
    """
    for _ in range(_RACES):
        try:
            entries = list(os.scandir(folder))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            inner = (*names, entry.name)
            if entry.is_dir(follow_symlinks=False):
                yield from _removed(Path(entry.path), inner)
                continue
            if entry.is_file(follow_symlinks=False):
                yield make_uri(inner)
            with contextlib.suppress(OSError):
                Path(entry.path).unlink()
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                return


def _stored_file(uri: str, status: os.stat_result) -> StoredFile:
    return StoredFile(uri, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _renamed(source: Path, destination: Path) -> bool:
    try:
        source.rename(destination)
    except OSError:
        # Another file system, or a folder that we may not take it from: then it is copied.
        return False
    return True


def _copy(source: Path, destination: Path) -> None:
    with open_regular(source) as reader, destination.open("xb") as writer:
        copy_content(reader, writer)


def _remove_stale(drafts: Path) -> None:
    """Remove what processes that were killed left behind."""
    oldest = time.time() - _STALE_SECONDS
    for draft in drafts.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if draft.stat().st_mtime > oldest:
                continue
            if draft.is_dir():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink()


def _unusable(path: Path, reason: str | None) -> StorageError:
    return StorageError(f"The file '{path.name}' can't be stored: {reason or 'unknown reason'}.")


@contextlib.contextmanager
def _translated(uri: str) -> Iterator[None]:
    """Raise errors of the disk as StorageError that shows the URI and no path."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(
            f"Nothing is stored at {shown(uri)}.",
            hint="The file was never stored, or its execution's files were purged.",
            uri=uri,
        ) from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unknown reason"
        raise StorageError(
            f"Internal storage failed at {shown(uri)}: {reason}.", uri=uri
        ) from error
