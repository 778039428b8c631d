"""Storing, reading and deleting files, whoever keeps them: the same rules everywhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tiercel.model.errors import StorageError
from tiercel.storage import CHUNK_BYTES, LocalStorage, make_uri

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tiercel.storage import Storage

FOLDER = "kestra:///company/flow/executions/1"
URI = f"{FOLDER}/tasks/extract/7/data.csv"


@pytest.fixture(params=["local", "s3", "gcs", "azure"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "storage")
    made: Storage = request.getfixturevalue(f"{request.param}_bucket")(tmp_path / "downloads")
    return made


async def content(storage: Storage, uri: str) -> bytes:
    return b"".join([chunk async for chunk in storage.open(uri)])


async def test_bytes_and_chunks_are_stored_and_read_back(storage: Storage) -> None:
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


async def test_reading_comes_in_bounded_chunks(storage: Storage) -> None:
    await storage.put(URI, b"x" * (2 * CHUNK_BYTES + 1))
    sizes = [len(chunk) async for chunk in storage.open(URI)]
    assert max(sizes) <= CHUNK_BYTES
    assert sum(sizes) == 2 * CHUNK_BYTES + 1


async def test_a_uri_comes_back_in_its_canonical_form(storage: Storage) -> None:
    assert await storage.put("kestra:///a/x y%2e.csv", b"") == "kestra:///a/x%20y..csv"
    assert await storage.exists("kestra:///a/x%20y..csv")


async def test_a_file_whose_chunks_fail_is_not_stored(storage: Storage) -> None:
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


async def test_a_reader_keeps_what_it_opened_when_the_file_is_replaced(storage: Storage) -> None:
    await storage.put(URI, b"a" * CHUNK_BYTES + b"b")
    reader = storage.open(URI)
    first = await anext(reader)
    await storage.put(URI, b"new")
    assert first + await anext(reader) == b"a" * CHUNK_BYTES + b"b"
    assert await content(storage, URI) == b"new"


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


async def test_files_below_a_folder_are_listed_in_order(storage: Storage) -> None:
    for name in ("b/2", "a", "b/1 x"):
        await storage.put(f"{FOLDER}/{name}", b"12345")
    await storage.put(f"{FOLDER}2/a", b"")
    listed = await storage.list(f"{FOLDER}/")
    assert [file.uri for file in listed] == [f"{FOLDER}/{name}" for name in ("a", "b/1%20x", "b/2")]
    assert {file.size for file in listed} == {5}
    assert listed[0] == await storage.stat(listed[0].uri)
    assert await storage.list("kestra:///nothing/here") == ()


async def test_one_file_is_deleted(storage: Storage) -> None:
    await storage.put(URI, b"")
    assert await storage.delete(URI)
    assert not await storage.exists(URI)


@pytest.mark.parametrize(
    "name", ["a b", "100%", "%41", "é", "x~#?&=+{}[]|<>'\"", "line\nbreak", "\udcff", "end.", "\\"]
)
async def test_any_name_is_a_name_of_its_own(storage: Storage, name: str) -> None:
    uri, other = make_uri(["company", name]), make_uri(["company", f"{name}x"])
    await storage.put(uri, b"this")
    await storage.put(other, b"other")
    assert await content(storage, uri) == b"this"
    assert [file.uri for file in await storage.list("kestra:///company")] == sorted([uri, other])
    assert sorted(await storage.delete_prefix("kestra:///company")) == sorted([uri, other])


async def test_a_folder_goes_with_its_files_and_no_others(storage: Storage) -> None:
    await storage.put(f"{FOLDER}/inputs/a b", b"")
    await storage.put(URI, b"")
    await storage.put(f"{FOLDER}2/a", b"")
    assert await storage.delete_prefix(FOLDER) == (f"{FOLDER}/inputs/a%20b", URI)
    assert await storage.delete_prefix(FOLDER) == ()
    assert await storage.exists(f"{FOLDER}2/a")
    assert not await storage.exists(URI)


async def test_a_folder_is_no_file(storage: Storage) -> None:
    await storage.put(URI, b"")
    assert not await storage.exists(FOLDER)
    assert not await storage.delete(FOLDER)
    assert await storage.list(URI) == ()
    assert await storage.delete_prefix(URI) == ()
    with pytest.raises(StorageError, match="kestra:///company"):
        await storage.size(FOLDER)
    assert await storage.exists(URI)


async def test_a_local_file_moves_in_and_is_gone(storage: Storage, tmp_path: Path) -> None:
    local, big = tmp_path / "data.csv", tmp_path / "big.csv"
    local.write_bytes(b"rows")
    big.write_bytes(os.urandom(20) * (1 << 20))
    expected = big.read_bytes()
    assert await storage.put_file(URI, local) == URI
    await storage.put_file(f"{URI}.big", big)
    assert await content(storage, URI) == b"rows"
    assert await content(storage, f"{URI}.big") == expected
    assert not local.exists()
    assert not big.exists()


async def test_a_stream_of_many_parts_is_one_file_or_none(storage: Storage) -> None:
    async def chunks(count: int, *, ends: bool = True) -> AsyncIterator[bytes]:
        for number in range(count):
            yield bytes([number]) * (6 << 20)
        if not ends:
            raise ValueError("cut")

    await storage.put(URI, chunks(4))
    assert await storage.size(URI) == 24 << 20
    with pytest.raises(ValueError, match="cut"):
        await storage.put(URI, chunks(4, ends=False))
    assert await storage.size(URI) == 24 << 20
    with pytest.raises(ValueError, match="cut"):
        await storage.put(f"{URI}.new", chunks(4, ends=False))
    assert not await storage.exists(f"{URI}.new")


async def test_a_local_path_holds_what_is_stored_now(storage: Storage) -> None:
    await storage.put(URI, b"first")
    assert (await storage.local_path(URI)).read_bytes() == b"first"
    await storage.put(URI, b"next one")
    path = await storage.local_path(URI)
    assert path.read_bytes() == b"next one"
    assert await storage.local_path(URI) == path


@pytest.mark.parametrize("uri", ["kestra:///a/../x", "file:///etc/passwd", "kestra:///.x/y"])
async def test_untidy_uris_are_refused(storage: Storage, uri: str) -> None:
    for call in (
        storage.put(uri, b""),
        storage.exists(uri),
        storage.size(uri),
        storage.list(uri),
        storage.delete(uri),
        storage.delete_prefix(uri),
    ):
        with pytest.raises(StorageError, match="Invalid internal storage uri"):
            await call


async def test_expressions_read_with_a_limit(storage: Storage) -> None:
    await storage.put(URI, b"12345")
    files = storage.blocking
    assert files.read(URI, limit_bytes=5) == b"12345"
    assert files.size(URI) == 5
    assert files.exists(URI)
    assert not files.exists(FOLDER)
    with pytest.raises(StorageError, match="larger than 4 bytes"):
        files.read(URI, limit_bytes=4)
    with pytest.raises(StorageError, match="Nothing is stored"):
        files.read(f"{URI}x", limit_bytes=4)
