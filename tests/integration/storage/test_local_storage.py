"""Storing, reading and deleting files in a folder."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tiercel.model.errors import StorageError
from tiercel.storage import CHUNK_BYTES, LocalStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
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


async def test_bytes_and_chunks_are_stored_and_read_back(storage: Storage, root: Path) -> None:
    async def later() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    assert await storage.put(URI, b"whole") == URI
    assert await content(storage, URI) == b"whole"
    await storage.put(URI, iter([b"in ", b"pieces"]))
    assert await content(storage, URI) == b"in pieces"
    await storage.put(URI, later())
    assert await content(storage, URI) == b"ab"
    assert await storage.size(URI) == 2
    assert drafts(root) == []


async def test_reading_comes_in_bounded_chunks(storage: Storage) -> None:
    await storage.put(URI, b"x" * (2 * CHUNK_BYTES + 1))
    assert [len(chunk) async for chunk in storage.open(URI)] == [CHUNK_BYTES, CHUNK_BYTES, 1]


async def test_a_uri_comes_back_in_its_canonical_form(storage: Storage) -> None:
    assert await storage.put("kestra:///a/x y%2e.csv", b"") == "kestra:///a/x%20y..csv"
    assert await storage.exists("kestra:///a/x%20y..csv")


async def test_a_file_whose_chunks_fail_is_not_stored(storage: Storage, root: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("cut")

    async def later_broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ValueError("cut")

    await storage.put(URI, b"old")
    for chunks in (broken(), later_broken()):
        with pytest.raises(ValueError, match="cut"):
            await storage.put(URI, chunks)
    assert await content(storage, URI) == b"old"
    assert drafts(root) == []


async def test_a_reader_keeps_what_it_opened_when_the_file_is_replaced(storage: Storage) -> None:
    await storage.put(URI, b"a" * CHUNK_BYTES + b"b")
    reader = storage.open(URI)
    first = await anext(reader)
    await storage.put(URI, b"new")
    assert first + await anext(reader) == b"a" * CHUNK_BYTES + b"b"
    assert await content(storage, URI) == b"new"


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


async def test_only_regular_files_move_in(storage: Storage, tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to("/etc/passwd")
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path, tmp_path / "missing"):
        with pytest.raises(StorageError, match="can't be stored"):
            await storage.put_file(URI, path)
    assert not await storage.exists(URI)


async def test_a_script_may_change_its_copy_and_storage_does_not(
    storage: Storage, tmp_path: Path
) -> None:
    await storage.put(URI, b"rows\n")
    copy = tmp_path / "input.csv"
    await storage.copy_to(URI, copy)
    with copy.open("ab") as file:
        file.write(b"more\n")
    assert copy.read_bytes() == b"rows\nmore\n"
    assert await content(storage, URI) == b"rows\n"


async def test_a_copy_replaces_a_link_and_not_its_target(storage: Storage, tmp_path: Path) -> None:
    await storage.put(URI, b"rows")
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"precious")
    link.symlink_to(target)
    await storage.copy_to(URI, link)
    assert (target.read_bytes(), link.read_bytes()) == (b"precious", b"rows")
    assert not link.is_symlink()


@pytest.mark.parametrize("size", [0, 1, 3 * CHUNK_BYTES])
async def test_a_copy_has_the_same_bytes(storage: Storage, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    await storage.put(URI, data)
    await storage.copy_to(URI, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


async def test_what_is_missing_is_named_by_its_uri(storage: Storage, tmp_path: Path) -> None:
    async def read() -> None:
        await content(storage, URI)

    for call in (
        read(),
        storage.size(URI),
        storage.stat(URI),
        storage.local_path(URI),
        storage.copy_to(URI, tmp_path / "copy"),
    ):
        with pytest.raises(StorageError) as caught:
            await call
        assert caught.value.message == f"Nothing is stored at {URI}."
        assert str(tmp_path) not in caught.value.message
    assert not await storage.exists(URI)
    assert not await storage.delete(URI)


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


async def test_files_below_a_folder_are_listed_in_order(storage: Storage) -> None:
    for name in ("b/2", "a", "b/1 x"):
        await storage.put(f"{FOLDER}/{name}", b"12345")
    await storage.put(f"{FOLDER}2/a", b"")
    listed = await storage.list(f"{FOLDER}/")
    assert [file.uri for file in listed] == [f"{FOLDER}/{name}" for name in ("a", "b/1%20x", "b/2")]
    assert {file.size for file in listed} == {5}
    assert listed[0] == await storage.stat(listed[0].uri)
    assert await storage.list("kestra:///nothing/here") == ()


async def test_a_folder_is_deleted_with_its_files(storage: Storage, root: Path) -> None:
    await storage.put(f"{FOLDER}/inputs/a b", b"")
    await storage.put(URI, b"")
    await storage.put(f"{FOLDER}2/a", b"")
    assert await storage.delete_prefix(FOLDER) == (f"{FOLDER}/inputs/a%20b", URI)
    assert await storage.delete_prefix(FOLDER) == ()
    assert await storage.exists(f"{FOLDER}2/a")
    assert not (root / "company/flow/executions/1").exists()
    assert drafts(root) == []


async def test_one_file_is_deleted(storage: Storage) -> None:
    await storage.put(URI, b"")
    assert await storage.delete(URI)
    assert not await storage.exists(URI)


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


def test_expressions_read_with_a_limit(root: Path) -> None:
    files = LocalStorage(root).blocking
    files.put(URI, [b"12345"])
    assert files.read(URI, limit_bytes=5) == b"12345"
    with pytest.raises(StorageError, match="larger than 4 bytes"):
        files.read(URI, limit_bytes=4)
