"""What only buckets have: errors of the object store, downloads, credentials that are kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from object_stores import S3_KEYS, s3_client
from tiercel.model.errors import IllegalArgumentError, StorageError
from tiercel.storage import Storage, open_bucket
from tiercel.storage.downloads import Downloads

URI = "kestra:///company/team/data.csv"


def opened(url: str, folder: Path, **values: Any) -> Storage:
    return open_bucket("s3", {**S3_KEYS, "endpoint": url, **values}, folder)


async def test_minio_is_named_by_host_and_port(s3_url: str, tmp_path: Path) -> None:
    host, _, port = s3_url.removeprefix("http://").partition(":")
    values = {**S3_KEYS, "endpoint": host, "port": int(port), "bucket": "bucket-0", "vhost": False}
    storage = open_bucket("minio", {**values, "region": ""}, tmp_path)
    await storage.put(URI, b"x")
    assert await storage.size(URI) == 1


@pytest.mark.parametrize(
    ("kind", "values", "address"),
    [
        ("s3", {"region": "eu-west-1"}, "None"),
        ("s3", {"endpoint": "https://s3.example"}, "https://s3.example"),
        (
            "s3",
            {"endpoint": "https://s3.example", "force_path_style": False},
            "https://b.s3.example",
        ),
        ("minio", {"endpoint": "host", "secure": True}, "https://host:9000"),
        ("minio", {"endpoint": "host", "port": 80, "vhost": True}, "http://b.host:80"),
    ],
)
def test_a_bucket_is_named_in_the_path_or_in_the_host(
    kind: str,
    values: Mapping[str, Any],
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr("obstore.store.S3Store", lambda bucket, **given: seen.update(given))
    open_bucket(kind, {"bucket": "b", **values}, tmp_path)
    assert str(seen.get("endpoint")) == address
    assert seen["virtual_hosted_style_request"] is (address == "None" or "b." in address)


async def test_a_role_is_taken_on(s3_url: str, tmp_path: Path) -> None:
    role = {
        "sts_role_arn": "arn:aws:iam::123456789012:role/tiercel",
        "sts_role_external_id": "outside",
    }
    storage = opened(s3_url, tmp_path, bucket="bucket-0", sts_endpoint_override=s3_url, **role)
    await storage.put(URI, b"x")
    assert await storage.exists(URI)


async def test_keys_come_from_the_environment_when_none_are_set(
    s3_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-env")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    storage = open_bucket(
        "s3", {"endpoint": s3_url, "bucket": "bucket-0", "region": "us-east-1"}, tmp_path
    )
    await storage.put(URI, b"x")


async def test_a_bucket_that_is_not_there_is_told(s3_url: str, tmp_path: Path) -> None:
    storage = opened(s3_url, tmp_path, bucket="no-such-bucket")
    for call in (
        storage.put(URI, b""),
        storage.list("kestra:///company"),
        storage.copy_to(URI, tmp_path / "copy"),
    ):
        with pytest.raises(StorageError, match="the bucket does not exist"):
            await call


async def test_messages_hold_no_secret(tmp_path: Path) -> None:
    signature = "sv=2024&sig=planted-signature"
    values = {"endpoint": "http://127.0.0.1:1/account", "sas_token": signature, "container": "c"}
    storage = open_bucket("azure", values, tmp_path)
    with pytest.raises(StorageError) as caught:
        await storage.size(URI)
    assert "planted-signature" not in str(caught.value)
    assert quote("planted-signature") not in repr(caught.value.__cause__)


@pytest.mark.parametrize(
    ("kind", "values", "says"),
    [
        ("s3", {}, "has no bucket"),
        ("azure", {}, "has no container"),
        ("gcs", {"bucket": "b", "service_account": "planted-secret"}, "can't be opened"),
        ("gcs", {"bucket": "b", "service_account": "[]"}, "can't be opened"),
    ],
)
def test_what_is_set_wrongly_is_told_without_its_value(
    kind: str, values: Mapping[str, Any], says: str, tmp_path: Path
) -> None:
    with pytest.raises(IllegalArgumentError, match=says) as caught:
        open_bucket(kind, values, tmp_path)
    assert "planted-secret" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(("kind", "extra"), [("s3", "s3"), ("gcs", "objects")])
def test_a_missing_extra_is_named(
    kind: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.storage.buckets.find_spec", lambda _: None)
    with pytest.raises(IllegalArgumentError) as caught:
        open_bucket(kind, {"bucket": "b"}, tmp_path)
    assert caught.value.hint == f"pip install 'tiercel[{extra}]'"


async def test_a_name_that_is_too_long_for_a_key_is_refused(
    s3_bucket: Callable[[Path], Storage], tmp_path: Path
) -> None:
    uri = f"kestra:///{'/'.join(['x' * 200] * 6)}"
    with pytest.raises(StorageError, match="longer than the 1024 bytes"):
        await s3_bucket(tmp_path).put(uri, b"")


async def test_what_others_put_into_the_bucket_is_left_alone(s3_url: str, tmp_path: Path) -> None:
    with s3_client(s3_url) as client:
        client.put_object(Bucket="bucket-0", Key="others/", Body=b"")
    storage = opened(s3_url, tmp_path, bucket="bucket-0")
    await storage.put("kestra:///others/mine", b"")
    listed = await storage.list("kestra:///others")
    assert [file.uri for file in listed] == ["kestra:///others/mine"]


async def test_no_parts_are_left_of_an_upload_that_broke(s3_url: str, tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(5):
            yield b"x" * (6 << 20)
        raise ValueError("cut")

    storage = opened(s3_url, tmp_path, bucket="bucket-0")
    with pytest.raises(ValueError, match="cut"):
        await storage.put(f"{URI}.broken", chunks())
    with s3_client(s3_url) as client:
        assert "Uploads" not in client.list_multipart_uploads(Bucket="bucket-0")


async def test_what_chunks_raise_is_not_taken_for_the_store_s(s3_url: str, tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * (9 << 20)
        raise FileNotFoundError("mine")

    storage = opened(s3_url, tmp_path, bucket="bucket-0")
    with pytest.raises(FileNotFoundError, match="mine"):
        await storage.put(URI, chunks())


async def test_no_parts_are_left_of_an_upload_that_was_stopped(s3_url: str, tmp_path: Path) -> None:
    is_waiting = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * (6 << 20)
        is_waiting.set()
        await asyncio.Event().wait()

    storage = opened(s3_url, tmp_path, bucket="bucket-0")
    storing = asyncio.create_task(storage.put(f"{URI}.stopped", chunks()))
    await is_waiting.wait()
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert not await storage.exists(f"{URI}.stopped")
    with s3_client(s3_url) as client:
        assert "Uploads" not in client.list_multipart_uploads(Bucket="bucket-0")


def test_downloads_make_room_for_new_ones_and_keep_what_is_in_use(tmp_path: Path) -> None:
    downloads = Downloads(tmp_path / "downloads", limit_bytes=5)

    def add(version: str) -> Path:
        draft = downloads.new_draft()
        draft.write_bytes(b"123")
        return downloads.add(version, draft)

    old = add("old")
    os.utime(old, (0, time.time() - 7200))
    new = add("new")
    add("newest")
    assert not old.exists()
    assert downloads.find("old") is None
    assert downloads.find("new") == new
