"""Files of a namespace as a tree of folders, as clients see them.

Storage knows files only, so a folder is there when a file is below it; the empty ones that somebody
made are listed in a file beside the tree. Under ``/_flows`` lie the namespace's flows: what is put
there is saved as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from tiercel.model.errors import IllegalArgumentError, NotFoundError, StorageError
from tiercel.services.archives import read_zip, write_zip
from tiercel.services.clock import utc_now
from tiercel.services.kv import checked_namespace
from tiercel.services.written import in_namespace
from tiercel.storage import make_uri, parse_uri
from tiercel.storage.paths import namespace_file, namespace_files_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.services.flow_sets import FlowSets
    from tiercel.storage import Storage, StoredFile
    from tiercel.store import StoredFlow

FLOWS = "_flows"
MAX_EXPORT_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file or a folder; the size of a folder means nothing."""

    name: str
    is_folder: bool
    size: int
    changed: datetime


class _Folders(msgspec.Struct):
    """Folders that were made, by path, with the time."""

    paths: dict[str, datetime] = {}


def checked_path(path: str, *, flows: bool = False) -> str:
    """Return a path as names joined by slashes, without one at either end; the root is empty.

    Args:
        flows: Allow what lies under ``/_flows``.

    Raises:
        IllegalArgumentError: A name is ``..``, or the path is not allowed.
    """
    names = [name for name in path.strip("/").split("/") if name]
    if ".." in names or "." in names or "\0" in path or "\\" in path:
        raise IllegalArgumentError(f"Invalid path: {path[:500]}")
    if names[:1] == [FLOWS] and not flows:
        raise IllegalArgumentError(f"Forbidden path: {path[:500]}")
    return "/".join(names)


