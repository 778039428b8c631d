"""Opening the bucket that the operator named."""

from __future__ import annotations

import json
from datetime import UTC
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import timedelta
    from pathlib import Path

    from obstore.store import ClientConfig, ObjectStore, RetryConfig

    from tiercel.storage.objects import ObjectStorage

_EXTRAS = {"s3": "s3", "minio": "s3", "gcs": "objects", "azure": "objects"}


def open_bucket(kind: str, values: Mapping[str, Any], downloads: Path) -> ObjectStorage:
    """Return internal storage in a bucket. Nothing is asked of the object store yet.

    Args:
        kind: ``s3``, ``minio``, ``gcs`` or ``azure``.
        values: The settings of that kind by name; what is missing or empty is looked for where the
            service's own tools look: environment variables, files, the machine's identity.
        downloads: Folder for copies of objects that are read as local files.

    Raises:
        IllegalArgumentError: The extra is not installed, no bucket is named, or a value is unfit.
    """
    _need("obstore", kind)
    bucket = values.get("container" if kind == "azure" else "bucket")
    if not bucket:
        key = "container" if kind == "azure" else "bucket"
        raise IllegalArgumentError(
            f"Internal storage of type {kind} has no {key}",
            hint=f"set kestra.storage.{kind}.{key}",
        )
    from obstore.exceptions import BaseError

    from tiercel.storage.objects import ObjectStorage

    given = {name: value for name, value in values.items() if value not in (None, "")}
    try:
        store = _OPENERS[kind](str(bucket), given)
    except (BaseError, ValueError) as error:
        # The message may quote what was set, a key among it.
        raise IllegalArgumentError(
            f"Internal storage of type {kind} can't be opened: {type(error).__name__}",
            hint=f"check the form of what is set below kestra.storage.{kind}",
        ) from None
    return ObjectStorage(store, downloads)


def _need(package: str, kind: str) -> None:
    if find_spec(package) is None:
        raise IllegalArgumentError(
            f"Internal storage of type {kind} needs the package `{package}`, "
            "which is not installed",
            hint=f"pip install 'tiercel[{_EXTRAS[kind]}]'",
        )


def _client(endpoint: str = "") -> ClientConfig:
    """Return how to talk: a stalled connection is given up, a long transfer is not."""
    return {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": "10s",
        "read_timeout": "60s",
        "timeout": "24h",
    }


def _retry() -> RetryConfig:
    from datetime import timedelta

    return {"max_retries": 6, "retry_timeout": timedelta(minutes=2)}


def _s3(bucket: str, given: Mapping[str, Any]) -> ObjectStore:
    from obstore.store import S3Store

    endpoint = str(given.get("endpoint", ""))
    in_host = not given.get("force_path_style", bool(endpoint))
    if endpoint and in_host:
        scheme, _, host = endpoint.partition("://")
        endpoint = f"{scheme}://{bucket}.{host.removeprefix(f'{bucket}.')}"
    options: dict[str, Any] = {"virtual_hosted_style_request": in_host}
    if endpoint:
        options["endpoint"] = endpoint
    if "region" in given:
        options["region"] = given["region"]
    if "sts_role_arn" in given:
        options["credential_provider"] = _role(given)
    elif "access_key" in given:
        options["access_key_id"] = given["access_key"]
        options["secret_access_key"] = given.get("secret_key", "")
    return S3Store(bucket, client_options=_client(endpoint), retry_config=_retry(), **options)


def _role(given: Mapping[str, Any]) -> Callable[[], Any]:
    """Return what asks AWS for credentials of a role, again whenever they end."""
    _need("boto3", "s3")
    import boto3

    client = boto3.client(
        "sts",
        region_name=given.get("region"),
        endpoint_url=given.get("sts_endpoint_override"),
        aws_access_key_id=given.get("access_key"),
        aws_secret_access_key=given.get("secret_key"),
    )
    length: timedelta | None = given.get("sts_role_session_duration")
    asked = {
        "RoleArn": given["sts_role_arn"],
        "RoleSessionName": given.get("sts_role_session_name", "tiercel"),
        "DurationSeconds": int(length.total_seconds()) if length else 900,
    }
    if "sts_role_external_id" in given:
        asked["ExternalId"] = given["sts_role_external_id"]

    def credentials() -> dict[str, Any]:
        found = client.assume_role(**asked)["Credentials"]
        return {
            "access_key_id": found["AccessKeyId"],
            "secret_access_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expires_at": found["Expiration"].astimezone(UTC),
        }

    return credentials


def _minio(bucket: str, given: Mapping[str, Any]) -> ObjectStore:
    """Return a bucket of a MinIO server, named by host and port or by its whole address."""
    host = str(given.get("endpoint", "localhost"))
    if "://" not in host:
        scheme = "https" if given.get("secure") else "http"
        host = f"{scheme}://{host}:{given.get('port', 9000)}"
    usual = {"region": "us-east-1", "force_path_style": not given.get("vhost")}
    return _s3(bucket, {**usual, **given, "endpoint": host})


def _gcs(bucket: str, given: Mapping[str, Any]) -> ObjectStore:
    from obstore.store import GCSStore

    options: dict[str, Any] = {}
    key = given.get("service_account")
    content: Any = json.loads(key) if key else {}
    if not isinstance(content, dict):
        raise ValueError("no key")
    if key:
        options["service_account_key"] = key
    # Keys for an emulator say where it is.
    endpoint = str(content.get("gcs_base_url", ""))
    return GCSStore(bucket, client_options=_client(endpoint), retry_config=_retry(), **options)


def _azure(container: str, given: Mapping[str, Any]) -> ObjectStore:
    from obstore.store import AzureStore

    parts = _connection_parts(str(given.get("connection_string", "")))
    endpoint = str(given.get("endpoint", parts.get("blobendpoint", "")))
    account = given.get("shared_key_account_name", parts.get("accountname"))
    options = {
        "account_name": account or _account_of(endpoint),
        "account_key": given.get("shared_key_account_access_key", parts.get("accountkey")),
        "sas_key": given.get("sas_token", parts.get("sharedaccesssignature")),
        "endpoint": endpoint.rstrip("/") or None,
    }
    return AzureStore(
        container,
        client_options=_client(endpoint),
        retry_config=_retry(),
        **{name: value for name, value in options.items() if value},
    )


def _connection_parts(text: str) -> dict[str, str]:
    """Return the parts of ``AccountName=…;AccountKey=…`` by name in lower case."""
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip().lower(): value for name, _, value in pairs}


def _account_of(endpoint: str) -> str:
    """Return the account in an address like ``https://account.blob.core.windows.net``."""
    return endpoint.partition("://")[2].partition(".")[0]


_OPENERS = {"s3": _s3, "minio": _minio, "gcs": _gcs, "azure": _azure}
