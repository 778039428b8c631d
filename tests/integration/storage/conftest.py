"""Object stores that all tests of storage share; each test has a bucket of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from object_stores import S3_KEYS, AzureHandler, GoogleHandler, blob_server, s3_client, s3_server
from tiercel.storage import Storage, open_bucket

MakeBucket = Callable[[Path], Storage]
GOOGLE_KEY = {
    "client_email": "robot@example.com",
    "private_key": "",
    "private_key_id": "",
    "disable_oauth": True,
}


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """S3, as moto plays it."""
    with s3_server("bucket-0") as url:
        yield url


@pytest.fixture(scope="session")
def s3_bucket(s3_url: str) -> Iterator[MakeBucket]:
    with s3_client(s3_url) as client:

        def make(folder: Path) -> Storage:
            name = f"bucket-{uuid4()}"
            client.create_bucket(Bucket=name)
            return open_bucket("s3", {**S3_KEYS, "endpoint": s3_url, "bucket": name}, folder)

        yield make


@pytest.fixture(scope="session")
def gcs_bucket() -> Iterator[MakeBucket]:
    with blob_server(GoogleHandler) as url:
        key = json.dumps({**GOOGLE_KEY, "gcs_base_url": url})
        yield lambda folder: open_bucket(
            "gcs", {"service_account": key, "bucket": f"bucket-{uuid4()}"}, folder
        )


@pytest.fixture(scope="session")
def azure_bucket() -> Iterator[MakeBucket]:
    key = base64.b64encode(b"secret").decode()
    with blob_server(AzureHandler) as url:
        text = f"AccountName=account;AccountKey={key};BlobEndpoint={url}/account;"
        yield lambda folder: open_bucket(
            "azure", {"connection_string": text, "container": f"c-{uuid4()}"}, folder
        )