class NamespaceTree:
    """Reads and changes the files of namespaces."""

    def __init__(self, storage: Storage, flow_sets: FlowSets) -> None:
        self._storage = storage
        self._flow_sets = flow_sets

    # Reading

    async def search(self, namespace: str, query: str) -> Sequence[str]:
        """Return the paths of all files that contain a text, each with a slash in front."""
        files = await self._files(namespace)
        return [f"/{path}" for path in files if query in f"/{path}"]

    def open(self, namespace: str, path: str) -> AsyncIterator[bytes]:
        """Yield a file in chunks. Raises StorageError when there is none."""
        return self._storage.open(self._uri(namespace, checked_path(path)))

    async def size(self, namespace: str, path: str) -> int:
        """Return the size of a file. Raises NotFoundError when there is none, or a folder."""
        return (await self._stat(namespace, checked_path(path))).size

    async def entry(self, namespace: str, path: str) -> TreeEntry:
        """Return what is known of a file or folder; the root is always there.

        Raises:
            NotFoundError: Neither is there.
        """
        path = checked_path(path)
        if path and await self._storage.exists(self._uri(namespace, path)):
            file = await self._stat(namespace, path)
            return TreeEntry(path.rpartition("/")[2], False, file.size, file.modified_at)
        below = await self._below(namespace, path)
        if path and not below:
            raise _missing(path)
        changed = max(below.values(), default=utc_now())
        return TreeEntry(path.rpartition("/")[2] or "_files", True, 0, changed)

    async def children(self, namespace: str, path: str) -> list[TreeEntry]:
        """Return what lies directly in a folder, folders first, by name.

        Raises:
            NotFoundError: There is no such folder.
            IllegalArgumentError: It is a file.
        """
        path = checked_path(path)
        if path and await self._storage.exists(self._uri(namespace, path)):
            raise IllegalArgumentError(f"/{path} is a file, not a folder")
        below = await self._below(namespace, path)
        if path and not below:
            raise _missing(path)
        files = await self._files(namespace)
        prefix = f"{path}/" if path else ""
        found: dict[str, TreeEntry] = {}
        for inner, changed in below.items():
            name, slash, _ = inner.removeprefix(prefix).partition("/")
            if not name:
                continue
            file = files.get(f"{prefix}{name}")
            is_folder = bool(slash) or file is None
            before = found.get(name)
            latest = max(changed, before.changed) if before else changed
            size = 0 if is_folder or file is None else file.size
            found[name] = TreeEntry(name, is_folder, size, latest)
        return sorted(found.values(), key=lambda entry: (not entry.is_folder, entry.name))

    async def archive(self, namespace: str, flows: Sequence[StoredFlow]) -> bytes:
        """Return a zip of all files, and of the given flows in ``_flows``.

        Raises:
            IllegalArgumentError: Together they are too large for one archive.
        """
        content: list[tuple[str, bytes]] = []
        left = MAX_EXPORT_BYTES
        for path, file in (await self._files(namespace)).items():
            left -= file.size
            if left < 0:
                raise IllegalArgumentError(f"The files are over {MAX_EXPORT_BYTES} bytes")
            chunks = [chunk async for chunk in self._storage.open(file.uri)]
            content.append((path, b"".join(chunks)))
        content += [(f"{FLOWS}/{flow.id}.yml", flow.source.encode()) for flow in flows]
        return await asyncio.to_thread(write_zip, content)

    # Changing

    async def make_folder(self, namespace: str, path: str) -> None:
        """Make a folder with its parents; nothing happens when it is there."""
        path = checked_path(path)
        if not path:
            return
        await self._refuse_file_as_folder(namespace, path, itself=True)
        folders = await self._folders(namespace)
        folders.paths.setdefault(path, utc_now())
        await self._save_folders(namespace, folders)

    async def put(self, namespace: str, path: str, source: Path) -> None:
        """Move a local file there, replacing what is there; under ``/_flows`` it becomes a flow.

        Raises:
            IllegalArgumentError: The path can't be used.
            InvalidFlowError: What should be a flow is none.
        """
        path = checked_path(path, flows=True)
        if path.split("/")[0] == FLOWS:
            await self._put_flow(namespace, path, await asyncio.to_thread(source.read_bytes))
            return
        await self._refuse_file_as_folder(namespace, path)
        await self._storage.put_file(self._uri(namespace, path), source)

    async def unpack(self, namespace: str, archive: Path) -> None:
        """Put the files of a zip archive at the root; folders are passed over."""
        for name, content in await asyncio.to_thread(lambda: list(read_zip(archive))):
            path = checked_path(name, flows=True)
            if path.split("/")[0] == FLOWS:
                await self._put_flow(namespace, path, content)
                continue
            await self._refuse_file_as_folder(namespace, path)
            await self._storage.put(self._uri(namespace, path), content)

    async def move(self, namespace: str, source: str, target: str) -> None:
        """Move a file or a folder with all that is in it.

        Raises:
            NotFoundError: There is nothing to move.
            IllegalArgumentError: A folder would go into itself, or the root is meant.
        """
        source, target = checked_path(source), checked_path(target)
        if not source or not target:
            raise IllegalArgumentError("The root can't be moved or replaced")
        if source == target:
            return
        if f"{target}/".startswith(f"{source}/"):
            raise IllegalArgumentError(f"/{source} can't be moved into itself")
        files = await self._files(namespace)
        moved = [path for path in files if path == source or path.startswith(f"{source}/")]
        folders = await self._folders(namespace)
        listed = [path for path in folders.paths if f"{path}/".startswith(f"{source}/")]
        if not moved and not listed:
            raise _missing(source)
        await self._refuse_file_as_folder(namespace, target)
        for path in moved:
            new = self._uri(namespace, target + path.removeprefix(source))
            await self._storage.put(new, self._storage.open(files[path].uri))
        for path in listed:
            folders.paths[target + path.removeprefix(source)] = folders.paths.pop(path)
        await self._save_folders(namespace, folders)
        for path in moved:
            await self._storage.delete(files[path].uri)

    async def delete(self, namespace: str, path: str) -> None:
        """Delete a file or a folder with all that is in it, and parents that are empty then."""
        path = checked_path(path)
        if not path:
            await self._storage.delete_prefix(namespace_files_folder(namespace))
            await self._save_folders(namespace, _Folders())
            return
        uri = self._uri(namespace, path)
        if not await self._storage.delete(uri):
            await self._storage.delete_prefix(uri)
        folders = await self._folders(namespace)
        files = await self._files(namespace)
        kept = {
            name: made
            for name, made in folders.paths.items()
            if not f"{name}/".startswith(f"{path}/")
        }
        for parent in _parents(path):
            prefix = f"{parent}/"
            if not any(other.startswith(prefix) for other in (*files, *kept)):
                kept.pop(parent, None)
        await self._save_folders(namespace, _Folders(kept))

    async def _put_flow(self, namespace: str, path: str, content: bytes) -> None:
        names = path.split("/")
        if len(names) != 2 or not names[1].endswith((".yml", ".yaml")):
            raise IllegalArgumentError(f"Invalid flow file path: /{path}")
        try:
            source = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise IllegalArgumentError(f"/{path} is not UTF-8: {error}") from error
        moved = in_namespace(source, checked_namespace(namespace))
        await self._flow_sets.save_sources({path: moved})

    async def _refuse_file_as_folder(
        self, namespace: str, path: str, *, itself: bool = False
    ) -> None:
        if not path:
            raise IllegalArgumentError("The root is no file")
        for name in [*_parents(path), *([path] if itself else [])]:
            if await self._storage.exists(self._uri(namespace, name)):
                raise IllegalArgumentError(f"/{name} is a file, not a folder")
        is_file = not itself and await self._storage.exists(self._uri(namespace, path))
        if not itself and not is_file and await self._below(namespace, path):
            raise IllegalArgumentError(f"/{path} is a folder, not a file")

    # Places

    def _uri(self, namespace: str, path: str) -> str:
        try:
            return namespace_file(checked_namespace(namespace), path)
        except StorageError as error:
            raise IllegalArgumentError(f"Invalid path: {path[:500]}") from error

    async def _stat(self, namespace: str, path: str) -> StoredFile:
        uri = self._uri(namespace, path)
        if not await self._storage.exists(uri):
            raise _missing(path)
        return await self._storage.stat(uri)

    async def _files(self, namespace: str) -> dict[str, StoredFile]:
        folder = namespace_files_folder(checked_namespace(namespace))
        depth = len(parse_uri(folder))
        files = await self._storage.list(folder)
        return {"/".join(parse_uri(file.uri)[depth:]): file for file in files}

    async def _below(self, namespace: str, path: str) -> dict[str, datetime]:
        """Return files and listed folders in a folder, itself included when it is listed."""
        files = await self._files(namespace)
        found = {name: file.modified_at for name, file in files.items()}
        found.update((await self._folders(namespace)).paths)
        prefix = f"{path}/" if path else ""
        return {name: at for name, at in found.items() if f"{name}/".startswith(prefix)}

    def _folders_uri(self, namespace: str) -> str:
        return make_uri([*checked_namespace(namespace).split("."), "_folders.json"])

    async def _folders(self, namespace: str) -> _Folders:
        uri = self._folders_uri(namespace)
        if not await self._storage.exists(uri):
            return _Folders()
        content = b"".join([chunk async for chunk in self._storage.open(uri)])
        return msgspec.json.decode(content, type=_Folders)

    async def _save_folders(self, namespace: str, folders: _Folders) -> None:
        uri = self._folders_uri(namespace)
        if folders.paths:
            await self._storage.put(uri, msgspec.json.encode(folders))
        else:
            await self._storage.delete(uri)


def _parents(path: str) -> Iterable[str]:
    names = path.split("/")[:-1]
    return ["/".join(names[:count]) for count in range(len(names), 0, -1)]


def _missing(path: str) -> NotFoundError:
    return NotFoundError(f"There is nothing at /{path}")


def epoch_milliseconds(moment: datetime) -> int:
    """Return a moment as clients read times of files."""
    return int(moment.astimezone(UTC).timestamp() * 1000)
