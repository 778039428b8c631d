"""Storing, reading and deleting files in a folder."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tiercel.model.errors import StorageError
from tiercel.storage import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.storage import Storage

FOLDER = "kestra:///company/flow/executions/1"
URI = f"{FOLDER}/tasks/extract/7/data.csv"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.fixture
def storage(root: Path) -> Storage:
    return LocalStorage(root)


async def content(storage: Storage, uri: str) -> bytes:
    return b"".join([chunk async for chunk in storage.open(uri)])


def drafts(root: Path) -> list[str]:
    return [path.name for path in (root / ".drafts").iterdir()]


async def test_a_local_file_moves_in_without_a_copy(storage: Storage, tmp_path: Path) -> None:
    local = tmp_path / "data.csv"
    local.write_bytes(b"rows")
    inode = local.stat().st_ino
    assert await storage.put_file(URI, local) == URI
    assert not local.exists()
    stored = await storage.local_path(URI)
    assert stored.stat().st_ino == inode
    assert stat.S_IMODE(stored.stat().st_mode) == 0o444


async def test_a_file_with_a_second_name_is_copied(storage: Storage, tmp_path: Path) -> None:
    local, other = tmp_path / "data.csv", tmp_path / "mine.csv"
    other.write_bytes(b"rows")
    local.hardlink_to(other)
    await storage.put_file(URI, local)
    other.write_bytes(b"changed")
    assert await content(storage, URI) == b"rows"
    assert not local.exists()


async def test_a_file_of_another_file_system_is_copied(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.storage.files._renamed", lambda *_: False)
    local = tmp_path / "data.csv"
    local.write_bytes(b"rows")
    await storage.put_file(URI, local)
    assert await content(storage, URI) == b"rows"
    assert not local.exists()


async def test_a_folder_is_no_file_and_a_file_no_folder(storage: Storage) -> None:
    await storage.put(URI, b"")
    assert not await storage.exists(FOLDER)
    assert not await storage.delete(FOLDER)
    assert await storage.list(URI) == ()
    assert await storage.delete_prefix(URI) == ()
    for call in (storage.size(FOLDER), storage.put(FOLDER, b""), storage.put(f"{URI}/x", b"")):
        with pytest.raises(StorageError, match="kestra:///company"):
            await call
    assert await storage.exists(URI)


async def test_a_folder_is_deleted_with_its_files(storage: Storage, root: Path) -> None:
    await storage.put(f"{FOLDER}/inputs/a b", b"")
    await storage.put(URI, b"")
    await storage.put(f"{FOLDER}2/a", b"")
    assert await storage.delete_prefix(FOLDER) == (f"{FOLDER}/inputs/a%20b", URI)
    assert await storage.delete_prefix(FOLDER) == ()
    assert await storage.exists(f"{FOLDER}2/a")
    assert not (root / "company/flow/executions/1").exists()
    assert drafts(root) == []


async def test_no_link_leads_out_of_the_root(storage: Storage, root: Path, tmp_path: Path) -> None:
    await storage.put("kestra:///a/x", b"")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "a/folder").symlink_to(outside)
    (root / "a/file").symlink_to(outside / "secret")
    (root / "a/loop").symlink_to("loop")
    for uri in ("kestra:///a/folder/secret", "kestra:///a/file", "kestra:///a/folder"):
        for call in (
            storage.size(uri),
            storage.exists(uri),
            storage.put(uri, b""),
            storage.delete(uri),
            storage.list(uri),
            storage.delete_prefix(uri),
        ):
            with pytest.raises(StorageError, match="leads out of internal storage"):
                await call
    assert not await storage.exists("kestra:///a/loop")
    assert [file.uri for file in await storage.list("kestra:///a")] == ["kestra:///a/x"]
    await storage.delete_prefix("kestra:///a")
    assert (outside / "secret").read_text() == "secret"


async def test_an_untidy_uri_touches_nothing(storage: Storage, root: Path) -> None:
    with pytest.raises(StorageError):
        await storage.put("kestra:///a/../../x", b"")
    assert not root.exists()


async def test_the_folder_is_closed_to_others(storage: Storage, root: Path) -> None:
    await storage.put(URI, b"")
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


async def test_drafts_of_killed_processes_are_removed(root: Path) -> None:
    old, new = root / ".drafts/old", root / ".drafts/new"
    (root / ".drafts/folder/inner").mkdir(parents=True)
    for path in (old, new):
        path.touch()
    for path in (old, root / ".drafts/folder"):
        os.utime(path, (0, 0))
    await LocalStorage(root).put(URI, b"")
    assert drafts(root) == ["new"]


def test_storing_while_the_folder_is_deleted_loses_nothing_silently(root: Path) -> None:
    files = LocalStorage(root).blocking
    uris = [f"{FOLDER}/{number}" for number in range(200)]
    deleted: list[str] = []
    with ThreadPoolExecutor(3) as pool:
        stored = [pool.submit(files.put, uri, [b"x"]) for uri in uris]
        while not all(future.done() for future in stored):
            deleted.extend(files.delete_prefix(FOLDER))
    for future in stored:
        future.result()
    left = [file.uri for file in files.list(FOLDER)]
    assert sorted(deleted + left) == sorted(uris)
